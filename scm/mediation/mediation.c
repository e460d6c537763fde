/* Natural, controlled and path-specific effects: the worlds they compare, and what is made of their means. */
#include "scm/mediation/mediation.h"

#include <math.h>
#include <string.h>

#include "scm/hidden.h"
#include "scm/interventions/intervention.h"
#include "scm/mediation/mediation_priv.h"

const char *const cgm_mediation_names[CGM_MEDIATION_EFFECTS] = {"NIE(0)", "NIE(1)", "NIE",    "NDE(0)",
                                                                "NDE(1)", "NDE",    "TE",     "proportion mediated",
                                                                "CDE",    "PSE(0)", "PSE(1)", "PSE"};

/* Worlds come in pairs; what is not asked for has none. Y[t][s] is treatment t with the mediators as under s. */
enum { SAME, CROSSED, FIXED, PATHS, PAIRS };

void cgm_mediation_init(cgm_mediation_opts *opts)
{
    *opts = (cgm_mediation_opts){.treated = 1, .draws = 100, .intervals.level = 0.95, .temperature = 1, .seed = 1};
}

/* ---- Names ---- */

static cgm_status find_scalar(const cgm_scm *scm, const char *role, const char *name, size_t *variable)
{
    if (!name) return CGM_FAIL(CGM_E_ARG, "mediation: expected a %s", role);
    cgm_status status = cgm_scm_lookup(scm, name, variable);
    if (status != CGM_OK) return cgm_fail_context(status, "%s", role);
    status = cgm_scm_check_scalar(cgm_scm_variable(scm, *variable));
    return status == CGM_OK ? CGM_OK : cgm_fail_context(status, "%s", role);
}

static cgm_status find_outcome(const cgm_scm *scm, mediation_plan *plan)
{
    const char *name = plan->opts->outcome;
    if (!name) return CGM_FAIL(CGM_E_ARG, "mediation: expected an outcome");
    int v = plan->units ? cgm_scm_find(scm, name) : -1;
    plan->level = -1;
    /* Of a single row there are values, not probabilities. */
    if (v >= 0) return plan->ends[1] = (size_t)v, CGM_OK;
    cgm_status status = plan->units ? cgm_scm_lookup(scm, name, &plan->ends[1])
                                    : cgm_scm_parse_outcome(scm, name, &plan->ends[1], &plan->level);
    return status == CGM_OK ? CGM_OK : cgm_fail_context(status, "outcome");
}

/* Treatment and outcome, and the part of the model that they depend on. */
static cgm_status find_ends(const cgm_scm *scm, mediation_plan *plan)
{
    const cgm_mediation_opts *o = plan->opts;
    CGM_TRY(find_scalar(scm, "treatment", o->treatment, &plan->ends[0]));
    CGM_TRY(find_outcome(scm, plan));
    CGM_TRY(cgm_scm_ancestral(scm, 2, plan->ends, &plan->part));
    plan->treatment = (size_t)cgm_scm_find_node(plan->part, scm->variable[plan->ends[0]].variable.name);
    plan->outcome = (size_t)cgm_scm_find_node(plan->part, scm->variable[plan->ends[1]].variable.name);
    return CGM_OK;
}

static void mark_leads(mediation_plan *plan)
{
    plan->leads[plan->outcome] = true;
    for (size_t to = plan->outcome; to > 0; to--)
        for (size_t from = 0; plan->leads[to] && from < to; from++)
            if (cgm_scm_sees(plan->part, to, from)) plan->leads[from] = true;
}

/* Marks the descendants of the treatment. */
static void mark_moved(const mediation_plan *plan, bool *moved)
{
    for (size_t to = plan->treatment + 1; to < plan->part->n_nodes; to++)
        for (size_t from = plan->treatment; from < to; from++)
            if ((from == plan->treatment || moved[from]) && cgm_scm_sees(plan->part, to, from)) moved[to] = true;
}

