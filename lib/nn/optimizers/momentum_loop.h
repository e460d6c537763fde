/* The loop of gradient descent with momentum, of either kind. Internal. */
#ifndef CGM_NN_OPTIMIZERS_MOMENTUM_LOOP_H
#define CGM_NN_OPTIMIZERS_MOMENTUM_LOOP_H

#include "nn/optimizers/kind.h"

/* ahead: the step is the gradient plus the velocity that it leaves (Nesterov); else the velocity. */
CGM_VECTOR_INLINE void cgm_momentum_loop(bool ahead, const cgm_optimizer_update *u, size_t n,
                                         const cgm_real *restrict gradient, cgm_real *restrict value,
                                         cgm_real *restrict moment1, cgm_real *restrict ema)
{
    const cgm_real scale = (cgm_real)u->gradient_scale, limit = (cgm_real)u->gradient_limit;
    const cgm_real penalty = (cgm_real)u->weight_decay, rate = (cgm_real)u->rate, decay = (cgm_real)u->ema;
    const cgm_real momentum = (cgm_real)u->rule.momentum;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        cgm_real g = cgm_clipped(gradient[i], scale, limit) + penalty * value[i];
        cgm_real velocity = momentum * moment1[i] + g;
        cgm_real p = value[i] - rate * (ahead ? g + momentum * velocity : velocity);
        moment1[i] = velocity;
        value[i] = p;
        ema[i] = p + decay * (ema[i] - p);
    }
}

#endif
