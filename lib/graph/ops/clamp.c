#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    cgm_node zero = cgm_scalar(g, 0);
    cgm_node above = cgm_less(g, cgm_scalar(g, use->attr.f[0]), use->in[0]);
    cgm_node below = cgm_less(g, use->in[0], cgm_scalar(g, use->attr.f[1]));
    dx[0] = cgm_select(g, above, cgm_select(g, below, dy, zero), zero);
}

const cgm_op cgm_op_clamp = {
    .name = "clamp", .block = cgm_ew_clamp, .shape = cgm_shape_elementwise, .gradient = gradient};

/* min(max(x, low), high); the gradient is 0 at and beyond the ends. */
cgm_node cgm_clamp(cgm_graph *g, cgm_node x, double low, double high)
{
    return cgm_node_unary(g, CGM_OP_clamp, x, low, high);
}
