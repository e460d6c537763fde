/* Principal components: the directions in which rows vary most. */
#ifndef CGM_METRICS_PCA_H
#define CGM_METRICS_PCA_H

#include "base/status.h"

#define CGM_PCA_MOST 32 /* components */

/* The first k components of x [n, width]: score [n, k], the rows' coordinates along them, in units of x, of the rows
 * without their mean; direction [k, width], or NULL, of length 1, the largest number of each positive; share [k], or
 * NULL: of the sum of all variances. Of components without variance score and share are 0. The same bits for any number
 * of threads. CGM_E_ARG for fewer than 2 rows, more components than CGM_PCA_MOST, rows or numbers, or a number that is
 * not finite. (Pearson 1901; by the singular value decomposition of the rows without their mean, after Halko,
 * Martinsson, Tropp 2011, "Finding structure with randomness", algorithm 4.4, gone on with until the components
 * stand.) */
CGM_API cgm_status cgm_pca(size_t n, size_t width, const double *x, size_t k, int threads, double *score,
                           double *direction, double *share) CGM_CHECKED;

#endif
