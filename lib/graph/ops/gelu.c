#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_gelu_grad(g, use->in[0], dy);
}

const cgm_op cgm_op_gelu = {.name = "gelu", .block = cgm_ew_gelu, .shape = cgm_shape_elementwise, .gradient = gradient};

/* x Phi(x), Phi the standard normal distribution function: Hendrycks and Gimpel 2016, in the exact form. */
cgm_node cgm_gelu(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_gelu, x, 0, 0);
}
