/* What a kind of optimiser is: one file and one row of the table in nn/optimizer.h each. Internal. */
#ifndef CGM_NN_OPTIMIZERS_KIND_H
#define CGM_NN_OPTIMIZERS_KIND_H

#include "kernels/vector_math.h"
#include "nn/optimizer.h"

/* One update. */
typedef struct cgm_optimizer_update {
    cgm_optimizer_rule rule;
    double rate, weight_decay;
    double bias1, bias2;                   /* 1 - beta1^t, 1 - beta2^t, t the number of the update */
    double gradient_scale, gradient_limit; /* what clipping does, by norm and by value; INFINITY: nothing */
    double ema;                            /* decay of the EMA */
} cgm_optimizer_update;

typedef struct cgm_optimizer_class {
    const char *name, *doc;
    const char *reads[5];     /* the fields of cgm_optimizer_rule that mean something for it, by name */
    cgm_optimizer_rule usual; /* numbers, without kind */
    double usual_decay;
    /* Updates n parameters in one pass: value and its average, and what the kind keeps of gradients in moment1 (a mean
     * of them) and moment2 (of their squares), zeros at first. The constants are rounded to cgm_real once, products of
     * them in double before that. */
    void (*update)(const cgm_optimizer_update *u, size_t n, const cgm_real *restrict gradient, cgm_real *restrict value,
                   cgm_real *restrict moment1, cgm_real *restrict moment2, cgm_real *restrict ema);
} cgm_optimizer_class;

#define CGM_OPTIMIZER_DECLARE(upper, lower) extern const cgm_optimizer_class cgm_optimizer_##lower;
CGM_OPTIMIZER_TABLE(CGM_OPTIMIZER_DECLARE)
#undef CGM_OPTIMIZER_DECLARE

/* NULL for what is no kind. */
const cgm_optimizer_class *cgm_optimizer_class_of(cgm_optimizer_kind kind);

/* A number of the gradient, clipped. */
CGM_VECTOR_INLINE cgm_real cgm_clipped(cgm_real gradient, cgm_real scale, cgm_real limit)
{
    cgm_real g = gradient * scale;
    g = g > limit ? limit : g;
    return g < -limit ? -limit : g;
}

#endif
