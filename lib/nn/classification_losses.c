#include "nn/classification_losses.h"

#include <math.h>

#include "nn/losses_priv.h"

/* t a + (1 - t) b. */
static cgm_node between(cgm_graph *g, cgm_node t, cgm_node a, cgm_node b)
{
    return cgm_add(g, cgm_mul(g, t, a), cgm_mul(g, cgm_affine(g, t, -1, 1), b));
}

/* -log p = softplus(-logit), -log(1 - p) = softplus(logit); no difference of large numbers is taken. */
cgm_node cgm_binary_cross_entropy(cgm_graph *g, cgm_node logits, cgm_node target)
{
    if (!cgm_loss_shapes_agree(g, "binary cross-entropy", logits, target)) return (cgm_node){0};
    return between(g, target, cgm_softplus(g, cgm_neg(g, logits)), cgm_softplus(g, logits));
}

cgm_node cgm_focal_loss(cgm_graph *g, cgm_node logits, cgm_node target, double alpha, double gamma)
{
    if (!(alpha <= 1)) return cgm_graph_fail(g, CGM_E_ARG, "focal loss: alpha is %g, above 1", alpha);
    if (!(gamma >= 0 && isfinite(gamma)))
        return cgm_graph_fail(g, CGM_E_ARG, "focal loss: gamma is %g, not at least 0", gamma);
    if (!cgm_loss_shapes_agree(g, "focal loss", logits, target)) return (cgm_node){0};
    cgm_node minus_log_p = cgm_softplus(g, cgm_neg(g, logits)), minus_log_q = cgm_softplus(g, logits);
    cgm_node one = cgm_mul(g, cgm_exp(g, cgm_affine(g, minus_log_q, -gamma, 0)), minus_log_p);
    cgm_node zero = cgm_mul(g, cgm_exp(g, cgm_affine(g, minus_log_p, -gamma, 0)), minus_log_q);
    if (alpha >= 0) one = cgm_affine(g, one, alpha, 0), zero = cgm_affine(g, zero, 1 - alpha, 0);
    return between(g, target, one, zero);
}

cgm_node cgm_hinge_loss(cgm_graph *g, cgm_node score, cgm_node target)
{
    if (!cgm_loss_shapes_agree(g, "hinge loss", score, target)) return (cgm_node){0};
    return cgm_clamp(g, cgm_affine(g, cgm_mul(g, score, target), -1, 1), 0, INFINITY);
}

cgm_node cgm_class_weights(cgm_graph *g, cgm_node weight, cgm_node index)
{
    cgm_shape w = cgm_node_shape(g, weight), shape = cgm_node_shape(g, index);
    char w_text[CGM_SHAPE_TEXT], text[CGM_SHAPE_TEXT];
    if (w.rank != 1 || !shape.rank)
        return cgm_graph_fail(g, CGM_E_SHAPE, "class weights: weights %s and indices %s are not [L] and [..., 1]",
                              cgm_shape_text(w, w_text), cgm_shape_text(shape, text));
    shape.dim[shape.rank - 1] = w.dim[0];
    return cgm_gather(g, cgm_broadcast(g, weight, shape), index);
}

/* Whether the weights are one for each of the classes along the axis of the logits. */
static bool weights_fit(cgm_graph *g, cgm_node weight, cgm_shape logits, int axis)
{
    cgm_shape w = cgm_node_shape(g, weight);
    char w_text[CGM_SHAPE_TEXT], text[CGM_SHAPE_TEXT];
    if (axis < 0 || axis >= logits.rank) {
        cgm_graph_fail(g, CGM_E_SHAPE, "cross-entropy: axis %d of logits %s does not exist", axis,
                       cgm_shape_text(logits, text));
        return false;
    }
    if (!weight.id || cgm_shape_equal(w, CGM_SHAPE(logits.dim[axis]))) return true;
    cgm_graph_fail(g, CGM_E_SHAPE, "cross-entropy: weights %s are not one for each of the %lld classes of logits %s",
                   cgm_shape_text(w, w_text), (long long)logits.dim[axis], cgm_shape_text(logits, text));
    return false;
}

cgm_node cgm_cross_entropy(cgm_graph *g, cgm_node logits, cgm_node index, cgm_node weight)
{
    cgm_shape shape = cgm_node_shape(g, logits);
    if (!weights_fit(g, weight, shape, shape.rank - 1)) return (cgm_node){0};
    cgm_node loss = cgm_neg(g, cgm_gather(g, cgm_log_probabilities(g, logits, shape.rank - 1), index));
    return weight.id ? cgm_mul(g, loss, cgm_class_weights(g, weight, index)) : loss;
}

cgm_node cgm_soft_cross_entropy(cgm_graph *g, cgm_node logits, cgm_node target, cgm_node weight, int axis)
{
    cgm_shape shape = cgm_node_shape(g, logits), along = {.rank = shape.rank};
    if (!cgm_loss_shapes_agree(g, "cross-entropy", logits, target)) return (cgm_node){0};
    if (!weights_fit(g, weight, shape, axis)) return (cgm_node){0};
    for (int i = 0; i < shape.rank; i++) along.dim[i] = i == axis ? shape.dim[i] : 1;
    cgm_node t = weight.id ? cgm_mul(g, target, cgm_reshape(g, weight, along)) : target;
    return cgm_neg(g, cgm_sum(g, cgm_mul(g, t, cgm_log_probabilities(g, logits, axis)), 1u << axis));
}
