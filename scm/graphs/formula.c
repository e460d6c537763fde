/* Expressions: probabilities, products and quotients. */
#include <stdlib.h>

#include "scm/graphs/formula_priv.h"

cgm_maker cgm_maker_create(const cgm_dag *dag, cgm_arena *arena)
{
    return (cgm_maker){.dag = dag, .arena = arena, .work_left = 30000000};
}

bool cgm_maker_may_work(cgm_maker *m, size_t work)
{
    if (m->work_left < work) m->work_left = 0;
    if (m->work_left == 0) return false;
    m->work_left -= work;
    return true;
}

static bool is_separated(cgm_maker *m, const uint64_t *x, const uint64_t *y, const uint64_t *z)
{
    if (!cgm_maker_may_work(m, m->dag->n + m->dag->directed.n + m->dag->bidirected.n)) return false;
    const cgm_view whole = {.dag = m->dag};
    return cgm_view_separates(&whole, x, y, z);
}

cgm_expression *cgm_make_expression(cgm_maker *m, cgm_expression_kind kind, size_t n,
                                    const cgm_expression *const *child)
{
    cgm_expression *e = cgm_arena_alloc(m->arena, sizeof *e);
    uint64_t *free_variables = cgm_dag_new_set(m->dag, m->arena, NULL);
    const cgm_expression **children = cgm_arena_array(m->arena, n, sizeof *children);
    if (!e || !free_variables || !children) return NULL;
    for (size_t i = 0; i < n; i++) {
        children[i] = child[i];
        cgm_set_unite(m->dag->words, free_variables, child[i]->free);
    }
    *e = (cgm_expression){.kind = kind, .id = m->n_made++, .free = free_variables, .n = n, .child = children};
    return e;
}

const cgm_expression *cgm_make_one(cgm_maker *m)
{
    return cgm_make_expression(m, CGM_EXPRESSION_ONE, 0, NULL);
}

bool cgm_expression_is_free(const cgm_maker *m, const cgm_expression *e, const uint64_t *set)
{
    return cgm_set_meets(m->dag->words, e->free, set);
}

/* Parts that were made apart are compared down to a few levels only, so that it takes no time. */
static bool equals(const cgm_maker *m, const cgm_expression *a, const cgm_expression *b, int depth)
{
    size_t words = m->dag->words;
    if (a == b) return true;
    if (a->kind != b->kind || a->n != b->n || depth == 0) return false;
    if (a->of && !cgm_set_equals(words, a->of, b->of)) return false;
    if (a->given && !cgm_set_equals(words, a->given, b->given)) return false;
    for (size_t i = 0; i < a->n; i++)
        if (!equals(m, a->child[i], b->child[i], depth - 1)) return false;
    return true;
}

bool cgm_expression_equals(const cgm_maker *m, const cgm_expression *a, const cgm_expression *b)
{
    return equals(m, a, b, 4);
}

/* Leaves out the conditions of which the rest makes the variables independent. */
static void shorten(cgm_maker *m, const uint64_t *of, uint64_t *given)
{
    uint64_t one[CGM_SET_WORDS];
    cgm_set_clear(m->dag->words, one);
    CGM_SET_EACH(i, m->dag->words, given)
    {
        cgm_set_add(one, i);
        cgm_set_remove(given, i);
        if (!is_separated(m, of, one, given)) cgm_set_add(given, i);
        cgm_set_remove(one, i);
    }
}

const cgm_expression *cgm_make_probability(cgm_maker *m, const uint64_t *of, const uint64_t *given)
{
    size_t words = m->dag->words;
    if (cgm_set_is_empty(words, of)) return cgm_make_one(m);
    cgm_expression *e = cgm_make_expression(m, CGM_EXPRESSION_PROBABILITY, 0, NULL);
    uint64_t *variables = cgm_dag_new_set(m->dag, m->arena, of);
    uint64_t *conditions = cgm_dag_new_set(m->dag, m->arena, given), *free_variables;
    if (!e || !variables || !conditions) return NULL;
    shorten(m, variables, conditions);
    free_variables = cgm_dag_new_set(m->dag, m->arena, variables);
    if (!free_variables) return NULL;
    cgm_set_unite(words, free_variables, conditions);
    e->of = variables;
    e->given = conditions;
    e->free = free_variables;
    return e;
}

