/* The hedge that forbids an effect. */
#include "scm/graphs/identify_priv.h"

/* One edge to a child for every node that is not a root: within C for its nodes, else within T. All paths then end in
 * the roots, the childless nodes of C, as T has only ancestors of C. */
static size_t choose_children(const cgm_dag *dag, const uint64_t *t, const uint64_t *c, uint64_t *roots,
                              size_t (*edge)[2])
{
    size_t n = 0;
    cgm_set_clear(dag->words, roots);
    CGM_SET_EACH(i, dag->words, t)
    {
        const uint64_t *within = cgm_set_has(c, i) ? c : t;
        size_t e = dag->children.begin[i], end = dag->children.begin[i + 1];
        while (e < end && !cgm_set_has(within, dag->children.node[e])) e++;
        if (e == end) {
            cgm_set_add(roots, i);
        } else {
            edge[n][0] = i;
            edge[n++][1] = dag->children.node[e];
        }
    }
    return n;
}

/* Grows a tree of bidirected edges over `within` from the nodes `reached`. */
static size_t grow_tree(const cgm_dag *dag, const uint64_t *within, uint64_t *reached, size_t (*edge)[2], size_t n)
{
    uint64_t pending[CGM_SET_WORDS];
    cgm_set_copy(dag->words, pending, reached);
    for (size_t i; (i = cgm_set_next(dag->words, pending, 0)) < 64 * dag->words;) {
        cgm_set_remove(pending, i);
        for (size_t e = dag->siblings.begin[i]; e < dag->siblings.begin[i + 1]; e++) {
            size_t j = dag->siblings.node[e];
            if (!cgm_set_has(within, j) || cgm_set_has(reached, j)) continue;
            cgm_set_add(reached, j);
            cgm_set_add(pending, j);
            edge[n][0] = i;
            edge[n++][1] = j;
        }
    }
    return n;
}

cgm_status cgm_hedge_make(const cgm_dag *dag, const uint64_t *t, const uint64_t *c, cgm_arena *arena, cgm_hedge *out)
{
    uint64_t reached[CGM_SET_WORDS];
    size_t n = cgm_set_count(dag->words, t);
    uint64_t *large = cgm_dag_new_set(dag, arena, t), *small = cgm_dag_new_set(dag, arena, c);
    uint64_t *roots = cgm_dag_new_set(dag, arena, NULL);
    size_t(*directed)[2] = cgm_arena_array(arena, n, sizeof *directed);
    size_t(*hidden)[2] = cgm_arena_array(arena, n, sizeof *hidden);
    if (!large || !small || !roots || !directed || !hidden) return CGM_E_MEMORY;
    size_t n_directed = choose_children(dag, t, c, roots, directed);
    /* First a tree over C, then that is grown over T. */
    cgm_set_clear(dag->words, reached);
    cgm_set_add(reached, cgm_set_next(dag->words, c, 0));
    size_t n_hidden = grow_tree(dag, c, reached, hidden, 0);
    n_hidden = grow_tree(dag, t, reached, hidden, n_hidden);
    *out = (cgm_hedge){.large = large,
                       .small = small,
                       .roots = roots,
                       .n_directed = n_directed,
                       .n_hidden = n_hidden,
                       .directed = (const size_t(*)[2])directed,
                       .hidden = (const size_t(*)[2])hidden};
    return CGM_OK;
}
