/* Average effects over the rows of data, and the answer as a whole. */
#include "scm/queries/effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/queries/effect_priv.h"
#include "scm/runs/run_priv.h"

enum { UNDER_A, UNDER_B, DIFFERENCE, RISK_RATIO, ODDS_RATIO };

void cgm_effect_init(cgm_effect_opts *opts)
{
    *opts = (cgm_effect_opts){.to = 1, .draws = 100, .model_rows = 1000, .intervals.level = 0.95, .seed = 1};
}

void cgm_effect_combine(const void *context, const double *mean, double *out)
{
    const effect_plan *plan = context;
    double a = mean[0], b = mean[1];
    out[UNDER_A] = a;
    out[UNDER_B] = b;
    out[DIFFERENCE] = b - a;
    if (!plan->ratios) return;
    out[RISK_RATIO] = b / a;
    out[ODDS_RATIO] = b / (1 - b) / (a / (1 - a));
}

/* ---- Rows ---- */

cgm_status cgm_effect_select(const effect_plan *plan, size_t group, const double *const *columns, size_t n, bool *keep,
                             size_t *kept)
{
    const effect_group *g = &plan->group[group];
    size_t count = 0;
    for (size_t i = 0; i < n; i++) keep[i] = g->level < 0 || columns[plan->by][i] == g->level;
    for (size_t k = 0; k < plan->n_conditions; k++)
        CGM_TRY(cgm_scm_condition_apply(&plan->condition[k], columns, n, keep));
    for (size_t i = 0; i < n; i++) count += keep[i];
    if (count == 0) return CGM_FAIL(CGM_E_ARG, "given %s: no row is left of %zu", g->name, n);
    *kept = count;
    return CGM_OK;
}

/* The training rows of a group: rows [kept]. */
static cgm_status select_rows(const effect_plan *plan, size_t group, const cgm_dataset *data, cgm_arena *arena,
                              size_t **rows, size_t *kept)
{
    size_t begin, n, at = 0;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    const double **columns = cgm_arena_array(arena, plan->part->n, sizeof *columns);
    bool *keep = cgm_arena_array(arena, n + 1, sizeof *keep);
    *rows = cgm_arena_array(arena, n + 1, sizeof **rows);
    if (!columns || !keep || !*rows) return CGM_E_MEMORY;
    for (size_t v = 0; v < plan->part->n; v++) {
        const double *column = cgm_dataset_column(data, plan->part->variable[v].variable.name);
        columns[v] = column ? column + begin : NULL;
    }
    CGM_TRY(cgm_effect_select(plan, group, columns, n, keep, kept));
    for (size_t i = 0; i < n; i++)
        if (keep[i]) (*rows)[at++] = begin + i;
    return CGM_OK;
}

/* Whether what the interventions make of a row is the same in every draw. */
static bool is_fixed(const effect_plan *plan)
{
    for (int arm = 0; arm < 2; arm++)
        for (size_t k = 0; k < plan->n_do[arm]; k++) {
            const cgm_intervention *x = &plan->todo[arm][k];
            bool moved = plan->moved[plan->part->node[x->node].variable];
            if (!cgm_scm_do_is_hard(x) && (moved || x->kind == CGM_DO_DRAW)) return false;
        }
    return true;
}

