/* Which queries a model with hidden common causes can answer. */
#include <math.h>
#include <string.h>

#include "scm/graphs/view.h"
#include "scm/hidden.h"
#include "scm/interventions/intervention.h"

/* A fitted mechanism is P(v | parents). It is P(v | do(parents)) if rule 2 of the do-calculus says so: v is separated
 * from its parents once the edges out of these are removed (Pearl 2009, theorem 3.4.1). A known one is what it is. */
static bool is_causal(const cgm_scm *scm, size_t v)
{
    uint64_t self[CGM_SET_WORDS] = {0}, parents[CGM_SET_WORDS] = {0};
    const scm_variable *x = &scm->variable[v];
    const size_t *siblings;
    if (x->n_parents == 0 || cgm_mechanism_is_known(scm->variable[v].mechanism)) return true;
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

/* ---- Whether noises are known together */

/* The first pair without a joint distribution, or NULL. */
static const scm_hidden_pair *find_unknown(const cgm_scm *scm)
{
    const scm_hidden *h = scm->hidden;
    for (size_t k = 0; k < h->n; k++)
        if (isnan(h->pair[k].correlation)) return &h->pair[k];
    return NULL;
}

static cgm_status fail_unknown(const scm_hidden_pair *pair, const char *what)
{
    return CGM_FAIL(CGM_E_UNSUPPORTED,
                    "%s: '%s' and '%s' have hidden common causes, and the joint distribution of their noises is not "
                    "known (hidden: [{between: [%s, %s], correlation: R}] would give it)",
                    what, pair->name[0], pair->name[1], pair->name[0], pair->name[1]);
}

static cgm_status check_causal(const cgm_scm *scm, const char *what)
{
    for (size_t v = 0; v < scm->n; v++)
        if (!is_causal(scm, v))
            return CGM_FAIL(CGM_E_UNSUPPORTED,
                            "%s: the mechanism of '%s' was fitted to what is seen, which its hidden common causes make "
                            "another thing than what its parents do",
                            what, name_of(scm, v));
    return CGM_OK;
}

cgm_status cgm_hidden_check(const cgm_scm *scm, const char *what)
{
    if (!scm->hidden) return CGM_OK;
    const scm_hidden_pair *pair = find_unknown(scm);
    return pair ? fail_unknown(pair, what) : check_causal(scm, what);
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

/* ---- Whether the mechanisms' product is the distribution */

/* What a query does with each variable; bits of the model's order. */
typedef struct needs {
    uint64_t set[CGM_SET_WORDS];   /* to a value, whatever it was */
    uint64_t held[CGM_SET_WORDS];  /* as it is in each row, which no set variable moves */
    uint64_t drawn[CGM_SET_WORDS]; /* from its mechanism */
} needs;

/* Of a mechanism that is known, or whose noise is correlated as the model says: whether its noise is independent of
 * what comes before, but for drawn noise that it is correlated with. */
static bool noise_is_free(const cgm_scm *scm, const needs *n, size_t v)
{
    for (size_t k = 0; k < scm->hidden->n; k++) {
        const scm_hidden_pair *pair = &scm->hidden->pair[k];
        if (pair->variable[0] != v && pair->variable[1] != v) continue;
        size_t other = pair->variable[pair->variable[0] == v];
        bool drawn = cgm_set_has(n->drawn, other), held = cgm_set_has(n->held, other);
        if (held || (drawn && isnan(pair->correlation))) return false;
    }
    return is_causal(scm, v);
}

static bool is_correlated(const cgm_scm *scm, size_t v)
{
    return scm->hidden->row[v] >= 0;
}

/* Whether P(v | parents), as fitted, is P(v | do(set), what is held and drawn before v): what is set and no ancestor
 * has no effect, the rest of it can be seen instead of set (rules 3 and 2 of the do-calculus; Pearl 2009, theorem
 * 3.4.1), and given the parents nothing else before v tells of it. */
static bool conditional_is_right(const cgm_scm *scm, const needs *n, size_t v)
{
    const cgm_dag *dag = scm->hidden->dag;
    size_t words = cgm_dag_words(dag);
    uint64_t self[CGM_SET_WORDS] = {0}, before[CGM_SET_WORDS] = {0}, with[CGM_SET_WORDS], above[CGM_SET_WORDS] = {0},
             set[CGM_SET_WORDS], parents[CGM_SET_WORDS] = {0}, others[CGM_SET_WORDS];
    cgm_set_add(self, v);
    CGM_SET_EACH(i, words, n->drawn)
    if (i < v) cgm_set_add(before, i);
    cgm_set_unite(words, before, n->held);
    cgm_set_copy(words, with, before);
    cgm_set_add(with, v);
    const cgm_view whole = {.dag = dag}, unset = {.dag = dag, .no_out = set};
    cgm_view_ancestors(&whole, with, above);
    cgm_set_copy(words, set, n->set);
    cgm_set_intersect(words, set, above);
    for (size_t k = 0; k < scm->variable[v].n_parents; k++) cgm_set_add(parents, scm->variable[v].parents[k]);
    cgm_set_copy(words, others, before);
    cgm_set_unite(words, others, set);
    cgm_set_subtract(words, others, parents);
    if (!cgm_set_is_empty(words, set) && !cgm_view_separates(&unset, self, set, before)) return false;
    return cgm_set_is_empty(words, others) || cgm_view_separates(&whole, self, others, parents);
}

static bool mechanisms_do(const cgm_scm *scm, const needs *n)
{
    CGM_SET_EACH(v, cgm_dag_words(scm->hidden->dag), n->drawn)
    {
        bool free = cgm_mechanism_is_known(scm->variable[v].mechanism) || is_correlated(scm, v);
        if (free ? !noise_is_free(scm, n, v) : !conditional_is_right(scm, n, v)) return false;
    }
    return true;
}

/* Everything is drawn, but what is set. */
static void draw_all(const cgm_scm *scm, const bool *set, needs *out)
{
    *out = (needs){{0}, {0}, {0}};
    for (size_t v = 0; v < scm->n; v++) cgm_set_add(set && set[v] ? out->set : out->drawn, v);
}

cgm_status cgm_hidden_check_joint(const cgm_scm *scm, const char *what)
{
    needs n;
    if (!scm->hidden) return CGM_OK;
    draw_all(scm, NULL, &n);
    return mechanisms_do(scm, &n) ? CGM_OK : cgm_hidden_check(scm, what);
}

cgm_status cgm_hidden_check_part(const cgm_scm *scm, const char *what, const bool *set, const bool *drawn)
{
    needs n = {{0}, {0}, {0}};
    if (!scm->hidden) return CGM_OK;
    for (size_t v = 0; v < scm->n; v++) {
        if (set[v]) cgm_set_add(n.set, v);
        if (drawn[v]) cgm_set_add(n.drawn, v);
    }
    return mechanisms_do(scm, &n) ? CGM_OK : cgm_hidden_check(scm, what);
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

/* What an effect needs: `ends` and all that they depend on once the treatments are set. Unless they are set whatever
 * they were, what they were is needed too. */
static void find_needs(const cgm_scm *scm, const uint64_t *x, const uint64_t *ends, bool hard, needs *out)
{
    size_t words = cgm_dag_words(scm->hidden->dag);
    const cgm_view view = {.dag = scm->hidden->dag, .no_in = hard ? x : NULL};
    uint64_t above[CGM_SET_WORDS] = {0}, below[CGM_SET_WORDS] = {0};
    *out = (needs){{0}, {0}, {0}};
    cgm_view_ancestors(&view, ends, above);
    cgm_view_descendants(&view, x, below);
    cgm_set_subtract(words, below, x);
    if (hard) cgm_set_copy(words, out->set, x);
    if (hard) cgm_set_subtract(words, above, x);
    cgm_set_copy(words, out->drawn, above);
    cgm_set_intersect(words, out->drawn, below);
    cgm_set_copy(words, out->held, above);
    cgm_set_subtract(words, out->held, below);
}

/* Effects that set nothing need mechanisms that are causal, with noises of their own. */
static bool soft_mechanisms_do(const cgm_scm *scm, const needs *n)
{
    CGM_SET_EACH(v, cgm_dag_words(scm->hidden->dag), n->drawn)
    if (!noise_is_free(scm, n, v)) return false;
    return true;
}

static bool mechanisms_give(const cgm_scm *scm, const needs *n, bool hard)
{
    return hard ? mechanisms_do(scm, n) : soft_mechanisms_do(scm, n);
}

cgm_status cgm_hidden_plan_effect(const cgm_scm *scm, const bool *treatments, const bool *outcomes, const bool *given,
                                  bool hard, cgm_arena *arena, scm_effect_plan *out)
{
    uint64_t x[CGM_SET_WORDS] = {0}, y[CGM_SET_WORDS] = {0}, z[CGM_SET_WORDS] = {0}, ends[CGM_SET_WORDS] = {0};
    scm_effect_plan plan = {.way = SCM_EFFECT_MECHANISMS};
    needs n;
    *out = plan;
    if (!scm->hidden) return CGM_OK;
    size_t words = cgm_dag_words(scm->hidden->dag);
    to_set(scm->n, treatments, x);
    to_set(scm->n, outcomes, y);
    to_set(scm->n, given, z);
    to_set(scm->n, outcomes, ends);
    to_set(scm->n, given, ends);
    find_needs(scm, x, ends, hard, &n);
    if (mechanisms_give(scm, &n, hard)) return CGM_OK;
    out->way = SCM_EFFECT_DRAWS;
    cgm_set_unite(words, n.drawn, n.held);
    cgm_set_clear(words, n.held);
    if (scm->hidden->m > 0 && mechanisms_give(scm, &n, hard)) return CGM_OK;
    if (!hard) return cgm_hidden_check(scm, "an intervention that does not set a value");
    plan.way = SCM_EFFECT_FORMULA;
    CGM_TRY(identify(scm, x, y, z, arena, &plan));
    *out = plan;
    return CGM_OK;
}

cgm_status cgm_hidden_check_sample(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions)
{
    bool set[CGM_DAG_MAX_NODES] = {false};
    needs n;
    cgm_arena arena = {0};
    scm_effect_plan plan = {0};
    if (!scm->hidden) return CGM_OK;
    for (size_t k = 0; k < n_do; k++) {
        size_t v = scm->node[interventions[k].node].variable;
        bool own = interventions[k].to < 0 && interventions[k].node == cgm_scm_node_of(scm, v);
        if (own && cgm_scm_do_is_hard(&interventions[k])) set[v] = true;
    }
    draw_all(scm, set, &n);
    size_t words = cgm_dag_words(scm->hidden->dag);
    if (mechanisms_do(scm, &n)) return CGM_OK;
    if (cgm_set_is_empty(words, n.set) || cgm_set_is_empty(words, n.drawn)) return cgm_hidden_check(scm, "sample");
    /* Is it for want of a formula? */
    cgm_status status = identify(scm, n.set, n.drawn, NULL, &arena, &plan);
    if (status == CGM_OK)
        status = CGM_FAIL(CGM_E_UNSUPPORTED, "%s is identifiable, but the mechanisms do not give it", plan.formula);
    cgm_arena_clear(&arena);
    return status;
}
