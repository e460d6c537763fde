#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_mul(g, dy, cgm_sign(g, use->in[0]));
}

const cgm_op cgm_op_abs = {.name = "abs", .block = cgm_ew_abs, .shape = cgm_shape_elementwise, .gradient = gradient};

/* |x|; the gradient at 0 is 0. */
cgm_node cgm_abs(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_abs, x, 0, 0);
}
