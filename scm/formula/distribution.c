/* The table of distributions, and what asks it. Densities are written out, as the logarithm of GSL's would be minus
 * infinity far in a tail. */
#include "scm/formula/distribution.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng_gsl.h"
#include "config/config.h"
#include "scm/formula/expression_priv.h"

#define HALF_LOG_2PI 0.91893853320467274178
#define MAX_PARAMETERS 1000 /* of a categorical */
#define MAX_COUNT 1e9       /* mean of a Poisson: GSL's counts are unsigned int */

typedef enum domain { ANY, POSITIVE, PROBABILITY, COUNT } domain;

typedef struct family {
    const char *name, *parameters; /* as messages call them */
    size_t n;                      /* parameters; 0: one or more */
    domain range[2];               /* what they may be; of more parameters, the first one's */
    bool discrete;
    double (*sample)(const cgm_distribution *d, cgm_rng *rng, gsl_rng *gsl);
    double (*log_prob)(const cgm_distribution *d, double x); /* within the support */
    double (*cdf)(const cgm_distribution *d, double x);      /* likewise */
    double (*quantile)(const cgm_distribution *d, double p);
    void (*support)(const cgm_distribution *d, double *low, double *high); /* NULL: all numbers */
} family;

struct cgm_distribution {
    const family *row;
    char *text;
    size_t n;
    double p[]; /* [n] */
};

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

#define SAMPLE(name, value)                                                                                            \
    static double name##_sample(const cgm_distribution *d, cgm_rng *rng, gsl_rng *gsl)                                 \
    {                                                                                                                  \
        const double *p = d->p;                                                                                        \
        (void)p, (void)rng, (void)gsl;                                                                                 \
        return value;                                                                                                  \
    }
#define OF(name, function, argument, value)                                                                            \
    static double name##_##function(const cgm_distribution *d, double argument)                                        \
    {                                                                                                                  \
        const double *p = d->p;                                                                                        \
        (void)p;                                                                                                       \
        return value;                                                                                                  \
    }

SAMPLE(normal, p[0] + p[1] * cgm_rng_normal(rng))
OF(normal, log_prob, x, -0.5 * z_of(d, x) * z_of(d, x) - log(p[1]) - HALF_LOG_2PI)
OF(normal, cdf, x, gsl_cdf_ugaussian_P(z_of(d, x)))
OF(normal, quantile, q, p[0] + p[1] * gsl_cdf_ugaussian_Pinv(q))

SAMPLE(uniform, p[0] + (p[1] - p[0]) * cgm_rng_uniform(rng))
OF(uniform, log_prob, x, ((void)x, -log(p[1] - p[0])))
OF(uniform, cdf, x, (x - p[0]) / (p[1] - p[0]))
OF(uniform, quantile, q, p[0] + (p[1] - p[0]) * q)
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
OF(gamma, log_prob, x, p[0] * log(p[1]) + times_log(p[0] - 1, x) - p[1] * x - gsl_sf_lngamma(p[0]))
OF(gamma, cdf, x, gsl_cdf_gamma_P(x, p[0], 1 / p[1]))
OF(gamma, quantile, q, gsl_cdf_gamma_Pinv(q, p[0], 1 / p[1]))

SAMPLE(exponential, gsl_ran_exponential(gsl, 1 / p[0]))
OF(exponential, log_prob, x, log(p[0]) - p[0] * x)
OF(exponential, cdf, x, gsl_cdf_exponential_P(x, 1 / p[0]))
OF(exponential, quantile, q, gsl_cdf_exponential_Pinv(q, 1 / p[0]))

SAMPLE(beta, gsl_ran_beta(gsl, p[0], p[1]))
OF(beta, log_prob, x, times_log(p[0] - 1, x) + times_log(p[1] - 1, 1 - x) - gsl_sf_lnbeta(p[0], p[1]))
OF(beta, cdf, x, gsl_cdf_beta_P(x, p[0], p[1]))
OF(beta, quantile, q, gsl_cdf_beta_Pinv(q, p[0], p[1]))

