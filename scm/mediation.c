/* Natural effects of one fitted model. */
#include "scm/mediation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mediation_priv.h"

enum { NIE0, NIE1, NIE, NDE0, NDE1, NDE, TE, PROPORTION, CDE };
static const char *const names[CGM_MEDIATION_EFFECTS] = {
    "NIE(0)", "NIE(1)", "NIE", "NDE(0)", "NDE(1)", "NDE", "TE", "proportion mediated", "CDE"};

void cgm_mediation_init(cgm_mediation_opts *opts)
{
    *opts = (cgm_mediation_opts){.treated = 1, .draws = 100, .intervals.level = 0.95, .seed = 1};
}

/* ---- The plan ---- */

static cgm_status find_scalar(const cgm_scm *scm, const char *role, const char *name, size_t *node)
{
    size_t v;
    if (!name) return CGM_FAIL(CGM_E_ARG, "mediation: expected a %s", role);
    cgm_status status = cgm_scm_lookup(scm, name, &v);
    if (status != CGM_OK) return cgm_fail_context(status, "%s", role);
    if (cgm_scm_variable(scm, v)->type == CGM_IMAGE)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "%s: '%s' is an image; expected a scalar variable", role, name);
    *node = cgm_scm_node_of(scm, v);
    return CGM_OK;
}

/* Marks the descendants of the treatment, and those of them that lead to the outcome. */
static void mark(const cgm_scm *scm, mediation_plan *plan)
{
    size_t t = scm->node[plan->treatment].variable, y = scm->node[plan->outcome].variable;
    for (size_t v = 0; v < scm->n; v++)
        for (size_t k = 0; k < scm->variable[v].n_parents; k++) {
            size_t parent = scm->variable[v].parents[k];
            if (parent == t || plan->moved[parent]) plan->moved[v] = v != t;
        }
    plan->refit[y] = plan->moved[y];
    for (size_t v = scm->n; v-- > 0;)
        for (size_t k = 0; plan->refit[v] && k < scm->variable[v].n_parents; k++) {
            size_t parent = scm->variable[v].parents[k];
            if (plan->moved[parent]) plan->refit[parent] = true;
        }
}

/* Whether means pass through every mechanism between treatment and outcome, so that noises of 0 give the averages. */
static bool passes_means(const cgm_scm *scm, const mediation_plan *plan)
{
    for (size_t v = 0; v < scm->n; v++) {
        const scm_variable *x = &scm->variable[v];
        bool moving[CGM_MAX_PARENTS] = {false};
        if (!plan->refit[v]) continue;
        for (size_t k = 0; k < x->n_parents; k++) moving[k] = plan->moved[x->parents[k]];
        const cgm_mechanism_class *methods = x->mechanism->methods;
        if (!methods->passes_means || !methods->passes_means(x->mechanism, moving)) return false;
    }
    return true;
}

static cgm_status check_values(const cgm_scm *scm, const mediation_plan *plan)
{
    const cgm_mediation_opts *o = plan->opts;
    const cgm_variable *t = &scm->variable[scm->node[plan->treatment].variable].variable;
    double levels[2] = {o->control, o->treated};
    for (int i = 0; i < 2; i++) {
        cgm_status status = cgm_scm_check_value(t, levels[i]);
        if (status != CGM_OK) return cgm_fail_context(status, "treatment '%s'", t->name);
    }
    for (size_t k = 0; o->fixed && k < o->n_mediators; k++) {
        const cgm_variable *m = &scm->variable[scm->node[plan->mediator[k]].variable].variable;
        cgm_status status = cgm_scm_check_value(m, o->fixed[k]);
        if (status != CGM_OK) return cgm_fail_context(status, "mediator '%s'", m->name);
    }
    if (o->draws < 2) return CGM_FAIL(CGM_E_ARG, "mediation: %zu draws; expected at least 2", o->draws);
    return CGM_OK;
}

static cgm_status make_plan(const cgm_scm *scm, const cgm_mediation_opts *opts, mediation_plan *plan)
{
    plan->opts = opts;
    plan->mediator = cgm_arena_array(&plan->arena, opts->n_mediators + 1, sizeof *plan->mediator);
    plan->moved = cgm_arena_array(&plan->arena, scm->n, sizeof *plan->moved);
    plan->refit = cgm_arena_array(&plan->arena, scm->n, sizeof *plan->refit);
    if (!plan->mediator || !plan->moved || !plan->refit) return CGM_E_MEMORY;
    CGM_TRY(find_scalar(scm, "treatment", opts->treatment, &plan->treatment));
    CGM_TRY(find_scalar(scm, "outcome", opts->outcome, &plan->outcome));
    if (opts->n_mediators == 0) return CGM_FAIL(CGM_E_ARG, "mediation: expected at least one mediator");
    mark(scm, plan);
    for (size_t k = 0; k < opts->n_mediators; k++) {
        CGM_TRY(find_scalar(scm, "mediator", opts->mediators[k], &plan->mediator[k]));
        if (!plan->refit[scm->node[plan->mediator[k]].variable] || plan->mediator[k] == plan->outcome)
            return CGM_FAIL(CGM_E_ARG, "mediator: '%s' lies on no directed path from '%s' to '%s'", opts->mediators[k],
                            opts->treatment, opts->outcome);
    }
    CGM_TRY(check_values(scm, plan));
    plan->exact = passes_means(scm, plan);
    return CGM_OK;
}