static cgm_status find_mediators(const cgm_scm *scm, mediation_plan *plan)
{
    const cgm_mediation_opts *o = plan->opts;
    bool *moved = cgm_arena_array(&plan->arena, plan->part->n_nodes, sizeof *moved);
    if (!moved) return CGM_E_MEMORY;
    mark_moved(plan, moved);
    for (size_t k = 0; k < o->n_mediators; k++) {
        size_t variable;
        int node = cgm_scm_find_node(plan->part, o->mediators[k]);
        if (cgm_scm_find_node(scm, o->mediators[k]) < 0) {
            cgm_status status = cgm_scm_lookup(scm, o->mediators[k], &variable);
            return cgm_fail_context(status, "mediator");
        }
        if (node >= 0 && plan->part->node[node].info->ignores_parents && !moved[node])
            return CGM_FAIL(CGM_E_ARG,
                            "mediator: '%s' does not depend on what its image depends on, so nothing of '%s' runs "
                            "through it; expected another --mediator on the way to '%s'",
                            o->mediators[k], o->treatment, o->outcome);
        if (node < 0 || !moved[node] || !plan->leads[node] || (size_t)node == plan->outcome)
            return CGM_FAIL(CGM_E_ARG, "mediator: '%s' lies on no directed path from '%s' to '%s'", o->mediators[k],
                            o->treatment, o->outcome);
        plan->mediator[k] = (size_t)node;
    }
    return CGM_OK;
}

static cgm_status check_values(const mediation_plan *plan)
{
    const cgm_mediation_opts *o = plan->opts;
    const cgm_variable *t = &plan->part->variable[plan->part->node[plan->treatment].variable].variable;
    double levels[2] = {o->control, o->treated};
    for (int i = plan->own ? 1 : 0; i < 2; i++) {
        cgm_status status = cgm_scm_check_value(t, levels[i]);
        if (status != CGM_OK) return cgm_fail_context(status, "treatment '%s'", t->name);
    }
    for (size_t k = 0; o->fixed && k < o->n_mediators; k++) {
        cgm_status status = cgm_scm_check_node_value(plan->part, plan->mediator[k], o->fixed[k]);
        if (status != CGM_OK) return cgm_fail_context(status, "mediator '%s'", o->mediators[k]);
    }
    return CGM_OK;
}

/* ---- Worlds ---- */

static bool is_asked(const mediation_plan *plan, int pair)
{
    const cgm_mediation_opts *o = plan->opts;
    return pair == SAME || (pair == CROSSED && o->n_mediators) || (pair == FIXED && o->fixed) ||
           (pair == PATHS && o->n_paths);
}

/* The first world of a pair. */
static size_t world_of(const mediation_plan *plan, int pair)
{
    size_t at = 0;
    for (int p = 0; p < pair; p++) at += is_asked(plan, p) ? 2 : 0;
    return at;
}

/* The treatment at t0 or t1, for all its children or one. */
static scm_setting set_treatment(const mediation_plan *plan, int t, int to)
{
    cgm_intervention set = {.node = plan->treatment, .to = to};
    set.value = t ? plan->opts->treated : plan->opts->control;
    if (!t) set.values = plan->own;
    return (scm_setting){set, -1};
}

/* World t of a pair. settings: room for all; returns how many there are. */
static size_t fill_settings(const mediation_plan *plan, int pair, int t, scm_setting *settings)
{
    const cgm_mediation_opts *o = plan->opts;
    size_t n = 0;
    settings[n++] = set_treatment(plan, t, -1);
    for (size_t k = 0; (pair == CROSSED || pair == FIXED) && k < o->n_mediators; k++)
        settings[n++] = (scm_setting){{.node = plan->mediator[k], .to = -1, .value = o->fixed ? o->fixed[k] : 0},
                                      pair == CROSSED ? 1 - t : -1};
    for (size_t to = 0; pair == PATHS && to < plan->part->n_nodes; to++)
        if (plan->carries[to]) settings[n++] = set_treatment(plan, 1 - t, (int)to);
    return n;
}

static cgm_status make_worlds(mediation_plan *plan)
{
    scm_comparison *c = &plan->comparison;
    size_t most = 1 + plan->opts->n_mediators + plan->part->n_nodes;
    scm_setup *setup = cgm_arena_array(&plan->arena, 2 * PAIRS, sizeof *setup);
    if (!setup) return CGM_E_MEMORY;
    for (int pair = 0; pair < PAIRS; pair++)
        for (int t = 0; is_asked(plan, pair) && t < 2; t++) {
            scm_setting *settings = cgm_arena_array(&plan->arena, most, sizeof *settings);
            if (!settings) return CGM_E_MEMORY;
            setup[c->n++] = (scm_setup){fill_settings(plan, pair, t, settings), settings};
        }
    c->setup = setup;
    return CGM_OK;
}

