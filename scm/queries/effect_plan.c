/* What an effect's question means in terms of a model. */
#include <string.h>

#include "scm/queries/effect_priv.h"
#include "scm/queries/unit.h"

/* ---- Arms ---- */

static cgm_status read_treatment(effect_plan *plan, const cgm_scm *scm, int arm)
{
    size_t v;
    const cgm_effect_opts *o = plan->opts;
    cgm_status status = cgm_scm_lookup(scm, o->treatment, &v);
    if (status != CGM_OK) return cgm_fail_context(status, "treatment");
    status = cgm_scm_check_value(cgm_scm_variable(scm, v), arm ? o->to : o->from);
    if (status != CGM_OK) return cgm_fail_context(status, "treatment '%s'", o->treatment);
    plan->n_do[arm] = 1;
    if (!(plan->todo[arm] = cgm_arena_array(&plan->arena, 1, sizeof **plan->todo))) return CGM_E_MEMORY;
    plan->todo[arm][0] = (cgm_intervention){.node = cgm_scm_node_of(scm, v), .to = -1, .value = arm ? o->to : o->from};
    return CGM_OK;
}

static cgm_status read_arm(effect_plan *plan, const cgm_scm *scm, int arm)
{
    const cgm_do *what = &plan->opts->arm[arm];
    if (plan->opts->treatment) {
        CGM_TRY(read_treatment(plan, scm, arm));
    } else {
        CGM_TRY(cgm_scm_parse_dos(scm, what->n, what->texts, &plan->arena, &plan->n_do[arm], &plan->todo[arm]));
    }
    for (size_t k = 0; k < plan->n_do[arm]; k++)
        if (plan->todo[arm][k].kind == CGM_DO_PERMUTED)
            return CGM_FAIL(CGM_E_ARG, "do(%s): expected an intervention that is the same function of every row",
                            plan->todo[arm][k].text);
    return cgm_scm_check_interventions(scm, plan->n_do[arm], plan->todo[arm], 1);
}

/* ---- The part of the model ---- */

static void add_end(effect_plan *plan, size_t variable)
{
    plan->ends[plan->n_ends++] = variable;
}

/* Nodes that a term of an intervention names. */
static size_t count_term(const scm_term *term)
{
    const char *const *names;
    return term->e ? cgm_expression_names(term->e, &names) : 0;
}

static void add_term(effect_plan *plan, const cgm_scm *scm, const scm_term *term)
{
    size_t n = count_term(term);
    for (size_t i = 0; i < n; i++)
        if (term->node[i] != SIZE_MAX) add_end(plan, scm->node[term->node[i]].variable);
}

static size_t count_names(const effect_plan *plan)
{
    size_t n = 2;
    for (size_t k = 0; k < plan->n_conditions; k++) n += plan->condition[k].n;
    for (int arm = 0; arm < 2; arm++)
        for (size_t k = 0; k < plan->n_do[arm]; k++) {
            const cgm_do_rule *rule = plan->todo[arm][k].rule;
            n += 2 + (rule ? count_term(&rule->condition) : 0);
            for (size_t i = 0; rule && i < rule->n_terms; i++) n += count_term(&rule->term[i]);
        }
    return n;
}

static cgm_status read_conditions(effect_plan *plan, const cgm_scm *scm)
{
    const cgm_effect_opts *o = plan->opts;
    if (!plan->condition) plan->condition = cgm_arena_array(&plan->arena, o->n_given + 1, sizeof *plan->condition);
    if (!plan->condition) return CGM_E_MEMORY;
    for (size_t k = 0; k < plan->n_conditions; k++) cgm_scm_condition_clear(&plan->condition[k]);
    plan->n_conditions = 0;
    for (size_t k = 0; k < o->n_given; k++) {
        cgm_status status = cgm_scm_condition_parse(scm, o->given[k], &plan->arena, &plan->condition[k]);
        if (status != CGM_OK) return cgm_fail_context(status, "given");
        plan->n_conditions++;
    }
    return CGM_OK;
}

static cgm_status read_by(effect_plan *plan, const cgm_scm *scm)
{
    plan->by = SIZE_MAX;
    if (!plan->opts->by) return CGM_OK;
    cgm_status status = cgm_scm_lookup(scm, plan->opts->by, &plan->by);
    if (status != CGM_OK) return cgm_fail_context(status, "by");
    if (cgm_variable_has_levels(cgm_scm_variable(scm, plan->by))) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "by: '%s' has no levels", plan->opts->by);
}

