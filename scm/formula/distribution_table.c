/* The table of distributions. Densities are written out, as the logarithm of GSL's would be minus infinity far in a
 * tail.
 */
#include "scm/formula/distribution_priv.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#define HALF_LOG_2PI 0.91893853320467274178

/* x standardised by location p0 and scale p1. */
static double z_of(const cgm_distribution *d, double x)
{
    return (x - d->p[0]) / d->p[1];
}

static void from_zero(const cgm_distribution *d, double *low, double *high)
{
    (void)d;
    *low = 0;
    *high = INFINITY;
}

static void unit_interval(const cgm_distribution *d, double *low, double *high)
{
    (void)d;
    *low = 0;
    *high = 1;
}

/* Of the distribution d with the parameters p: a draw; a function of its value x; of the probability q. */
#define SAMPLE(name, value)                                                                                            \
    static double name##_sample(const cgm_distribution *d, cgm_rng *rng, gsl_rng *gsl)                                 \
    {                                                                                                                  \
        const double *p = d->p;                                                                                        \
        (void)p, (void)rng, (void)gsl;                                                                                 \
        return value;                                                                                                  \
    }
#define OF(name, function, value)                                                                                      \
    static double name##_##function(const cgm_distribution *d, double x)                                               \
    {                                                                                                                  \
        const double *p = d->p;                                                                                        \
        (void)p, (void)x;                                                                                              \
        return value;                                                                                                  \
    }
#define QUANTILE(name, value)                                                                                          \
    static double name##_quantile(const cgm_distribution *d, double q)                                                 \
    {                                                                                                                  \
        const double *p = d->p;                                                                                        \
        (void)p, (void)q;                                                                                              \
        return value;                                                                                                  \
    }

SAMPLE(normal, p[0] + p[1] * cgm_rng_normal(rng))
OF(normal, log_prob, -0.5 * z_of(d, x) * z_of(d, x) - log(p[1]) - HALF_LOG_2PI)
OF(normal, cdf, gsl_cdf_ugaussian_P(z_of(d, x)))
QUANTILE(normal, p[0] + p[1] * gsl_cdf_ugaussian_Pinv(q))

SAMPLE(uniform, p[0] + (p[1] - p[0]) * cgm_rng_uniform(rng))
OF(uniform, log_prob, -log(p[1] - p[0]))
OF(uniform, cdf, (x - p[0]) / (p[1] - p[0]))
QUANTILE(uniform, p[0] + (p[1] - p[0]) * q)
static void uniform_support(const cgm_distribution *d, double *low, double *high)
{
    *low = d->p[0];
    *high = d->p[1];
}

/* b log x, which is 0 for b = 0 whatever x is. */
static double times_log(double b, double x)
{
    return b == 0 ? 0 : b * log(x);
}

SAMPLE(gamma, gsl_ran_gamma(gsl, p[0], 1 / p[1]))
OF(gamma, log_prob, d->constant + times_log(p[0] - 1, x) - p[1] * x)
OF(gamma, cdf, gsl_cdf_gamma_P(x, p[0], 1 / p[1]))
QUANTILE(gamma, gsl_cdf_gamma_Pinv(q, p[0], 1 / p[1]))

SAMPLE(exponential, gsl_ran_exponential(gsl, 1 / p[0]))
OF(exponential, log_prob, log(p[0]) - p[0] * x)
OF(exponential, cdf, gsl_cdf_exponential_P(x, 1 / p[0]))
QUANTILE(exponential, gsl_cdf_exponential_Pinv(q, 1 / p[0]))

SAMPLE(beta, gsl_ran_beta(gsl, p[0], p[1]))
OF(beta, log_prob, d->constant + times_log(p[0] - 1, x) + times_log(p[1] - 1, 1 - x))
OF(beta, cdf, gsl_cdf_beta_P(x, p[0], p[1]))
/* By bisection of the log-odds: GSL's search need not end, as its cdf is not a number far in the tails of large
 * parameters. */