/* ---- Effects ---- */

static void combine(const void *context, const double *mean, double *out)
{
    const mediation_plan *plan = context;
    const double *same = mean, *crossed = mean + world_of(plan, CROSSED), *fixed = mean + world_of(plan, FIXED),
                 *paths = mean + world_of(plan, PATHS);
    double effect[CGM_MEDIATION_EFFECTS] = {0};
    effect[MEDIATION_TE] = same[1] - same[0];
    if (is_asked(plan, CROSSED)) {
        effect[MEDIATION_NIE0] = crossed[0] - same[0];
        effect[MEDIATION_NIE1] = same[1] - crossed[1];
        effect[MEDIATION_NIE] = (effect[MEDIATION_NIE0] + effect[MEDIATION_NIE1]) / 2;
        effect[MEDIATION_NDE0] = crossed[1] - same[0];
        effect[MEDIATION_NDE1] = same[1] - crossed[0];
        effect[MEDIATION_NDE] = (effect[MEDIATION_NDE0] + effect[MEDIATION_NDE1]) / 2;
        effect[MEDIATION_PROPORTION] = effect[MEDIATION_NIE] / effect[MEDIATION_TE];
    }
    if (is_asked(plan, FIXED)) effect[MEDIATION_CDE] = fixed[1] - fixed[0];
    if (is_asked(plan, PATHS)) {
        effect[MEDIATION_PSE0] = paths[0] - same[0];
        effect[MEDIATION_PSE1] = same[1] - paths[1];
        effect[MEDIATION_PSE] = (effect[MEDIATION_PSE0] + effect[MEDIATION_PSE1]) / 2;
    }
    for (size_t k = 0; k < plan->n_effects; k++) out[k] = effect[plan->effect[k]];
}

/* What is made of other effects, which single rows do without: their outcomes may be images. */
static bool is_average(size_t effect)
{
    return effect == MEDIATION_PROPORTION || effect == MEDIATION_NIE || effect == MEDIATION_NDE ||
           effect == MEDIATION_PSE;
}

static void list_effects(mediation_plan *plan)
{
    static const int pair[CGM_MEDIATION_EFFECTS] = {
        [MEDIATION_NIE0] = CROSSED, [MEDIATION_NIE1] = CROSSED, [MEDIATION_NIE] = CROSSED,
        [MEDIATION_NDE0] = CROSSED, [MEDIATION_NDE1] = CROSSED, [MEDIATION_NDE] = CROSSED,
        [MEDIATION_TE] = SAME,      [MEDIATION_CDE] = FIXED,    [MEDIATION_PROPORTION] = CROSSED,
        [MEDIATION_PSE0] = PATHS,   [MEDIATION_PSE1] = PATHS,   [MEDIATION_PSE] = PATHS};
    for (size_t k = 0; k < CGM_MEDIATION_EFFECTS; k++)
        if (is_asked(plan, pair[k]) && !(plan->units && is_average(k))) plan->effect[plan->n_effects++] = k;
}

/* ---- The whole ---- */

