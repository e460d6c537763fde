#include "scm/mechanisms/linear_index.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/newton.h"

static const double ridge = 1e-9;

/* Where feature 0's weight would be: the others' follow. It is the intercept's, or the last threshold. */
static size_t first_weight(const scm_linear_index *m)
{
    return m->n - m->features.n;
}

/* ---- Making ---- */

void cgm_scm_index_destroy(cgm_mechanism *base)
{
    scm_linear_index *m = (scm_linear_index *)base;
    if (!m) return;
    cgm_arena_clear(&m->arena);
    free(m);
}

cgm_status cgm_scm_index_give(scm_linear_index *m)
{
    if (m->given) return CGM_OK;
    if (!(m->given = cgm_arena_array(&m->arena, m->n, sizeof *m->given))) return CGM_E_MEMORY;
    for (size_t j = 0; j < m->n; j++) m->given[j] = NAN;
    return CGM_OK;
}

void cgm_scm_index_use_given(scm_linear_index *m)
{
    if (cgm_scm_index_is_known(&m->base)) memcpy(m->parameter, m->given, m->n * sizeof *m->parameter);
}

static cgm_status init(scm_linear_index *m, const cgm_mechanism_spec *spec, const scm_known_options *known)
{
    CGM_TRY(cgm_scm_features_init(spec, &m->arena, &m->features));
    if (known->interactions) CGM_TRY(cgm_scm_features_interact(known->interactions, &m->arena, &m->features));
    m->n = m->n_thresholds ? m->n_thresholds + m->features.n - 1 : m->features.n;
    m->parameter = cgm_arena_array(&m->arena, m->n, sizeof *m->parameter);
    m->information = cgm_arena_array(&m->arena, m->n, m->n * sizeof *m->information);
    if (!m->parameter || !m->information) return CGM_E_MEMORY;
    if (!known->coefficients) return CGM_OK;
    CGM_TRY(cgm_scm_index_give(m));
    CGM_TRY(cgm_scm_coefficients_read(known->coefficients, &m->features, m->n_thresholds ? 0 : SCM_INTERCEPT,
                                      m->given + first_weight(m)));
    cgm_scm_index_use_given(m);
    return CGM_OK;
}

cgm_status cgm_scm_index_create(const cgm_mechanism_class *methods, const cgm_mechanism_spec *spec,
                                const scm_index_opts *opts, scm_linear_index **out)
{
    CGM_TRY(cgm_scm_known_check(&opts->known));
    scm_linear_index *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = methods;
    m->variable = spec->variable;
    m->node = (cgm_mechanism_node){.width = 1, .noise_width = 1};
    m->link = opts->link;
    m->fit = opts->fit;
    m->n_thresholds = opts->n_thresholds;
    cgm_status status = init(m, spec, &opts->known);
    if (status != CGM_OK) {
        cgm_scm_index_destroy(&m->base);
        return status;
    }
    *out = m;
    return CGM_OK;
}

/* ---- The index ---- */

double cgm_scm_index_eta_by(const scm_linear_index *m, const double *parameter, const cgm_values *parents, size_t i)
{
    size_t at[SCM_MAX_ROW], first = first_weight(m);
    double x[SCM_MAX_ROW], sum = 0;
    size_t n = cgm_scm_features_row(&m->features, parents, i, at, x);
    for (size_t a = m->n_thresholds > 0; a < n; a++) sum += parameter[first + at[a]] * x[a]; /* 0: the intercept */
    return sum;
}

double cgm_scm_index_eta(const scm_linear_index *m, const cgm_values *parents, size_t i)
{
    return cgm_scm_index_eta_by(m, m->parameter, parents, i);
}

void cgm_scm_index_mean(const cgm_mechanism *base, const cgm_values *parents, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) out[i] = cgm_scm_index_eta((const scm_linear_index *)base, parents, i);
}

bool cgm_scm_index_is_normal(const cgm_mechanism *base, const bool *moving)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    return m->link == SCM_PROBIT && cgm_scm_features_affine_in(&m->features, moving);
}

/* ---- Fitting ---- */

