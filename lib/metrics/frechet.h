/* The Frechet distance of two sets of features, by their means and covariances alone. */
#ifndef CGM_METRICS_FRECHET_H
#define CGM_METRICS_FRECHET_H

#include "base/status.h"

typedef struct cgm_frechet {
    double distance; /* never below 0 */
    double means;    /* its first term, |m1 - m2|^2 */
    bool few;        /* a set has no more rows than features: a covariance lacks rank, and the distance is far too large
                        (its bias falls with the number of rows, so compare distances at equal numbers alone) */
} cgm_frechet;

/* The squared 2-Wasserstein distance of the normal distributions that have the sets' means m and covariances C (of
 * n - 1), x [n, width] and y [m, width]:
 *
 *     |m1 - m2|^2 + tr(C1) + tr(C2) - 2 tr((C1^(1/2) C2 C1^(1/2))^(1/2)),
 *
 * Dowson and Landau 1982, eq. 4; of features of images it is the FID of Heusel et al. 2017, eq. 6, whose trace of
 * (C1 C2)^(1/2) is the same. Eigenvalues that rounding made negative count as 0. In the units of the features, squared;
 * it compares only with distances in the same features. Takes 4 width^2 numbers of memory. CGM_E_ARG with fewer than 2
 * rows, or a number that is not finite. */
CGM_API cgm_status cgm_frechet_distance(size_t width, size_t n, const double *x, size_t m, const double *y,
                                        cgm_frechet *out) CGM_CHECKED;

#endif
