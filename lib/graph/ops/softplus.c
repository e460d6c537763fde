#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_mul(g, dy, cgm_sigmoid(g, use->in[0]));
}

const cgm_op cgm_op_softplus = {
    .name = "softplus", .block = cgm_ew_softplus, .shape = cgm_shape_elementwise, .gradient = gradient};

/* log(1 + e^x). */
cgm_node cgm_softplus(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_softplus, x, 0, 0);
}