/* ---- Worlds ---- */

/* The worlds of one model over the rows: as they are, under t0 and t1, and a crossed one. */
typedef struct worlds {
    const mediation_plan *plan;
    const cgm_scm *scm;
    cgm_world *base, *set[2], *crossed;
    cgm_intervention *todo; /* the treatment, then the mediators */
} worlds;

static void worlds_clear(worlds *w)
{
    cgm_world_destroy(w->base);
    cgm_world_destroy(w->set[0]);
    cgm_world_destroy(w->set[1]);
    cgm_world_destroy(w->crossed);
    free(w->todo);
}

/* The base has the data's values, and noises of 0 for what is moved. */
static cgm_status worlds_init(worlds *w, const cgm_dataset *data)
{
    size_t begin, n, *rows;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    CGM_TRY(cgm_world_create(w->scm, n, &w->base));
    CGM_TRY(cgm_world_create(w->scm, n, &w->set[0]));
    CGM_TRY(cgm_world_create(w->scm, n, &w->set[1]));
    CGM_TRY(cgm_world_create(w->scm, n, &w->crossed));
    w->todo = calloc(1 + w->plan->opts->n_mediators, sizeof *w->todo);
    rows = calloc(n + 1, sizeof *rows);
    cgm_status status = rows && w->todo ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", n);
    for (size_t i = 0; rows && i < n; i++) rows[i] = begin + i;
    if (status == CGM_OK) status = cgm_world_read(w->scm, data, rows, w->base);
    w->base->has_noise = true;
    free(rows);
    return status;
}

static cgm_status draw_noise(worlds *w, const cgm_rng *rng)
{
    for (size_t node = 0; node < w->scm->n_nodes; node++)
        if (w->plan->refit[w->scm->node[node].variable])
            CGM_TRY(cgm_scm_sample_noise(w->scm, rng, node, &w->base->noise[node]));
    return CGM_OK;
}

static double treatment_value(const worlds *w, int t)
{
    return t ? w->plan->opts->treated : w->plan->opts->control;
}

static double mean_outcome(const worlds *w, const cgm_world *world)
{
    const cgm_values *y = &world->value[w->plan->outcome];
    double sum = 0;
    for (size_t i = 0; i < y->n; i++) sum += y->data[i];
    return sum / (double)y->n;
}

/* Predicts under do(treatment = t), with the mediators as in `mediators`, or fixed, or left alone; the outcome's mean.
 */
static cgm_status predict(worlds *w, int t, const cgm_world *mediators, const double *fixed, cgm_world *out,
                          double *mean)
{
    const mediation_plan *plan = w->plan;
    size_t n = 1;
    w->todo[0] = (cgm_intervention){.node = plan->treatment, .to = -1, .value = treatment_value(w, t)};
    for (size_t k = 0; (mediators || fixed) && k < plan->opts->n_mediators; k++) {
        size_t node = plan->mediator[k];
        w->todo[n++] = (cgm_intervention){.node = node,
                                          .to = -1,
                                          .value = fixed ? fixed[k] : 0,
                                          .values = mediators ? mediators->value[node].data : NULL};
    }
    CGM_TRY(cgm_scm_predict(w->scm, w->base, n, w->todo, NULL, out));
    *mean = mean_outcome(w, out);
    return CGM_OK;
}

/* The effects under the base's noise. */
static cgm_status effects_once(worlds *w, double *effect)
{
    double y[2][2], fixed[2] = {NAN, NAN}; /* y[t][s] = E Y(t, M(s)) */
    for (int t = 0; t < 2; t++) CGM_TRY(predict(w, t, NULL, NULL, w->set[t], &y[t][t]));
    for (int t = 0; t < 2; t++) CGM_TRY(predict(w, t, w->set[1 - t], NULL, w->crossed, &y[t][1 - t]));
    for (int t = 0; w->plan->opts->fixed && t < 2; t++)
        CGM_TRY(predict(w, t, NULL, w->plan->opts->fixed, w->crossed, &fixed[t]));
    effect[NIE0] = y[0][1] - y[0][0];
    effect[NIE1] = y[1][1] - y[1][0];
    effect[NIE] = (effect[NIE0] + effect[NIE1]) / 2;
    effect[NDE0] = y[1][0] - y[0][0];
    effect[NDE1] = y[1][1] - y[0][1];
    effect[NDE] = (effect[NDE0] + effect[NDE1]) / 2;
    effect[TE] = y[1][1] - y[0][0];
    effect[PROPORTION] = effect[NIE] / effect[TE];
    effect[CDE] = fixed[1] - fixed[0];
    return CGM_OK;
}

