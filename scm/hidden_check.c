/* Which queries a model with hidden common causes can answer. */
#include <math.h>
#include <string.h>

#include "scm/graphs/view.h"
#include "scm/hidden.h"
#include "scm/intervention.h"

static bool is_known(const cgm_scm *scm, size_t v)
{
    const cgm_mechanism *m = scm->variable[v].mechanism;
    return m->methods->is_known && m->methods->is_known(m);
}

/* A fitted mechanism is P(v | parents). It is P(v | do(parents)) if rule 2 of the do-calculus says so: v is separated
 * from its parents once the edges out of these are removed (Pearl 2009, theorem 3.4.1). A known one is what it is. */
static bool is_causal(const cgm_scm *scm, size_t v)
{
    uint64_t self[CGM_SET_WORDS] = {0}, parents[CGM_SET_WORDS] = {0};
    const scm_variable *x = &scm->variable[v];
    const size_t *siblings;
    if (x->n_parents == 0 || is_known(scm, v)) return true;
    if (cgm_dag_siblings(scm->hidden->dag, v, &siblings) == 0) return true;
    cgm_set_add(self, v);
    for (size_t k = 0; k < x->n_parents; k++) cgm_set_add(parents, x->parents[k]);
    cgm_view view = {.dag = scm->hidden->dag, .no_out = parents};
    return cgm_view_separates(&view, self, parents, NULL);
}

static const char *name_of(const cgm_scm *scm, size_t v)
{
    return scm->variable[v].variable.name;
}

/* The first pair without a joint distribution of which both variables are needed, or NULL. needed NULL: all are. */
static const scm_hidden_pair *find_unknown(const cgm_scm *scm, const bool *needed)
{
    const scm_hidden *h = scm->hidden;
    for (size_t k = 0; k < h->n; k++) {
        const size_t *v = h->pair[k].variable;
        if (isnan(h->pair[k].correlation) && (!needed || (needed[v[0]] && needed[v[1]]))) return &h->pair[k];
    }
    return NULL;
}

/* Why the product of these mechanisms is not the distribution that is asked for; "" when it is. */
static void find_reason(const cgm_scm *scm, const bool *needed, size_t size, char *reason)
{
    const scm_hidden_pair *pair = find_unknown(scm, needed);
    reason[0] = 0;
    if (pair) {
        snprintf(reason, size,
                 "'%s' and '%s' have hidden common causes, and the joint distribution of their noises is not known "
                 "(hidden: [{between: [%s, %s], correlation: R}] would give it)",
                 pair->name[0], pair->name[1], pair->name[0], pair->name[1]);
        return;
    }
    for (size_t v = 0; v < scm->n; v++) {
        if ((needed && !needed[v]) || is_causal(scm, v)) continue;
        snprintf(reason, size,
                 "the mechanism of '%s' was fitted to what is seen, which its hidden common causes make another thing "
                 "than what its parents do",
                 name_of(scm, v));
        return;
    }
}

enum { REASON = 400 };

cgm_status cgm_hidden_check(const cgm_scm *scm, const char *what, const bool *set)
{
    char reason[REASON];
    bool needed[CGM_DAG_MAX_NODES] = {false};
    if (!scm->hidden) return CGM_OK;
    for (size_t v = 0; v < scm->n; v++) needed[v] = !set || !set[v];
    find_reason(scm, needed, sizeof reason, reason);
    return reason[0] ? CGM_FAIL(CGM_E_UNSUPPORTED, "%s: %s", what, reason) : CGM_OK;
}

cgm_status cgm_hidden_check_drawn(const cgm_scm *scm, const char *what, const bool *drawn)
{
    for (size_t k = 0; scm->hidden && k < scm->hidden->n; k++) {
        const scm_hidden_pair *pair = &scm->hidden->pair[k];
        bool a = drawn[pair->variable[0]], b = drawn[pair->variable[1]];
        if (isnan(pair->correlation) || a == b) continue;
        return CGM_FAIL(CGM_E_UNSUPPORTED,
                        "%s: the noise of '%s', which is drawn, is correlated with that of '%s', which stays as it is "
                        "in each row",
                        what, pair->name[a ? 0 : 1], pair->name[a ? 1 : 0]);
    }
    return CGM_OK;
}

/* ---- Effects ---- */

static void to_set(size_t n, const bool *from, uint64_t *set)
{
    for (size_t v = 0; from && v < n; v++)
        if (from[v]) cgm_set_add(set, v);
}

