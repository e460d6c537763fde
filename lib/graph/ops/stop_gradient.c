#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    (void)n_in, (void)attr, (void)why;
    *out = in[0];
    return true;
}

const cgm_op cgm_op_stop_gradient = {
    .name = "stop_gradient", .view = true, .shape = shape_rule, .rows = cgm_rows_of_first};

/* x itself, which gradients take for a constant. */
cgm_node cgm_stop_gradient(cgm_graph *g, cgm_node x)
{
    return cgm_node_unary(g, CGM_OP_stop_gradient, x, 0, 0);
}
