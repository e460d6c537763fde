/* The augmented graph, and its nearest and its listed separators. */
#include "scm/graphs/moral.h"

#include <string.h>

static const uint64_t *row(const cgm_moral *g, size_t i)
{
    return g->adjacent + i * g->words;
}

cgm_status cgm_moral_create(const cgm_view *g, const uint64_t *of, cgm_arena *arena, cgm_moral *out)
{
    const cgm_dag *dag = g->dag;
    uint64_t left[CGM_SET_WORDS], clique[CGM_SET_WORDS], parents[CGM_SET_WORDS];
    out->n = dag->n;
    out->words = dag->words;
    out->adjacent = cgm_arena_array(arena, dag->n, dag->words * sizeof *out->adjacent);
    if (!out->adjacent) return CGM_E_MEMORY;
    cgm_view_ancestors(g, of, out->within);
    cgm_view above = *g;
    above.within = out->within;
    cgm_set_copy(dag->words, left, out->within);
    for (size_t i; (i = cgm_set_next(dag->words, left, 0)) < 64 * dag->words;) {
        cgm_view_district(&above, i, clique);
        cgm_set_subtract(dag->words, left, clique);
        cgm_view_parents(&above, clique, parents);
        cgm_set_unite(dag->words, clique, parents);
        CGM_SET_EACH(k, dag->words, clique) cgm_set_unite(dag->words, out->adjacent + k * dag->words, clique);
    }
    for (size_t i = 0; i < dag->n; i++) cgm_set_remove(out->adjacent + i * dag->words, i);
    return CGM_OK;
}

/* All that paths from `from` reach without entering `blocked`. */
static void spread(const cgm_moral *g, const uint64_t *from, const uint64_t *blocked, uint64_t *out)
{
    uint64_t pending[CGM_SET_WORDS];
    cgm_set_copy(g->words, out, from);
    cgm_set_copy(g->words, pending, from);
    for (size_t i; (i = cgm_set_next(g->words, pending, 0)) < 64 * g->words;) {
        cgm_set_remove(pending, i);
        for (size_t k = 0; k < g->words; k++) {
            uint64_t fresh = row(g, i)[k] & ~out[k] & ~blocked[k];
            out[k] |= fresh;
            pending[k] |= fresh;
        }
    }
}

static void neighbours(const cgm_moral *g, const uint64_t *of, uint64_t *out)
{
    cgm_set_clear(g->words, out);
    CGM_SET_EACH(i, g->words, of) cgm_set_unite(g->words, out, row(g, i));
    cgm_set_subtract(g->words, out, of);
}

bool cgm_moral_nearest(const cgm_moral *g, const uint64_t *x, const uint64_t *y, const uint64_t *allowed, uint64_t *out,
                       uint64_t *side)
{
    uint64_t reached[CGM_SET_WORDS], border[CGM_SET_WORDS], far[CGM_SET_WORDS];
    uint64_t blocked[CGM_SET_WORDS] = {0};
    cgm_set_copy(g->words, blocked, allowed);
    cgm_set_subtract(g->words, blocked, x);
    spread(g, x, blocked, reached);
    if (cgm_set_meets(g->words, reached, y)) return false;
    neighbours(g, reached, border);
    spread(g, y, border, far);
    neighbours(g, far, out);
    cgm_set_intersect(g->words, out, border);
    if (side) spread(g, x, out, side);
    return true;
}

cgm_status cgm_set_list_add(size_t words, const uint64_t *set, size_t max, cgm_arena *arena, cgm_set_list *list)
{
    if (list->n == max) {
        list->more = true;
        return CGM_OK;
    }
    if ((list->n & (list->n - 1)) == 0) { /* full at powers of two */
        uint64_t **grown = cgm_arena_array(arena, list->n ? 2 * list->n : 1, sizeof *grown);
        if (!grown) return CGM_E_MEMORY;
        if (list->n) memcpy(grown, list->set, list->n * sizeof *grown);
        list->set = grown;
    }
    uint64_t *copy = cgm_arena_array(arena, words, sizeof *copy);
    if (!copy) return CGM_E_MEMORY;
    cgm_set_copy(words, copy, set);
    list->set[list->n++] = copy;
    return CGM_OK;
}

/* A branch of the enumeration: separators that leave `near` on x's side, and nothing of `fixed`. */
typedef struct branch {
    uint64_t *near, *fixed;
} branch;

static cgm_status push(const cgm_moral *g, cgm_arena *arena, branch *stack, size_t *depth, const uint64_t *near,
                       const uint64_t *fixed)
{
    branch *b = &stack[(*depth)++];
    if (!b->near) { /* kept for the next time that the stack is as high */
        b->near = cgm_arena_array(arena, 2 * g->words, sizeof *b->near);
        if (!b->near) return CGM_E_MEMORY;
        b->fixed = b->near + g->words;
    }
    cgm_set_copy(g->words, b->near, near);
    cgm_set_copy(g->words, b->fixed, fixed);
    return CGM_OK;
}

/* Takes a branch. If it has separators at all, the nearest one is among them; either it is the only one left, or some
 * node of it is free, and lies on x's side in all others or is fixed in them. The latter branch has the nearest one, so
 * at most n branches are empty between two that are not. */
static cgm_status take_branch(const cgm_moral *g, const uint64_t *y, const uint64_t *allowed, size_t max,
                              cgm_arena *arena, branch *stack, size_t *depth, cgm_set_list *out)
{
    uint64_t near[CGM_SET_WORDS], fixed[CGM_SET_WORDS], nearest[CGM_SET_WORDS], side[CGM_SET_WORDS];
    uint64_t open[CGM_SET_WORDS];
    const branch *b = &stack[--*depth];
    cgm_set_copy(g->words, near, b->near);
    cgm_set_copy(g->words, fixed, b->fixed);
    if (!cgm_moral_nearest(g, near, y, allowed, nearest, side)) return CGM_OK;
    if (cgm_set_meets(g->words, side, fixed)) return CGM_OK;
    cgm_set_copy(g->words, open, nearest);
    cgm_set_subtract(g->words, open, fixed);
    size_t v = cgm_set_next(g->words, open, 0);
    if (v >= 64 * g->words) return cgm_set_list_add(g->words, nearest, max, arena, out);
    cgm_set_add(side, v);
    CGM_TRY(push(g, arena, stack, depth, side, fixed));
    cgm_set_remove(side, v);
    cgm_set_add(fixed, v);
    return push(g, arena, stack, depth, side, fixed);
}

cgm_status cgm_moral_list(const cgm_moral *g, const uint64_t *x, const uint64_t *y, const uint64_t *allowed, size_t max,
                          cgm_arena *arena, cgm_set_list *out)
{
    const uint64_t none[CGM_SET_WORDS] = {0};
    cgm_arena scratch = {0};
    cgm_set_list list = {0};
    size_t depth = 0;
    cgm_status status = CGM_E_MEMORY;
    branch *stack = cgm_arena_array(&scratch, g->n + 3, sizeof *stack);
    if (!stack) goto done;
    CGM_TRY_GOTO(push(g, &scratch, stack, &depth, x, none), done);
    while (depth > 0 && !list.more) CGM_TRY_GOTO(take_branch(g, y, allowed, max, arena, stack, &depth, &list), done);
    status = CGM_OK;
    *out = list;
done:
    cgm_arena_clear(&scratch);
    return status;
}
