/* Initial values of parameters. */
#ifndef CGM_NN_INIT_H
#define CGM_NN_INIT_H

#include "base/real.h"
#include "base/rng.h"
#include "graph/shape.h"

/* fan_in and fan_out are taken from the shape: [out, in] or [out, in, r, s]. */
typedef enum cgm_init {
    CGM_INIT_ZERO = 0,
    CGM_INIT_HE,      /* N(0, gain^2 * 2 / fan_in): He et al. 2015, eq. 10 */
    CGM_INIT_XAVIER,  /* U(-a, a), a = gain * sqrt(6 / (fan_in + fan_out)): Glorot and Bengio 2010, eq. 16 */
    CGM_INIT_UNIFORM, /* U(-gain, gain) */
    CGM_INIT_ONE,
    CGM_INIT_NORMAL, /* N(0, gain^2) */
    /* W as [out, rest]: W W' = gain^2 I, or W' W where there are fewer columns than rows, uniformly distributed among
     * all such: Saxe et al. 2014 */
    CGM_INIT_ORTHOGONAL,
    /* The equalised learning rate: N(0, 1), times gain * sqrt(2 / fan_in) whenever it is used: Karras et al. 2018,
     * section 4.1 */
    CGM_INIT_EQUALISED
} cgm_init;

/* Draws the values of a parameter. */
CGM_API cgm_status cgm_init_fill(cgm_init init, double gain, cgm_shape shape, cgm_rng rng, cgm_real *value) CGM_CHECKED;
/* What a graph multiplies the values by: 1, but for CGM_INIT_EQUALISED. */
CGM_API double cgm_init_scale(cgm_init init, double gain, cgm_shape shape);

#endif
