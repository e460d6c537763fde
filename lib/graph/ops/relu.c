#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_rectifier_back(g, use, cgm_less(g, cgm_scalar(g, 0), use->self), 0, dy);
}

const cgm_op cgm_op_relu = {.name = "relu", .block = cgm_ew_relu, .shape = cgm_shape_elementwise, .gradient = gradient};

/* max(x, 0) (Nair and Hinton 2010), NaN stays NaN; the gradient at 0 is 0. */
cgm_node cgm_relu(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_relu, x, 0, 0);
}
