#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    cgm_node zero = cgm_scalar(g, 0), half = cgm_affine(g, dy, 0.5, 0);
    cgm_node first = cgm_less(g, use->in[1], use->in[0]), second = cgm_less(g, use->in[0], use->in[1]);
    if (use->need[0]) dx[0] = cgm_select(g, first, dy, cgm_select(g, second, zero, half));
    if (use->need[1]) dx[1] = cgm_select(g, second, dy, cgm_select(g, first, zero, half));
}

const cgm_op cgm_op_maximum = {
    .name = "maximum", .block = cgm_ew_maximum, .shape = cgm_shape_elementwise, .gradient = gradient};

/* The larger of a and b, NaN if one is; of equal ones each has half the gradient. */
cgm_node cgm_maximum(cgm_graph *g, cgm_node a, cgm_node b)
{
    return cgm_node_binary(g, CGM_OP_maximum, a, b);
}