const cgm_expression *cgm_make_joined(cgm_maker *m, const cgm_expression *a, const cgm_expression *b, bool exact)
{
    size_t words = m->dag->words;
    uint64_t both[CGM_SET_WORDS], given[CGM_SET_WORDS], rest[CGM_SET_WORDS];
    if (a->kind != CGM_EXPRESSION_PROBABILITY || b->kind != CGM_EXPRESSION_PROBABILITY) return NULL;
    if (!cgm_maker_may_work(m, words + 8)) return NULL;
    if (cgm_set_meets(words, b->of, a->given)) {
        const cgm_expression *first = b;
        b = a;
        a = first;
    }
    if (cgm_set_meets(words, a->of, b->of) || cgm_set_meets(words, b->of, a->given)) return NULL;
    if (exact && !cgm_set_meets(words, a->of, b->given)) return NULL;
    cgm_set_copy(words, given, a->given);
    cgm_set_unite(words, given, b->given);
    cgm_set_subtract(words, given, a->of);
    /* P(a | its own) = P(a | given) ... */
    cgm_set_copy(words, rest, given);
    cgm_set_subtract(words, rest, a->given);
    if (!cgm_set_is_empty(words, rest) && (exact || !is_separated(m, a->of, rest, a->given))) return NULL;
    /* ... and P(b | its own) = P(b | a, given). */
    cgm_set_copy(words, rest, given);
    cgm_set_unite(words, rest, a->of);
    cgm_set_subtract(words, rest, b->given);
    if (!cgm_set_is_empty(words, rest) && (exact || !is_separated(m, b->of, rest, b->given))) return NULL;
    cgm_set_copy(words, both, a->of);
    cgm_set_unite(words, both, b->of);
    return cgm_make_probability(m, both, given);
}

/* Children of products become factors themselves, and ones go. */
static cgm_status flatten(cgm_maker *m, const cgm_factors *factors, cgm_factors *out)
{
    size_t n = 0;
    for (size_t i = 0; i < factors->n; i++) n += 1 + factors->factor[i]->n;
    out->n = 0;
    out->factor = cgm_arena_array(m->arena, n, sizeof *out->factor);
    if (!out->factor) return CGM_E_MEMORY;
    for (size_t i = 0; i < factors->n; i++) {
        const cgm_expression *f = factors->factor[i];
        if (f->kind == CGM_EXPRESSION_PRODUCT)
            for (size_t k = 0; k < f->n; k++) out->factor[out->n++] = f->child[k];
        else if (f->kind != CGM_EXPRESSION_ONE)
            out->factor[out->n++] = f;
    }
    return CGM_OK;
}

/* Effects before causes; sums and quotients last. */
static bool comes_before(const cgm_maker *m, const cgm_expression *a, const cgm_expression *b)
{
    bool a_plain = a->kind == CGM_EXPRESSION_PROBABILITY, b_plain = b->kind == CGM_EXPRESSION_PROBABILITY;
    if (a_plain != b_plain) return a_plain;
    if (!a_plain) return a->kind == CGM_EXPRESSION_QUOTIENT && b->kind == CGM_EXPRESSION_SUM;
    size_t a_last = 0, b_last = 0;
    CGM_SET_EACH(i, m->dag->words, a->of) if (m->dag->position[i] > a_last) a_last = m->dag->position[i];
    CGM_SET_EACH(i, m->dag->words, b->of) if (m->dag->position[i] > b_last) b_last = m->dag->position[i];
    return a_last > b_last;
}

static void sort(const cgm_maker *m, cgm_factors *factors)
{
    for (size_t i = 1; i < factors->n; i++) {
        const cgm_expression *moved = factors->factor[i];
        size_t k = i;
        for (; k > 0 && comes_before(m, moved, factors->factor[k - 1]); k--)
            factors->factor[k] = factors->factor[k - 1];
        factors->factor[k] = moved;
    }
}

