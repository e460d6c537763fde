/* Nesterov's accelerated gradient in the form of Sutskever et al. 2013 that PyTorch's SGD has:
 *     g = g + decay p, m = momentum m + g, p = p - rate (g + momentum m). */
#include "nn/optimizers/momentum_loop.h"

static CGM_VECTOR_CLONES void update(const cgm_optimizer_update *u, size_t n, const cgm_real *restrict gradient,
                                     cgm_real *restrict value, cgm_real *restrict moment1, cgm_real *restrict moment2,
                                     cgm_real *restrict ema)
{
    (void)moment2;
    cgm_momentum_loop(true, u, n, gradient, value, moment1, ema);
}

const cgm_optimizer_class cgm_optimizer_nesterov = {
    .name = "nesterov",
    .doc = "gradient descent with Nesterov's momentum",
    .reads = {"momentum"},
    .usual = {.momentum = 0.9},
    .update = update,
};
