/* Sums of products, without the variables that can be summed out. */
#include "scm/graphs/formula_priv.h"

static bool takes(const cgm_expression *e, size_t variable)
{
    return cgm_set_has(e->free, variable);
}

/* sum_s P(s, a | c) is P(a | c) when nothing else takes s. */
static cgm_status drop_alone(cgm_maker *m, size_t s, cgm_factors *list, bool *done)
{
    size_t found = list->n;
    *done = false;
    for (size_t i = 0; i < list->n; i++) {
        if (!takes(list->factor[i], s)) continue;
        if (found < list->n) return CGM_OK;
        found = i;
    }
    if (found == list->n) return CGM_OK;
    const cgm_expression *e = list->factor[found];
    if (e->kind != CGM_EXPRESSION_PROBABILITY || !cgm_set_has(e->of, s)) return CGM_OK;
    uint64_t rest[CGM_SET_WORDS];
    cgm_set_copy(m->dag->words, rest, e->of);
    cgm_set_remove(rest, s);
    *done = true;
    if (cgm_set_is_empty(m->dag->words, rest)) {
        list->factor[found] = list->factor[--list->n];
        return CGM_OK;
    }
    list->factor[found] = cgm_make_probability(m, rest, e->given);
    return list->factor[found] ? CGM_OK : CGM_E_MEMORY;
}

/* Joins all factors that take s into one probability, if they are one. `joined`: space for the factors. */
static bool join_all(cgm_maker *m, size_t s, cgm_factors *list, const cgm_expression **joined)
{
    const cgm_expression *all = NULL;
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < list->n; i++)
        if (takes(list->factor[i], s)) joined[n++] = list->factor[i];
    if (n < 2) return false;
    /* The one of which s is a variable comes first, then whatever can follow. */
    for (size_t i = 0; i < n; i++)
        if (joined[i]->kind != CGM_EXPRESSION_PROBABILITY) return false;
    for (size_t i = 0; i < n && !all; i++)
        if (cgm_set_has(joined[i]->of, s)) all = joined[i], joined[i] = NULL;
    for (size_t done = 1; all && done < n; done++) {
        const cgm_expression *next = NULL;
        for (size_t i = 0; i < n && !next; i++)
            if (joined[i] && (next = cgm_make_joined(m, all, joined[i], false))) joined[i] = NULL;
        all = next;
    }
    if (!all || !cgm_set_has(all->of, s)) return false;
    for (size_t i = 0; i < list->n; i++)
        if (!takes(list->factor[i], s)) list->factor[kept++] = list->factor[i];
    list->factor[kept++] = all;
    list->n = kept;
    return true;
}

/* Sums out what can be summed out, as long as there is something. */
static cgm_status sum_out(cgm_maker *m, uint64_t *over, cgm_factors *list)
{
    const cgm_expression **space = cgm_arena_array(m->arena, list->n, sizeof *space);
    if (!space) return CGM_E_MEMORY;
    for (bool changed = true; changed && cgm_maker_may_work(m, m->dag->n + list->n);) {
        changed = false;
        for (size_t k = m->dag->n; k-- > 0;) { /* effects first: nothing may depend on them */
            size_t s = m->dag->order[k];
            bool done = false;
            if (cgm_set_has(over, s)) CGM_TRY(drop_alone(m, s, list, &done));
            if (done) cgm_set_remove(over, s), changed = true;
        }
        for (size_t k = 0; k < m->dag->n && !changed; k++) {
            size_t s = m->dag->order[k];
            if (cgm_set_has(over, s)) changed = join_all(m, s, list, space);
        }
    }
    return CGM_OK;
}

/* The factors that share summed variables with the first of `list` that has any, directly or through others, go to
 * *part, and the variables to `bound`; false when none has any. */
static bool take_part(cgm_maker *m, const uint64_t *over, cgm_factors *list, cgm_factors *part, uint64_t *bound)
{
    size_t words = m->dag->words;
    cgm_set_clear(words, bound);
    part->n = 0;
    for (bool grown = true; grown;) {
        grown = false;
        for (size_t i = 0; i < list->n; i++) {
            const cgm_expression *e = list->factor[i];
            if (!cgm_expression_is_free(m, e, part->n ? bound : over)) continue;
            part->factor[part->n++] = e;
            for (size_t k = 0; k < words; k++) bound[k] |= e->free[k] & over[k];
            list->factor[i--] = list->factor[--list->n];
            grown = true;
        }
    }
    return part->n > 0;
}

static const cgm_expression *make_sum_node(cgm_maker *m, const uint64_t *over, const cgm_factors *factors)
{
    const cgm_expression *product = cgm_make_product(m, factors);
    cgm_expression *sum = product ? cgm_make_expression(m, CGM_EXPRESSION_SUM, 1, &product) : NULL;
    uint64_t *variables = cgm_dag_new_set(m->dag, m->arena, over);
    uint64_t *free_variables = sum ? cgm_dag_new_set(m->dag, m->arena, sum->free) : NULL;
    if (!variables || !free_variables) return NULL;
    cgm_set_subtract(m->dag->words, free_variables, over);
    sum->of = variables;
    sum->free = free_variables;
    return sum;
}

const cgm_expression *cgm_make_sum(cgm_maker *m, const uint64_t *over, const cgm_factors *factors)
{
    uint64_t left[CGM_SET_WORDS], bound[CGM_SET_WORDS];
    size_t n = 0;
    for (size_t i = 0; i < factors->n; i++) {
        if (!factors->factor[i]) return NULL;
        n += 1 + factors->factor[i]->n;
    }
    cgm_factors list = {0, cgm_arena_array(m->arena, n, sizeof *list.factor)};
    cgm_factors part = {0, cgm_arena_array(m->arena, n, sizeof *part.factor)};
    cgm_factors result = {0, cgm_arena_array(m->arena, n, sizeof *result.factor)};
    if (!list.factor || !part.factor || !result.factor) return NULL;
    for (size_t i = 0; i < factors->n; i++) {
        const cgm_expression *f = factors->factor[i];
        if (f->kind == CGM_EXPRESSION_PRODUCT)
            for (size_t k = 0; k < f->n; k++) list.factor[list.n++] = f->child[k];
        else if (f->kind != CGM_EXPRESSION_ONE)
            list.factor[list.n++] = f;
    }
    cgm_set_copy(m->dag->words, left, over);
    if (sum_out(m, left, &list) != CGM_OK) return NULL;
    while (take_part(m, left, &list, &part, bound)) {
        const cgm_expression *sum = make_sum_node(m, bound, &part);
        if (!sum) return NULL;
        result.factor[result.n++] = sum;
        cgm_set_subtract(m->dag->words, left, bound);
    }
    for (size_t i = 0; i < list.n; i++) result.factor[result.n++] = list.factor[i];
    return cgm_make_product(m, &result);
}
