#include "scm/networks/decoder.h"

/* Leaves d of rows `at` and on of z in the part's output. */
static cgm_status run(const network_decoder *d, const cgm_values *parents, const cgm_values *z, size_t at)
{
    cgm_network_part_fill(z, at, d->part->in[0]);
    cgm_network_part_fill_parents(d->parents, parents, at, z->n, d->part->in[1]);
    return cgm_network_part_run(d->part);
}

cgm_status cgm_network_decode(const network_decoder *d, const cgm_values *parents, const cgm_values *z,
                              const cgm_values *noise, cgm_values *out)
{
    for (size_t at = 0; at < out->n; at += NETWORK_ROWS) {
        CGM_TRY(run(d, parents, z, at));
        const cgm_real *y = d->part->out[0];
        const double *u = noise->data + at * out->width;
        double *x = out->data + at * out->width;
        for (size_t i = 0; i < cgm_network_part_rows(out->n, at) * out->width; i++) {
            double sum = (double)y[i] + u[i];
            x[i] = sum < d->low ? d->low : sum > d->high ? d->high : sum;
        }
    }
    return CGM_OK;
}

cgm_status cgm_network_residual(const network_decoder *d, const cgm_values *parents, const cgm_values *z,
                                const cgm_values *value, cgm_values *noise)
{
    for (size_t at = 0; at < value->n; at += NETWORK_ROWS) {
        CGM_TRY(run(d, parents, z, at));
        const cgm_real *y = d->part->out[0];
        const double *x = value->data + at * value->width;
        double *u = noise->data + at * value->width;
        for (size_t i = 0; i < cgm_network_part_rows(value->n, at) * value->width; i++) u[i] = x[i] - (double)y[i];
    }
    return CGM_OK;
}
