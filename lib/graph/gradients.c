/* Reverse-mode differentiation: walks the nodes of y backwards and asks each operation's gradient rule for nodes. */
#include "graph/graph_priv.h"

#include <stdlib.h>

/* Sums dy, whose shape is one that `shape` broadcasts to, back to `shape`. */
static cgm_node sum_to_shape(cgm_graph *g, cgm_node dy, cgm_shape shape)
{
    cgm_shape from = cgm_node_shape(g, dy);
    if (!dy.id || cgm_shape_equal(from, shape)) return dy;
    unsigned axes = 0;
    int lead = from.rank - shape.rank;
    for (int i = 0; i < from.rank; i++)
        if (i < lead || (shape.dim[i - lead] == 1 && from.dim[i] != 1)) axes |= 1u << i;
    if (axes) dy = cgm_sum(g, dy, axes);
    return cgm_reshape(g, dy, shape);
}

/* ---- Contributions to a node's gradient ---- */

/* A contribution that is one slice's gradient padded with zeros. */
typedef struct padded {
    cgm_node part;
    int axis;
    int64_t begin, end;
    struct padded *next;
} padded;

/* What a node's uses pass back: the sum of what is dense, and a list of what is padded. */
typedef struct contributions {
    cgm_node sum;
    padded *list; /* by axis, then by where they begin */
} contributions;

static void add_to(cgm_graph *g, cgm_node *sum, cgm_node part)
{
    *sum = sum->id ? cgm_add(g, *sum, part) : part;
}

static cgm_status contribute(cgm_graph *g, contributions *to, cgm_node part)
{
    if (!part.id) return cgm_graph_status(g);
    const cgm_node_record *node = &g->node[part.id];
    if (node->op != CGM_OP_pad) {
        add_to(g, &to->sum, part);
        return cgm_graph_status(g);
    }
    padded *p = cgm_arena_alloc(&g->arena, sizeof *p), **at = &to->list;
    if (!p) return CGM_E_MEMORY;
    int axis = (int)node->attr.i[0];
    *p = (padded){node->in[0], axis, node->attr.i[1], node->shape.dim[axis] - node->attr.i[2], NULL};
    while (*at && ((*at)->axis < p->axis || ((*at)->axis == p->axis && (*at)->begin < p->begin))) at = &(*at)->next;
    p->next = *at;
    *at = p;
    return CGM_OK;
}

/* Adds up what is of the same slice. Returns how many are left, or 0 if two overlap or lie along different axes. */
static size_t join_equal(cgm_graph *g, padded *list)
{
    size_t n = 0;
    for (padded *p = list; p; p = p->next, n++) {
        while (p->next && p->next->axis == p->axis && p->next->begin == p->begin && p->next->end == p->end) {
            p->part = cgm_add(g, p->part, p->next->part);
            p->next = p->next->next;
        }
        if (p->next && (p->next->axis != p->axis || p->next->begin < p->end)) return 0;
    }
    return n;
}

/* Slices of one tensor beside one another make one tensor, instead of a sum of as many, mostly of zeros. */
static cgm_status join_slices(cgm_graph *g, const padded *list, size_t n, int64_t extent, cgm_node *joined)
{
    cgm_node *part = cgm_arena_array(&g->arena, n, sizeof *part);
    int64_t at = 0;
    if (!part) return CGM_E_MEMORY;
    int axis = list->axis;
    for (size_t i = 0; i < n; i++, list = list->next) {
        int64_t after = i + 1 == n ? extent - list->end : 0;
        part[i] = list->part;
        if (list->begin > at || after) part[i] = cgm_pad(g, part[i], axis, list->begin - at, after);
        at = list->end;
    }
    *joined = n == 1 ? part[0] : cgm_concat(g, n, part, axis);
    return cgm_graph_status(g);
}

/* The gradient of node id; null if nothing was passed back. */
static cgm_status add_up(cgm_graph *g, uint32_t id, contributions *c, cgm_node *sum)
{
    *sum = c->sum;
    if (!c->list) return CGM_OK;
    size_t n = join_equal(g, c->list);
    CGM_TRY(cgm_graph_status(g));
    if (n) {
        cgm_node joined;
        CGM_TRY(join_slices(g, c->list, n, g->node[id].shape.dim[c->list->axis], &joined));
        add_to(g, sum, joined);
        return cgm_graph_status(g);
    }
    for (const padded *p = c->list; p; p = p->next) {
        int64_t extent = g->node[id].shape.dim[p->axis];
        add_to(g, sum, cgm_pad(g, p->part, p->axis, p->begin, extent - p->end));
    }
    return cgm_graph_status(g);
}

