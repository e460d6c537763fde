/* Fitting a count by maximum likelihood. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/newton.h"
#include "scm/mechanisms/poisson.h"

static const double ridge = 1e-9, pseudo_count = 1e-3;

typedef struct problem {
    const scm_poisson *m;
    const cgm_values *value, *parents;
    double scale;    /* 1 + the values' mean: what the objective is divided by */
    double *fixed;   /* [k]: weights that are given, in the features' units; NaN where free */
    double *hessian; /* [k, k] */
} problem;

static scm_poisson_law law_of(const problem *p, const double *weight, size_t i)
{
    return cgm_scm_poisson_law(cgm_scm_features_dot(&p->m->features, weight, p->parents, i), p->m->high);
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
    double norm = 0;
    for (size_t j = 0; j < p->m->features.n; j++)
        if (isnan(p->fixed[j])) norm += weight[j] * weight[j];
    return mean_nll(p, weight) / p->scale + 0.5 * ridge * norm;
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
    size_t k = p->m->features.n;
    memset(p->hessian, 0, k * k * sizeof(double));
    for (size_t j = 0; j < k; j++) {
        gradient[j] = ridge * weight[j];
        p->hessian[j * k + j] = ridge;
    }
    add_rows(p, weight, 1 / (p->scale * (double)p->value->n), gradient);
    cgm_scm_hold(k, p->fixed, 1, gradient, p->hessian);
    CGM_TRY(cgm_scm_solve_positive(k, p->hessian, gradient, direction));
    for (size_t j = 0; j < k; j++) direction[j] = -direction[j];
    return CGM_OK;
}

/* The logarithm of the values' mean (of a thousandth where all are 0), and what is given. A given intercept belongs to
 * parents that are not centred. */
static void start(scm_poisson *m, problem *p)
{
    scm_features *f = &m->features;
    double sum = 0, n = (double)p->value->n;
    bool uncentred = m->given && !isnan(m->given[0]);
    for (size_t i = 0; i < p->value->n; i++) sum += p->value->data[i];
    p->scale = 1 + sum / n;
    for (size_t q = 0; uncentred && q < f->n_parents; q++) f->mean[q] = 0;
    for (size_t j = 0; j < f->n; j++) p->fixed[j] = m->given ? m->given[j] : NAN;
    for (size_t q = 0; q < f->n_parents; q++)
        if (!cgm_variable_has_levels(f->parents[q])) p->fixed[f->first[q]] *= f->scale[q];
    for (size_t j = 0; j < f->n; j++) m->weight[j] = isnan(p->fixed[j]) ? 0 : p->fixed[j];
    if (isnan(p->fixed[0])) m->weight[0] = log(fmax(sum, pseudo_count) / n);
}

cgm_status cgm_scm_poisson_fit(scm_poisson *m, const cgm_values *value, const cgm_values *parents, double *nll)
{
    size_t k = m->features.n;
    if (value->n == 0) return CGM_FAIL(CGM_E_ARG, "variable '%s': there are no training rows", m->variable->name);
    cgm_scm_features_fit(&m->features, parents);
    double *work = calloc(k + 1, k * sizeof *work);
    if (!work) return CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for %zu weights", m->variable->name, k);
    problem p = {.m = m, .value = value, .parents = parents, .fixed = work, .hessian = work + k};
    cgm_scm_smooth f = {.n = k, .value = objective, .step = newton_step, .context = &p};
    start(m, &p);
    cgm_status status = cgm_scm_minimize(&f, m->weight, m->variable->name);
    if (status == CGM_OK) {
        *nll = mean_nll(&p, m->weight);
        p.hessian = m->information;
        memset(p.hessian, 0, k * k * sizeof(double));
        add_rows(&p, m->weight, 1, NULL);
        cgm_scm_hold(k, p.fixed, 0, NULL, p.hessian);
    }
    free(work);
    return status;
}
