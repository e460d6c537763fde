/* The distribution of one district under intervention on everything else. */
#include "scm/graphs/identify_priv.h"

enum { MAX_NESTED = 100 };

/* Q[T] of a district T of the observed nodes: the product of P(v | what makes v independent of all before it), which
 * are v's district among those before it, and the parents of that (Tian and Pearl 2002). */
static cgm_status observed_factors(cgm_maker *m, const uint64_t *all, const uint64_t *t, cgm_factors *out)
{
    const cgm_dag *dag = m->dag;
    uint64_t before[CGM_SET_WORDS], one[CGM_SET_WORDS], district[CGM_SET_WORDS], given[CGM_SET_WORDS];
    out->n = 0;
    out->factor = cgm_arena_array(m->arena, cgm_set_count(dag->words, t), sizeof *out->factor);
    if (!out->factor) return CGM_E_MEMORY;
    cgm_set_clear(dag->words, before);
    cgm_set_clear(dag->words, one);
    for (size_t k = 0; k < dag->n; k++) {
        size_t v = dag->order[k];
        if (!cgm_set_has(all, v)) continue;
        cgm_set_add(before, v);
        if (!cgm_set_has(t, v)) continue;
        const cgm_view early = {.dag = dag, .within = before};
        cgm_view_district(&early, v, district);
        cgm_view_parents(&early, district, given);
        cgm_set_unite(dag->words, given, district);
        cgm_set_remove(given, v);
        cgm_set_add(one, v);
        const cgm_expression *factor = cgm_make_probability(m, one, given);
        cgm_set_remove(one, v);
        if (!factor) return CGM_E_MEMORY;
        out->factor[out->n++] = factor;
    }
    return CGM_OK;
}

/* An order of a's nodes, causes first, in which those of `wanted` stand in few runs, the first of them at the
 * beginning. Returns their number. */
static size_t order_in_runs(const cgm_dag *dag, const uint64_t *a, const uint64_t *wanted, size_t *order)
{
    uint64_t left[CGM_SET_WORDS];
    size_t n = 0;
    bool inside = true;
    cgm_set_copy(dag->words, left, a);
    while (!cgm_set_is_empty(dag->words, left)) {
        bool found = false;
        for (size_t k = 0; k < dag->n; k++) {
            size_t v = dag->order[k];
            if (!cgm_set_has(left, v) || cgm_set_has(wanted, v) != inside) continue;
            bool ready = true;
            for (size_t e = dag->parents.begin[v]; e < dag->parents.begin[v + 1] && ready; e++)
                ready = !cgm_set_has(left, dag->parents.node[e]);
            if (!ready) continue;
            cgm_set_remove(left, v);
            order[n++] = v;
            found = true;
        }
        if (!found) inside = !inside;
    }
    return n;
}

/* From the factors of Q[T] to those of Q[T'], of a district T' of the ancestral set A within T: by Tian and
 * Pearl (2002) the product over T' of Q[A up to v] / Q[A before v], each of them Q[T] summed over the rest. Quotients
 * of neighbours in the order are taken together. */
static cgm_status next_factors(cgm_maker *m, const uint64_t *t, const uint64_t *a, const uint64_t *wanted,
                               cgm_factors *factors)
{
    const cgm_dag *dag = m->dag;
    size_t order[CGM_DAG_MAX_NODES], n = order_in_runs(dag, a, wanted, order);
    uint64_t over[CGM_SET_WORDS];
    cgm_factors next = {0, cgm_arena_array(m->arena, n, sizeof *next.factor)};
    if (!next.factor) return CGM_E_MEMORY;
    cgm_set_copy(dag->words, over, t);
    for (size_t i = 0; i < n;) {
        bool inside = cgm_set_has(wanted, order[i]), first = i == 0;
        const cgm_expression *below = inside && !first ? cgm_make_sum(m, over, factors) : NULL;
        if (inside && !first && !below) return CGM_E_MEMORY;
        for (; i < n && cgm_set_has(wanted, order[i]) == inside; i++) cgm_set_remove(over, order[i]);
        if (!inside) continue;
        const cgm_expression *part = cgm_make_sum(m, over, factors);
        if (part && below) part = cgm_make_quotient(m, part, below);
        if (!part) return CGM_E_MEMORY;
        next.factor[next.n++] = part;
    }
    *factors = next;
    return CGM_OK;
}

cgm_status cgm_identify_district(cgm_maker *m, const uint64_t *all, const uint64_t *c, const cgm_expression **out,
                                 uint64_t *stuck)
{
    const size_t words = m->dag->words;
    uint64_t t[CGM_SET_WORDS], a[CGM_SET_WORDS], wanted[CGM_SET_WORDS];
    cgm_factors factors;
    const cgm_view whole = {.dag = m->dag, .within = all};
    cgm_view_district(&whole, cgm_set_next(words, c, 0), t);
    CGM_TRY(observed_factors(m, all, t, &factors));
    for (int depth = 0; depth <= MAX_NESTED; depth++) {
        const cgm_view within_t = {.dag = m->dag, .within = t}, within_a = {.dag = m->dag, .within = a};
        cgm_view_ancestors(&within_t, c, a);
        if (cgm_set_equals(words, a, c)) {
            cgm_set_subtract(words, t, c);
            *out = cgm_make_sum(m, t, &factors);
            return *out ? CGM_OK : CGM_E_MEMORY;
        }
        if (cgm_set_equals(words, a, t)) {
            *out = NULL;
            cgm_set_copy(words, stuck, t);
            return CGM_OK;
        }
        cgm_view_district(&within_a, cgm_set_next(words, c, 0), wanted);
        CGM_TRY(next_factors(m, t, a, wanted, &factors));
        cgm_set_copy(words, t, wanted);
    }
    return CGM_FAIL(CGM_E_UNSUPPORTED, "the effect's formula would be nested more than %d deep", MAX_NESTED);
}