/* ---- The walk ---- */

/* Marks the nodes up to y that depend on one of x. */
static void mark(const cgm_graph *g, uint32_t last, size_t n, const cgm_node *x, bool *depends)
{
    for (size_t i = 0; i < n; i++)
        if (x[i].id <= last) depends[x[i].id] = true;
    for (uint32_t id = 1; id <= last; id++)
        for (size_t i = 0; i < g->node[id].n_in; i++)
            if (depends[g->node[id].in[i].id]) depends[id] = true;
}

/* Adds what node id passes back to its inputs to their sums. */
static cgm_status pass_back(cgm_graph *g, cgm_backward rule, uint32_t id, const bool *depends, cgm_node dy,
                            contributions *to)
{
    cgm_node_record node = g->node[id];
    const cgm_op *op = cgm_op_table[node.op];
    if (!op->gradient || !node.n_in) return CGM_OK;
    bool *need = cgm_arena_array(&g->arena, node.n_in, sizeof *need);
    cgm_node *in = cgm_arena_array(&g->arena, node.n_in, sizeof *in);
    cgm_node *dx = cgm_arena_array(&g->arena, node.n_in, sizeof *dx);
    if (!need || !in || !dx) return CGM_FAIL(CGM_E_MEMORY, "out of memory for gradients");
    for (size_t i = 0; i < node.n_in; i++) {
        need[i] = depends[node.in[i].id];
        in[i] = cgm_graph_again(g, node.in[i], depends);
    }
    CGM_TRY(cgm_graph_status(g));
    cgm_op_use use = {.self = {id}, .n_in = node.n_in, .in = in, .attr = node.attr, .need = need, .rule = rule};
    op->gradient(g, &use, dy, dx);
    for (size_t i = 0; i < node.n_in; i++) {
        if (!need[i] || !dx[i].id) continue;
        cgm_node part = sum_to_shape(g, dx[i], g->node[node.in[i].id].shape);
        CGM_TRY(contribute(g, &to[node.in[i].id], part));
    }
    return cgm_graph_status(g);
}

cgm_status cgm_graph_pass_back(cgm_graph *g, cgm_backward rule, cgm_node y, size_t n, const cgm_node *x, cgm_node *back)
{
    cgm_status status = CGM_OK;
    CGM_TRY(cgm_graph_status(g));
    if (!y.id || cgm_shape_size(cgm_node_shape(g, y)) != 1)
        return CGM_FAIL(CGM_E_SHAPE, "gradients need a y of one element");
    uint32_t last = y.id;
    bool *depends = calloc(last + 1, sizeof *depends);
    cgm_node *sum = calloc(last + 1, sizeof *sum);
    contributions *to = calloc(last + 1, sizeof *to);
    if (!depends || !sum || !to) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for gradients");
        goto done;
    }
    mark(g, last, n, x, depends);
    to[last].sum = cgm_constant(g, 1, cgm_node_shape(g, y));
    for (uint32_t id = last; id; id--) {
        CGM_TRY_GOTO(add_up(g, id, &to[id], &sum[id]), done);
        if (sum[id].id && depends[id]) CGM_TRY_GOTO(pass_back(g, rule, id, depends, sum[id], to), done);
    }
    for (size_t i = 0; i < n; i++) {
        cgm_node d = x[i].id <= last ? sum[x[i].id] : (cgm_node){0};
        back[i] = d.id && depends[x[i].id] ? d : cgm_constant(g, 0, cgm_node_shape(g, x[i]));
    }
    status = cgm_graph_status(g);
done:
    free(to);
    free(sum);
    free(depends);
    return status;
}

cgm_status cgm_graph_gradients(cgm_graph *g, cgm_node y, size_t n, const cgm_node *x, cgm_node *dydx)
{
    return cgm_graph_pass_back(g, CGM_BACKWARD_GRADIENT, y, n, x, dydx);
}
