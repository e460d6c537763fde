/* Fitting an ordinal variable by maximum likelihood. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/newton.h"
#include "scm/mechanisms/ordinal.h"

static const double pseudo_count = 1e-3;
#define NO_PARENTS SIZE_MAX

/* theta: the thresholds, then the weights of the features but the intercept. */
typedef struct problem {
    const scm_linear_index *m;
    const cgm_values *value, *parents;
    double *pseudo;  /* [levels]: rows to be added at eta = 0 */
    double *fixed;   /* [n]: what is given, in the features' units; NaN where free */
    double *hessian; /* [n, n] */
} problem;

static double log_prob(const problem *p, const double *theta, double eta, size_t level)
{
    double low, high;
    scm_interval interval;
    cgm_scm_ordinal_interval(p->m, theta, eta, level, &low, &high);
    cgm_scm_latent_interval(p->m->link, low, high, &interval);
    return interval.log_p;
}

static double mean_nll(const problem *p, const double *theta)
{
    double sum = 0;
    for (size_t i = 0; i < p->value->n; i++)
        sum -= log_prob(p, theta, cgm_scm_index_eta_by(p->m, theta, p->parents, i), (size_t)p->value->data[i]);
    return sum / (double)p->value->n;
}

static double objective(void *context, const double *theta)
{
    const problem *p = context;
    double pseudo = 0;
    for (size_t j = 1; j < p->m->n_thresholds; j++)
        if (!(theta[j] > theta[j - 1])) return INFINITY;
    for (size_t l = 0; l <= p->m->n_thresholds; l++)
        if (p->pseudo[l] > 0) pseudo -= p->pseudo[l] * log_prob(p, theta, 0, l);
    return mean_nll(p, theta) + pseudo / (double)p->value->n + cgm_scm_index_ridge(p->m, p->fixed, theta);
}

/* Adds `share` of a row with the parents of row i, or with features of 0 for NO_PARENTS. Its likelihood depends on the
 * ends of its interval alone, each a threshold less eta. gradient may be NULL. */
static void add_row(const problem *p, const double *theta, double eta, size_t level, size_t i, double share,
                    double *gradient)
{
    size_t thresholds = p->m->n_thresholds, at[SCM_MAX_ROW + 1], n = 0;
    double x[SCM_MAX_ROW], at_low[SCM_MAX_ROW + 1], at_high[SCM_MAX_ROW + 1], low, high;
    scm_interval d;
    cgm_scm_ordinal_interval(p->m, theta, eta, level, &low, &high);
    cgm_scm_latent_interval(p->m->link, low, high, &d);
    /* The derivatives of the two ends by the parameters at[0 .. n). */
    if (i != NO_PARENTS) n = cgm_scm_features_row(&p->m->features, p->parents, i, at, x) - 1;
    for (size_t a = 0; a < n; a++) {
        at[a] = thresholds + at[a + 1] - 1;
        at_low[a] = at_high[a] = -x[a + 1];
    }
    if (level > 0) at[n] = level - 1, at_low[n] = 1, at_high[n++] = 0;
    if (level < thresholds) at[n] = level, at_low[n] = 0, at_high[n++] = 1;
    for (size_t a = 0; a < n; a++) {
        double *row = p->hessian + at[a] * p->m->n;
        double by_low = d.low_low * at_low[a] + d.low_high * at_high[a],
               by_high = d.low_high * at_low[a] + d.high_high * at_high[a];
        if (gradient) gradient[at[a]] -= share * (d.low * at_low[a] + d.high * at_high[a]);
        for (size_t b = 0; b < n; b++) row[at[b]] -= share * (by_low * at_low[b] + by_high * at_high[b]);
    }
}

static cgm_status newton_step(void *context, const double *theta, double *gradient, double *direction)
{
    const problem *p = context;
    double share = 1 / (double)p->value->n;
    cgm_scm_index_step_start(p->m, theta, gradient, p->hessian);
    for (size_t i = 0; i < p->value->n; i++)
        add_row(p, theta, cgm_scm_index_eta_by(p->m, theta, p->parents, i), (size_t)p->value->data[i], i, share,
                gradient);
    for (size_t l = 0; l <= p->m->n_thresholds; l++)
        if (p->pseudo[l] > 0) add_row(p, theta, 0, l, NO_PARENTS, share * p->pseudo[l], gradient);
    return cgm_scm_index_step_end(p->m, p->fixed, gradient, p->hessian, direction);
}

/* Unseen levels' pseudo-counts, and thresholds at the cumulative frequencies. */
static void start(const problem *p, double *theta)
{
    size_t levels = p->m->n_thresholds + 1;
    double total = (double)p->value->n, below = 0;
    for (size_t l = 0; l < levels; l++) p->pseudo[l] = 0;
    for (size_t i = 0; i < p->value->n; i++) p->pseudo[(size_t)p->value->data[i]] += 1;
    for (size_t l = 0; l < levels; l++)
        if (p->pseudo[l] == 0) total += pseudo_count;
    for (size_t l = 0; l < levels; l++) {
        bool seen = p->pseudo[l] > 0;
        below += seen ? p->pseudo[l] : pseudo_count;
        p->pseudo[l] = seen ? 0 : pseudo_count;
        if (l + 1 == levels) break;
        /* From the side where the probability is small and its logarithm exact. */
        double p_below = below / total, p_above = (total - below) / total;
        theta[l] = p_below < 0.5 ? cgm_scm_latent_quantile(p->m->link, log(p_below))
                                 : -cgm_scm_latent_quantile(p->m->link, log(p_above));
    }
    for (size_t j = 0; j + 1 < levels; j++)
        if (!isnan(p->fixed[j])) theta[j] = p->fixed[j];
}

/* The information has nothing of the pseudo-counts and the ridge. */
static void set_information(const scm_linear_index *m, problem *p, const double *theta)
{
    p->hessian = m->information;
    memset(p->hessian, 0, p->m->n * p->m->n * sizeof(double));
    for (size_t i = 0; i < p->value->n; i++)
        add_row(p, theta, cgm_scm_index_eta_by(p->m, theta, p->parents, i), (size_t)p->value->data[i], i, 1, NULL);
    cgm_scm_hold(p->m->n, p->fixed, 0, NULL, p->hessian);
}

/* work: [n + n n + n_thresholds + 1]. */
static cgm_status fit(scm_linear_index *m, problem *p, double *work, double *nll)
{
    double *theta = m->parameter;
    p->fixed = work;
    p->hessian = p->fixed + p->m->n;
    p->pseudo = p->hessian + p->m->n * p->m->n;
    CGM_TRY(cgm_scm_index_fit_start(m, p->value, p->parents, p->fixed));
    start(p, theta);
    cgm_scm_smooth f = {.n = p->m->n, .value = objective, .step = newton_step, .context = p};
    CGM_TRY(cgm_scm_minimize(&f, theta, m->variable->name));
    *nll = mean_nll(p, theta);
    set_information(m, p, theta);
    return CGM_OK;
}

cgm_status cgm_scm_ordinal_fit(scm_linear_index *m, const cgm_values *value, const cgm_values *parents, double *nll)
{
    problem p = {.m = m, .value = value, .parents = parents};
    double *work = calloc(m->n + 2, (m->n + 1) * sizeof *work);
    if (!work) return CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for %zu weights", m->variable->name, m->n);
    cgm_status status = fit(m, &p, work, nll);
    free(work);
    return status;
}
