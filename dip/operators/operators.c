#include <math.h>

#include "dip/operators/operator.h"

#define POWER_STEPS 30

void cgm_dip_operator_clear(dip_operator *op)
{
    if (op->destroy) op->destroy(op->context);
    *op = (dip_operator){0};
}

void cgm_dip_apply(const dip_operator *op, const double *x, double *out, void *scratch, int threads)
{
    op->map.apply(op->map.context, x, out, scratch, threads);
}

void cgm_dip_adjoint(const dip_operator *op, const double *y, double *out, void *scratch, int threads)
{
    op->map.adjoint(op->map.context, y, out, scratch, threads);
}

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

size_t cgm_dip_operator_norm_bytes(const dip_operator *op)
{
    int64_t n = cgm_shape_size(op->map.domain), m = cgm_shape_size(op->map.range);
    return rounded(op->map.scratch_bytes) + (size_t)(n + m) * sizeof(double);
}

double cgm_dip_operator_norm(const dip_operator *op, void *scratch, int threads)
{
    int64_t n = cgm_shape_size(op->map.domain);
    double *x = (double *)((char *)scratch + rounded(op->map.scratch_bytes)), *y = x + n, norm = 0;
    cgm_rng rng = cgm_rng_create(1);
    for (int64_t i = 0; i < n; i++) x[i] = cgm_rng_uniform(&rng);
    for (int step = 0; step < POWER_STEPS; step++) {
        double squares = 0;
        for (int64_t i = 0; i < n; i++) squares += x[i] * x[i];
        norm = sqrt(squares); /* of A'A of the last unit vector */
        if (!(norm > 0)) return 0;
        for (int64_t i = 0; i < n; i++) x[i] /= norm;
        cgm_dip_apply(op, x, y, scratch, threads);
        cgm_dip_adjoint(op, y, x, scratch, threads);
    }
    return sqrt(norm);
}
