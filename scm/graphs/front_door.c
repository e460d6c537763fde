/* Front-door sets. */
#include "scm/graphs/front_door.h"

#include "scm/graphs/moral.h"

/* Does z meet every directed path from x to y? */
static bool intercepts(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z)
{
    uint64_t below[CGM_SET_WORDS];
    const cgm_view without = {.dag = dag, .no_in = z};
    cgm_view_descendants(&without, x, below);
    return !cgm_set_meets(dag->words, below, y);
}

/* The nodes that x, with its outgoing edges removed, is joined to: no part of a front-door set. */
static void confounded_nodes(const cgm_dag *dag, const uint64_t *x, uint64_t *out)
{
    const cgm_view under = {.dag = dag, .no_out = x};
    cgm_view_connected(&under, x, NULL, out);
}

/* The nodes that back-door paths from z to y, not blocked by x, begin at. */
static void open_nodes(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z, uint64_t *out)
{
    const cgm_view under = {.dag = dag, .no_out = z};
    cgm_view_connected(&under, y, x, out);
    cgm_set_intersect(dag->words, out, z);
}

cgm_status cgm_front_door_is_valid(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z,
                                   bool *out)
{
    uint64_t bad[CGM_SET_WORDS];
    CGM_TRY(cgm_dag_check_query(dag, x, y, z));
    confounded_nodes(dag, x, bad);
    *out = intercepts(dag, x, y, z) && !cgm_set_meets(dag->words, bad, z);
    open_nodes(dag, x, y, z, bad);
    *out = *out && cgm_set_is_empty(dag->words, bad);
    return CGM_OK;
}

/* The largest front-door set within `within`, which has no node that x is confounded with; false when there is none. A
 * node from which a back-door path to y is open when edges out of all candidates are removed has one for every smaller
 * set of candidates too, as that removes fewer edges: it goes, until none does. */
static bool find_largest(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *within,
                         uint64_t *out)
{
    uint64_t bad[CGM_SET_WORDS];
    cgm_set_copy(dag->words, out, within);
    do {
        open_nodes(dag, x, y, out, bad);
        cgm_set_subtract(dag->words, out, bad);
    } while (!cgm_set_is_empty(dag->words, bad));
    return intercepts(dag, x, y, out);
}

static void find_candidates(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, uint64_t *out)
{
    uint64_t bad[CGM_SET_WORDS];
    confounded_nodes(dag, x, bad);
    cgm_set_unite(dag->words, bad, x);
    cgm_set_unite(dag->words, bad, y);
    cgm_set_clear(dag->words, out);
    for (size_t i = 0; i < dag->n; i++)
        if (!cgm_set_has(bad, i)) cgm_set_add(out, i);
}

cgm_status cgm_front_door_find_minimal(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena,
                                       uint64_t **out)
{
    uint64_t within[CGM_SET_WORDS], largest[CGM_SET_WORDS], smaller[CGM_SET_WORDS];
    CGM_TRY(cgm_dag_check_query(dag, x, y, NULL));
    find_candidates(dag, x, y, within);
    *out = NULL;
    if (!find_largest(dag, x, y, within, largest)) return CGM_OK;
    CGM_SET_EACH(i, dag->words, largest)
    {
        cgm_set_copy(dag->words, within, largest);
        cgm_set_remove(within, i);
        if (find_largest(dag, x, y, within, smaller)) cgm_set_copy(dag->words, largest, smaller);
    }
    *out = cgm_dag_new_set(dag, arena, largest);
    return *out ? CGM_OK : CGM_E_MEMORY;
}

/* Where the enumeration stands: sets between `in` and `within`. Each branch that is entered has one at least. */
typedef struct listing {
    const cgm_dag *dag;
    const uint64_t *x, *y;
    size_t max;
    cgm_arena *arena;
    cgm_set_list *list;
    uint64_t in[CGM_SET_WORDS], within[CGM_SET_WORDS];
} listing;

static bool has_any(const listing *l)
{
    uint64_t largest[CGM_SET_WORDS];
    return find_largest(l->dag, l->x, l->y, l->within, largest) && cgm_set_is_within(l->dag->words, l->in, largest);
}

/* Goes through the tree of choices for the candidates, first those without a node, so that small sets come first.
 * chosen[k] says of the k-th candidate: 0 left out, 1 taken. */
static cgm_status walk(listing *l, const size_t *candidate, size_t n, uint8_t *chosen)
{
    size_t depth = 0;
    if (!has_any(l)) return CGM_OK;
    for (bool down = true; !l->list->more;) {
        if (down && depth == n) {
            CGM_TRY(cgm_set_list_add(l->dag->words, l->in, l->max, l->arena, l->list));
            down = false;
        } else if (down) {
            chosen[depth] = 0;
            cgm_set_remove(l->within, candidate[depth]);
            if (has_any(l))
                depth++;
            else
                down = false, depth++;
        } else {
            if (depth-- == 0) return CGM_OK;
            size_t v = candidate[depth];
            if (chosen[depth] == 1) { /* both done: as it was before this candidate */
                cgm_set_remove(l->in, v);
                continue;
            }
            chosen[depth] = 1;
            cgm_set_add(l->within, v);
            cgm_set_add(l->in, v);
            down = has_any(l);
            depth++;
        }
    }
    return CGM_OK;
}

cgm_status cgm_front_door_list(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, size_t max, cgm_arena *arena,
                               cgm_set_list *out)
{
    cgm_set_list list = {0};
    size_t candidate[CGM_DAG_MAX_NODES], n = 0;
    uint64_t above[CGM_SET_WORDS];
    uint8_t chosen[CGM_DAG_MAX_NODES];
    listing l = {.dag = dag, .x = x, .y = y, .max = max, .arena = arena, .list = &list};
    CGM_TRY(cgm_dag_check_query(dag, x, y, NULL));
    find_candidates(dag, x, y, l.within);
    const cgm_view whole = {.dag = dag};
    cgm_view_ancestors(&whole, y, above);
    cgm_set_intersect(dag->words, l.within, above);
    CGM_SET_EACH(i, dag->words, l.within) candidate[n++] = i;
    CGM_TRY(walk(&l, candidate, n, chosen));
    *out = list;
    return CGM_OK;
}
