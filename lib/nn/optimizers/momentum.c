/* Gradient descent with the heavy ball (Polyak 1964), as PyTorch's SGD has it, whose velocity is in the gradient's
 * unit: g = g + decay p, m = momentum m + g, p = p - rate m. */
#include "nn/optimizers/momentum_loop.h"

static CGM_VECTOR_CLONES void update(const cgm_optimizer_update *u, size_t n, const cgm_real *restrict gradient,
                                     cgm_real *restrict value, cgm_real *restrict moment1, cgm_real *restrict moment2,
                                     cgm_real *restrict ema)
{
    (void)moment2;
    cgm_momentum_loop(false, u, n, gradient, value, moment1, ema);
}

const cgm_optimizer_class cgm_optimizer_momentum = {
    .name = "momentum",
    .doc = "gradient descent with classical momentum",
    .reads = {"momentum"},
    .usual = {.momentum = 0.9},
    .update = update,
};
