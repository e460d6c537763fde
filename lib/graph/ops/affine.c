#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_affine(g, dy, use->attr.f[0], 0);
}

const cgm_op cgm_op_affine = {
    .name = "affine", .block = cgm_ew_affine, .again = true, .shape = cgm_shape_elementwise, .gradient = gradient};

/* scale x + shift. */
cgm_node cgm_affine(cgm_graph *g, cgm_node x, double scale, double shift)
{
    return cgm_node_unary(g, CGM_OP_affine, x, scale, shift);
}
