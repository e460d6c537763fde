/* Fitting a binary variable by maximum likelihood. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/bernoulli.h"
#include "scm/mechanisms/newton.h"

typedef struct problem {
    const scm_linear_index *m;
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
    return mean_nll(p, weight) + cgm_scm_index_ridge(p->m, p->fixed, weight);
}

/* matrix += w row row', [k, k]. */
static void add_product(const problem *p, size_t n, const size_t *at, const double *x, double w, double *matrix)
{
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) matrix[at[a] * p->m->features.n + at[b]] += w * x[a] * x[b];
}

static cgm_status newton_step(void *context, const double *weight, double *gradient, double *direction)
{
    const problem *p = context;
    scm_link link = p->m->link;
    size_t at[SCM_MAX_ROW];
    double x[SCM_MAX_ROW], share = 1 / (double)p->value->n;
    cgm_scm_index_step_start(p->m, weight, gradient, p->matrix);
    for (size_t i = 0; i < p->value->n; i++) {
        double sign, eta = signed_eta(p, weight, i, &sign), slope = sign * share * cgm_scm_latent_slope(link, eta);
        size_t n = cgm_scm_features_row(&p->m->features, p->parents, i, at, x);
        for (size_t a = 0; a < n; a++) gradient[at[a]] -= slope * x[a];
        add_product(p, n, at, x, share * cgm_scm_latent_curvature(link, eta), p->matrix);
    }
    return cgm_scm_index_step_end(p->m, p->fixed, gradient, p->matrix, direction);
}

static void set_information(const problem *p)
{
    scm_link link = p->m->link;
    size_t k = p->m->features.n, at[SCM_MAX_ROW];
    double x[SCM_MAX_ROW], sign;
    memset(p->m->information, 0, k * k * sizeof(double));
    for (size_t i = 0; i < p->value->n; i++) {
        double eta = signed_eta(p, p->m->parameter, i, &sign);
        size_t n = cgm_scm_features_row(&p->m->features, p->parents, i, at, x);
        add_product(p, n, at, x, cgm_scm_latent_slope(link, eta) * cgm_scm_latent_slope(link, -eta), p->m->information);
    }
    cgm_scm_hold(k, p->fixed, 0, NULL, p->m->information);
}

cgm_status cgm_scm_bernoulli_fit(scm_linear_index *m, const cgm_values *value, const cgm_values *parents, double *nll)
{
    size_t k = m->n;
    double *work = calloc(k + 1, k * sizeof *work);
    if (!work) return CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for %zu weights", m->variable->name, k);
    problem p = {.m = m, .value = value, .parents = parents, .fixed = work, .matrix = work + k};
    cgm_scm_smooth f = {.n = k, .value = objective, .step = newton_step, .context = &p};
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(cgm_scm_index_fit_start(m, value, parents, p.fixed), done);
    CGM_TRY_GOTO(cgm_scm_minimize(&f, m->parameter, m->variable->name), done);
    set_information(&p);
    *nll = mean_nll(&p, m->parameter);
done:
    free(work);
    return status;
}
