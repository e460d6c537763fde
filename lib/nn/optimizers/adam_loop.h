/* The loop of the two kinds of Adam, which differ in where the weight decay goes. Internal. */
#ifndef CGM_NN_OPTIMIZERS_ADAM_LOOP_H
#define CGM_NN_OPTIMIZERS_ADAM_LOOP_H

#include "nn/optimizers/kind.h"

/* decoupled: the weight decay makes the parameter smaller; else it is added to the gradient. */
CGM_VECTOR_INLINE void cgm_adam_loop(bool decoupled, const cgm_optimizer_update *u, size_t n,
                                     const cgm_real *restrict gradient, cgm_real *restrict value,
                                     cgm_real *restrict moment1, cgm_real *restrict moment2, cgm_real *restrict ema)
{
    const cgm_real scale = (cgm_real)u->gradient_scale, limit = (cgm_real)u->gradient_limit;
    const cgm_real beta1 = (cgm_real)u->rule.beta1, rest1 = (cgm_real)(1 - u->rule.beta1);
    const cgm_real beta2 = (cgm_real)u->rule.beta2, rest2 = (cgm_real)(1 - u->rule.beta2);
    const cgm_real penalty = (cgm_real)u->weight_decay, keep = (cgm_real)(1 - u->rate * u->weight_decay);
    const cgm_real rate = (cgm_real)(u->rate / u->bias1), root = (cgm_real)(1 / sqrt(u->bias2));
    const cgm_real epsilon = (cgm_real)u->rule.epsilon, decay = (cgm_real)u->ema;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        cgm_real g = cgm_clipped(gradient[i], scale, limit), kept = value[i];
        if (decoupled)
            kept = keep * kept;
        else
            g = g + penalty * kept;
        cgm_real first = beta1 * moment1[i] + rest1 * g, second = beta2 * moment2[i] + rest2 * (g * g);
        cgm_real p = kept - rate * (first / (cgm_vec_sqrt(second) * root + epsilon));
        moment1[i] = first;
        moment2[i] = second;
        value[i] = p;
        ema[i] = p + decay * (ema[i] - p);
    }
}

#endif