SAMPLE(laplace, p[0] + gsl_ran_laplace(gsl, p[1]))
OF(laplace, log_prob, x, -fabs(z_of(d, x)) - log(2 * p[1]))
OF(laplace, cdf, x, gsl_cdf_laplace_P(z_of(d, x), 1))
OF(laplace, quantile, q, p[0] + gsl_cdf_laplace_Pinv(q, p[1]))

SAMPLE(logistic, p[0] + gsl_ran_logistic(gsl, p[1]))
OF(logistic, log_prob, x, -fabs(z_of(d, x)) - 2 * log1p(exp(-fabs(z_of(d, x)))) - log(p[1]))
OF(logistic, cdf, x, gsl_cdf_logistic_P(z_of(d, x), 1))
OF(logistic, quantile, q, p[0] + gsl_cdf_logistic_Pinv(q, p[1]))

SAMPLE(gumbel, p[0] + p[1] * gsl_ran_gumbel1(gsl, 1, 1))
OF(gumbel, log_prob, x, -z_of(d, x) - exp(-z_of(d, x)) - log(p[1]))
OF(gumbel, cdf, x, gsl_cdf_gumbel1_P(z_of(d, x), 1, 1))
OF(gumbel, quantile, q, p[0] + p[1] * gsl_cdf_gumbel1_Pinv(q, 1, 1))

SAMPLE(student, gsl_ran_tdist(gsl, p[0]))
OF(student, log_prob, x,
   gsl_sf_lngamma((p[0] + 1) / 2) - gsl_sf_lngamma(p[0] / 2) - log(p[0] * M_PI) / 2 -
       (p[0] + 1) / 2 * log1p(x * x / p[0]))
OF(student, cdf, x, gsl_cdf_tdist_P(x, p[0]))
OF(student, quantile, q, gsl_cdf_tdist_Pinv(q, p[0]))

SAMPLE(lognormal, exp(p[0] + p[1] * cgm_rng_normal(rng)))
OF(lognormal, log_prob, x, x > 0 ? normal_log_prob(d, log(x)) - log(x) : -INFINITY)
OF(lognormal, cdf, x, x > 0 ? normal_cdf(d, log(x)) : 0)
OF(lognormal, quantile, q, exp(normal_quantile(d, q)))

SAMPLE(bernoulli, cgm_rng_uniform(rng) < p[0])
OF(bernoulli, log_prob, x, log(x == 1 ? p[0] : 1 - p[0]))
OF(bernoulli, cdf, x, x >= 1 ? 1 : 1 - p[0])
OF(bernoulli, quantile, q, q > 1 - p[0])

OF(categorical, log_prob, x, log(p[(size_t)x]))
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
OF(poisson, log_prob, x, x *log(p[0]) - p[0] - gsl_sf_lngamma(x + 1))
OF(poisson, cdf, x, gsl_cdf_poisson_P((unsigned)x, p[0]))
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
OF(point, log_prob, x, ((void)x, 0))
OF(point, cdf, x, ((void)x, 1))
OF(point, quantile, q, ((void)q, p[0]))
static void point_support(const cgm_distribution *d, double *low, double *high)
{
    *low = *high = d->p[0];
}

#define OF_TABLE(name)                                                                                                 \
    .sample = name##_sample, .log_prob = name##_log_prob, .cdf = name##_cdf, .quantile = name##_quantile