/* The comparison of both worlds in one level of the outcome, or in its mean. */
static cgm_status comparison_init(const effect_plan *plan, const effect_frame *frame, size_t outcome,
                                  scm_setup setup[2], cgm_arena *arena, scm_comparison *c)
{
    for (int arm = 0; arm < 2; arm++) {
        scm_setting *settings = cgm_arena_array(arena, plan->n_do[arm] + 1, sizeof *settings);
        if (!settings) return CGM_E_MEMORY;
        for (size_t k = 0; k < plan->n_do[arm]; k++) settings[k] = (scm_setting){frame->todo[arm][k], -1};
        setup[arm] = (scm_setup){plan->n_do[arm], settings};
    }
    *c = (scm_comparison){.outcome = cgm_scm_node_of(frame->scm, frame->outcome),
                          .level = plan->n_levels ? plan->level[outcome] : -1,
                          .n = 2,
                          .setup = setup,
                          .draws = plan->opts->draws,
                          .k = cgm_effect_numbers(plan),
                          .combine = cgm_effect_combine,
                          .context = plan};
    CGM_TRY(cgm_scm_comparison_init(frame->scm, c));
    if (!is_fixed(plan)) c->average = SCM_BY_DRAWS;
    return CGM_OK;
}

static cgm_status group_from_rows(const effect_plan *plan, const effect_frame *frame, size_t group,
                                  const cgm_dataset *data, const cgm_rng *rng, cgm_arena *arena, double *out,
                                  double *mc_error, size_t *kept)
{
    size_t *rows, numbers = cgm_effect_numbers(plan);
    scm_setup setup[2];
    CGM_TRY(select_rows(plan, group, data, arena, &rows, kept));
    for (size_t k = 0; k < cgm_effect_outcomes(plan); k++) {
        scm_comparison c;
        cgm_status status = comparison_init(plan, frame, k, setup, arena, &c);
        if (status == CGM_OK)
            status = cgm_scm_compare(&c, frame->scm, data, *kept, rows, rng, out + k * numbers,
                                     mc_error ? mc_error + k * numbers : NULL);
        cgm_arena_clear(&c.arena);
        CGM_TRY(status);
    }
    return CGM_OK;
}

