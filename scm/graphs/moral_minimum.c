/* A separator with the fewest nodes (Menger's theorem). */
#include "scm/graphs/flow.h"
#include "scm/graphs/moral.h"

/* The part of the augmented graph's nodes that are not allowed to which i belongs, out of `left`, and what it has
 * around it. */
static void take_part(const cgm_moral *g, size_t i, const uint64_t *allowed, uint64_t *left, uint64_t *part,
                      uint64_t *border)
{
    uint64_t pending[CGM_SET_WORDS];
    cgm_set_clear(g->words, part);
    cgm_set_clear(g->words, border);
    cgm_set_clear(g->words, pending);
    cgm_set_add(pending, i);
    for (size_t v; (v = cgm_set_next(g->words, pending, 0)) < 64 * g->words;) {
        cgm_set_remove(pending, v);
        cgm_set_add(part, v);
        cgm_set_remove(left, v);
        for (size_t k = 0; k < g->words; k++) {
            uint64_t around = g->adjacent[v * g->words + k];
            border[k] |= around & allowed[k];
            pending[k] |= around & left[k];
        }
    }
}

/* The graph of the allowed nodes: the others, which have no limit on paths, join what is around them. False when some
 * join x and y. */
static bool fill_flow(const cgm_moral *g, const uint64_t *x, const uint64_t *y, const uint64_t *allowed, cgm_flow *f)
{
    uint64_t left[CGM_SET_WORDS], part[CGM_SET_WORDS], border[CGM_SET_WORDS];
    CGM_SET_EACH(i, g->words, allowed)
    for (size_t k = 0; k < g->words; k++) f->adjacent[i * g->words + k] = g->adjacent[i * g->words + k] & allowed[k];
    cgm_set_copy(g->words, left, g->within);
    cgm_set_subtract(g->words, left, allowed);
    for (size_t i; (i = cgm_set_next(g->words, left, 0)) < 64 * g->words;) {
        take_part(g, i, allowed, left, part, border);
        bool at_s = cgm_set_meets(g->words, part, x), at_t = cgm_set_meets(g->words, part, y);
        if (at_s && at_t) return false;
        if (at_s) cgm_set_unite(g->words, f->from_s, border);
        if (at_t) cgm_set_unite(g->words, f->to_t, border);
        if (at_s || at_t) continue;
        CGM_SET_EACH(v, g->words, border) cgm_set_unite(g->words, f->adjacent + v * g->words, border);
    }
    return true;
}

cgm_status cgm_moral_minimum(const cgm_dag *dag, const cgm_moral *g, const uint64_t *x, const uint64_t *y,
                             const uint64_t *allowed, cgm_arena *arena, uint64_t *out, bool *found)
{
    cgm_flow f;
    uint64_t within[CGM_SET_WORDS];
    cgm_set_copy(g->words, within, allowed);
    cgm_set_intersect(g->words, within, g->within);
    CGM_TRY(cgm_flow_create(dag, arena, &f));
    *found = fill_flow(g, x, y, within, &f);
    if (!*found) return CGM_OK;
    while (cgm_flow_augment(&f)) {
    }
    cgm_set_clear(g->words, out);
    CGM_SET_EACH(i, g->words, within)
    if (f.came_in[i] != CGM_FLOW_NONE && f.came_out[i] == CGM_FLOW_NONE) cgm_set_add(out, i);
    return CGM_OK;
}
