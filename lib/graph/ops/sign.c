#include "graph/op.h"

const cgm_op cgm_op_sign = {.name = "sign", .block = cgm_ew_sign, .shape = cgm_shape_elementwise};

/* -1, 0 or 1; NaN stays NaN. No gradient. */
cgm_node cgm_sign(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_sign, x, 0, 0);
}
