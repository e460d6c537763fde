/* Adam (Kingma and Ba 2015, algorithm 1): AdamW's step, with the weight decay added to the gradient instead:
 *     g = g + decay p, m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
 *     p = p - rate (m / bias1) / (sqrt(v / bias2) + epsilon). */
#include "nn/optimizers/kind.h"

static CGM_VECTOR_CLONES void update(const cgm_optimizer_update *u, size_t n, const cgm_real *restrict gradient,
                                     cgm_real *restrict value, cgm_real *restrict moment1, cgm_real *restrict moment2,
                                     cgm_real *restrict ema)
{
    const cgm_real scale = (cgm_real)u->gradient_scale, limit = (cgm_real)u->gradient_limit;
    const cgm_real beta1 = (cgm_real)u->rule.beta1, rest1 = (cgm_real)(1 - u->rule.beta1);
    const cgm_real beta2 = (cgm_real)u->rule.beta2, rest2 = (cgm_real)(1 - u->rule.beta2);
    const cgm_real penalty = (cgm_real)u->weight_decay, rate = (cgm_real)(u->rate / u->bias1);
    const cgm_real root = (cgm_real)(1 / sqrt(u->bias2)), epsilon = (cgm_real)u->rule.epsilon;
    const cgm_real decay = (cgm_real)u->ema;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        cgm_real g = cgm_clipped(gradient[i], scale, limit) + penalty * value[i];
        cgm_real first = beta1 * moment1[i] + rest1 * g, second = beta2 * moment2[i] + rest2 * (g * g);
        cgm_real p = value[i] - rate * (first / (cgm_vec_sqrt(second) * root + epsilon));
        moment1[i] = first;
        moment2[i] = second;
        value[i] = p;
        ema[i] = p + decay * (ema[i] - p);
    }
}

const cgm_optimizer_class cgm_optimizer_adam = {
    .name = "adam",
    .doc = "Adam; weight decay is added to the gradient",
    .reads = {"beta1", "beta2", "epsilon"},
    .usual = {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8},
    .update = update,
};
