/* A data set made of another's rows. */
#include <stdlib.h>

#include "data/store.h"

static cgm_status take_column(const cgm_dataset *from, size_t v, size_t n, const size_t *rows, cgm_dataset *to)
{
    double *values;
    if (!cgm_variable_is_scalar(&from->variable[v])) return CGM_OK;
    CGM_TRY(cgm_store_alloc(n, sizeof *values, from->description, (void **)&values));
    for (size_t i = 0; i < n; i++) values[i] = from->column[v].values[rows[i]];
    return cgm_store_add_take(to, &from->variable[v], n, values, NULL, from->description);
}

cgm_status cgm_dataset_resample(const cgm_dataset *data, size_t n, const size_t *rows, cgm_dataset **out)
{
    cgm_dataset *sample = NULL;
    cgm_status status = CGM_OK;
    CGM_TRY(cgm_store_check_rows(data, n, rows));
    CGM_TRY(cgm_store_create(&sample));
    sample->description = cgm_arena_strdup(&sample->arena, data->description);
    if (!sample->description) status = CGM_E_MEMORY;
    for (size_t v = 0; status == CGM_OK && v < data->n_variables; v++) status = take_column(data, v, n, rows, sample);
    if (status == CGM_OK)
        *out = sample;
    else
        cgm_dataset_destroy(sample);
    return status;
}
