/* The mechanism of a count with one latent noise: x is the quantile of a Poisson distribution at the rank that a
 * standard logistic u has in its own, log mean linear in the parents' features; for a count with a range, of the
 * Poisson distribution truncated to it. The noise is logistic so that both tails keep their precision: a uniform one
 * cannot tell 1 - 1e-20 from 1. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_POISSON_H
#define CGM_SCM_MECHANISMS_POISSON_H

#include "scm/mechanisms/linear_index.h"

/* ---- The law ---- */

/* P(X = k) proportional to mean^k / k! for k = 0 .. high; high may be infinite. The mean named here is that before
 * truncation. */
typedef struct scm_poisson_law {
    double log_mean, mean, high;
    double log_total; /* log P(X <= high) before truncation */
    bool relative;    /* the mean is far above high: exp(-mean), which cancels and would drown the rest, is left out */
} scm_poisson_law;

#define SCM_POISSON_MAX_LOG_MEAN 36.04365338911715 /* log 2^52 */

/* A log mean below -700 counts as -700; without a finite high, one above SCM_POISSON_MAX_LOG_MEAN is for the caller to
 * refuse. */
scm_poisson_law cgm_scm_poisson_law(double log_mean, double high);
/* log P(X = k), by the saddle-point form, which keeps its precision at large k (Loader 2000, "Fast and accurate
 * computation of binomial probabilities"). */
double cgm_scm_poisson_log_pmf(const scm_poisson_law *law, double k);
/* Log-odds of X <= k: the largest noise that gives k. Not decreasing in k; -infinity at -1, infinity at high. */
double cgm_scm_poisson_cut(const scm_poisson_law *law, double k);
/* The least k with u <= cut(k); infinity when that is more than CGM_MAX_COUNT. */
double cgm_scm_poisson_quantile(const scm_poisson_law *law, double u);
/* Mean and variance of the truncated law. */
void cgm_scm_poisson_moments(const scm_poisson_law *law, double *mean, double *variance);

/* ---- The mechanism ---- */

/* A linear index with an intercept: the log mean. Its law in row i, with parameters [n]. */
scm_poisson_law cgm_scm_poisson_law_at(const scm_linear_index *m, const double *parameter, const cgm_values *parents,
                                       size_t i);
/* As scm_index_fit says: Newton's method from the logarithm of the mean, on the mean negative log-likelihood divided by
 * 1 + the mean, so that it is of order one; the ridge also keeps the intercept of zeros alone finite. The information
 * is Fisher's. */
cgm_status cgm_scm_poisson_fit(scm_linear_index *m, const cgm_values *value, const cgm_values *parents,
                               double *nll) CGM_CHECKED;

#endif
