#include "scm/mechanisms/latent.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_erf.h>
#include <math.h>

#define HALF_LOG_2PI 0.91893853320467274178

double cgm_scm_latent_log_cdf(scm_link link, double x)
{
    if (x == -INFINITY) return x;
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

/* P = F(b) F(-a) (1 - exp(a - b)). */
static scm_interval logistic_interval(double a, double b)
{
    double width = b - a, bend = 0.25 / (sinh(0.5 * width) * sinh(0.5 * width));
    return (scm_interval){
        .log_p = cgm_scm_latent_log_cdf(SCM_LOGIT, b) + cgm_scm_latent_log_cdf(SCM_LOGIT, -a) + log(-expm1(-width)),
        .low = -cgm_scm_latent_slope(SCM_LOGIT, -a) - 1 / expm1(width),
        .high = cgm_scm_latent_slope(SCM_LOGIT, b) + 1 / expm1(width),
        .low_low = -cgm_scm_latent_curvature(SCM_LOGIT, -a) - bend,
        .high_high = -cgm_scm_latent_curvature(SCM_LOGIT, b) - bend,
        .low_high = bend,
    };
}

/* Of a <= 0, where nothing cancels: either P is far from 0, or both ends are in the lower tail. */
static scm_interval normal_interval(double a, double b)
{
    double log_p;
    if (b > 0) {
        log_p = log(0.5 * (erf(b * M_SQRT1_2) - erf(a * M_SQRT1_2)));
    } else {
        double top = cgm_scm_latent_log_cdf(SCM_PROBIT, b);
        log_p = top + log(-expm1(cgm_scm_latent_log_cdf(SCM_PROBIT, a) - top));
    }
    double at_a = exp(-0.5 * a * a - HALF_LOG_2PI - log_p), at_b = exp(-0.5 * b * b - HALF_LOG_2PI - log_p);
    return (scm_interval){
        .log_p = log_p,
        .low = -at_a,
        .high = at_b,
        .low_low = isinf(a) ? 0 : at_a * (a - at_a),
        .high_high = isinf(b) ? 0 : -at_b * (b + at_b),
        .low_high = at_a * at_b,
    };
}

void cgm_scm_latent_interval(scm_link link, double low, double high, scm_interval *out)
{
    if (link == SCM_LOGIT) {
        *out = logistic_interval(low, high);
    } else if (low <= 0) {
        *out = normal_interval(low, high);
    } else {
        scm_interval mirrored = normal_interval(-high, -low);
        *out = (scm_interval){.log_p = mirrored.log_p,
                              .low = -mirrored.high,
                              .high = -mirrored.low,
                              .low_low = mirrored.high_high,
                              .high_high = mirrored.low_low,
                              .low_high = mirrored.low_high};
    }
}

double cgm_scm_latent_draw(scm_link link, cgm_rng *rng)
{
    if (link == SCM_PROBIT) return cgm_rng_normal(rng);
    double u = cgm_rng_uniform(rng);
    return log(u) - log1p(-u);
}

double cgm_scm_latent_quantile(scm_link link, double q)
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
    double x = inside(cgm_scm_latent_quantile(link, top + log1p((1 - v) * ratio)), from, to);
    return mirrored ? -x : x;
}

const char *cgm_scm_latent_text(scm_link link)
{
    return link == SCM_PROBIT ? "normal(0, 1)" : "logistic(0, 1)";
}