static double beta_quantile(const cgm_distribution *d, double q)
{
    double low = -745, high = 37, mean = d->p[0] / (d->p[0] + d->p[1]), x = mean;
    for (int step = 0; step < 70; step++) {
        double middle = (low + high) / 2;
        x = 1 / (1 + exp(-middle));
        double p = gsl_cdf_beta_P(x, d->p[0], d->p[1]);
        if (p >= q || (isnan(p) && x > mean))
            high = middle;
        else
            low = middle;
    }
    return x;
}

SAMPLE(laplace, p[0] + gsl_ran_laplace(gsl, p[1]))
OF(laplace, log_prob, -fabs(z_of(d, x)) - log(2 * p[1]))
OF(laplace, cdf, gsl_cdf_laplace_P(z_of(d, x), 1))
QUANTILE(laplace, p[0] + gsl_cdf_laplace_Pinv(q, p[1]))

SAMPLE(logistic, p[0] + gsl_ran_logistic(gsl, p[1]))
OF(logistic, log_prob, -fabs(z_of(d, x)) - 2 * log1p(exp(-fabs(z_of(d, x)))) - log(p[1]))
OF(logistic, cdf, gsl_cdf_logistic_P(z_of(d, x), 1))
QUANTILE(logistic, p[0] + gsl_cdf_logistic_Pinv(q, p[1]))

SAMPLE(gumbel, p[0] + p[1] * gsl_ran_gumbel1(gsl, 1, 1))
OF(gumbel, log_prob, -z_of(d, x) - exp(-z_of(d, x)) - log(p[1]))
OF(gumbel, cdf, gsl_cdf_gumbel1_P(z_of(d, x), 1, 1))
QUANTILE(gumbel, p[0] + p[1] * gsl_cdf_gumbel1_Pinv(q, 1, 1))

SAMPLE(student, gsl_ran_tdist(gsl, p[0]))
OF(student, log_prob, d->constant - (p[0] + 1) / 2 * log1p(x * x / p[0]))
OF(student, cdf, gsl_cdf_tdist_P(x, p[0]))
QUANTILE(student, gsl_cdf_tdist_Pinv(q, p[0]))

SAMPLE(lognormal, exp(p[0] + p[1] * cgm_rng_normal(rng)))
OF(lognormal, log_prob, x > 0 ? normal_log_prob(d, log(x)) - log(x) : -INFINITY)
OF(lognormal, cdf, x > 0 ? normal_cdf(d, log(x)) : 0)
QUANTILE(lognormal, exp(normal_quantile(d, q)))

SAMPLE(bernoulli, cgm_rng_uniform(rng) < p[0])
OF(bernoulli, log_prob, log(x == 1 ? p[0] : 1 - p[0]))
OF(bernoulli, cdf, x >= 1 ? 1 : 1 - p[0])
QUANTILE(bernoulli, q > 1 - p[0])

OF(categorical, log_prob, log(p[(size_t)x]))
static double categorical_cdf(const cgm_distribution *d, double x)
{
    double sum = 0;
    for (size_t k = 0; k < d->n && (double)k <= x; k++) sum += d->p[k];
    return fmin(sum, 1);
}
static double categorical_quantile(const cgm_distribution *d, double q)
{
    double sum = 0;
    size_t last = 0;
    for (size_t k = 0; k < d->n; k++) {
        if (d->p[k] > 0) last = k;
        if ((sum += d->p[k]) >= q && d->p[k] > 0) break;
    }
    return (double)last;
}
SAMPLE(categorical, categorical_quantile(d, cgm_rng_uniform(rng)))
static void categorical_support(const cgm_distribution *d, double *low, double *high)
{
    *low = 0;
    *high = (double)d->n - 1;
}

