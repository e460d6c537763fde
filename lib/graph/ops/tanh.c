#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_mul(g, dy, cgm_affine(g, cgm_square(g, use->self), -1, 1));
}

const cgm_op cgm_op_tanh = {.name = "tanh", .block = cgm_ew_tanh, .shape = cgm_shape_elementwise, .gradient = gradient};

/* The hyperbolic tangent. */
cgm_node cgm_tanh(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_tanh, x, 0, 0);
}
