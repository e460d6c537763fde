/* Average effects by an identified formula, on the joint distribution that the training rows have. */
#include <math.h>
#include <stdlib.h>

#include "scm/queries/effect_priv.h"

/* The table of counts, over the variables that the formula names; the others count as having one level. */
typedef struct table {
    const effect_plan *plan;
    const cgm_formula *formula;
    cgm_arena arena;
    size_t *levels; /* [variables of the part] */
    size_t *mode;   /* [variables]: the level that most rows have */
    size_t entries;
    double *joint, *effect;
} table;

/* Marks the variables that the formula names. */
static void find_used(const cgm_expression *e, size_t words, bool *done, uint64_t *used)
{
    if (done[e->id]) return;
    done[e->id] = true;
    cgm_set_unite(words, used, e->free);
    if (e->of) cgm_set_unite(words, used, e->of);
    if (e->given) cgm_set_unite(words, used, e->given);
    for (size_t i = 0; i < e->n; i++) find_used(e->child[i], words, done, used);
}

static cgm_status find_levels(table *t)
{
    const cgm_scm *part = t->plan->part;
    size_t words = cgm_dag_words(t->formula->dag);
    uint64_t used[CGM_SET_WORDS] = {0};
    bool *done = cgm_arena_array(&t->arena, t->formula->n_expressions, sizeof *done);
    t->levels = cgm_arena_array(&t->arena, part->n, sizeof *t->levels);
    t->mode = cgm_arena_array(&t->arena, part->n, sizeof *t->mode);
    if (!done || !t->levels || !t->mode) return CGM_E_MEMORY;
    find_used(t->formula->root, words, done, used);
    t->entries = 1;
    for (size_t v = 0; v < part->n; v++) {
        const cgm_variable *x = &part->variable[v].variable;
        t->levels[v] = 1;
        if (!cgm_set_has(used, v)) continue;
        if (!cgm_variable_has_levels(x))
            return CGM_FAIL(CGM_E_UNSUPPORTED,
                            "%s is identifiable, but neither the mechanisms nor adjustment give it, and the formula is "
                            "evaluated only "
                            "where its variables have levels, which '%s' has not",
                            t->plan->way.formula, x->name);
        t->levels[v] = (size_t)x->levels;
        if (__builtin_mul_overflow(t->entries, t->levels[v], &t->entries) || t->entries > (size_t)1 << 24)
            return CGM_FAIL(CGM_E_UNSUPPORTED, "%s: the joint distribution of its variables has more than 2^24 entries",
                            t->plan->way.formula);
    }
    return CGM_OK;
}

/* The share of the rows in each combination of levels. */
static cgm_status count(table *t, const cgm_dataset *data)
{
    const cgm_scm *part = t->plan->part;
    size_t begin, n;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    const double **columns = cgm_arena_array(&t->arena, part->n, sizeof *columns);
    t->joint = cgm_arena_array(&t->arena, t->entries, sizeof *t->joint);
    if (!columns || !t->joint) return CGM_E_MEMORY;
    if (n == 0) return CGM_FAIL(CGM_E_ARG, "there are no rows to average over");
    for (size_t v = 0; v < part->n; v++) columns[v] = cgm_dataset_column(data, part->variable[v].variable.name);
    for (size_t i = begin; i < begin + n; i++) {
        size_t at = 0;
        for (size_t v = 0; v < part->n; v++)
            if (t->levels[v] > 1) at = at * t->levels[v] + (size_t)columns[v][i];
        t->joint[at] += 1 / (double)n;
    }
    for (size_t v = 0; v < part->n; v++) {
        size_t *seen = cgm_arena_array(&t->arena, t->levels[v], sizeof *seen);
        if (!seen) return CGM_E_MEMORY;
        for (size_t i = begin; t->levels[v] > 1 && i < begin + n; i++) {
            size_t level = (size_t)columns[v][i];
            if (++seen[level] > seen[t->mode[v]]) t->mode[v] = level;
        }
    }
    return CGM_OK;
}

