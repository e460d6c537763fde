#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    /* 2/sqrt(pi) e^(-x^2) */
    cgm_node density = cgm_exp(g, cgm_neg(g, cgm_square(g, use->in[0])));
    dx[0] = cgm_affine(g, cgm_mul(g, dy, density), 1.1283791670955126, 0);
}

const cgm_op cgm_op_erf = {.name = "erf", .block = cgm_ew_erf, .shape = cgm_shape_elementwise, .gradient = gradient};

/* The error function. */
cgm_node cgm_erf(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_erf, x, 0, 0);
}
