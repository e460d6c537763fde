#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node d, cgm_node *dx)
{
    cgm_node x = use->in[0], dy = use->in[1];
    if (use->need[0]) {
        /* The slope's own slope: (2 - x^2) phi(x). */
        cgm_node square = cgm_square(g, x);
        cgm_node density = cgm_affine(g, cgm_exp(g, cgm_affine(g, square, -0.5, 0)), 0.39894228040143268, 0);
        dx[0] = cgm_mul(g, cgm_mul(g, d, dy), cgm_mul(g, cgm_affine(g, square, -1, 2), density));
    }
    if (use->need[1]) dx[1] = cgm_gelu_grad(g, x, d);
}

const cgm_op cgm_op_gelu_grad = {
    .name = "gelu_grad", .block = cgm_ew_gelu_grad, .shape = cgm_shape_elementwise, .gradient = gradient};

/* dy (Phi(x) + x phi(x)), phi the standard normal density: the adjoint of gelu. */
cgm_node cgm_gelu_grad(cgm_graph *g, cgm_node x, cgm_node dy)
{
    return cgm_node_binary(g, CGM_OP_gelu_grad, x, dy);
}
