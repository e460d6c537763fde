#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    /* Phi(x) + x phi(x) */
    cgm_node x = use->in[0];
    cgm_node cdf = cgm_affine(g, cgm_erf(g, cgm_affine(g, x, 0.70710678118654752, 0)), 0.5, 0.5);
    cgm_node density = cgm_affine(g, cgm_exp(g, cgm_affine(g, cgm_square(g, x), -0.5, 0)), 0.39894228040143268, 0);
    dx[0] = cgm_mul(g, dy, cgm_add(g, cdf, cgm_mul(g, x, density)));
}

const cgm_op cgm_op_gelu = {.name = "gelu", .block = cgm_ew_gelu, .shape = cgm_shape_elementwise, .gradient = gradient};

/* x Phi(x), Phi the standard normal distribution function: Hendrycks and Gimpel 2016, in the exact form. */
cgm_node cgm_gelu(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_gelu, x, 0, 0);
}