/* The hedge in one line, or the formula as the plan's. */
static cgm_status identify(const cgm_scm *scm, const uint64_t *x, const uint64_t *y, const uint64_t *z,
                           cgm_arena *arena, scm_effect_plan *out)
{
    const cgm_dag *dag = scm->hidden->dag;
    const char *query, *text, *large, *small, *roots, *treatments, *outcomes;
    CGM_TRY(cgm_identify(dag, x, y, z, arena, &out->identification));
    const cgm_formula *formula = &out->identification.formula;
    CGM_TRY(cgm_formula_write_query(formula, CGM_FORMULA_TEXT, arena, &query));
    if (out->identification.identifiable) {
        CGM_TRY(cgm_formula_write(formula, CGM_FORMULA_TEXT, arena, &text));
        out->formula = cgm_arena_printf(arena, "%s = %s", query, text);
        return out->formula ? CGM_OK : CGM_E_MEMORY;
    }
    const cgm_hedge *h = &out->identification.hedge;
    CGM_TRY(cgm_dag_write_set(dag, h->large, arena, &large));
    CGM_TRY(cgm_dag_write_set(dag, h->small, arena, &small));
    CGM_TRY(cgm_dag_write_set(dag, h->roots, arena, &roots));
    CGM_TRY(cgm_dag_write_set(dag, h->treatments, arena, &treatments));
    CGM_TRY(cgm_dag_write_set(dag, h->outcomes, arena, &outcomes));
    return CGM_FAIL(CGM_E_UNSUPPORTED,
                    "%s is not identifiable: a hedge forbids P(%s | do(%s)): F = {%s}, F' = {%s}, roots {%s}", query,
                    outcomes, treatments, large, small, roots);
}

/* What the query needs, by variable. */
typedef struct needs {
    bool drawn[CGM_DAG_MAX_NODES];  /* moved by the treatments, and on the way to the outcomes */
    bool needed[CGM_DAG_MAX_NODES]; /* those, and what their distribution depends on */
} needs;

static void find_needs(const cgm_scm *scm, const uint64_t *x, const uint64_t *ends, bool hard, needs *out)
{
    const cgm_view view = {.dag = scm->hidden->dag, .no_in = hard ? x : NULL};
    uint64_t above[CGM_SET_WORDS] = {0}, below[CGM_SET_WORDS] = {0};
    cgm_view_ancestors(&view, ends, above);
    cgm_view_descendants(&view, x, below);
    for (size_t v = 0; v < scm->n; v++) {
        out->needed[v] = cgm_set_has(above, v) && !(hard && cgm_set_has(x, v));
        out->drawn[v] = out->needed[v] && cgm_set_has(below, v) && !cgm_set_has(x, v);
    }
}

/* Whether drawing `drawn` from the mechanisms, with the other needed variables as they are in each row, gives the
 * distribution under the intervention. */
static bool mechanisms_do(const cgm_scm *scm, const needs *n)
{
    for (size_t k = 0; k < scm->hidden->n; k++) {
        const size_t *v = scm->hidden->pair[k].variable;
        if (n->needed[v[0]] && n->needed[v[1]] && (n->drawn[v[0]] || n->drawn[v[1]])) return false;
    }
    for (size_t v = 0; v < scm->n; v++)
        if (n->drawn[v] && !is_causal(scm, v)) return false;
    return true;
}

cgm_status cgm_hidden_plan_effect(const cgm_scm *scm, const bool *treatments, const bool *outcomes, const bool *given,
                                  bool hard, cgm_arena *arena, scm_effect_plan *out)
{
    uint64_t x[CGM_SET_WORDS] = {0}, y[CGM_SET_WORDS] = {0}, z[CGM_SET_WORDS] = {0}, ends[CGM_SET_WORDS] = {0};
    char reason[REASON];
    scm_effect_plan plan = {.way = SCM_BY_MECHANISMS};
    needs n;
    *out = plan;
    if (!scm->hidden) return CGM_OK;
    to_set(scm->n, treatments, x);
    to_set(scm->n, outcomes, y);
    to_set(scm->n, given, z);
    to_set(scm->n, outcomes, ends);
    to_set(scm->n, given, ends);
    find_needs(scm, x, ends, hard, &n);
    if (mechanisms_do(scm, &n)) return CGM_OK;
    find_reason(scm, n.needed, sizeof reason, reason);
    if (!reason[0]) {
        out->way = SCM_BY_DRAWS;
        return CGM_OK;
    }
    if (!hard)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "%s; effects of interventions other than setting a value need it", reason);
    plan.way = SCM_BY_FORMULA;
    CGM_TRY(identify(scm, x, y, z, arena, &plan));
    *out = plan;
    return CGM_OK;
}

cgm_status cgm_hidden_check_sample(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions)
{
    bool set[CGM_DAG_MAX_NODES] = {false}, others[CGM_DAG_MAX_NODES] = {false}, any = false, rest = false;
    uint64_t x[CGM_SET_WORDS] = {0}, y[CGM_SET_WORDS] = {0};
    cgm_arena arena = {0};
    scm_effect_plan plan = {0};
    if (!scm->hidden) return CGM_OK;
    for (size_t k = 0; k < n_do; k++) {
        size_t v = scm->node[interventions[k].node].variable;
        bool own = interventions[k].to < 0 && interventions[k].node == cgm_scm_node_of(scm, v);
        if (own && cgm_scm_do_is_hard(&interventions[k])) set[v] = any = true;
    }
    for (size_t v = 0; v < scm->n; v++) rest = (others[v] = !set[v]) || rest;
    cgm_status status = cgm_hidden_check(scm, "sample", set);
    if (status != CGM_E_UNSUPPORTED || !any || !rest) return status;
    /* Is it for want of a formula? */
    to_set(scm->n, set, x);
    to_set(scm->n, others, y);
    cgm_status known = identify(scm, x, y, NULL, &arena, &plan);
    cgm_arena_clear(&arena);
    return known == CGM_OK ? cgm_hidden_check(scm, "sample", set) : known;
}
