/* The scalar type of tensors: float, or double when configured with --enable-double. Losses and reductions accumulate
 * in double in every build; scalar mechanisms and all of scm compute in double in every build. */
#ifndef CGM_BASE_REAL_H
#define CGM_BASE_REAL_H

#ifdef CGM_DOUBLE
typedef double cgm_real;
#else
typedef float cgm_real;
#endif

#endif
