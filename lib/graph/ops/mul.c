#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    if (use->need[0]) dx[0] = cgm_mul(g, dy, use->in[1]);
    if (use->need[1]) dx[1] = cgm_mul(g, dy, use->in[0]);
}

const cgm_op cgm_op_mul = {
    .name = "mul", .block = cgm_ew_mul, .again = true, .shape = cgm_shape_elementwise, .gradient = gradient};

/* a b. */
cgm_node cgm_mul(cgm_graph *g, cgm_node a, cgm_node b)
{
    return cgm_node_binary(g, CGM_OP_mul, a, b);
}
