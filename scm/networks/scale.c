#include "scm/networks/scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

cgm_status cgm_network_scale_create(const cgm_variable *variable, network_scale *out)
{
    size_t n = cgm_variable_width(variable);
    double *memory = calloc(3 * n, sizeof *memory);
    if (!memory) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the scale of \"%s\"", variable->name);
    *out = (network_scale){variable, n, memory, memory + n, memory + 2 * n};
    for (size_t j = 0; j < n; j++) out->scale[j] = 1;
    return CGM_OK;
}

void cgm_network_scale_clear(network_scale *s)
{
    free(s->shift);
    *s = (network_scale){0};
}

/* Adds each number, or its square about the mean. */
static cgm_status add_rows(network_scale *s, const cgm_dataset *data, size_t n, bool squares, double *sum)
{
    for (size_t row = 0; row < n; row++) {
        CGM_TRY(cgm_dataset_read(data, s->variable->name, 1, &row, s->row));
        for (size_t j = 0; j < s->n; j++) sum[j] += squares ? pow(s->row[j] - s->shift[j], 2) : s->row[j];
    }
    return CGM_OK;
}

cgm_status cgm_network_scale_learn(network_scale *s, const cgm_dataset *data, size_t n)
{
    memset(s->shift, 0, s->n * sizeof *s->shift);
    memset(s->scale, 0, s->n * sizeof *s->scale);
    CGM_TRY(add_rows(s, data, n, false, s->shift));
    for (size_t j = 0; j < s->n; j++) s->shift[j] /= (double)n;
    CGM_TRY(add_rows(s, data, n, true, s->scale));
    for (size_t j = 0; j < s->n; j++) {
        s->scale[j] = sqrt(s->scale[j] / (double)n);
        if (!(s->scale[j] > 0)) s->scale[j] = 1; /* a constant number tells nothing */
    }
    return CGM_OK;
}

cgm_status cgm_network_scale_state(network_scale *s, cgm_state *state)
{
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)s->n), s->shift, "value/shift"));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)s->n), s->scale, "value/scale");
}

void cgm_network_scale_apply(const network_scale *s, size_t n_rows, cgm_real *rows)
{
    for (size_t i = 0; i < n_rows * s->n; i++)
        rows[i] = (cgm_real)(((double)rows[i] - s->shift[i % s->n]) / s->scale[i % s->n]);
}

cgm_status cgm_network_scale_fill_rows(network_scale *s, const cgm_dataset *data, size_t n_rows, const size_t *rows,
                                       cgm_real *out)
{
    for (size_t i = 0; i < n_rows; i++) {
        CGM_TRY(cgm_dataset_read(data, s->variable->name, 1, &rows[i], s->row));
        for (size_t j = 0; j < s->n; j++) out[i * s->n + j] = (cgm_real)((s->row[j] - s->shift[j]) / s->scale[j]);
    }
    return CGM_OK;
}
