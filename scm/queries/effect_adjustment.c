/* Average effects by adjustment: a regression of the outcome on the treatments and an adjustment set z, averaged over
 * the rows' z (g-computation; Robins 1986): sum over z of E[Y | x, z] P(z). */
#include <string.h>

#include "scm/graphs/adjustment.h"
#include "scm/mechanism_table.h"
#include "scm/queries/effect_priv.h"
#include "scm/runs/run_priv.h"

static void add_given(const effect_plan *plan, uint64_t *set)
{
    if (plan->by != SIZE_MAX) cgm_set_add(set, plan->by);
    for (size_t k = 0; k < plan->n_conditions; k++)
        for (size_t i = 0; i < plan->condition[k].n; i++)
            if (plan->condition[k].variable[i] != SIZE_MAX) cgm_set_add(set, plan->condition[k].variable[i]);
}

cgm_status cgm_effect_find_adjustment(effect_plan *plan, bool *found)
{
    const cgm_dag *dag = plan->part->hidden->dag;
    uint64_t x[CGM_SET_WORDS] = {0}, y[CGM_SET_WORDS] = {0}, *z;
    *found = false;
    for (size_t v = 0; v < plan->part->n; v++)
        if (plan->treated[v]) cgm_set_add(x, v);
    cgm_set_add(y, plan->outcome);
    CGM_TRY(cgm_adjustment_find_minimum(dag, x, y, &plan->arena, &z));
    if (!z) return CGM_OK;
    add_given(plan, z);
    CGM_TRY(cgm_adjustment_is_valid(dag, x, y, z, found));
    plan->adjustment = cgm_arena_array(&plan->arena, plan->part->n, sizeof *plan->adjustment);
    if (!plan->adjustment) return CGM_E_MEMORY;
    for (size_t v = 0; v < plan->part->n; v++) {
        plan->adjustment[v] = cgm_set_has(z, v);
        if (plan->adjustment[v] && !cgm_variable_is_scalar(&plan->part->variable[v].variable)) *found = false;
    }
    return CGM_OK;
}

/* The outcome's kind of mechanism, if that is one to fit and takes such regressors; NULL: its type's default. */
static const cgm_mechanism_class *regression_kind(const effect_plan *plan)
{
    const scm_variable *y = &plan->part->variable[plan->outcome];
    const cgm_mechanism *m = y->mechanism;
    if (cgm_mechanism_is_known(m)) return NULL;
    for (size_t v = 0; v < plan->part->n; v++)
        if ((plan->treated[v] || plan->adjustment[v]) &&
            !(y->methods->parent_types & 1u << plan->part->variable[v].variable.type))
            return NULL;
    return cgm_mechanism_find(y->methods->kind);
}

/* Treatments and adjustment set as roots, whose mechanisms nobody asks, and the outcome below all of them. */
static cgm_status make_model(const effect_plan *plan, cgm_scm *model)
{
    const char *regressors[CGM_MAX_PARENTS];
    size_t n = 0;
    for (size_t v = 0; v < plan->part->n; v++) {
        const cgm_variable *x = &plan->part->variable[v].variable;
        if (!plan->treated[v] && !plan->adjustment[v]) continue;
        if (n == CGM_MAX_PARENTS)
            return CGM_FAIL(CGM_E_UNSUPPORTED, "%s: more than %d regressors", plan->way.formula, CGM_MAX_PARENTS);
        CGM_TRY(cgm_scm_add(model, x, 0, NULL, NULL, NULL, NULL));
        regressors[n++] = x->name;
    }
    CGM_TRY(cgm_scm_add(model, &plan->part->variable[plan->outcome].variable, n, regressors, regression_kind(plan),
                        NULL, NULL));
    return cgm_scm_finish(model);
}

/* The interventions, all of them hard, in the regression's terms. */
static cgm_status make_frame(const effect_plan *plan, const cgm_scm *model, cgm_arena *arena, effect_frame *out)
{
    out->scm = model;
    out->outcome = (size_t)cgm_scm_find(model, plan->part->variable[plan->outcome].variable.name);
    for (int arm = 0; arm < 2; arm++) {
        out->todo[arm] = cgm_arena_array(arena, plan->n_do[arm] + 1, sizeof **out->todo);
        if (!out->todo[arm]) return CGM_E_MEMORY;
        for (size_t k = 0; k < plan->n_do[arm]; k++) {
            out->todo[arm][k] = plan->todo[arm][k];
            out->todo[arm][k].node =
                (size_t)cgm_scm_find_node(model, cgm_scm_node_name(plan->part, plan->todo[arm][k].node));
        }
    }
    return CGM_OK;
}

cgm_status cgm_effect_from_adjustment(const effect_plan *plan, const cgm_dataset *data, const cgm_rng *rng, double *out,
                                      double *mc_error, size_t *rows, bool *exact)
{
    cgm_scm *model;
    cgm_arena arena = {0};
    effect_frame frame;
    CGM_TRY(cgm_scm_create(&model));
    cgm_status status = make_model(plan, model);
    if (status == CGM_OK) status = make_frame(plan, model, &arena, &frame);
    if (status == CGM_OK) status = cgm_scm_fit(model, frame.outcome, data, plan->train);
    if (status == CGM_OK) status = cgm_effect_from_rows(plan, &frame, data, rng, out, mc_error, rows, exact);
    cgm_arena_clear(&arena);
    cgm_scm_destroy(model);
    return status;
}
