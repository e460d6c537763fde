/* Fitting a count by maximum likelihood. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/newton.h"
#include "scm/mechanisms/poisson.h"

static const double pseudo_count = 1e-3;

typedef struct problem {
    const scm_linear_index *m;
    const cgm_values *value, *parents;
    double scale;    /* 1 + the values' mean: what the objective is divided by */
    double *fixed;   /* [k]: weights that are given, in the features' units; NaN where free */
    double *hessian; /* [k, k] */
} problem;

static scm_poisson_law law_of(const problem *p, const double *weight, size_t i)
{
    return cgm_scm_poisson_law_at(p->m, weight, p->parents, i);
}

static double mean_nll(const problem *p, const double *weight)
{
    double sum = 0;
    for (size_t i = 0; i < p->value->n; i++) {
        scm_poisson_law law = law_of(p, weight, i);
        sum -= cgm_scm_poisson_log_pmf(&law, p->value->data[i]);
    }
    return sum / (double)p->value->n;
}

static double objective(void *context, const double *weight)
{
    const problem *p = context;
    return mean_nll(p, weight) / p->scale + cgm_scm_index_ridge(p->m, p->fixed, weight);
}

/* Adds all rows, each times `share`, to the gradient (or NULL) and the Hessian. */
static void add_rows(const problem *p, const double *weight, double share, double *gradient)
{
    size_t k = p->m->features.n, at[SCM_MAX_ROW];
    double x[SCM_MAX_ROW], mean, variance;
    for (size_t i = 0; i < p->value->n; i++) {
        scm_poisson_law law = law_of(p, weight, i);
        cgm_scm_poisson_moments(&law, &mean, &variance);
        size_t n = cgm_scm_features_row(&p->m->features, p->parents, i, at, x);
        for (size_t a = 0; a < n; a++) {
            if (gradient) gradient[at[a]] += share * (mean - p->value->data[i]) * x[a];
            for (size_t b = 0; b < n; b++) p->hessian[at[a] * k + at[b]] += share * variance * x[a] * x[b];
        }
    }
}

static cgm_status newton_step(void *context, const double *weight, double *gradient, double *direction)
{
    const problem *p = context;
    cgm_scm_index_step_start(p->m, weight, gradient, p->hessian);
    add_rows(p, weight, 1 / (p->scale * (double)p->value->n), gradient);
    return cgm_scm_index_step_end(p->m, p->fixed, gradient, p->hessian, direction);
}

/* The intercept at the logarithm of the values' mean (of a thousandth where all are 0). */
static void start(scm_linear_index *m, problem *p)
{
    double sum = 0, n = (double)p->value->n;
    for (size_t i = 0; i < p->value->n; i++) sum += p->value->data[i];
    p->scale = 1 + sum / n;
    if (isnan(p->fixed[0])) m->parameter[0] = log(fmax(sum, pseudo_count) / n);
}

cgm_status cgm_scm_poisson_fit(scm_linear_index *m, const cgm_values *value, const cgm_values *parents, double *nll)
{
    size_t k = m->n;
    double *work = calloc(k + 1, k * sizeof *work);
    if (!work) return CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for %zu weights", m->variable->name, k);
    problem p = {.m = m, .value = value, .parents = parents, .fixed = work, .hessian = work + k};
    cgm_scm_smooth f = {.n = k, .value = objective, .step = newton_step, .context = &p};
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(cgm_scm_index_fit_start(m, value, parents, p.fixed), done);
    start(m, &p);
    CGM_TRY_GOTO(cgm_scm_minimize(&f, m->parameter, m->variable->name), done);
    *nll = mean_nll(&p, m->parameter);
    p.hessian = m->information;
    memset(p.hessian, 0, k * k * sizeof(double));
    add_rows(&p, m->parameter, 1, NULL);
    cgm_scm_hold(k, p.fixed, 0, NULL, p.hessian);
done:
    free(work);
    return status;
}
