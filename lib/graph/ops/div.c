#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_div(g, dy, use->in[1]);
    if (use->need[1]) dx[1] = cgm_neg(g, cgm_mul(g, dx[0], use->self));
}

const cgm_op cgm_op_div = {.name = "div", .block = cgm_ew_div, .shape = cgm_shape_elementwise, .gradient = gradient};

/* a / b. */
cgm_node cgm_div(cgm_graph *g, cgm_node a, cgm_node b)
{
    return cgm_node_binary(g, CGM_OP_div, a, b);
}
