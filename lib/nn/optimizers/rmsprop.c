/* RMSProp (Tieleman and Hinton 2012, lecture 6.5), not centred, with PyTorch's place of epsilon and its momentum:
 *     g = g + decay p, v = alpha v + (1 - alpha) g^2, m = momentum m + g / (sqrt(v) + epsilon), p = p - rate m. */
#include "nn/optimizers/kind.h"

static CGM_VECTOR_CLONES void update(const cgm_optimizer_update *u, size_t n, const cgm_real *restrict gradient,
                                     cgm_real *restrict value, cgm_real *restrict moment1, cgm_real *restrict moment2,
                                     cgm_real *restrict ema)
{
    const cgm_real scale = (cgm_real)u->gradient_scale, limit = (cgm_real)u->gradient_limit;
    const cgm_real penalty = (cgm_real)u->weight_decay, rate = (cgm_real)u->rate, decay = (cgm_real)u->ema;
    const cgm_real alpha = (cgm_real)u->rule.alpha, rest = (cgm_real)(1 - u->rule.alpha);
    const cgm_real momentum = (cgm_real)u->rule.momentum, epsilon = (cgm_real)u->rule.epsilon;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        cgm_real g = cgm_clipped(gradient[i], scale, limit) + penalty * value[i];
        cgm_real square = alpha * moment2[i] + rest * (g * g);
        cgm_real velocity = momentum * moment1[i] + g / (cgm_vec_sqrt(square) + epsilon);
        cgm_real p = value[i] - rate * velocity;
        moment1[i] = velocity;
        moment2[i] = square;
        value[i] = p;
        ema[i] = p + decay * (ema[i] - p);
    }
}

const cgm_optimizer_class cgm_optimizer_rmsprop = {
    .name = "rmsprop",
    .doc = "gradients divided by the root of their mean square",
    .reads = {"alpha", "momentum", "epsilon"},
    .usual = {.alpha = 0.99, .epsilon = 1e-8},
    .update = update,
};
