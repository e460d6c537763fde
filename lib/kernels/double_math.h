/* Elementary functions of arrays of doubles, by the machine's best vectors. Internal. */
#ifndef CGM_KERNELS_DOUBLE_MATH_H
#define CGM_KERNELS_DOUBLE_MATH_H

#include <stddef.h>

/* y[i] = f(x[i]) for i < n; y may be x. A value depends on its argument alone, not on its place. Errors are those of
 * double_isa.h. */
typedef void cgm_double_fn(size_t n, const double *x, double *y);

typedef struct cgm_double_math {
    const char *name;
    cgm_double_fn *exp, *exp_negative, *log, *tanh, *softplus;
} cgm_double_math;

const cgm_double_math *cgm_double_math_get(void);
/* The copies that this machine can run, best first: list[3], filled up with NULL. For tests. */
void cgm_double_math_list(const cgm_double_math *list[3]);

#endif
