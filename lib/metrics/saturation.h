/* How many pixels stand at the ends of their range. */
#ifndef CGM_METRICS_SATURATION_H
#define CGM_METRICS_SATURATION_H

#include "base/status.h"

/* A pixel is at an end of the range if it is within this of it, as a share of the range: a grey level of 255. */
#define CGM_SATURATION_REACH (1 / 255.0)

/* Shares of n pixels at the lower and at the upper end of [low, high], and beyond them; NaN where n is 0. A pixel that
 * is no number is at neither. */
typedef struct cgm_saturation {
    double low, high;
} cgm_saturation;
CGM_API cgm_saturation cgm_saturation_of(size_t n, const double *pixels, double low, double high);

#endif
