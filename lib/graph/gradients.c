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

/* Marks the nodes up to y that depend on one of x. */
static void mark(const cgm_graph *g, uint32_t last, size_t n, const cgm_node *x, bool *depends)
{
    for (size_t i = 0; i < n; i++)
        if (x[i].id <= last) depends[x[i].id] = true;
    for (uint32_t id = 1; id <= last; id++)
        for (size_t i = 0; i < g->node[id].n_in; i++)
            if (depends[g->node[id].in[i].id]) depends[id] = true;
}

/* Adds the gradients that node id passes to its inputs to their sums. */
static cgm_status pass_back(cgm_graph *g, uint32_t id, const bool *depends, cgm_node *sum)
{
    cgm_node_record node = g->node[id];
    const cgm_op *op = cgm_op_table[node.op];
    if (!op->gradient || !node.n_in) return CGM_OK;
    bool *need = cgm_arena_array(&g->arena, node.n_in, sizeof *need);
    cgm_node *dx = cgm_arena_array(&g->arena, node.n_in, sizeof *dx);
    if (!need || !dx) return CGM_FAIL(CGM_E_MEMORY, "out of memory for gradients");
    for (size_t i = 0; i < node.n_in; i++) need[i] = depends[node.in[i].id];
    cgm_op_use use = {.self = {id}, .n_in = node.n_in, .in = node.in, .attr = node.attr, .need = need};
    op->gradient(g, &use, sum[id], dx);
    for (size_t i = 0; i < node.n_in; i++) {
        if (!need[i] || !dx[i].id) continue;
        cgm_node *to = &sum[node.in[i].id];
        cgm_node part = sum_to_shape(g, dx[i], g->node[node.in[i].id].shape);
        *to = to->id ? cgm_add(g, *to, part) : part;
    }
    return cgm_graph_status(g);
}

cgm_status cgm_graph_gradients(cgm_graph *g, cgm_node y, size_t n, const cgm_node *x, cgm_node *dydx)
{
    cgm_status status = CGM_OK;
    CGM_TRY(cgm_graph_status(g));
    if (!y.id || cgm_shape_size(cgm_node_shape(g, y)) != 1)
        return CGM_FAIL(CGM_E_SHAPE, "gradients need a y of one element");
    uint32_t last = y.id;
    bool *depends = calloc(last + 1, sizeof *depends);
    cgm_node *sum = calloc(last + 1, sizeof *sum);
    if (!depends || !sum) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for gradients");
        goto done;
    }
    mark(g, last, n, x, depends);
    sum[last] = cgm_constant(g, 1, cgm_node_shape(g, y));
    for (uint32_t id = last; id; id--)
        if (sum[id].id && depends[id]) CGM_TRY_GOTO(pass_back(g, id, depends, sum), done);
    for (size_t i = 0; i < n; i++) {
        cgm_node d = x[i].id <= last ? sum[x[i].id] : (cgm_node){0};
        dydx[i] = d.id && depends[x[i].id] ? d : cgm_constant(g, 0, cgm_node_shape(g, x[i]));
    }
    status = cgm_graph_status(g);
done:
    free(sum);
    free(depends);
    return status;
}
