/* How far two samples of a number are from having one distribution. */
#ifndef CGM_METRICS_KOLMOGOROV_H
#define CGM_METRICS_KOLMOGOROV_H

#include "base/status.h"

/* The statistic of Kolmogorov and Smirnov: the largest difference of the samples' empirical distribution functions,
 * from 0 to 1; ties count as one step. Sorts both. NaN where a sample is empty; the numbers must not be NaN. */
CGM_API double cgm_kolmogorov_distance(size_t n, double *a, size_t m, double *b);

#endif
