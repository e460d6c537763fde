#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_mul(g, dy, cgm_mul(g, use->self, cgm_affine(g, use->self, -1, 1)));
}

const cgm_op cgm_op_sigmoid = {
    .name = "sigmoid", .block = cgm_ew_sigmoid, .shape = cgm_shape_elementwise, .gradient = gradient};

/* 1 / (1 + e^-x). */
cgm_node cgm_sigmoid(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_sigmoid, x, 0, 0);
}
