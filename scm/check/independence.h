/* Tests of conditional independence, x independent of y given a set z, on columns of numbers or levels. Internal.
 *
 * The caller has turned GSL's error handler off: tests run on several threads. */
#ifndef CGM_SCM_CHECK_INDEPENDENCE_H
#define CGM_SCM_CHECK_INDEPENDENCE_H

#include "base/rng.h"
#include "scm/check/check.h"

typedef struct cgm_column {
    const double *value; /* [rows] */
    int levels;          /* values are 0..levels - 1; 0: a number */
} cgm_column;

typedef struct cgm_question {
    size_t n; /* rows */
    cgm_column x, y;
    size_t n_given;
    const cgm_column *given;
    cgm_rng rng; /* of permutations */
    size_t permutations;
} cgm_question;

/* What a test found: p is NaN where the data do not allow it, and why_not says why. */
typedef struct cgm_verdict {
    cgm_check_test test;
    double statistic, df, df2; /* df2: of F's denominator, else 0 */
    double p;
    const char *why_not; /* a literal, or NULL */
} cgm_verdict;

/* The correlation of the residuals of x and y, both numbers, after linear regression on z (levels as indicators);
 * Fisher's z: sqrt(n - rank - 2) atanh r is standard normal, rank being that of the regression with its intercept. */
cgm_status cgm_test_partial(const cgm_question *q, cgm_verdict *out) CGM_CHECKED;
/* A number and levels: linear regression of the number on z, with and without the levels; the likelihood ratio as F. */
cgm_status cgm_test_nested(const cgm_question *q, cgm_verdict *out) CGM_CHECKED;
/* Levels and levels, z with numbers: multinomial logistic regression of y on z, with and without x's levels; twice the
 * logarithm of the likelihood ratio is chi-squared. */
cgm_status cgm_test_logistic(const cgm_question *q, cgm_verdict *out) CGM_CHECKED;
/* Levels alone: G, twice the logarithm of the likelihood ratio in each stratum of z; degrees of freedom are counted of
 * levels that occur in the stratum. Where more than a fifth of the expected counts are below 5, or one below 1 (Cochran
 * 1954), p is from permutations of y within strata. */
cgm_status cgm_test_g(const cgm_question *q, cgm_verdict *out) CGM_CHECKED;
/* The generalised covariance measure (Shah and Peters 2020): the covariances of what is left of functions of x and of y
 * after regression on z. The functions are the normal scores and their squares of a number, and indicators of levels,
 * so that dependence is seen that has no linear part; regressions are on cubic B-splines of the normal scores and,
 * where there are rows for them, products of the first powers of pairs. All covariances are tested together by
 * Hotelling's T squared. Where rows are too few for a regression function, above all one with interactions, what it
 * misses can look like dependence. */
cgm_status cgm_test_gcm(const cgm_question *q, cgm_verdict *out) CGM_CHECKED;

#endif
