/* The kernel inception distance of two sets of features. */
#ifndef CGM_METRICS_KID_H
#define CGM_METRICS_KID_H

#include "base/status.h"

/* The squared maximum mean discrepancy of two sets, x [n, width] and y [m, width], by the unbiased estimate of Gretton
 * et al. 2012, eq. 3, with the kernel k(a, b) = (a.b / width + 1)^3 of Binkowski et al. 2018, section 4:
 *
 *     sum_{i != j} k(x_i, x_j) / (n (n - 1)) + sum_{i != j} k(y_i, y_j) / (m (m - 1)) - 2 sum_{ij} k(x_i, y_j) / (n m).
 *
 * Its expectation does not depend on the numbers of rows, and it may come out below 0 where the sets have one law. */
typedef struct cgm_kid {
    double value;
    double standard_error; /* of that, over other sets of as many rows: the jackknife's for two samples, which leaves
                              out each row in turn (Arvesen 1969) */
} cgm_kid;

/* Of all rows. Memory does not grow with n m. CGM_E_ARG with fewer than 3 rows, or a number that is not finite. */
CGM_API cgm_status cgm_kid_distance(size_t width, size_t n, const double *x, size_t m, const double *y, int threads,
                                    cgm_kid *out) CGM_CHECKED;

/* As the paper reports it: the mean over `subsets` pairs of random subsets, each of `size` different rows of each set,
 * with the standard error of that mean, their deviation / sqrt(subsets). The subsets are drawn from the same rows, so
 * it says how far the mean depends on which subsets were drawn, not on which rows there were: that is cgm_kid's. */
typedef struct cgm_kid_opts {
    size_t subsets, size; /* at least 2 and 3; size at most that of the smaller set */
    uint64_t seed;
} cgm_kid_opts;
CGM_API cgm_status cgm_kid_subsets(size_t width, size_t n, const double *x, size_t m, const double *y,
                                   const cgm_kid_opts *opts, int threads, cgm_kid *out) CGM_CHECKED;

#endif
