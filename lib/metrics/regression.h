/* How well numbers are predicted. */
#ifndef CGM_METRICS_REGRESSION_H
#define CGM_METRICS_REGRESSION_H

#include <stddef.h>

#include "base/status.h"

/* The coefficient of determination of n predictions, 1 - sum (truth - predicted)^2 / sum (truth - mean of truth)^2: 1
 * where all are right, 0 of the mean for all, below 0 of worse. NaN where all true numbers are one. */
CGM_API double cgm_r_squared(size_t n, const double *truth, const double *predicted);

/* Spearman's correlation of n pairs, equal numbers having the mean of their ranks; NaN where all of one side are equal.
 */
CGM_API cgm_status cgm_rank_correlation(size_t n, const double *a, const double *b, double *out) CGM_CHECKED;

#endif