/* "y", "job=clerk"; of a variable with levels alone, its only interesting level or all of them. */
static cgm_status read_outcome(effect_plan *plan, const cgm_scm *scm)
{
    const char *text = plan->opts->outcome, *equals = text ? strchr(text, '=') : NULL;
    int level;
    cgm_status status;
    if (!text) return CGM_FAIL(CGM_E_ARG, "effect: expected an outcome");
    if (equals) {
        status = cgm_scm_parse_outcome(scm, text, &plan->outcome, &level);
    } else {
        status = cgm_scm_lookup(scm, text, &plan->outcome);
        level = -1;
    }
    if (status != CGM_OK) return cgm_fail_context(status, "outcome");
    const cgm_variable *y = cgm_scm_variable(scm, plan->outcome);
    status = cgm_scm_check_scalar(y);
    if (status != CGM_OK) return cgm_fail_context(status, "outcome");
    if (!cgm_variable_has_levels(y)) return CGM_OK;
    plan->level = cgm_arena_array(&plan->arena, (size_t)y->levels, sizeof *plan->level);
    if (!plan->level) return CGM_E_MEMORY;
    plan->n_levels = equals || y->levels == 2 ? 1 : (size_t)y->levels;
    for (size_t k = 0; k < plan->n_levels; k++) plan->level[k] = equals ? level : y->levels == 2 ? 1 : (int)k;
    plan->ratios = plan->n_levels == 1;
    return CGM_OK;
}

/* Reads all in terms of `scm`: first the whole model, to see what the question names, then its part. */
static cgm_status read_all(effect_plan *plan, const cgm_scm *scm)
{
    if (!plan->opts->treatment && plan->opts->arm[0].n + plan->opts->arm[1].n == 0)
        return CGM_FAIL(CGM_E_ARG, "effect: expected a treatment, or interventions to compare");
    CGM_TRY(read_outcome(plan, scm));
    for (int arm = 0; arm < 2; arm++) CGM_TRY(read_arm(plan, scm, arm));
    CGM_TRY(read_conditions(plan, scm));
    return read_by(plan, scm);
}

static cgm_status find_part(effect_plan *plan, const cgm_scm *scm)
{
    plan->ends = cgm_arena_array(&plan->arena, count_names(plan), sizeof *plan->ends);
    if (!plan->ends) return CGM_E_MEMORY;
    add_end(plan, plan->outcome);
    if (plan->by != SIZE_MAX) add_end(plan, plan->by);
    for (size_t k = 0; k < plan->n_conditions; k++)
        for (size_t i = 0; i < plan->condition[k].n; i++)
            if (plan->condition[k].variable[i] != SIZE_MAX) add_end(plan, plan->condition[k].variable[i]);
    for (int arm = 0; arm < 2; arm++)
        for (size_t k = 0; k < plan->n_do[arm]; k++) {
            const cgm_intervention *x = &plan->todo[arm][k];
            add_end(plan, scm->node[x->node].variable);
            if (x->to >= 0) add_end(plan, scm->node[x->to].variable);
            if (x->rule) add_term(plan, scm, &x->rule->condition);
            for (size_t i = 0; x->rule && i < x->rule->n_terms; i++) add_term(plan, scm, &x->rule->term[i]);
        }
    return cgm_scm_ancestral(scm, plan->n_ends, plan->ends, &plan->part);
}

/* ---- What moves ---- */

static cgm_status mark(effect_plan *plan)
{
    const cgm_scm *part = plan->part;
    plan->treated = cgm_arena_array(&plan->arena, part->n, sizeof *plan->treated);
    plan->moved = cgm_arena_array(&plan->arena, part->n, sizeof *plan->moved);
    if (!plan->treated || !plan->moved) return CGM_E_MEMORY;
    for (int arm = 0; arm < 2; arm++)
        for (size_t k = 0; k < plan->n_do[arm]; k++) plan->treated[part->node[plan->todo[arm][k].node].variable] = true;
    for (size_t v = 0; v < part->n; v++)
        for (size_t k = 0; k < part->variable[v].n_parents; k++) {
            size_t parent = part->variable[v].parents[k];
            if (plan->treated[parent] || plan->moved[parent]) plan->moved[v] = true;
        }
    return CGM_OK;
}

static cgm_status check_given(const effect_plan *plan, const char *what, size_t variable)
{
    const char *name = plan->part->variable[variable].variable.name;
    if (plan->moved[variable])
        return CGM_FAIL(CGM_E_ARG, "%s: the treatment moves '%s'; expected variables that it does not move", what,
                        name);
    if (plan->treated[variable] && plan->part->hidden)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "%s: '%s' is the treatment, and there are hidden common causes", what, name);
    return CGM_OK;
}

static cgm_status check_conditions(const effect_plan *plan)
{
    for (size_t k = 0; k < plan->n_conditions; k++)
        for (size_t i = 0; i < plan->condition[k].n; i++)
            if (plan->condition[k].variable[i] != SIZE_MAX)
                CGM_TRY(check_given(plan, "given", plan->condition[k].variable[i]));
    return plan->by == SIZE_MAX ? CGM_OK : check_given(plan, "by", plan->by);
}