/* Whether averages over rows need no draws. */
static cgm_status is_closed(const effect_plan *plan, const effect_frame *frame, bool *out)
{
    cgm_arena arena = {0};
    scm_setup setup[2];
    scm_comparison c = {.n = 0};
    cgm_status status = comparison_init(plan, frame, 0, setup, &arena, &c);
    *out = c.average != SCM_BY_DRAWS;
    cgm_arena_clear(&c.arena);
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_effect_from_rows(const effect_plan *plan, const effect_frame *frame, const cgm_dataset *data,
                                const cgm_rng *rng, double *out, double *mc_error, size_t *rows, bool *exact)
{
    size_t each = cgm_effect_outcomes(plan) * cgm_effect_numbers(plan), kept;
    for (size_t g = 0; g < plan->n_groups; g++) {
        cgm_arena arena = {0};
        cgm_status status = group_from_rows(plan, frame, g, data, rng, &arena, out + g * each,
                                            mc_error ? mc_error + g * each : NULL, &kept);
        cgm_arena_clear(&arena);
        CGM_TRY(status);
        if (rows) rows[g] = kept;
    }
    return exact ? is_closed(plan, frame, exact) : CGM_OK;
}

/* ---- The answer ---- */

/* "do(x=1)": what an arm's world is. */
static const char *arm_text(const cgm_scm *scm, const effect_plan *plan, int arm, cgm_arena *arena)
{
    const cgm_effect_opts *o = plan->opts;
    const char *text = "";
    char value[CGM_VALUE_TEXT];
    if (o->treatment) {
        int v = cgm_scm_find(scm, o->treatment);
        return cgm_arena_printf(arena, "do(%s=%s)", o->treatment,
                                cgm_variable_text(cgm_scm_variable(scm, (size_t)v), arm ? o->to : o->from, value));
    }
    for (size_t k = 0; text && k < o->arm[arm].n; k++)
        text = cgm_arena_printf(arena, "%s%s%s", text, k ? ", " : "", o->arm[arm].texts[k]);
    if (text && *text) text = cgm_arena_printf(arena, "do(%s)", text);
    return text;
}

/* The name of number `k` of a level, or of the mean. */
static const char *name_of(const effect_plan *plan, const cgm_effect *e, size_t outcome, size_t k, cgm_arena *arena)
{
    const cgm_variable *y = cgm_scm_variable(plan->part, plan->outcome);
    char level[CGM_VALUE_TEXT];
    const char *what = y->name;
    if (plan->n_levels)
        what = cgm_arena_printf(arena, "%s=%s", y->name, cgm_variable_text(y, plan->level[outcome], level));
    if (!what || k == RISK_RATIO) return what ? "risk ratio" : NULL;
    if (k == ODDS_RATIO) return "odds ratio";
    if (k == DIFFERENCE) return plan->n_levels ? cgm_arena_printf(arena, "effect on P(%s)", what) : "effect";
    const char *arm = e->arm[k];
    return cgm_arena_printf(arena, "%s%s%s%s%s", plan->n_levels ? "P(" : "E[", what, *arm ? " | " : "", arm,
                            plan->n_levels ? ")" : "]");
}

static cgm_status fill(const cgm_scm *scm, const effect_plan *plan, const double *value, const double *mc_error,
                       const size_t *rows, cgm_effect *out)
{
    size_t outcomes = cgm_effect_outcomes(plan), numbers = cgm_effect_numbers(plan), at = 0;
    for (int arm = 0; arm < 2; arm++)
        if (!(out->arm[arm] = arm_text(scm, plan, arm, &out->arena))) return CGM_E_MEMORY;
    if (plan->way.formula && !(out->formula = cgm_arena_strdup(&out->arena, plan->way.formula))) return CGM_E_MEMORY;
    for (size_t g = 0; g < plan->n_groups; g++)
        for (size_t y = 0; y < outcomes; y++)
            for (size_t k = 0; k < numbers; k++, at++) {
                cgm_effect_row *row = &out->row[at];
                row->group = cgm_arena_strdup(&out->arena, plan->group[g].name);
                row->rows = rows[g];
                row->estimate =
                    (cgm_estimate){name_of(plan, out, y, k, &out->arena), value[at], mc_error[at], NAN, NAN, NAN};
                if (!row->group || !row->estimate.name) return CGM_E_MEMORY;
            }
    out->n = at;
    out->method = plan->method;
    return CGM_OK;
}

/* All numbers of a model: the run's own, or one of a resample. */
static cgm_status compute(const effect_plan *plan, const cgm_scm *scm, const cgm_dataset *data, const cgm_rng *rng,
                          double *out, double *mc_error, size_t *rows, bool *exact)
{
    cgm_scm *part;
    if (plan->way.way == SCM_EFFECT_FORMULA) return cgm_effect_from_formula(plan, data, out, rows);
    if (plan->way.way == SCM_EFFECT_ADJUSTMENT)
        return cgm_effect_from_adjustment(plan, data, rng, out, mc_error, rows, exact);
    CGM_TRY(cgm_scm_ancestral(scm, plan->n_ends, plan->ends, &part));
    const effect_frame frame = {part, plan->outcome, {plan->todo[0], plan->todo[1]}};
    cgm_status status = plan->has_data && plan->way.way == SCM_EFFECT_MECHANISMS
                            ? cgm_effect_from_rows(plan, &frame, data, rng, out, mc_error, rows, exact)
                            : cgm_effect_from_model(plan, part, rng, out, mc_error, exact);
    cgm_scm_destroy(part);
    return status;
}

static cgm_status statistic(const void *context, const cgm_scm *scm, const cgm_dataset *data, const cgm_rng *rng,
                            double *out)
{
    return compute(context, scm, data, rng, out, NULL, NULL, NULL);
}

static cgm_status find_intervals(cgm_run *run, const effect_plan *plan, cgm_effect *out)
{
    const cgm_statistic what = {.n = out->n, .compute = statistic, .context = plan, .refit = plan->refit};
    cgm_estimate *estimates = cgm_arena_array(&out->arena, out->n, sizeof *estimates);
    if (!estimates) return CGM_E_MEMORY;
    if (plan->way.formula && plan->opts->intervals.kind == CGM_INTERVAL_QUASI_BAYESIAN)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "quasi-Bayesian intervals are of fitted mechanisms, and the effect is by %s",
                        plan->way.formula);
    for (size_t k = 0; k < out->n; k++) estimates[k] = out->row[k].estimate;
    CGM_TRY(cgm_run_intervals(run, &what, &plan->opts->intervals, plan->opts->seed, estimates));
    for (size_t k = 0; k < out->n; k++) out->row[k].estimate = estimates[k];
    return CGM_OK;
}

