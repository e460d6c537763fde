/* How far a mean over images might have come out otherwise with other images. */
#ifndef CGM_METRICS_BOOTSTRAP_H
#define CGM_METRICS_BOOTSTRAP_H

#include "base/rng.h"

/* The percentile interval of the mean of x [n] over resamples of its numbers with replacement (Efron 1979): the
 * quantiles (1 - level) / 2 and (1 + level) / 2 of the resamples' means. Resample b draws from the rng split by b, so
 * that the answer does not depend on the threads. CGM_E_ARG with no number, fewer than 2 resamples, or a level that is
 * not between 0 and 1. */
CGM_API cgm_status cgm_bootstrap_mean(size_t n, const double *x, size_t resamples, double level, const cgm_rng *rng,
                                      int threads, double *low, double *high) CGM_CHECKED;

#endif
