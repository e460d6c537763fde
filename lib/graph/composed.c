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

/* x with `axis` and its last axis exchanged. */
static cgm_node exchange_last(cgm_graph *g, cgm_node x, int axis)
{
    int axes[CGM_MAX_RANK], last = cgm_node_shape(g, x).rank - 1;
    if (axis < 0 || axis > last) {
        char text[CGM_SHAPE_TEXT];
        return cgm_graph_fail(g, CGM_E_SHAPE, "axis %d of %s does not exist", axis,
                              cgm_shape_text(cgm_node_shape(g, x), text));
    }
    for (int i = 0; i <= last; i++) axes[i] = i == axis ? last : i == last ? axis : i;
    return cgm_transpose(g, x, axes);
}

cgm_node cgm_argmax(cgm_graph *g, cgm_node x, int axis)
{
    return exchange_last(g, cgm_argsort(g, exchange_last(g, x, axis), 1, true), axis);
}

cgm_node cgm_top_k(cgm_graph *g, cgm_node x, int axis, int64_t k, bool descending, cgm_node *index)
{
    cgm_node moved = exchange_last(g, x, axis), order = cgm_argsort(g, moved, k, descending);
    if (index) *index = exchange_last(g, order, axis);
    return exchange_last(g, cgm_gather(g, moved, order), axis);
}

cgm_node cgm_sort(cgm_graph *g, cgm_node x, int axis, bool descending)
{
    cgm_shape shape = cgm_node_shape(g, x);
    return cgm_top_k(g, x, axis, axis >= 0 && axis < shape.rank ? shape.dim[axis] : 1, descending, NULL);
}