static cgm_status plan_of(const cgm_scm *scm, mediation_plan *plan)
{
    const cgm_mediation_opts *o = plan->opts;
    CGM_TRY(cgm_hidden_check(scm, "mediation"));
    CGM_TRY(find_ends(scm, plan));
    plan->mediator = cgm_arena_array(&plan->arena, o->n_mediators + 1, sizeof *plan->mediator);
    plan->leads = cgm_arena_array(&plan->arena, plan->part->n_nodes, sizeof *plan->leads);
    plan->carries = cgm_arena_array(&plan->arena, plan->part->n_nodes, sizeof *plan->carries);
    plan->refit = cgm_arena_array(&plan->arena, scm->n, sizeof *plan->refit);
    if (!plan->mediator || !plan->leads || !plan->carries || !plan->refit) return CGM_E_MEMORY;
    if (o->n_mediators == 0 && o->n_paths == 0)
        return CGM_FAIL(CGM_E_ARG, "mediation: expected at least one mediator or one path");
    mark_leads(plan);
    if (!plan->leads[plan->treatment])
        return CGM_FAIL(CGM_E_ARG, "treatment: '%s' is no ancestor of the outcome, '%s'", o->treatment, o->outcome);
    CGM_TRY(find_mediators(scm, plan));
    CGM_TRY(check_values(plan));
    CGM_TRY(cgm_mediation_read_paths(plan));
    list_effects(plan);
    CGM_TRY(make_worlds(plan));
    plan->comparison.outcome = plan->outcome;
    plan->comparison.level = plan->level;
    plan->comparison.draws = o->draws;
    plan->comparison.k = plan->n_effects;
    plan->comparison.combine = combine;
    plan->comparison.context = plan;
    CGM_TRY(cgm_scm_comparison_init(plan->part, &plan->comparison));
    for (size_t node = 0; node < plan->part->n_nodes; node++)
        if (plan->comparison.moved[node] && plan->leads[node])
            plan->refit[cgm_scm_find(scm, plan->part->variable[plan->part->node[node].variable].variable.name)] = true;
    if (!plan->units) CGM_TRY(cgm_hidden_check_drawn(scm, "mediation", plan->refit));
    return plan->units || plan->comparison.average == SCM_BY_MEANS ? CGM_OK : cgm_mediation_check_witness(plan);
}

cgm_status cgm_mediation_plan_make(cgm_run *run, const cgm_mediation_opts *opts, mediation_plan *plan)
{
    CGM_TRY(cgm_run_check_finished(run));
    CGM_TRY(cgm_run_load_data(run));
    plan->opts = opts;
    plan->comparison.threads = run->opts.threads;
    return plan_of(run->scm, plan);
}

void cgm_mediation_plan_clear(mediation_plan *plan)
{
    cgm_scm_destroy(plan->part);
    cgm_arena_clear(&plan->comparison.arena);
    cgm_arena_clear(&plan->arena);
}

/* The effects in another model of the same graph. */
static cgm_status effects_of_model(const void *context, const cgm_scm *scm, const cgm_dataset *data, const cgm_rng *rng,
                                   double *out)
{
    const mediation_plan *plan = context;
    scm_comparison comparison = plan->comparison;
    cgm_scm *part;
    comparison.threads = 1; /* the models are the threads' work */
    CGM_TRY(cgm_scm_ancestral(scm, 2, plan->ends, &part));
    cgm_status status = cgm_scm_compare(&comparison, part, data, 0, NULL, rng, out, NULL);
    cgm_scm_destroy(part);
    return status;
}

static cgm_status answer(cgm_run *run, const mediation_plan *plan, cgm_mediation *out)
{
    const cgm_mediation_opts *o = plan->opts;
    double effect[CGM_MEDIATION_EFFECTS], mc_error[CGM_MEDIATION_EFFECTS];
    cgm_rng root = cgm_rng_create(o->seed), rng = cgm_rng_split(&root, "mediation");
    cgm_mediation result = {.n = plan->n_effects, .exact = plan->comparison.average != SCM_BY_DRAWS};
    size_t begin;
    cgm_dataset_split(run->data, CGM_TRAIN, &begin, &result.rows);
    CGM_TRY(cgm_scm_compare(&plan->comparison, plan->part, run->data, 0, NULL, &rng, effect, mc_error));
    for (size_t k = 0; k < result.n; k++)
        result.effect[k] = (cgm_estimate){cgm_mediation_names[plan->effect[k]], effect[k], mc_error[k], NAN, NAN, NAN};
    const cgm_statistic statistic = {.n = result.n, .compute = effects_of_model, .context = plan, .refit = plan->refit};
    if (o->intervals.models > 0) CGM_TRY(cgm_run_intervals(run, &statistic, &o->intervals, o->seed, result.effect));
    *out = result;
    return CGM_OK;
}

cgm_status cgm_run_mediate(cgm_run *run, const cgm_mediation_opts *opts, cgm_mediation *out)
{
    mediation_plan plan = {0};
    cgm_status status = cgm_mediation_plan_make(run, opts, &plan);
    if (status == CGM_OK) status = answer(run, &plan, out);
    cgm_mediation_plan_clear(&plan);
    return status;
}
