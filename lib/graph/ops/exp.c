#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_mul(g, dy, use->self);
}

const cgm_op cgm_op_exp = {.name = "exp", .block = cgm_ew_exp, .shape = cgm_shape_elementwise, .gradient = gradient};

/* e^x. */
cgm_node cgm_exp(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_exp, x, 0, 0);
}
