/* Distributions by name, of noise and of stochastic interventions: normal(0, 1), gamma(10, 5).
 *
 *     normal(mean, sd)          uniform(low, high)          gamma(shape, rate)           exponential(rate)
 *     beta(a, b)                laplace(mean, scale)        logistic(mean, scale)        gumbel(location, scale)
 *     student(df)               lognormal(m, s): of the logarithm                        bernoulli(p)
 *     categorical(p0, p1, ...)  poisson(mean)               point(x)
 *
 * A parameter is an expression without names, such as sqrt(2). Shapes (of gamma, beta, student) are at most 1e6, a
 * Poisson's mean at most 1e9. The last four are discrete. */
#ifndef CGM_SCM_FORMULA_DISTRIBUTION_H
#define CGM_SCM_FORMULA_DISTRIBUTION_H

#include "base/rng.h"

typedef struct cgm_distribution cgm_distribution;

/* Parses; what names the text in messages. CGM_E_ARG with "WHAT:LINE:COLUMN: ..." for an unknown name (with the nearest
 * one), a wrong number of parameters, or one out of its range. The probabilities of a categorical add up to 1 within
 * 1e-6 and are then normalised. */
CGM_API cgm_status cgm_distribution_parse(const char *text, const char *what, cgm_distribution **out) CGM_CHECKED;
CGM_API void cgm_distribution_destroy(cgm_distribution *d);

/* "gamma(10, 5)"; borrowed. */
CGM_API const char *cgm_distribution_text(const cgm_distribution *d);
CGM_API bool cgm_distribution_is_discrete(const cgm_distribution *d);
/* The smallest interval that holds all values; infinite where there is no bound. */
CGM_API void cgm_distribution_support(const cgm_distribution *d, double *low, double *high);

CGM_API double cgm_distribution_sample(const cgm_distribution *d, cgm_rng *rng);
/* Log of the density, or of the probability if it is discrete; -infinity outside the support. */
CGM_API double cgm_distribution_log_prob(const cgm_distribution *d, double x);
/* P(X <= x). */
CGM_API double cgm_distribution_cdf(const cgm_distribution *d, double x);
/* The smallest x with cdf(x) >= p, for p in (0, 1); NaN elsewhere. */
CGM_API double cgm_distribution_quantile(const cgm_distribution *d, double p);

#endif
