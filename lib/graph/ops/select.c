#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    cgm_node zero = cgm_scalar(g, 0);
    if (use->need[1]) dx[1] = cgm_select(g, use->in[0], dy, zero);
    if (use->need[2]) dx[2] = cgm_select(g, use->in[0], zero, dy);
}

const cgm_op cgm_op_select = {
    .name = "select", .block = cgm_ew_select, .shape = cgm_shape_elementwise, .gradient = gradient};

/* a where condition is not 0, b elsewhere. */
cgm_node cgm_select(cgm_graph *g, cgm_node condition, cgm_node a, cgm_node b)
{
    return cgm_node_add(g, CGM_OP_select, 3, (cgm_node[]){condition, a, b}, NULL);
}
