/* Parsing distributions, and asking them. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/gsl_quiet.h"
#include "base/rng_gsl.h"
#include "config/config.h"
#include "scm/formula/distribution_priv.h"
#include "scm/formula/expression_priv.h"

/* ---- Parsing ---- */

size_t cgm_formula_skip(formula_source *s)
{
    return s->at += strspn(s->text + s->at, " \t\r\n");
}

static cgm_status fail(const formula_source *s, size_t at, const char *message)
{
    return cgm_formula_fail(s->what, s->text, at, "%s", message);
}

cgm_status cgm_formula_find_family(formula_source *s, const formula_family **out)
{
    const char *names[64];
    size_t rows = cgm_formula_n_families;
    CGM_CHECK(rows <= sizeof names / sizeof *names);
    char word[64], hint[CGM_HINT_TEXT];
    size_t n = cgm_formula_name_length(s->text + cgm_formula_skip(s));
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), s->text + s->at);
    for (size_t i = 0; i < rows; i++) {
        names[i] = cgm_formula_families[i].name;
        if (strcmp(word, cgm_formula_families[i].name) != 0) continue;
        s->at += n;
        *out = &cgm_formula_families[i];
        return CGM_OK;
    }
    if (n == 0) return fail(s, s->at, "expected a distribution such as normal(0, 1)");
    return cgm_formula_fail(s->what, s->text, s->at, "there is no distribution '%s'%s", word,
                            cgm_hint(word, rows, names, hint));
}

/* What a parameter of this domain must be, where x is not; else NULL. */
static const char *expected(formula_domain domain, double x)
{
    static const struct {
        double low, high;
        const char *text;
    } limit[] = {[FORMULA_ANY] = {-DBL_MAX, DBL_MAX, "a finite number"},
                 [FORMULA_POSITIVE] = {DBL_TRUE_MIN, DBL_MAX, "a number above 0"},
                 [FORMULA_SHAPE] = {DBL_TRUE_MIN, 1e6, "a number above 0, at most 1e6"},
                 [FORMULA_COUNT] = {DBL_TRUE_MIN, 1e9, "a number above 0, at most 1e9"},
                 [FORMULA_PROBABILITY] = {0, 1, "a probability"}};
    bool fits = x >= limit[domain].low && x <= limit[domain].high;
    return fits ? NULL : limit[domain].text;
}

const char *cgm_formula_check_parameters(const formula_family *row, size_t n, double *p, size_t *which, size_t size,
                                         char *reason)
{
    double sum = 0;
    for (*which = 0; *which < n; ++*which) {
        double x = p[*which];
        const char *wanted = expected(row->domain[row->n == 2 && *which == 1], x);
        sum += x;
        if (!wanted) continue;
        snprintf(reason, size, "%s(%s): %g; expected %s", row->name, row->parameters, x, wanted);
        return reason;
    }
    if (row->n && n != row->n) {
        snprintf(reason, size, "expected %zu parameter%s in %s(%s), got %zu", row->n, row->n > 1 ? "s" : "", row->name,
                 row->parameters, n);
        return reason;
    }
    if (row->check == FORMULA_ASCENDING && !(p[0] < p[1])) {
        snprintf(reason, size, "%s(%s): expected the lower one first", row->name, row->parameters);
        return reason;
    }
    if (row->check != FORMULA_SUM_TO_ONE) return NULL;
    if (!(fabs(sum - 1) <= 1e-6)) {
        snprintf(reason, size, "the probabilities add up to %.9g; expected 1", sum);
        return reason;
    }
    for (size_t k = 0; k < n; k++) p[k] /= sum;
    return NULL;
}

/* One parameter: an expression without names. */
static cgm_status read_parameter(formula_source *s, const formula_family *row, double *out)
{
    cgm_arena arena = {0};
    cgm_expression *e;
    cgm_status status = cgm_formula_parse_part(s->text, s->what, &s->at, &arena, &e);
    if (status == CGM_OK && e->n_names)
        status = cgm_formula_fail(s->what, s->text, e->where[0], "a name; the parameters of %s are numbers", row->name);
    if (status == CGM_OK) cgm_expression_evaluate(e, 1, NULL, out);
    cgm_arena_clear(&arena);
    return status;
}

static cgm_status read_parameters(formula_source *s, const formula_family *row, size_t *n, double *p)
{
    size_t where[FORMULA_MAX_PARAMETERS + 1], which;
    char text[160];
    *n = 0;
    if (s->text[cgm_formula_skip(s)] != '(') return fail(s, s->at, "expected '('");
    do {
        s->at++;
        if (*n == FORMULA_MAX_PARAMETERS) return fail(s, s->at, "expected at most 1000 parameters");
        where[*n] = cgm_formula_skip(s);
        CGM_TRY(read_parameter(s, row, &p[*n]));
        ++*n;
    } while (s->text[s->at] == ',');
    if (s->text[s->at] != ')') return fail(s, s->at, "expected ',' or ')'");
    where[*n] = s->at++;
    const char *reason = cgm_formula_check_parameters(row, *n, p, &which, sizeof text, text);
    return reason ? fail(s, where[which], reason) : CGM_OK;
}

cgm_status cgm_distribution_parse(const char *text, const char *what, cgm_distribution **out)
{
    formula_source s = {.what = what, .text = text};
    const formula_family *row = NULL;
    double p[FORMULA_MAX_PARAMETERS];
    size_t n;
    if (strlen(text) > CGM_EXPRESSION_MAX_BYTES)
        return CGM_FAIL(CGM_E_ARG, "%s: expected at most %d bytes", what, CGM_EXPRESSION_MAX_BYTES);
    CGM_TRY(cgm_formula_find_family(&s, &row));
    CGM_TRY(read_parameters(&s, row, &n, p));
    if (text[cgm_formula_skip(&s)]) return fail(&s, s.at, "expected the end");
    cgm_distribution *d = calloc(1, sizeof *d + n * sizeof *d->p);
    if (!d || !(d->text = strdup(text))) {
        free(d);
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for a distribution");
    }
    d->row = row;
    d->n = n;
    d->p = (double *)(d + 1);
    memcpy(d->p, p, n * sizeof *p);
    cgm_gsl_quiet_begin();
    if (row->constant) d->constant = row->constant(d->p);
    cgm_gsl_quiet_end();
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
    if (d->row->discrete && low < high && x != floor(x)) return -INFINITY;
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
    cgm_gsl_quiet_begin();
    double p = d->row->cdf(d, x);
    cgm_gsl_quiet_end();
    return p < 0 ? 0 : p > 1 ? 1 : p; /* GSL's may be out by rounding; a NaN stays one */
}

double cgm_distribution_quantile(const cgm_distribution *d, double p)
{
    if (!(p > 0 && p < 1)) return NAN;
    cgm_gsl_quiet_begin();
    double x = d->row->quantile(d, p);
    cgm_gsl_quiet_end();
    return x;
}

bool cgm_distribution_is_standard_normal(const cgm_distribution *d)
{
    return strcmp(d->row->name, "normal") == 0 && d->p[0] == 0 && d->p[1] == 1;
}
