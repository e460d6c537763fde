#include "scm/networks/decoder.h"

/* Leaves d of rows `at` and on of z in the part's output. */
static cgm_status run(const network_decoder *d, const cgm_values *parents, const cgm_values *z, size_t at)
{
    cgm_network_part_fill(z, at, d->part->in[0]);
    cgm_network_part_fill_parents(d->parents, parents, at, z->n, d->part->in[1]);
    if (d->further) cgm_network_part_fill(d->further, at, d->part->in[2]);
    return cgm_network_part_run(d->part);
}

/* d of number i of the part's output. */
static double value(const network_decoder *d, size_t i, size_t width)
{
    double y = (double)d->part->out[0][i];
    return d->scale ? y * d->scale[i % width] + d->shift[i % width] : y;
}

cgm_status cgm_network_decode(const network_decoder *d, const cgm_values *parents, const cgm_values *z,
                              const cgm_values *noise, cgm_values *out)
{
    for (size_t at = 0; at < out->n; at += NETWORK_ROWS) {
        CGM_TRY(run(d, parents, z, at));
        const double *u = noise ? noise->data + at * out->width : NULL;
        double *x = out->data + at * out->width;
        for (size_t i = 0; i < cgm_network_part_rows(out->n, at) * out->width; i++) {
            double sum = value(d, i, out->width) + (u ? u[i] : 0);
            x[i] = sum < d->low ? d->low : sum > d->high ? d->high : sum;
        }
    }
    return CGM_OK;
}

cgm_status cgm_network_residual(const network_decoder *d, const cgm_values *parents, const cgm_values *z,
                                const cgm_values *seen, cgm_values *noise)
{
    for (size_t at = 0; at < seen->n; at += NETWORK_ROWS) {
        CGM_TRY(run(d, parents, z, at));
        const double *x = seen->data + at * seen->width;
        double *u = noise->data + at * seen->width;
        for (size_t i = 0; i < cgm_network_part_rows(seen->n, at) * seen->width; i++)
            u[i] = x[i] - value(d, i, seen->width);
    }
    return CGM_OK;
}
