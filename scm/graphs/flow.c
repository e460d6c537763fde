/* Vertex-disjoint paths: the flow of Ford and Fulkerson with every node split in an entry and an exit (Even 1979,
 * section 6.2). */
#include "scm/graphs/flow.h"

#define NONE CGM_FLOW_NONE
#define SOURCE CGM_FLOW_SOURCE

cgm_status cgm_flow_create(const cgm_dag *dag, cgm_arena *arena, cgm_flow *out)
{
    size_t n = dag->n;
    *out = (cgm_flow){.n = n, .words = dag->words};
    out->adjacent = cgm_arena_array(arena, n, dag->words * sizeof *out->adjacent);
    out->before = cgm_arena_array(arena, 5 * n, sizeof *out->before);
    if (!out->adjacent || !out->before) return CGM_E_MEMORY;
    out->came_in = out->before + n;
    out->came_out = out->came_in + n;
    out->queue = out->came_out + n;
    cgm_flow_reset(out);
    return CGM_OK;
}

void cgm_flow_reset(cgm_flow *f)
{
    for (size_t i = 0; i < f->n; i++) f->before[i] = NONE;
}

/* Searches for a path that adds one to the flow, over a node's entry and its exit; its last node's exit is next to the
 * sink. came_in and came_out tell the way: NONE is not reached, a node's own number is its other half. Edges have no
 * limit, only the way from a node's entry to its exit has. */
static size_t search(cgm_flow *f)
{
    size_t head = 0, tail = 0;
    for (size_t i = 0; i < f->n; i++) f->came_in[i] = f->came_out[i] = NONE;
    CGM_SET_EACH(i, f->words, f->from_s)
    {
        f->came_in[i] = SOURCE;
        f->queue[tail++] = i;
    }
    while (head < tail) {
        size_t at = f->queue[head++], v = at % f->n;
        if (at < f->n) { /* the entry: on through the node, or back along the path that it is on */
            size_t u = f->before[v] == NONE ? v : f->before[v];
            if (u == SOURCE || f->came_out[u] != NONE) continue;
            f->came_out[u] = v;
            f->queue[tail++] = f->n + u;
            continue;
        }
        if (cgm_set_has(f->to_t, v)) return v;
        if (f->before[v] != NONE && f->came_in[v] == NONE) { /* back through the node */
            f->came_in[v] = v;
            f->queue[tail++] = v;
        }
        CGM_SET_EACH(w, f->words, f->adjacent + v * f->words)
        {
            if (w == v || f->came_in[w] != NONE) continue;
            f->came_in[w] = v;
            f->queue[tail++] = w;
        }
    }
    return NONE;
}

/* Goes back from the exit of `last` to the source: the first time to take away what the new path takes back, the second
 * to add what it adds. */
static void change(cgm_flow *f, size_t last)
{
    for (int adding = 0; adding < 2; adding++) {
        for (size_t v = last, u;; v = u) {
            size_t w = f->came_out[v]; /* v's exit was reached from v's entry, or back from that of the node after v */
            if (w != v && !adding) f->before[w] = NONE;
            u = f->came_in[w]; /* and that entry from the source, from its own exit, or from another's */
            if (u != w && adding) f->before[w] = u;
            if (u == SOURCE) break;
        }
    }
}

bool cgm_flow_augment(cgm_flow *f)
{
    size_t last = search(f);
    if (last != NONE) change(f, last);
    return last != NONE;
}
