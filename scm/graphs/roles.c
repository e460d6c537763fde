/* Confounders, mediators, colliders. */
#include "scm/graphs/roles.h"

#include "scm/graphs/flow.h"

/* Some hidden cause has an effect above x and another above y. */
static bool is_hidden_confounder(const cgm_dag *dag, const uint64_t *above_x, const uint64_t *above_y)
{
    for (size_t e = 0; e < dag->bidirected.n; e++) {
        size_t a = dag->bidirected.pair[e][0], b = dag->bidirected.pair[e][1];
        if (cgm_set_has(above_x, a) && cgm_set_has(above_y, b)) return true;
        if (cgm_set_has(above_x, b) && cgm_set_has(above_y, a)) return true;
    }
    return false;
}

static void join(cgm_flow *f, size_t a, size_t b)
{
    cgm_set_add(f->adjacent + a * f->words, b);
    cgm_set_add(f->adjacent + b * f->words, a);
}

/* The graph without arrowheads, x and y each merged into one node (`merged` says into which). */
static void fill_flow(const cgm_dag *dag, const size_t *merged, cgm_flow *f)
{
    for (size_t e = 0; e < dag->directed.n; e++)
        join(f, merged[dag->directed.pair[e][0]], merged[dag->directed.pair[e][1]]);
    for (size_t e = 0; e < dag->bidirected.n; e++)
        join(f, merged[dag->bidirected.pair[e][0]], merged[dag->bidirected.pair[e][1]]);
    for (size_t i = 0; i < dag->n; i++) cgm_set_remove(f->adjacent + i * f->words, i);
}

/* Is node i a collider on a path between source and source? There are two disjoint paths to it from x and from y, each
 * of which ends with an arrowhead. The graph is without i while they are sought. */
static bool is_collider(const cgm_dag *dag, const size_t *merged, size_t i, cgm_flow *f)
{
    const cgm_dag_lists *lists[2] = {&dag->parents, &dag->siblings};
    uint64_t *row = f->adjacent + i * f->words;
    cgm_set_clear(f->words, f->to_t);
    for (int k = 0; k < 2; k++)
        for (size_t e = lists[k]->begin[i]; e < lists[k]->begin[i + 1]; e++)
            cgm_set_add(f->to_t, merged[lists[k]->node[e]]);
    if (cgm_set_count(f->words, f->to_t) < 2) return false;
    CGM_SET_EACH(j, f->words, row) cgm_set_remove(f->adjacent + j * f->words, i);
    cgm_flow_reset(f);
    bool found = cgm_flow_augment(f) && cgm_flow_augment(f);
    CGM_SET_EACH(j, f->words, row) cgm_set_add(f->adjacent + j * f->words, i);
    return found;
}

static cgm_status find_colliders(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, uint64_t *out)
{
    cgm_arena scratch = {0};
    cgm_flow f;
    size_t *merged = cgm_arena_array(&scratch, dag->n, sizeof *merged);
    cgm_status status = merged ? cgm_flow_create(dag, &scratch, &f) : CGM_E_MEMORY;
    if (status == CGM_OK) {
        size_t x_first = cgm_set_next(dag->words, x, 0), y_first = cgm_set_next(dag->words, y, 0);
        for (size_t i = 0; i < dag->n; i++) merged[i] = cgm_set_has(x, i) ? x_first : cgm_set_has(y, i) ? y_first : i;
        fill_flow(dag, merged, &f);
        cgm_set_add(f.from_s, x_first);
        cgm_set_add(f.from_s, y_first);
        for (size_t i = 0; i < dag->n; i++)
            if (!cgm_set_has(x, i) && !cgm_set_has(y, i) && is_collider(dag, merged, i, &f)) cgm_set_add(out, i);
    }
    cgm_arena_clear(&scratch);
    return status;
}

cgm_status cgm_roles_find(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena, cgm_roles *out)
{
    uint64_t above_y[CGM_SET_WORDS];
    CGM_TRY(cgm_dag_check_query(dag, x, y, NULL));
    const cgm_view beside_x = {.dag = dag, .no_out = x}, beside_y = {.dag = dag, .no_out = y};
    cgm_roles roles = {cgm_dag_new_set(dag, arena, NULL), cgm_dag_new_set(dag, arena, NULL),
                       cgm_dag_new_set(dag, arena, NULL), false};
    if (!roles.confounders || !roles.mediators || !roles.colliders) return CGM_E_MEMORY;
    cgm_view_ancestors(&beside_x, y, above_y);
    cgm_view_ancestors(&beside_y, x, roles.confounders);
    roles.hidden = is_hidden_confounder(dag, roles.confounders, above_y);
    cgm_set_intersect(dag->words, roles.confounders, above_y);
    cgm_set_subtract(dag->words, roles.confounders, x);
    cgm_set_subtract(dag->words, roles.confounders, y);
    cgm_view_causal_nodes(dag, x, y, roles.mediators);
    cgm_set_subtract(dag->words, roles.mediators, y);
    CGM_TRY(find_colliders(dag, x, y, roles.colliders));
    *out = roles;
    return CGM_OK;
}
