/* Images made by descent. Internal to scm/explain/. */
#ifndef CGM_SCM_EXPLAIN_MAKE_H
#define CGM_SCM_EXPLAIN_MAKE_H

#include "scm/explain/method.h"

/* energy [n] of each of the task's images as they are, and gradient [n, C H W] of each. */
typedef cgm_status explain_energy_fn(explain_task *t, void *context, const double *images, double *energy,
                                     double *gradient);

/* Mean over pixels of the squared differences to the pixel below and to the right, of shares of 255: total variation
 * with exponent 2 (Mahendran and Vedaldi 2015, equation 4, beta = 2). Adds `weight` times its gradient to gradient [C H
 * W]. */
double cgm_explain_variation(const cgm_variable *image, const double *pixels, double weight, double *gradient);
/* images [n, C H W], out: what energy + smoothness * variation has been brought down to by Adam (Kingma and Ba 2015),
 * from the baseline with some noise, held in 0 to 255; energy [n]: of what was made. */
cgm_status cgm_explain_make(explain_task *t, explain_energy_fn *f, void *context, double *images,
                            double *energy) CGM_CHECKED;

#endif
