#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    (void)use;
    dx[0] = cgm_neg(g, dy);
}

const cgm_op cgm_op_neg = {.name = "neg", .block = cgm_ew_neg, .shape = cgm_shape_elementwise, .gradient = gradient};

/* -x. */
cgm_node cgm_neg(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_neg, x, 0, 0);
}
