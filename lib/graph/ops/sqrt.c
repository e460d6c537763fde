#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_affine(g, cgm_div(g, dy, use->self), 0.5, 0);
}

const cgm_op cgm_op_sqrt = {.name = "sqrt", .block = cgm_ew_sqrt, .shape = cgm_shape_elementwise, .gradient = gradient};

/* The square root; its gradient at 0 is infinite. */
cgm_node cgm_sqrt(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_sqrt, x, 0, 0);
}