/* A given intercept, and given thresholds, belong to parents that are not centred. */
cgm_status cgm_scm_index_fit_start(scm_linear_index *m, const cgm_values *value, const cgm_values *parents,
                                   double *fixed)
{
    scm_features *f = &m->features;
    if (value->n == 0) return CGM_FAIL(CGM_E_ARG, "variable '%s': there are no training rows", m->variable->name);
    cgm_scm_features_fit(f, parents);
    for (size_t q = 0; m->given && !isnan(m->given[0]) && q < f->n_parents; q++) f->mean[q] = 0;
    for (size_t j = 0; j < m->n; j++) fixed[j] = m->given ? m->given[j] : NAN;
    for (size_t q = 0; q < f->n_parents; q++)
        if (!cgm_variable_has_levels(f->parents[q])) fixed[first_weight(m) + f->first[q]] *= f->scale[q];
    for (size_t j = 0; j < m->n; j++) m->parameter[j] = isnan(fixed[j]) ? 0 : fixed[j];
    return CGM_OK;
}

double cgm_scm_index_ridge(const scm_linear_index *m, const double *fixed, const double *parameter)
{
    double norm = 0;
    for (size_t j = m->n_thresholds; j < m->n; j++)
        if (isnan(fixed[j])) norm += parameter[j] * parameter[j];
    return 0.5 * ridge * norm;
}

void cgm_scm_index_step_start(const scm_linear_index *m, const double *parameter, double *gradient, double *hessian)
{
    memset(gradient, 0, m->n * sizeof *gradient);
    memset(hessian, 0, m->n * m->n * sizeof *hessian);
    for (size_t j = m->n_thresholds; j < m->n; j++) {
        gradient[j] = ridge * parameter[j];
        hessian[j * m->n + j] = ridge;
    }
}

cgm_status cgm_scm_index_step_end(const scm_linear_index *m, const double *fixed, double *gradient, double *hessian,
                                  double *direction)
{
    cgm_scm_hold(m->n, fixed, 1, gradient, hessian);
    CGM_TRY(cgm_scm_solve_positive(m->n, hessian, gradient, direction));
    for (size_t j = 0; j < m->n; j++) direction[j] = -direction[j];
    return CGM_OK;
}

/* The most that a fit holds: the Hessian, and some vectors of parameters. */
cgm_status cgm_scm_index_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    size_t begin, n, k = m->n;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    *report = (cgm_fit_report){.total = n, .unit = "rows", .memory_bytes = (k * k + 7 * k) * sizeof(double)};
    return CGM_OK;
}

cgm_status cgm_scm_index_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_linear_index *m = (scm_linear_index *)base;
    scm_columns columns;
    double nll;
    if (cgm_scm_index_is_known(base)) return cgm_scm_fit_known(base, m->variable, &m->features, fit, report);
    CGM_TRY(cgm_scm_columns_get(fit->data, m->variable, &m->features, &columns));
    CGM_TRY(m->fit(m, &columns.value, columns.parents, &nll));
    cgm_scm_report_step(report, nll);
    return CGM_OK;
}

void cgm_scm_index_fit_end(cgm_mechanism *base)
{
    (void)base;
}

/* ---- The other methods ---- */

size_t cgm_scm_index_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const scm_linear_index *)base)->node;
    return 1;
}

cgm_status cgm_scm_index_state(cgm_mechanism *base, cgm_state *state)
{
    scm_linear_index *m = (scm_linear_index *)base;
    size_t thresholds = m->n_thresholds;
    int64_t n = (int64_t)m->n, weights = (int64_t)(m->n - thresholds);
    CGM_TRY(cgm_scm_features_state(&m->features, state));
    if (thresholds)
        CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)thresholds), m->parameter, "parameters/threshold"));
    if (weights)
        CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(weights), m->parameter + thresholds, "parameters/weight"));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE(n, n), m->information, "information");
}

cgm_status cgm_scm_index_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    (void)node;
    for (size_t i = 0; i < noise->n; i++) noise->data[i] = cgm_scm_latent_draw(m->link, rng);
    return CGM_OK;
}

bool cgm_scm_index_is_known(const cgm_mechanism *base)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    return cgm_scm_coefficients_known(m->n, m->given);
}

size_t cgm_scm_index_coefficients(cgm_mechanism *base, cgm_coefficients *out)
{
    scm_linear_index *m = (scm_linear_index *)base;
    out[0] = (cgm_coefficients){m->n, m->parameter, m->information};
    return cgm_scm_index_is_known(base) ? 0 : 1;
}
