#include "data/arrays.h"

#include <math.h>
#include <stdlib.h>

#include "data/store.h"

static const char *const source = "numbers in memory";

/* Grey levels as bytes. */
static cgm_status take_pixels(const cgm_variable *v, size_t rows, const double *values, cgm_dataset *to)
{
    uint8_t *pixels;
    size_t n = rows * cgm_variable_width(v);
    CGM_TRY(cgm_store_alloc(n, 1, source, (void **)&pixels));
    for (size_t i = 0; i < n; i++) pixels[i] = (uint8_t)lround(fmin(fmax(values[i], 0), 255));
    return cgm_store_add_take(to, v, rows, NULL, pixels, source);
}

static cgm_status take_values(const cgm_variable *v, size_t rows, const double *values, cgm_dataset *to)
{
    double *copy;
    size_t n = rows * cgm_variable_width(v);
    CGM_TRY(cgm_store_check_column(v, rows, values, v->name));
    CGM_TRY(cgm_store_alloc(n, sizeof *copy, source, (void **)&copy));
    for (size_t i = 0; i < n; i++) copy[i] = values[i];
    return cgm_store_add_take(to, v, rows, copy, NULL, source);
}

cgm_status cgm_dataset_of(size_t n_variables, const cgm_variable *const *variables, size_t rows,
                          const double *const *values, cgm_dataset **out)
{
    cgm_dataset *data = NULL;
    cgm_status status = CGM_OK;
    CGM_TRY(cgm_store_create(&data));
    data->description = source;
    for (size_t v = 0; status == CGM_OK && v < n_variables; v++)
        status = (variables[v]->type == CGM_IMAGE ? take_pixels : take_values)(variables[v], rows, values[v], data);
    if (status == CGM_OK)
        *out = data;
    else
        cgm_dataset_destroy(data);
    return status;
}
