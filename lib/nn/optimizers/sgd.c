/* Stochastic gradient descent: g = g + decay p, p = p - rate g. */
#include "nn/optimizers/kind.h"

static CGM_VECTOR_CLONES void update(const cgm_optimizer_update *u, size_t n, const cgm_real *restrict gradient,
                                     cgm_real *restrict value, cgm_real *restrict moment1, cgm_real *restrict moment2,
                                     cgm_real *restrict ema)
{
    (void)moment1, (void)moment2;
    const cgm_real scale = (cgm_real)u->gradient_scale, limit = (cgm_real)u->gradient_limit;
    const cgm_real penalty = (cgm_real)u->weight_decay, rate = (cgm_real)u->rate, decay = (cgm_real)u->ema;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        cgm_real g = cgm_clipped(gradient[i], scale, limit) + penalty * value[i];
        cgm_real p = value[i] - rate * g;
        value[i] = p;
        ema[i] = p + decay * (ema[i] - p);
    }
}

const cgm_optimizer_class cgm_optimizer_sgd = {
    .name = "sgd",
    .doc = "stochastic gradient descent",
    .update = update,
};
