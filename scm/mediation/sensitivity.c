/* Mediation effects were the errors of mediator and outcome correlated. */
#include "scm/mediation/sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/affine_flow.h"
#include "scm/mediation/mediation_priv.h"

enum { NUMBERS = 4 }; /* a point: NIE(0), NIE(1), NDE(0), NDE(1) */
static const char *const names[NUMBERS] = {"NIE(0)", "NIE(1)", "NDE(0)", "NDE(1)"};
static const size_t effects[NUMBERS] = {MEDIATION_NIE0, MEDIATION_NIE1, MEDIATION_NDE0, MEDIATION_NDE1};

typedef struct question {
    const mediation_plan *plan;
    scm_comparison mediator; /* its mean under both treatments: their difference */
    size_t ends[2];          /* variables of the whole model: mediator and outcome */
    size_t n_rho;
    const double *rho;
} question;

/* ---- What it is for ---- */

static const scm_variable *variable_of(const mediation_plan *plan, size_t node)
{
    return &plan->part->variable[plan->part->node[node].variable];
}

/* The mechanism, if its coefficients and constant scale were found by least squares. */
static const scm_affine_flow *linear_of(const scm_variable *v)
{
    const cgm_mechanism_class *methods = v->mechanism->methods;
    const scm_affine_flow *m = (const scm_affine_flow *)v->mechanism;
    if (methods != &cgm_mechanism_linear_gaussian && methods != &cgm_mechanism_affine_flow) return NULL;
    return !m->variable->bounded && m->n_scale == 1 && !m->given ? m : NULL;
}

static bool has_parent(const scm_variable *v, const char *name)
{
    for (size_t k = 0; k < v->n_parents; k++)
        if (strcmp(v->parent_names[k], name) == 0) return true;
    return false;
}

static bool has_product(const scm_affine_flow *m, const char *a, const char *b)
{
    for (size_t k = 0; k < m->features.n_products; k++) {
        const char *names_of[2] = {m->features.parents[m->features.product[k].a]->name,
                                   m->features.parents[m->features.product[k].b]->name};
        for (int i = 0; i < 2; i++)
            if (strcmp(names_of[i], a) == 0 && strcmp(names_of[1 - i], b) == 0) return true;
    }
    return false;
}

static cgm_status check_linear(const scm_variable *v)
{
    if (linear_of(v)) return CGM_OK;
    return CGM_FAIL(CGM_E_UNSUPPORTED, "sensitivity: expected '%s' to be a fitted linear_gaussian variable",
                    v->variable.name);
}

/* What m is computed from must be in y's regression too: else the errors' correlation would show in it. */
static cgm_status check_regressors(const scm_variable *m, const scm_variable *y)
{
    const scm_affine_flow *from = linear_of(m), *to = linear_of(y);
    for (size_t k = 0; k < m->n_parents; k++)
        if (!has_parent(y, m->parent_names[k]))
            return CGM_FAIL(CGM_E_UNSUPPORTED, "sensitivity: '%s' is a parent of '%s' but not of '%s'",
                            m->parent_names[k], m->variable.name, y->variable.name);
    for (size_t k = 0; k < from->features.n_products; k++) {
        const char *a = from->features.parents[from->features.product[k].a]->name,
                   *b = from->features.parents[from->features.product[k].b]->name;
        if (!has_product(to, a, b))
            return CGM_FAIL(CGM_E_UNSUPPORTED, "sensitivity: '%s' and '%s' interact in '%s' but not in '%s'", a, b,
                            m->variable.name, y->variable.name);
    }
    return CGM_OK;
}

