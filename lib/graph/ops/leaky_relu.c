#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    /* With a positive slope y has the sign of x, and using y frees x. */
    double slope = use->attr.f[0];
    cgm_node positive = cgm_less(g, cgm_scalar(g, 0), slope > 0 ? use->self : use->in[0]);
    dx[0] = cgm_rectifier_back(g, use, positive, slope, dy);
}

const cgm_op cgm_op_leaky_relu = {
    .name = "leaky_relu", .block = cgm_ew_leaky_relu, .shape = cgm_shape_elementwise, .gradient = gradient};

/* x where x > 0, slope x elsewhere (Maas, Hannun, Ng 2013); the gradient at 0 is slope. */
cgm_node cgm_leaky_relu(cgm_graph *g, cgm_node x, double slope)
{
    return cgm_node_unary(g, CGM_OP_leaky_relu, x, slope, 0);
}
