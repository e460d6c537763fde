/* The kernel inception distance of two sets of features. */
#ifndef CGM_METRICS_KID_H
#define CGM_METRICS_KID_H

#include "base/status.h"

/* Features of n images, [n, width]. unit, NULL or [n]: rows, of either set, that have the same number depend on one
 * another, as images of the same parents do; all others, and with NULL all, are independent. */
typedef struct cgm_feature_set {
    size_t n;
    const double *x;
    const size_t *unit; /* of both sets or of none; numbers below 2^32 */
} cgm_feature_set;

/* The squared maximum mean discrepancy of two sets by the unbiased estimate of Gretton et al. 2012, eq. 3, with the
 * kernel k(a, b) = (a.b / width + 1)^3 of Binkowski et al. 2018, section 4: the mean of k over pairs of different rows
 * of a, plus that of b, less twice the mean over pairs of a row of a and one of b. Pairs of rows of one unit are left
 * out of all three, without which the estimate would be too low where both sets have the same parents (their eq. 4 is
 * the case of paired sets). Its expectation does not depend on the numbers of rows, and it may come out below 0 where
 * the sets have one law. */
typedef struct cgm_kid {
    double value;
    double standard_error; /* of that, over other sets of as many rows: the jackknife's, which leaves out each unit in
                              turn, of those with rows in a, in b and in both apart (Arvesen 1969) */
} cgm_kid;

/* Of all rows. Memory does not grow with n m. CGM_E_ARG with fewer than 3 rows or units in a set, or a number that is
 * not finite. */
CGM_API cgm_status cgm_kid_distance(size_t width, const cgm_feature_set *a, const cgm_feature_set *b, int threads,
                                    cgm_kid *out) CGM_CHECKED;

/* As the paper reports it: the mean over `subsets` pairs of random subsets, each of `size` different rows of each set,
 * with the standard error of that mean, their deviation / sqrt(subsets). The subsets are drawn from the same rows, so
 * it says how far the mean depends on which subsets were drawn, not on which rows there were: that is cgm_kid's. */
typedef struct cgm_kid_opts {
    size_t subsets, size; /* at least 2 and 3; size at most that of the smaller set */
    uint64_t seed;
} cgm_kid_opts;
CGM_API cgm_status cgm_kid_subsets(size_t width, const cgm_feature_set *a, const cgm_feature_set *b,
                                   const cgm_kid_opts *opts, int threads, cgm_kid *out) CGM_CHECKED;

#endif