static cgm_status check(const mediation_plan *plan)
{
    if (plan->opts->n_mediators != 1)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "sensitivity: %zu mediators; expected one", plan->opts->n_mediators);
    const scm_variable *t = variable_of(plan, plan->treatment), *m = variable_of(plan, plan->mediator[0]),
                       *y = variable_of(plan, plan->outcome);
    CGM_TRY(check_linear(m));
    CGM_TRY(check_linear(y));
    if (!has_parent(m, t->variable.name) || !has_parent(y, t->variable.name) || !has_parent(y, m->variable.name))
        return CGM_FAIL(CGM_E_UNSUPPORTED,
                        "sensitivity: expected '%s' to be a parent of '%s', and both to be parents of '%s'",
                        t->variable.name, m->variable.name, y->variable.name);
    for (size_t node = 0; node < plan->part->n_nodes; node++)
        if (plan->comparison.moved[node] && node != plan->mediator[0] && node != plan->outcome)
            return CGM_FAIL(CGM_E_UNSUPPORTED, "sensitivity: expected nothing but '%s' between '%s' and '%s'; '%s' is",
                            m->variable.name, t->variable.name, y->variable.name, plan->part->node[node].name);
    return check_regressors(m, y);
}

/* ---- Numbers ---- */

static double scale_of(const cgm_scm *scm, size_t v)
{
    return exp(((const scm_affine_flow *)scm->variable[v].mechanism)->log_scale[0]);
}

static void difference(const void *context, const double *mean, double *out)
{
    (void)context;
    out[0] = mean[1] - mean[0];
}

/* What the points are made of: the effects without correlation, the treatment's on the mediator, and the ratio of the
 * scales. */
typedef struct basis {
    double effect[NUMBERS], moved, ratio;
} basis;

static cgm_status find_basis(const question *q, const cgm_scm *scm, const cgm_dataset *data, basis *out)
{
    const mediation_plan *plan = q->plan;
    double effect[CGM_MEDIATION_EFFECTS];
    scm_comparison comparison = plan->comparison;
    cgm_rng unused = cgm_rng_create(0);
    cgm_scm *part;
    CGM_TRY(cgm_scm_ancestral(scm, 2, plan->ends, &part));
    comparison.threads = 1; /* there is one world of each kind, and the models are the threads' work */
    cgm_status status = cgm_scm_compare(&comparison, part, data, 0, NULL, &unused, effect, NULL);
    if (status == CGM_OK) status = cgm_scm_compare(&q->mediator, part, data, 0, NULL, &unused, &out->moved, NULL);
    cgm_scm_destroy(part);
    CGM_TRY(status);
    for (size_t i = 0; i < NUMBERS; i++)
        for (size_t k = 0; k < plan->n_effects; k++)
            if (plan->effect[k] == effects[i]) out->effect[i] = effect[k];
    out->ratio = scale_of(scm, q->ends[1]) / scale_of(scm, q->ends[0]);
    return CGM_OK;
}

static void fill_points(const question *q, const basis *b, double *out)
{
    for (size_t r = 0; r < q->n_rho; r++) {
        double rho = q->rho[r], shift = rho / sqrt((1 - rho) * (1 + rho)) * b->ratio * b->moved;
        for (size_t i = 0; i < NUMBERS; i++) out[r * NUMBERS + i] = b->effect[i] + (i < 2 ? -shift : shift);
    }
}

static cgm_status points_of_model(const void *context, const cgm_scm *scm, const cgm_dataset *data, const cgm_rng *rng,
                                  double *out)
{
    const question *q = context;
    basis b;
    (void)rng;
    CGM_TRY(find_basis(q, scm, data, &b));
    fill_points(q, &b, out);
    return CGM_OK;
}

/* The share of a variable's variance that its fit leaves unexplained. */
static double unexplained(const cgm_run *run, size_t v)
{
    size_t begin, n;
    double mean = 0, square = 0, scale = scale_of(run->scm, v);
    const double *x = cgm_dataset_column(run->data, run->scm->variable[v].variable.name);
    cgm_dataset_split(run->data, CGM_TRAIN, &begin, &n);
    for (size_t i = 0; i < n; i++) { /* Welford's updates */
        double shift = x[begin + i] - mean;
        mean += shift / (double)(i + 1);
        square += shift * (x[begin + i] - mean);
    }
    return scale * scale * (double)n / square;
}

