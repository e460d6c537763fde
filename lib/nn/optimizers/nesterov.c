/* Nesterov's accelerated gradient in the form of Sutskever et al. 2013 that PyTorch's SGD has:
 *     g = g + decay p, m = momentum m + g, p = p - rate (g + momentum m). */
#include "nn/optimizers/kind.h"

static CGM_VECTOR_CLONES void update(const cgm_optimizer_update *u, size_t n, const cgm_real *restrict gradient,
                                     cgm_real *restrict value, cgm_real *restrict moment1, cgm_real *restrict moment2,
                                     cgm_real *restrict ema)
{
    (void)moment2;
    const cgm_real scale = (cgm_real)u->gradient_scale, limit = (cgm_real)u->gradient_limit;
    const cgm_real penalty = (cgm_real)u->weight_decay, rate = (cgm_real)u->rate, decay = (cgm_real)u->ema;
    const cgm_real momentum = (cgm_real)u->rule.momentum;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        cgm_real g = cgm_clipped(gradient[i], scale, limit) + penalty * value[i];
        cgm_real velocity = momentum * moment1[i] + g;
        cgm_real p = value[i] - rate * (g + momentum * velocity);
        moment1[i] = velocity;
        value[i] = p;
        ema[i] = p + decay * (ema[i] - p);
    }
}

const cgm_optimizer_class cgm_optimizer_nesterov = {
    .name = "nesterov",
    .doc = "gradient descent with Nesterov's momentum",
    .reads = {"momentum"},
    .usual = {.momentum = 0.9},
    .update = update,
};
