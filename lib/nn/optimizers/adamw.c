/* AdamW (Loshchilov and Hutter 2019, algorithm 2, with the bias correction of PyTorch's):
 *     m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
 *     p = (1 - rate decay) p - rate (m / bias1) / (sqrt(v / bias2) + epsilon). */
#include "nn/optimizers/adam_loop.h"

static CGM_VECTOR_CLONES void update(const cgm_optimizer_update *u, size_t n, const cgm_real *restrict gradient,
                                     cgm_real *restrict value, cgm_real *restrict moment1, cgm_real *restrict moment2,
                                     cgm_real *restrict ema)
{
    cgm_adam_loop(true, u, n, gradient, value, moment1, moment2, ema);
}

const cgm_optimizer_class cgm_optimizer_adamw = {
    .name = "adamw",
    .doc = "Adam with decoupled weight decay",
    .reads = {"beta1", "beta2", "epsilon"},
    .usual = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8},
    .usual_decay = 0.01,
    .update = update,
};
