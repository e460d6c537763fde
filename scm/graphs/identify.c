/* ID and IDC. */
#include "scm/graphs/identify.h"

#include "scm/graphs/identify_priv.h"

/* An effect under way: P(y | do(x)) is the sum over `over` of the product of the factors. */
typedef struct effect {
    bool identifiable;
    cgm_factors factors;
    uint64_t over[CGM_SET_WORDS];
} effect;

static cgm_status identify(cgm_maker *m, const uint64_t *x, const uint64_t *y, effect *out, cgm_hedge *hedge)
{
    const cgm_dag *dag = m->dag;
    const size_t words = dag->words;
    uint64_t all[CGM_SET_WORDS], rest[CGM_SET_WORDS], left[CGM_SET_WORDS], district[CGM_SET_WORDS];
    uint64_t stuck[CGM_SET_WORDS];
    const cgm_view whole = {.dag = dag}, without_x = {.dag = dag, .within = rest},
                   remaining = {.dag = dag, .within = left};
    cgm_view_ancestors(&whole, y, all);
    cgm_set_copy(words, rest, all);
    cgm_set_subtract(words, rest, x);
    cgm_view_ancestors(&without_x, y, left);
    cgm_set_copy(words, out->over, left);
    cgm_set_subtract(words, out->over, y);
    out->identifiable = true;
    out->factors.n = 0;
    out->factors.factor = cgm_arena_array(m->arena, cgm_set_count(words, left), sizeof *out->factors.factor);
    if (!out->factors.factor) return CGM_E_MEMORY;
    cgm_set_copy(words, rest, left); /* districts still to come */
    for (size_t i; (i = cgm_set_next(words, rest, 0)) < 64 * words;) {
        const cgm_expression *factor;
        cgm_view_district(&remaining, i, district);
        cgm_set_subtract(words, rest, district);
        CGM_TRY(cgm_identify_district(m, all, district, &factor, stuck));
        if (!factor) {
            out->identifiable = false;
            return cgm_hedge_make(dag, stuck, district, m->arena, hedge);
        }
        out->factors.factor[out->factors.n++] = factor;
    }
    return CGM_OK;
}

/* Conditions that may as well be interventions become such: rule 2 of the do-calculus, as long as it applies. */
static void exchange(const cgm_dag *dag, uint64_t *x, const uint64_t *y, uint64_t *z)
{
    uint64_t one[CGM_SET_WORDS], others[CGM_SET_WORDS];
    for (bool changed = true; changed;) {
        changed = false;
        CGM_SET_EACH(i, dag->words, z)
        {
            const cgm_view mutilated = {.dag = dag, .no_in = x, .no_out = one};
            cgm_set_clear(dag->words, one);
            cgm_set_add(one, i);
            cgm_set_copy(dag->words, others, x);
            cgm_set_unite(dag->words, others, z);
            cgm_set_remove(others, i);
            if (!cgm_view_separates(&mutilated, one, y, others)) continue;
            cgm_set_remove(z, i);
            cgm_set_add(x, i);
            changed = true;
        }
    }
}

static cgm_status finish_formula(cgm_maker *m, const effect *found, const uint64_t *y, bool conditional,
                                 cgm_formula *formula)
{
    const size_t words = m->dag->words;
    uint64_t over[CGM_SET_WORDS];
    formula->root = cgm_make_sum(m, found->over, &found->factors);
    if (formula->root && conditional) {
        cgm_set_copy(words, over, found->over);
        cgm_set_unite(words, over, y);
        formula->root = cgm_make_quotient(m, formula->root, cgm_make_sum(m, over, &found->factors));
    }
    uint64_t *any = formula->root ? cgm_dag_new_set(m->dag, m->arena, formula->root->free) : NULL;
    if (!any) return CGM_E_MEMORY;
    cgm_set_subtract(words, any, formula->treatments);
    cgm_set_subtract(words, any, formula->outcomes);
    cgm_set_subtract(words, any, formula->given);
    formula->any = any;
    formula->n_expressions = m->n_made;
    return CGM_OK;
}

cgm_status cgm_identify(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z, cgm_arena *arena,
                        cgm_identification *out)
{
    CGM_TRY(cgm_dag_check_query(dag, x, y, z));
    const size_t words = dag->words;
    cgm_maker m = cgm_maker_create(dag, arena);
    effect found;
    cgm_identification result = {0};
    uint64_t *sets[6]; /* the query's x, y, z; then those that it comes down to, and y with z */
    const uint64_t *from[6] = {x, y, z, x, z, y};
    for (int i = 0; i < 6; i++)
        if (!(sets[i] = cgm_dag_new_set(dag, arena, from[i]))) return CGM_E_MEMORY;
    uint64_t *do_x = sets[3], *given = sets[4], *both = sets[5];
    exchange(dag, do_x, y, given);
    cgm_set_unite(words, both, given);
    CGM_TRY(identify(&m, do_x, both, &found, &result.hedge));
    result.identifiable = found.identifiable;
    result.hedge.treatments = do_x;
    result.hedge.outcomes = both;
    result.formula = (cgm_formula){.dag = dag, .treatments = sets[0], .outcomes = sets[1], .given = sets[2]};
    if (found.identifiable) CGM_TRY(finish_formula(&m, &found, y, !cgm_set_is_empty(words, given), &result.formula));
    *out = result;
    return CGM_OK;
}