static const family rows[] = {
    {"normal", "mean, sd", 2, {ANY, POSITIVE}, false, OF_TABLE(normal), NULL},
    {"uniform", "low, high", 2, {ANY, ANY}, false, OF_TABLE(uniform), uniform_support},
    {"gamma", "shape, rate", 2, {POSITIVE, POSITIVE}, false, OF_TABLE(gamma), from_zero},
    {"exponential", "rate", 1, {POSITIVE}, false, OF_TABLE(exponential), from_zero},
    {"beta", "a, b", 2, {POSITIVE, POSITIVE}, false, OF_TABLE(beta), unit_interval},
    {"laplace", "mean, scale", 2, {ANY, POSITIVE}, false, OF_TABLE(laplace), NULL},
    {"logistic", "mean, scale", 2, {ANY, POSITIVE}, false, OF_TABLE(logistic), NULL},
    {"gumbel", "location, scale", 2, {ANY, POSITIVE}, false, OF_TABLE(gumbel), NULL},
    {"student", "df", 1, {POSITIVE}, false, OF_TABLE(student), NULL},
    {"lognormal", "m, s", 2, {ANY, POSITIVE}, false, OF_TABLE(lognormal), from_zero},
    {"bernoulli", "p", 1, {PROBABILITY}, true, OF_TABLE(bernoulli), unit_interval},
    {"categorical", "p0, p1, ...", 0, {PROBABILITY}, true, OF_TABLE(categorical), categorical_support},
    {"poisson", "mean", 1, {COUNT}, true, OF_TABLE(poisson), from_zero},
    {"point", "x", 1, {ANY}, true, OF_TABLE(point), point_support},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* ---- Parsing ---- */

typedef struct source {
    const char *what, *text;
    size_t at;
} source;

static size_t skip(source *s)
{
    return s->at += strspn(s->text + s->at, " \t\r\n");
}

static cgm_status fail(const source *s, size_t at, const char *message)
{
    return cgm_formula_fail(s->what, s->text, at, "%s", message);
}

static cgm_status find_row(source *s, const family **out)
{
    const char *names[N_ROWS];
    char word[64];
    size_t n = cgm_formula_name_length(s->text + skip(s));
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), s->text + s->at);
    for (size_t i = 0; i < N_ROWS; i++) {
        names[i] = rows[i].name;
        if (strcmp(word, rows[i].name) != 0) continue;
        s->at += n;
        *out = &rows[i];
        return CGM_OK;
    }
    if (n == 0) return fail(s, s->at, "expected a distribution such as normal(0, 1)");
    const char *near = cgm_nearest_word(word, N_ROWS, names);
    if (near)
        return cgm_formula_fail(s->what, s->text, s->at, "there is no distribution '%s'; did you mean '%s'?", word,
                                near);
    return cgm_formula_fail(s->what, s->text, s->at, "there is no distribution '%s'", word);
}

static cgm_status check_parameter(const source *s, size_t at, const family *row, domain range, double x)
{
    static const char *const wanted[] = {[ANY] = "finite numbers",
                                         [POSITIVE] = "a number above 0",
                                         [PROBABILITY] = "a probability",
                                         [COUNT] = "a mean above 0, at most 1e9"};
    bool fits = isfinite(x) && (range == ANY || (range == PROBABILITY ? x >= 0 && x <= 1 : x > 0)) &&
                (range != COUNT || x <= MAX_COUNT);
    if (fits) return CGM_OK;
    return cgm_formula_fail(s->what, s->text, at, "%s(%s): %g; expected %s", row->name, row->parameters, x,
                            wanted[range]);
}

/* One parameter: an expression without names. */
static cgm_status read_parameter(source *s, const family *row, size_t k, double *out)
{
    cgm_expression *e;
    size_t at = skip(s);
    CGM_TRY(cgm_formula_parse_part(s->text, s->what, &s->at, &e));
    cgm_status status = CGM_OK;
    if (e->n_names)
        status = cgm_formula_fail(s->what, s->text, e->where[0], "a name; the parameters of %s are numbers", row->name);
    else
        cgm_expression_evaluate(e, 1, NULL, out);
    cgm_expression_destroy(e);
    CGM_TRY(status);
    return check_parameter(s, at, row, row->range[row->n == 2 ? k : 0], *out);
}

