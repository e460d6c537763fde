/* Whether probabilities are what they say. */
#ifndef CGM_METRICS_CALIBRATION_H
#define CGM_METRICS_CALIBRATION_H

#include <stddef.h>

#include "base/status.h"

/* A point of a reliability diagram. */
typedef struct cgm_reliability_bin {
    size_t n;                  /* rows in it; 0: the rest is NaN */
    double expected, observed; /* shares */
} cgm_reliability_bin;

/* Of laws of levels, [n, levels]: the rows by the probability of their likeliest level, the first of equal ones, in
 * bins of equal width on (0, 1]; expected: its mean, observed: how often it is the true level. Returns the expected
 * calibration error, the mean over rows of |observed - expected| of their bins; NaN without rows. Guo et al. 2017,
 * equations 2 and 3. */
CGM_API double cgm_calibration_of_levels(size_t n, int levels, const double *probability, const double *truth,
                                         size_t n_bins, cgm_reliability_bin *bins);
/* Of the normal laws of n numbers, mean and standard deviation each [n, 2]: expected: (k + 1/2)/n_bins, observed: the
 * share of the numbers that lie below the quantile of that probability. Returns the mean |observed - expected|; NaN
 * without rows. Kuleshov, Fenner and Ermon 2018, section 3.5. */
CGM_API double cgm_calibration_of_normals(size_t n, const double *law, const double *truth, size_t n_bins,
                                          cgm_reliability_bin *bins);

#endif
