#include "scm/mechanisms/latent.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_erf.h>
#include <math.h>

#define HALF_LOG_2PI 0.91893853320467274178

double cgm_scm_latent_log_cdf(scm_link link, double x)
{
    if (link == SCM_LOGIT) return x > 0 ? -log1p(exp(-x)) : x - log1p(exp(x));
    return x > 0 ? log1p(-0.5 * erfc(x * M_SQRT1_2)) : gsl_sf_log_erfc(-x * M_SQRT1_2) - M_LN2;
}

double cgm_scm_latent_slope(scm_link link, double x)
{
    if (link == SCM_LOGIT) return 1 / (1 + exp(x));
    /* GSL's hazard reports its underflow, which would be here, as an error. */
    return x < 0 ? gsl_sf_hazard(-x) : exp(-0.5 * x * x - HALF_LOG_2PI - cgm_scm_latent_log_cdf(link, x));
}

double cgm_scm_latent_curvature(scm_link link, double x)
{
    double slope = cgm_scm_latent_slope(link, x);
    if (link == SCM_LOGIT) return slope * cgm_scm_latent_slope(link, -x);
    return fmax(slope * (slope + x), 0);
}

double cgm_scm_latent_draw(scm_link link, cgm_rng *rng)
{
    if (link == SCM_PROBIT) return cgm_rng_normal(rng);
    double u = cgm_rng_uniform(rng);
    return log(u) - log1p(-u);
}

/* x with log P(u <= x) = q, q < 0. */
static double quantile(scm_link link, double q)
{
    if (link == SCM_LOGIT) return q - log(-expm1(q));
    if (q > -700) return gsl_cdf_ugaussian_Pinv(exp(q));
    /* exp(q) is nothing: Newton's method from the tail's leading terms. */
    double x = -sqrt(-2 * q - log(-2 * q) - 2 * HALF_LOG_2PI);
    for (int i = 0; i < 4; i++) x -= (cgm_scm_latent_log_cdf(link, x) - q) / cgm_scm_latent_slope(link, x);
    return x;
}

/* Strictly inside, for what rounding put on an end or beyond. */
static double inside(double x, double low, double high)
{
    if (!(x > low)) x = low + DBL_EPSILON * (1 + fabs(low));
    if (!(x < high)) x = high - DBL_EPSILON * (1 + fabs(high));
    return x > low ? x : low + (high - low) / 2;
}

double cgm_scm_latent_between(scm_link link, double low, double high, cgm_rng *rng)
{
    /* By symmetry, on the side where the distribution function is small and therefore exact. */
    bool mirrored = low + high > 0;
    double from = mirrored ? -high : low, to = mirrored ? -low : high, v = cgm_rng_uniform(rng);
    double top = cgm_scm_latent_log_cdf(link, to), ratio = -1;
    if (from > -INFINITY) ratio = expm1(cgm_scm_latent_log_cdf(link, from) - top);
    double x = inside(quantile(link, top + log1p((1 - v) * ratio)), from, to);
    return mirrored ? -x : x;
}

const char *cgm_scm_latent_text(scm_link link)
{
    return link == SCM_PROBIT ? "normal(0, 1)" : "logistic(0, 1)";
}