/* The value of a treatment in an arm; what is set is checked to be a level. */
static size_t arm_value(const effect_plan *plan, size_t variable, int arm)
{
    for (size_t k = 0; k < plan->n_do[arm]; k++)
        if (plan->todo[arm][k].node == cgm_scm_node_of(plan->part, variable)) return (size_t)plan->todo[arm][k].value;
    return 0;
}

/* P(outcome = level | do(arm), the group's conditions). */
static double look_up(const table *t, size_t group, int arm, size_t level)
{
    const effect_plan *plan = t->plan;
    size_t at = 0;
    CGM_SET_EACH(v, cgm_dag_words(t->formula->dag), t->formula->root->free)
    {
        size_t value = t->mode[v]; /* of a variable on which it does not depend */
        if (plan->treated[v]) value = arm_value(plan, v, arm);
        if (v == plan->outcome) value = level;
        if (v == plan->by && plan->group[group].level >= 0) value = (size_t)plan->group[group].level;
        for (size_t k = 0; k < plan->n_conditions; k++)
            if (plan->condition[k].variable[0] == v) value = (size_t)plan->condition[k].value;
        at = at * t->levels[v] + value;
    }
    return t->effect[at];
}

static cgm_status check_question(const effect_plan *plan)
{
    for (size_t k = 0; k < plan->n_conditions; k++)
        if (!plan->condition[k].is_equality)
            return CGM_FAIL(CGM_E_UNSUPPORTED, "given %s: by a formula (%s) only conditions NAME=VALUE are answered",
                            plan->condition[k].text, plan->way.formula);
    if (plan->by != SIZE_MAX)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "by %s: the effect has a formula (%s); expected given %s=LEVEL, one by one",
                        plan->opts->by, plan->way.formula, plan->opts->by);
    if (plan->n_levels == 0)
        return CGM_FAIL(CGM_E_UNSUPPORTED,
                        "%s is identifiable, but neither the mechanisms nor adjustment give it, and the formula is "
                        "evaluated only where "
                        "its variables have levels, which '%s' has not",
                        plan->way.formula, cgm_scm_variable(plan->part, plan->outcome)->name);
    return CGM_OK;
}

cgm_status cgm_effect_check_formula(const effect_plan *plan)
{
    table t = {.plan = plan, .formula = &plan->way.identification.formula};
    cgm_status status = check_question(plan);
    if (status == CGM_OK) status = find_levels(&t);
    cgm_arena_clear(&t.arena);
    return status;
}

static cgm_status evaluate(table *t, const cgm_dataset *data, double *out)
{
    const effect_plan *plan = t->plan;
    CGM_TRY(find_levels(t));
    CGM_TRY(count(t, data));
    size_t size = cgm_formula_size(t->formula, t->levels);
    if (!(t->effect = cgm_arena_array(&t->arena, size, sizeof *t->effect))) return CGM_E_MEMORY;
    cgm_status status = cgm_formula_evaluate(t->formula, t->levels, t->joint, t->effect);
    if (status != CGM_OK) return cgm_fail_context(status, "%s, on the training rows", plan->way.formula);
    for (size_t k = 0; k < plan->n_levels; k++) {
        double mean[2];
        for (int arm = 0; arm < 2; arm++) mean[arm] = look_up(t, 0, arm, (size_t)plan->level[k]);
        cgm_effect_combine(plan, mean, out + k * cgm_effect_numbers(plan));
    }
    return CGM_OK;
}

cgm_status cgm_effect_from_formula(const effect_plan *plan, const cgm_dataset *data, double *out, size_t *rows)
{
    table t = {.plan = plan, .formula = &plan->way.identification.formula};
    size_t begin, n;
    cgm_status status = evaluate(&t, data, out);
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    if (rows) rows[0] = n;
    cgm_arena_clear(&t.arena);
    return status;
}
