/* Adam (Kingma and Ba 2015, algorithm 1): AdamW's step, with the weight decay added to the gradient instead:
 *     g = g + decay p, m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
 *     p = p - rate (m / bias1) / (sqrt(v / bias2) + epsilon). */
#include "nn/optimizers/adam_loop.h"

static CGM_VECTOR_CLONES void update(const cgm_optimizer_update *u, size_t n, const cgm_real *restrict gradient,
                                     cgm_real *restrict value, cgm_real *restrict moment1, cgm_real *restrict moment2,
                                     cgm_real *restrict ema)
{
    cgm_adam_loop(false, u, n, gradient, value, moment1, moment2, ema);
}

const cgm_optimizer_class cgm_optimizer_adam = {
    .name = "adam",
    .doc = "Adam; weight decay is added to the gradient",
    .reads = {"beta1", "beta2", "epsilon"},
    .usual = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8},
    .update = update,
};
