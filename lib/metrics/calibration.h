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

/* What makes laws as sure as they should be once their model is trained, fitted to rows that the model was not.
 *
 * Of levels, [n, levels]: the temperature T of the least cross-entropy of laws p^(1/T), scaled to add to one, within
 * 1/20 and 20 (Guo et al. 2017, section 4.2); above 1 they become less sure, and the likeliest level stays what it is.
 * The true level should have probability (n + 1) / (n + 2), as of Platt 1999, the others the rest alike: however many
 * rows were right, the next may not be. 1 without rows. CGM_E_MEMORY. */
CGM_API cgm_status cgm_temperature_of_levels(size_t n, int levels, const double *probability, const double *truth,
                                             double *temperature) CGM_CHECKED;
/* Of the normal laws of n numbers, mean and standard deviation each [n, 2]: what is to be added to the means and the
 * factor on the standard deviations that make the numbers likeliest (the factor alone: Laves et al. 2020). One row
 * more, of the usual weight, lies a standard deviation off, half of it to either side. 0 and 1 without rows. */
CGM_API void cgm_calibrate_normals(size_t n, const double *law, const double *truth, double *offset, double *factor);

#endif