/* What concerns the parameters together. */
static cgm_status check_parameters(const source *s, const family *row, size_t n, double *p)
{
    double sum = 0;
    if (row->n && n != row->n)
        return cgm_formula_fail(s->what, s->text, s->at - 1, "expected %zu parameters in %s(%s), got %zu", row->n,
                                row->name, row->parameters, n);
    if (row->support == uniform_support && !(p[0] < p[1]))
        return fail(s, s->at - 1, "uniform(low, high): expected the lower one first");
    if (row->support != categorical_support) return CGM_OK;
    for (size_t k = 0; k < n; k++) sum += p[k];
    if (!(fabs(sum - 1) <= 1e-6))
        return cgm_formula_fail(s->what, s->text, s->at - 1, "the probabilities add up to %.9g; expected 1", sum);
    for (size_t k = 0; k < n; k++) p[k] /= sum;
    return CGM_OK;
}

static cgm_status read_parameters(source *s, const family *row, size_t *n, double *p)
{
    *n = 0;
    if (s->text[skip(s)] != '(') return fail(s, s->at, "expected '('");
    do {
        s->at++;
        if (*n == MAX_PARAMETERS) return fail(s, s->at, "expected at most 1000 parameters");
        CGM_TRY(read_parameter(s, row, *n, &p[*n]));
        ++*n;
    } while (s->text[s->at] == ',');
    if (s->text[s->at] != ')') return fail(s, s->at, "expected ',' or ')'");
    s->at++;
    return check_parameters(s, row, *n, p);
}

cgm_status cgm_distribution_parse(const char *text, const char *what, cgm_distribution **out)
{
    source s = {.what = what, .text = text};
    const family *row = NULL;
    double p[MAX_PARAMETERS];
    size_t n;
    if (strlen(text) > CGM_EXPRESSION_MAX_BYTES)
        return CGM_FAIL(CGM_E_ARG, "%s: expected at most %d bytes", what, CGM_EXPRESSION_MAX_BYTES);
    CGM_TRY(find_row(&s, &row));
    CGM_TRY(read_parameters(&s, row, &n, p));
    if (text[skip(&s)]) return fail(&s, s.at, "expected the end");
    cgm_distribution *d = calloc(1, sizeof *d + n * sizeof *d->p);
    if (!d || !(d->text = strdup(text))) {
        free(d);
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for a distribution");
    }
    d->row = row;
    d->n = n;
    memcpy(d->p, p, n * sizeof *p);
    *out = d;
    return CGM_OK;
}

void cgm_distribution_destroy(cgm_distribution *d)
{
    if (d) free(d->text);
    free(d);
}

/* ---- Asking ---- */

const char *cgm_distribution_text(const cgm_distribution *d)
{
    return d->text;
}

bool cgm_distribution_is_discrete(const cgm_distribution *d)
{
    return d->row->discrete;
}

void cgm_distribution_support(const cgm_distribution *d, double *low, double *high)
{
    *low = -INFINITY;
    *high = INFINITY;
    if (d->row->support) d->row->support(d, low, high);
}

double cgm_distribution_sample(const cgm_distribution *d, cgm_rng *rng)
{
    cgm_rng_gsl wrapper;
    return d->row->sample(d, rng, cgm_rng_gsl_wrap(rng, &wrapper));
}

double cgm_distribution_log_prob(const cgm_distribution *d, double x)
{
    double low, high;
    if (isnan(x)) return x;
    cgm_distribution_support(d, &low, &high);
    if (x < low || x > high || isinf(x)) return -INFINITY;
    if (d->row->discrete && d->row->support != point_support && x != floor(x)) return -INFINITY;
    return d->row->log_prob(d, x);
}

double cgm_distribution_cdf(const cgm_distribution *d, double x)
{
    double low, high;
    if (isnan(x)) return x;
    cgm_distribution_support(d, &low, &high);
    if (x < low || x == -INFINITY) return 0;
    if (x >= high) return 1;
    if (d->row->discrete && x > 4e9) return 1;
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    double p = d->row->cdf(d, x);
    gsl_set_error_handler(handler);
    return p;
}

double cgm_distribution_quantile(const cgm_distribution *d, double p)
{
    if (!(p > 0 && p < 1)) return NAN;
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    double x = d->row->quantile(d, p);
    gsl_set_error_handler(handler);
    return x;
}
