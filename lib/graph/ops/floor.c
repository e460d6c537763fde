#include "graph/op.h"

const cgm_op cgm_op_floor = {.name = "floor", .block = cgm_ew_floor, .shape = cgm_shape_elementwise};

/* The largest whole number that is not larger than x. No gradient. */
cgm_node cgm_floor(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_floor, x, 0, 0);
}
