/* How far images are from one another. Pixels are in their own units, 0 to 255, [C, H, W] in any order that both share.
 */
#ifndef CGM_METRICS_METRICS_H
#define CGM_METRICS_METRICS_H

#include "base/status.h"

/* Mean of |a - b| over `width` numbers, in the units of the pixels; NaN when a number is NaN. */
CGM_API double cgm_mean_absolute_error(size_t width, const double *a, const double *b);

/* Mean of (a - b)^2 over `width` numbers. */
CGM_API double cgm_mean_squared_error(size_t width, const double *a, const double *b);

/* Peak signal-to-noise ratio in dB, 10 log10(peak^2 / mean squared error); peak is 255 for images. Infinite when a
 * equals b. */
CGM_API double cgm_psnr(size_t width, const double *a, const double *b, double peak);

/* A mean over a set, with its standard error (0 for a single image). */
typedef struct cgm_set_error {
    size_t n;
    double mean;           /* over images; all images weigh the same */
    double standard_error; /* of that mean: sample deviation / sqrt(n) */
} cgm_set_error;

/* The mean absolute error of each of n image pairs, a and b [n, width], summed up over the set. each: NULL, or [n] for
 * the images' own errors. n = 0 gives a mean of NaN. */
CGM_API cgm_set_error cgm_set_mean_absolute_error(size_t n, size_t width, const double *a, const double *b,
                                                  double *each);

/* The mean and standard error of n figures. */
CGM_API cgm_set_error cgm_set_summary(size_t n, const double *figures);

#endif