/* Means and standard errors over the draws. The proportion's is that of a ratio of means, by the delta method. */
static cgm_status effects_drawn(worlds *w, const cgm_rng *rng, double *effect, double *mc_error)
{
    double once[CGM_MEDIATION_EFFECTS], mean[CGM_MEDIATION_EFFECTS] = {0}, square[CGM_MEDIATION_EFFECTS] = {0};
    double cross = 0, n = (double)w->plan->opts->draws;
    for (size_t d = 0; d < w->plan->opts->draws; d++) {
        cgm_rng draw = cgm_rng_split_index(rng, d);
        CGM_TRY(draw_noise(w, &draw));
        CGM_TRY(effects_once(w, once));
        double share = 1 / (double)(d + 1), shift_te = once[TE] - mean[TE];
        for (int k = 0; k < CGM_MEDIATION_EFFECTS; k++) { /* Welford's updates */
            double shift = once[k] - mean[k];
            mean[k] += shift * share;
            square[k] += shift * (once[k] - mean[k]);
        }
        cross += shift_te * (once[NIE] - mean[NIE]);
    }
    memcpy(effect, mean, sizeof mean);
    effect[PROPORTION] = mean[NIE] / mean[TE];
    for (int k = 0; mc_error && k < CGM_MEDIATION_EFFECTS; k++) mc_error[k] = sqrt(square[k] / (n - 1) / n);
    double p = effect[PROPORTION];
    if (mc_error)
        mc_error[PROPORTION] =
            sqrt(fmax(square[NIE] - 2 * p * cross + p * p * square[TE], 0) / (n - 1) / n) / fabs(mean[TE]);
    return CGM_OK;
}

cgm_status cgm_mediation_effects(const mediation_plan *plan, const cgm_scm *scm, const cgm_dataset *data,
                                 const cgm_rng *rng, double *effect, double *mc_error)
{
    worlds w = {.plan = plan, .scm = scm};
    cgm_status status = worlds_init(&w, data);
    if (status == CGM_OK) status = plan->exact ? effects_once(&w, effect) : effects_drawn(&w, rng, effect, mc_error);
    worlds_clear(&w);
    return status;
}

static cgm_status effects_of_model(const void *context, const cgm_scm *scm, const cgm_dataset *data, const cgm_rng *rng,
                                   double *out)
{
    const mediation_plan *plan = context;
    double effect[CGM_MEDIATION_EFFECTS] = {0};
    CGM_TRY(cgm_mediation_effects(plan, scm, data, rng, effect, NULL));
    memcpy(out, effect, (plan->opts->fixed ? CGM_MEDIATION_EFFECTS : CDE) * sizeof *out);
    return CGM_OK;
}

cgm_status cgm_run_mediate(cgm_run *run, const cgm_mediation_opts *opts, cgm_mediation *out)
{
    mediation_plan plan = {0};
    double effect[CGM_MEDIATION_EFFECTS] = {0}, mc_error[CGM_MEDIATION_EFFECTS] = {0};
    cgm_rng root = cgm_rng_create(opts->seed), rng = cgm_rng_split(&root, "mediation");
    size_t begin;
    cgm_mediation result = {0};
    if (!cgm_run_is_finished(run))
        return CGM_FAIL(CGM_E_ARG, "the run is not trained to its end yet: cgm train --resume goes on with it");
    CGM_TRY(cgm_run_load_data(run));
    cgm_status status = make_plan(run->scm, opts, &plan);
    if (status == CGM_OK) status = cgm_mediation_effects(&plan, run->scm, run->data, &rng, effect, mc_error);
    cgm_dataset_split(run->data, CGM_TRAIN, &begin, &result.rows);
    result.exact = plan.exact;
    result.n = opts->fixed ? CGM_MEDIATION_EFFECTS : CDE;
    for (size_t k = 0; k < result.n; k++)
        result.effect[k] = (cgm_estimate){names[k], effect[k], mc_error[k], NAN, NAN, NAN};
    const cgm_statistic statistic = {.n = result.n, .compute = effects_of_model, .context = &plan, .refit = plan.refit};
    if (status == CGM_OK && opts->intervals.models > 0)
        status = cgm_run_intervals(run, &statistic, &opts->intervals, opts->seed, result.effect);
    cgm_arena_clear(&plan.arena);
    if (status == CGM_OK) *out = result;
    return status;
}
