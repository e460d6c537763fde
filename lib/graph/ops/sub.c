#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = dy;
    if (use->need[1]) dx[1] = cgm_neg(g, dy);
}

const cgm_op cgm_op_sub = {
    .name = "sub", .block = cgm_ew_sub, .again = true, .shape = cgm_shape_elementwise, .gradient = gradient};

/* a - b. */
cgm_node cgm_sub(cgm_graph *g, cgm_node a, cgm_node b)
{
    return cgm_node_binary(g, CGM_OP_sub, a, b);
}
