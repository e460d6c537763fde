/* The latent noise of threshold mechanisms, x determined by which interval eta + u falls into: standard logistic
 * (logit) or standard normal (probit). Every function is accurate in both tails. Internal to scm/ and
 * vae/. */
#ifndef CGM_SCM_MECHANISMS_LATENT_H
#define CGM_SCM_MECHANISMS_LATENT_H

#include "base/rng.h"

typedef enum scm_link { SCM_LOGIT, SCM_PROBIT } scm_link;

/* log P(u <= x). */
double cgm_scm_latent_log_cdf(scm_link link, double x);
/* The slope of log_cdf at x, density / cdf, which is positive; slope(x) slope(-x) is what one binary observation with
 * P(1) = cdf(x) tells of x (Fisher). */
double cgm_scm_latent_slope(scm_link link, double x);
/* Minus the second derivative of log_cdf, which is not negative. */
double cgm_scm_latent_curvature(scm_link link, double x);

/* log P(low < u < high), low < high, and its derivatives at the two ends; either end may be infinite. It is concave in
 * them. */
typedef struct scm_interval {
    double log_p, low, high, low_low, high_high, low_high;
} scm_interval;
void cgm_scm_latent_interval(scm_link link, double low, double high, scm_interval *out);

double cgm_scm_latent_draw(scm_link link, cgm_rng *rng);
/* u with log P(u' <= u) = log_p, log_p < 0. */
double cgm_scm_latent_quantile(scm_link link, double log_p);
/* u given that low < u < high, by inversion of its distribution function; either end may be infinite. The draw lies
 * strictly inside, so that no rounding carries it over a threshold. */
double cgm_scm_latent_between(scm_link link, double low, double high, cgm_rng *rng);
/* "logistic(0, 1)", "normal(0, 1)". */
const char *cgm_scm_latent_text(scm_link link);

#endif