/* P(a | c) P(b | a, c) becomes P(a, b | c), until there is nothing of the kind. */
static void chain(cgm_maker *m, cgm_factors *factors)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < factors->n; i++) {
            for (size_t k = i + 1; k < factors->n; k++) {
                const cgm_expression *joined = cgm_make_joined(m, factors->factor[i], factors->factor[k], true);
                if (!joined) continue;
                factors->factor[i] = joined;
                factors->factor[k] = factors->factor[--factors->n];
                changed = true;
                k = i; /* what comes before may go with it now */
            }
        }
    }
}

const cgm_expression *cgm_make_product(cgm_maker *m, const cgm_factors *factors)
{
    cgm_factors list;
    for (size_t i = 0; i < factors->n; i++)
        if (!factors->factor[i]) return NULL;
    if (flatten(m, factors, &list) != CGM_OK) return NULL;
    chain(m, &list);
    sort(m, &list);
    if (list.n == 0) return cgm_make_one(m);
    if (list.n == 1) return list.factor[0];
    return cgm_make_expression(m, CGM_EXPRESSION_PRODUCT, list.n, list.factor);
}

/* P(a, b | c) / P(b | c) is P(a | b, c); NULL when they are not such. */
static const cgm_expression *divide(cgm_maker *m, const cgm_expression *above, const cgm_expression *below)
{
    size_t words = m->dag->words;
    uint64_t of[CGM_SET_WORDS], given[CGM_SET_WORDS];
    if (above->kind != CGM_EXPRESSION_PROBABILITY || below->kind != CGM_EXPRESSION_PROBABILITY) return NULL;
    if (!cgm_set_is_within(words, below->of, above->of) || !cgm_set_equals(words, above->given, below->given))
        return NULL;
    cgm_set_copy(words, of, above->of);
    cgm_set_subtract(words, of, below->of);
    cgm_set_copy(words, given, above->given);
    cgm_set_unite(words, given, below->of);
    return cgm_make_probability(m, of, given);
}

/* Cancels what both lists have. */
static void cancel(cgm_maker *m, cgm_factors *above, cgm_factors *below)
{
    for (size_t i = 0; i < above->n; i++) {
        for (size_t k = 0; k < below->n; k++) {
            bool same = cgm_expression_equals(m, above->factor[i], below->factor[k]);
            const cgm_expression *rest = same ? NULL : divide(m, above->factor[i], below->factor[k]);
            if (!same && !rest) continue;
            below->factor[k] = below->factor[--below->n];
            above->factor[i] = rest ? rest : above->factor[--above->n];
            i--;
            break;
        }
    }
}

/* P(a | ...) P(b | ...) / P(b | c) is P(a | b, c) when the two above are P(a, b | c). True when a pair was found. */
static bool join_and_divide(cgm_maker *m, cgm_factors *above, cgm_factors *below)
{
    for (size_t i = 0; i < above->n; i++) {
        for (size_t k = i + 1; k < above->n; k++) {
            const cgm_expression *joined =
                below->n ? cgm_make_joined(m, above->factor[i], above->factor[k], false) : NULL;
            for (size_t l = 0; joined && l < below->n; l++) {
                const cgm_expression *rest = divide(m, joined, below->factor[l]);
                if (!rest) continue;
                below->factor[l] = below->factor[--below->n];
                above->factor[i] = rest;
                above->factor[k] = above->factor[--above->n];
                return true;
            }
        }
    }
    return false;
}

const cgm_expression *cgm_make_quotient(cgm_maker *m, const cgm_expression *above, const cgm_expression *below)
{
    cgm_factors lists[2];
    const cgm_expression *sides[2] = {above, below};
    for (int i = 0; i < 2; i++) {
        if (!sides[i]) return NULL;
        const cgm_factors one = {1, &sides[i]};
        if (flatten(m, &one, &lists[i]) != CGM_OK) return NULL;
    }
    cancel(m, &lists[0], &lists[1]);
    while (join_and_divide(m, &lists[0], &lists[1])) {
    }
    for (int i = 0; i < 2; i++)
        if (!(sides[i] = cgm_make_product(m, &lists[i]))) return NULL;
    if (sides[1]->kind == CGM_EXPRESSION_ONE) return sides[0];
    return cgm_make_expression(m, CGM_EXPRESSION_QUOTIENT, 2, sides);
}
