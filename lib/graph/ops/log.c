#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_div(g, dy, use->in[0]);
}

const cgm_op cgm_op_log = {.name = "log", .block = cgm_ew_log, .shape = cgm_shape_elementwise, .gradient = gradient};

/* The natural logarithm. */
cgm_node cgm_log(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_log, x, 0, 0);
}
