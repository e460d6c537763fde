/* Fitting a binary variable by maximum likelihood. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/bernoulli.h"
#include "scm/mechanisms/newton.h"

static const double ridge = 1e-9;

typedef struct problem {
    const scm_bernoulli *m;
    const cgm_values *value, *parents;
    double *fixed;  /* [k]: weights that are given, in the features' units; NaN where free */
    double *matrix; /* [k, k] */
} problem;

/* eta, negated where the value is 0, so that the value's probability is the distribution function at it. */
static double signed_eta(const problem *p, const double *weight, size_t i, double *sign)
{
    *sign = p->value->data[i] > 0 ? 1 : -1;
    return *sign * cgm_scm_features_dot(&p->m->features, weight, p->parents, i);
}

static double mean_nll(const problem *p, const double *weight)
{
    double sum = 0, sign;
    for (size_t i = 0; i < p->value->n; i++) sum -= cgm_scm_latent_log_cdf(p->m->link, signed_eta(p, weight, i, &sign));
    return sum / (double)p->value->n;
}

static double objective(void *context, const double *weight)
{
    const problem *p = context;
    double norm = 0;
    for (size_t j = 0; j < p->m->features.n; j++)
        if (isnan(p->fixed[j])) norm += weight[j] * weight[j];
    return mean_nll(p, weight) + 0.5 * ridge * norm;
}

/* matrix += w row row', [k, k]. */
static void add_product(const problem *p, size_t n, const size_t *at, const double *x, double w, double *matrix)
{
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) matrix[at[a] * p->m->features.n + at[b]] += w * x[a] * x[b];
}

/* Rows and columns of what is given become those of the unit matrix times `diagonal`. */
static void set_fixed(const problem *p, double diagonal, double *matrix)
{
    size_t k = p->m->features.n;
    for (size_t j = 0; j < k; j++) {
        if (isnan(p->fixed[j])) continue;
        for (size_t a = 0; a < k; a++) matrix[a * k + j] = matrix[j * k + a] = 0;
        matrix[j * k + j] = diagonal;
    }
}

static cgm_status newton_step(void *context, const double *weight, double *gradient, double *direction)
{
    const problem *p = context;
    scm_link link = p->m->link;
    size_t k = p->m->features.n, at[SCM_MAX_ROW];
    double x[SCM_MAX_ROW], share = 1 / (double)p->value->n;
    memset(p->matrix, 0, k * k * sizeof(double));
    for (size_t j = 0; j < k; j++) {
        gradient[j] = ridge * weight[j];
        p->matrix[j * k + j] = ridge;
    }
    for (size_t i = 0; i < p->value->n; i++) {
        double sign, eta = signed_eta(p, weight, i, &sign), slope = sign * share * cgm_scm_latent_slope(link, eta);
        size_t n = cgm_scm_features_row(&p->m->features, p->parents, i, at, x);
        for (size_t a = 0; a < n; a++) gradient[at[a]] -= slope * x[a];
        add_product(p, n, at, x, share * cgm_scm_latent_curvature(link, eta), p->matrix);
    }
    set_fixed(p, 1, p->matrix);
    for (size_t j = 0; j < k; j++)
        if (!isnan(p->fixed[j])) gradient[j] = 0;
    CGM_TRY(cgm_scm_solve_positive(k, p->matrix, gradient, direction));
    for (size_t j = 0; j < k; j++) direction[j] = -direction[j];
    return CGM_OK;
}

static void set_information(const problem *p)
{
    scm_link link = p->m->link;
    size_t k = p->m->features.n, at[SCM_MAX_ROW];
    double x[SCM_MAX_ROW], sign;
    memset(p->m->information, 0, k * k * sizeof(double));
    for (size_t i = 0; i < p->value->n; i++) {
        double eta = signed_eta(p, p->m->weight, i, &sign);
        size_t n = cgm_scm_features_row(&p->m->features, p->parents, i, at, x);
        add_product(p, n, at, x, cgm_scm_latent_slope(link, eta) * cgm_scm_latent_slope(link, -eta), p->m->information);
    }
    set_fixed(p, 0, p->m->information);
}

/* The start: what is given, and 0. A given intercept belongs to parents that are not centred. */
static void start(scm_bernoulli *m, problem *p)
{
    scm_features *f = &m->features;
    bool uncentred = m->given && !isnan(m->given[0]);
    for (size_t q = 0; uncentred && q < f->n_parents; q++) f->mean[q] = 0;
    for (size_t j = 0; j < f->n; j++) p->fixed[j] = m->given ? m->given[j] : NAN;
    for (size_t q = 0; q < f->n_parents; q++)
        if (!cgm_variable_has_levels(f->parents[q])) p->fixed[f->first[q]] *= f->scale[q];
    for (size_t j = 0; j < f->n; j++) m->weight[j] = isnan(p->fixed[j]) ? 0 : p->fixed[j];
}

cgm_status cgm_scm_bernoulli_fit(scm_bernoulli *m, const cgm_values *value, const cgm_values *parents, double *nll)
{
    size_t k = m->features.n;
    if (value->n == 0) return CGM_FAIL(CGM_E_ARG, "variable '%s': there are no training rows", m->variable->name);
    cgm_scm_features_fit(&m->features, parents);
    problem p = {m, value, parents, calloc(k, sizeof(double)), calloc(k, k * sizeof(double))};
    cgm_status status = CGM_OK;
    if (!p.fixed || !p.matrix) {
        status = CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for %zu weights", m->variable->name, k);
        goto done;
    }
    start(m, &p);
    cgm_scm_smooth f = {.n = k, .value = objective, .step = newton_step, .context = &p};
    CGM_TRY_GOTO(cgm_scm_minimize(&f, m->weight, m->variable->name), done);
    set_information(&p);
    *nll = mean_nll(&p, m->weight);
done:
    free(p.matrix);
    free(p.fixed);
    return status;
}

cgm_status cgm_scm_bernoulli_covariance(const scm_bernoulli *m, double *out)
{
    size_t k = m->features.n;
    double *matrix = malloc(k * k * sizeof *matrix), *unit = calloc(k, sizeof *unit);
    cgm_status status = CGM_OK;
    if (!matrix || !unit) status = CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu weights", k);
    for (size_t j = 0; status == CGM_OK && j < k; j++) {
        memcpy(matrix, m->information, k * k * sizeof *matrix);
        unit[j] = 1;
        status = cgm_scm_solve(k, matrix, unit, out + j * k);
        unit[j] = 0;
    }
    free(unit);
    free(matrix);
    return status;
}
