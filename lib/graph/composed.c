/* Functions made of table operations. */
#include "graph/op.h"

cgm_node cgm_sum_all(cgm_graph *g, cgm_node x)
{
    return cgm_reshape(g, cgm_sum(g, x, (1u << CGM_MAX_RANK) - 1), CGM_SCALAR);
}

cgm_node cgm_mean(cgm_graph *g, cgm_node x, unsigned axes)
{
    cgm_node sum = cgm_sum(g, x, axes);
    double n = (double)cgm_shape_size(cgm_node_shape(g, x)) / (double)cgm_shape_size(cgm_node_shape(g, sum));
    return cgm_affine(g, sum, 1 / n, 0);
}

cgm_node cgm_square(cgm_graph *g, cgm_node x)
{
    return cgm_mul(g, x, x);
}

cgm_node cgm_log_softmax(cgm_graph *g, cgm_node x, int axis)
{
    return cgm_sub(g, x, cgm_logsumexp(g, x, axis));
}

cgm_node cgm_softmax(cgm_graph *g, cgm_node x, int axis)
{
    return cgm_exp(g, cgm_log_softmax(g, x, axis));
}
