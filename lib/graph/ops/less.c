#include "graph/op.h"

const cgm_op cgm_op_less = {.name = "less", .block = cgm_ew_less, .shape = cgm_shape_elementwise};

/* 1 where a < b, 0 elsewhere. */
cgm_node cgm_less(cgm_graph *g, cgm_node a, cgm_node b)
{
    return cgm_node_binary(g, CGM_OP_less, a, b);
}