static void fill_zeros(const cgm_run *run, const question *q, const basis *b, cgm_sensitivity *out)
{
    for (int s = 0; s < 2; s++) {
        double wanted = b->moved != 0 ? b->effect[s] / b->moved / b->ratio : NAN;
        out->rho[s] = wanted / sqrt(1 + wanted * wanted);
        out->residual_product[s] = out->rho[s] * out->rho[s];
        out->variance_product[s] =
            out->residual_product[s] * unexplained(run, q->ends[0]) * unexplained(run, q->ends[1]);
    }
}

/* ---- The whole ---- */

static cgm_status make_question(const cgm_run *run, const mediation_plan *plan, question *q)
{
    CGM_TRY(check(plan));
    for (size_t r = 0; r < q->n_rho; r++)
        if (!(fabs(q->rho[r]) < 1))
            return CGM_FAIL(CGM_E_ARG, "sensitivity: rho %g; expected correlations between -1 and 1", q->rho[r]);
    q->plan = plan;
    q->ends[0] = (size_t)cgm_scm_find(run->scm, plan->opts->mediators[0]);
    q->ends[1] = plan->ends[1];
    q->mediator.outcome = plan->mediator[0];
    q->mediator.level = -1;
    q->mediator.n = 2; /* the worlds of the plan that set nothing but the treatment come first */
    q->mediator.setup = plan->comparison.setup;
    q->mediator.draws = plan->opts->draws;
    q->mediator.k = 1;
    q->mediator.combine = difference;
    return cgm_scm_comparison_init(plan->part, &q->mediator);
}

/* value, estimate: [n_rho, NUMBERS]. */
static cgm_status estimate_points(cgm_run *run, const question *q, double *value, cgm_estimate *estimate,
                                  cgm_sensitivity *out)
{
    basis b;
    const cgm_mediation_opts *o = q->plan->opts;
    size_t n = q->n_rho * NUMBERS;
    CGM_TRY(find_basis(q, run->scm, run->data, &b));
    fill_points(q, &b, value);
    for (size_t i = 0; i < n; i++) estimate[i] = (cgm_estimate){names[i % NUMBERS], value[i], 0, NAN, NAN, NAN};
    const cgm_statistic statistic = {.n = n, .compute = points_of_model, .context = q, .refit = q->plan->refit};
    if (o->intervals.models > 0) CGM_TRY(cgm_run_intervals(run, &statistic, &o->intervals, o->seed, estimate));
    fill_zeros(run, q, &b, out);
    return CGM_OK;
}

static bool interacts(const mediation_plan *plan)
{
    const scm_variable *t = variable_of(plan, plan->treatment), *m = variable_of(plan, plan->mediator[0]);
    return has_product(linear_of(variable_of(plan, plan->outcome)), t->variable.name, m->variable.name);
}

static cgm_status answer(cgm_run *run, question *q, cgm_sensitivity_point *point, cgm_sensitivity *out)
{
    size_t n = q->n_rho * NUMBERS;
    cgm_sensitivity result;
    double *value = calloc(n + 1, sizeof *value);
    cgm_estimate *estimate = calloc(n + 1, sizeof *estimate);
    cgm_status status = value && estimate ? estimate_points(run, q, value, estimate, &result)
                                          : CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu correlations", q->n_rho);
    for (size_t r = 0; status == CGM_OK && r < q->n_rho; r++) {
        const cgm_estimate *e = estimate + r * NUMBERS;
        point[r] = (cgm_sensitivity_point){q->rho[r], {e[0], e[1]}, {e[2], e[3]}};
    }
    if (status == CGM_OK) {
        *out = result;
        out->interacts = interacts(q->plan);
    }
    free(estimate);
    free(value);
    return status;
}

cgm_status cgm_run_sensitivity(cgm_run *run, const cgm_mediation_opts *opts, size_t n_rho, const double *rho,
                               cgm_sensitivity_point *point, cgm_sensitivity *out)
{
    mediation_plan plan = {0};
    question q = {.n_rho = n_rho, .rho = rho};
    cgm_status status = cgm_mediation_plan_make(run, opts, &plan);
    if (status == CGM_OK) status = make_question(run, &plan, &q);
    if (status == CGM_OK) status = answer(run, &q, point, out);
    cgm_arena_clear(&q.mediator.arena);
    cgm_mediation_plan_clear(&plan);
    return status;
}