SAMPLE(poisson, gsl_ran_poisson(gsl, p[0]))
static double poisson_log_prob(const cgm_distribution *d, double x)
{
    int sign;
    return x * log(d->p[0]) - d->p[0] - lgamma_r(x + 1, &sign);
}
OF(poisson, cdf, gsl_cdf_poisson_P((unsigned)x, p[0]))
static double poisson_quantile(const cgm_distribution *d, double q)
{
    double low = -1, high = ceil(d->p[0]) + 1; /* the answer lies in (low, high] */
    while (poisson_cdf(d, high) < q && high < 4e9) low = high, high = fmin(2 * high, 4e9);
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (poisson_cdf(d, middle) >= q)
            high = middle;
        else
            low = middle;
    }
    return high;
}

SAMPLE(point, p[0])
OF(point, log_prob, 0)
OF(point, cdf, 1)
QUANTILE(point, p[0])
static void point_support(const cgm_distribution *d, double *low, double *high)
{
    *low = *high = d->p[0];
}

static double gamma_constant(const double *p)
{
    return p[0] * log(p[1]) - gsl_sf_lngamma(p[0]);
}

static double beta_constant(const double *p)
{
    return -gsl_sf_lnbeta(p[0], p[1]);
}

/* log of Gamma((df + 1)/2) / Gamma(df/2) as one function, since the two may be huge. */
static double student_constant(const double *p)
{
    return gsl_sf_lnpoch(p[0] / 2, 0.5) - log(p[0] * M_PI) / 2;
}

#define OF_TABLE(name)                                                                                                 \
    .sample = name##_sample, .log_prob = name##_log_prob, .cdf = name##_cdf, .quantile = name##_quantile
const formula_family cgm_formula_families[] = {
    {"normal", "mean, sd", 2, {FORMULA_ANY, FORMULA_POSITIVE}, false, OF_TABLE(normal)},
    {"uniform",
     "low, high",
     2,
     {FORMULA_ANY, FORMULA_ANY},
     false,
     OF_TABLE(uniform),
     .support = uniform_support,
     .check = FORMULA_ASCENDING},
    {"gamma",
     "shape, rate",
     2,
     {FORMULA_SHAPE, FORMULA_POSITIVE},
     false,
     OF_TABLE(gamma),
     .support = from_zero,
     .constant = gamma_constant},
    {"exponential", "rate", 1, {FORMULA_POSITIVE}, false, OF_TABLE(exponential), .support = from_zero},
    {"beta",
     "a, b",
     2,
     {FORMULA_SHAPE, FORMULA_SHAPE},
     false,
     OF_TABLE(beta),
     .support = unit_interval,
     .constant = beta_constant},
    {"laplace", "mean, scale", 2, {FORMULA_ANY, FORMULA_POSITIVE}, false, OF_TABLE(laplace)},
    {"logistic", "mean, scale", 2, {FORMULA_ANY, FORMULA_POSITIVE}, false, OF_TABLE(logistic)},
    {"gumbel", "location, scale", 2, {FORMULA_ANY, FORMULA_POSITIVE}, false, OF_TABLE(gumbel)},
    {"student", "df", 1, {FORMULA_SHAPE}, false, OF_TABLE(student), .constant = student_constant},
    {"lognormal", "m, s", 2, {FORMULA_ANY, FORMULA_POSITIVE}, false, OF_TABLE(lognormal), .support = from_zero},
    {"bernoulli", "p", 1, {FORMULA_PROBABILITY}, true, OF_TABLE(bernoulli), .support = unit_interval},
    {"categorical",
     "p0, p1, ...",
     0,
     {FORMULA_PROBABILITY},
     true,
     OF_TABLE(categorical),
     .support = categorical_support,
     .check = FORMULA_SUM_TO_ONE},
    {"poisson", "mean", 1, {FORMULA_COUNT}, true, OF_TABLE(poisson), .support = from_zero},
    {"point", "x", 1, {FORMULA_ANY}, true, OF_TABLE(point), .support = point_support},
};
const size_t cgm_formula_n_families = sizeof cgm_formula_families / sizeof *cgm_formula_families;