/* One group for all that the conditions leave, and one for each level of `by`. */
static cgm_status make_groups(effect_plan *plan)
{
    const cgm_variable *by = plan->by == SIZE_MAX ? NULL : cgm_scm_variable(plan->part, plan->by);
    size_t levels = by ? (size_t)by->levels : 0;
    const char *all = "";
    plan->group = cgm_arena_array(&plan->arena, levels + 1, sizeof *plan->group);
    if (!plan->group) return CGM_E_MEMORY;
    for (size_t k = 0; all && k < plan->n_conditions; k++)
        all = cgm_arena_printf(&plan->arena, "%s%s%s", all, k ? ", " : "", plan->condition[k].text);
    for (size_t k = 0; all && k <= levels; k++) {
        char text[CGM_VALUE_TEXT];
        effect_group *g = &plan->group[plan->n_groups++];
        *g = (effect_group){all, (int)k - 1};
        if (k > 0)
            g->name = cgm_arena_printf(&plan->arena, "%s%s%s=%s", all, *all ? ", " : "", by->name,
                                       cgm_variable_text(by, (double)k - 1, text));
        if (!g->name) return CGM_E_MEMORY;
    }
    return all ? CGM_OK : CGM_E_MEMORY;
}

/* ---- Hidden common causes ---- */

/* Whether every treated variable is set, as a whole, in both worlds. */
static bool sets_in_both(const effect_plan *plan)
{
    for (size_t v = 0; v < plan->part->n; v++) {
        bool set[2] = {false, false};
        if (!plan->treated[v]) continue;
        for (int arm = 0; arm < 2; arm++)
            for (size_t k = 0; k < plan->n_do[arm]; k++) {
                const cgm_intervention *x = &plan->todo[arm][k];
                bool whole = x->to < 0 && x->node == cgm_scm_node_of(plan->part, v);
                set[arm] |= whole && cgm_scm_do_is_hard(x);
            }
        if (!set[0] || !set[1]) return false;
    }
    return true;
}

static cgm_status choose_way(effect_plan *plan)
{
    const cgm_scm *part = plan->part;
    bool *outcomes = cgm_arena_array(&plan->arena, part->n, sizeof *outcomes);
    bool *given = cgm_arena_array(&plan->arena, part->n, sizeof *given);
    if (!outcomes || !given) return CGM_E_MEMORY;
    outcomes[plan->outcome] = true;
    if (plan->by != SIZE_MAX) given[plan->by] = true;
    for (size_t k = 0; k < plan->n_conditions; k++)
        for (size_t i = 0; i < plan->condition[k].n; i++)
            if (plan->condition[k].variable[i] != SIZE_MAX) given[plan->condition[k].variable[i]] = true;
    return cgm_hidden_plan_effect(part, plan->treated, outcomes, given, sets_in_both(plan), &plan->arena, &plan->way);
}

/* By the formula itself where that can be evaluated, else by adjustment where there is an adjustment set. */
static cgm_status choose_estimate(effect_plan *plan)
{
    bool found;
    if (!plan->has_data)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "%s is identifiable, but only from data, and there are none",
                        plan->way.formula);
    cgm_status status = cgm_effect_check_formula(plan);
    if (status != CGM_E_UNSUPPORTED) return status;
    CGM_TRY(cgm_effect_find_adjustment(plan, &found));
    if (!found) return cgm_effect_check_formula(plan); /* says it again */
    plan->way.way = SCM_EFFECT_ADJUSTMENT;
    return CGM_OK;
}

/* ---- The whole ---- */

static cgm_status find_refit(effect_plan *plan, const cgm_scm *scm)
{
    bool *leads = cgm_arena_array(&plan->arena, plan->part->n, sizeof *leads);
    plan->refit = cgm_arena_array(&plan->arena, scm->n, sizeof *plan->refit);
    if (!leads || !plan->refit) return CGM_E_MEMORY;
    leads[plan->outcome] = true;
    for (size_t v = plan->part->n; v-- > 0;) {
        const scm_variable *x = &plan->part->variable[v];
        for (size_t k = 0; leads[v] && k < x->n_parents; k++) leads[x->parents[k]] = true;
        bool drawn = plan->way.way == SCM_EFFECT_DRAWS || (plan->way.way == SCM_EFFECT_MECHANISMS && plan->moved[v]);
        plan->refit[cgm_scm_find(scm, x->variable.name)] = leads[v] && drawn;
    }
    return CGM_OK;
}

cgm_status cgm_effect_plan_make(const cgm_scm *scm, const cgm_effect_opts *opts, bool has_data, effect_plan *plan)
{
    plan->opts = opts;
    plan->has_data = has_data;
    CGM_TRY(read_all(plan, scm));
    CGM_TRY(find_part(plan, scm));
    CGM_TRY(read_all(plan, plan->part));
    CGM_TRY(mark(plan));
    CGM_TRY(check_conditions(plan));
    CGM_TRY(make_groups(plan));
    CGM_TRY(choose_way(plan));
    if (plan->way.way == SCM_EFFECT_FORMULA) CGM_TRY(choose_estimate(plan));
    return find_refit(plan, scm);
}

void cgm_effect_plan_clear(effect_plan *plan)
{
    for (size_t k = 0; k < plan->n_conditions; k++) cgm_scm_condition_clear(&plan->condition[k]);
    cgm_scm_destroy(plan->part);
    cgm_arena_clear(&plan->arena);
}