static cgm_effect_method method_of(const effect_plan *plan, bool exact)
{
    if (plan->way.way == SCM_EFFECT_FORMULA) return CGM_EFFECT_FORMULA;
    if (!plan->has_data || plan->way.way == SCM_EFFECT_DRAWS) return exact ? CGM_EFFECT_MODEL : CGM_EFFECT_MODEL_DRAWS;
    if (plan->way.way == SCM_EFFECT_ADJUSTMENT) return exact ? CGM_EFFECT_ADJUSTED : CGM_EFFECT_ADJUSTED_DRAWS;
    return exact ? CGM_EFFECT_CLOSED : CGM_EFFECT_DRAWS;
}

/* run NULL: of the model alone. */
static cgm_status answer(const cgm_scm *scm, cgm_run *run, effect_plan *plan, cgm_effect *out)
{
    cgm_rng root = cgm_rng_create(plan->opts->seed), rng = cgm_rng_split(&root, "effect");
    size_t n = plan->n_groups * cgm_effect_outcomes(plan) * cgm_effect_numbers(plan);
    double *value = cgm_arena_array(&out->arena, n, sizeof *value);
    double *mc_error = cgm_arena_array(&out->arena, n, sizeof *mc_error);
    size_t *rows = cgm_arena_array(&out->arena, plan->n_groups, sizeof *rows);
    bool exact = false;
    out->row = cgm_arena_array(&out->arena, n, sizeof *out->row);
    if (!value || !mc_error || !rows || !out->row) return CGM_E_MEMORY;
    plan->train = run ? &run->train : NULL;
    CGM_TRY(compute(plan, scm, run ? run->data : NULL, &rng, value, mc_error, rows, &exact));
    plan->method = method_of(plan, exact);
    CGM_TRY(fill(scm, plan, value, mc_error, rows, out));
    return run && plan->opts->intervals.models ? find_intervals(run, plan, out) : CGM_OK;
}

static cgm_status effect(const cgm_scm *scm, cgm_run *run, const cgm_effect_opts *opts, cgm_effect *out)
{
    effect_plan plan = {0};
    cgm_effect result = {0};
    cgm_status status = cgm_effect_plan_make(scm, opts, run != NULL, &plan);
    if (status == CGM_OK) status = answer(scm, run, &plan, &result);
    cgm_effect_plan_clear(&plan);
    if (status == CGM_OK)
        *out = result;
    else
        cgm_effect_clear(&result);
    return status;
}

cgm_status cgm_run_effect(cgm_run *run, const cgm_effect_opts *opts, cgm_effect *out)
{
    CGM_TRY(cgm_run_check_finished(run));
    CGM_TRY(cgm_run_load_data(run));
    return effect(run->scm, run, opts, out);
}

cgm_status cgm_scm_effect(const cgm_scm *scm, const cgm_effect_opts *opts, cgm_effect *out)
{
    if (!scm->finished) return CGM_FAIL(CGM_E_ARG, "the model is not finished");
    if (opts->intervals.models > 0)
        return CGM_FAIL(CGM_E_ARG, "effect: intervals need data to resample, and a model alone has none");
    return effect(scm, NULL, opts, out);
}

void cgm_effect_clear(cgm_effect *effect)
{
    cgm_arena_clear(&effect->arena);
    *effect = (cgm_effect){0};
}
