#include "nn/losses_priv.h"

bool cgm_loss_shapes_agree(cgm_graph *g, const char *loss, cgm_node x, cgm_node target)
{
    cgm_shape a = cgm_node_shape(g, x), b = cgm_node_shape(g, target);
    char x_text[CGM_SHAPE_TEXT], target_text[CGM_SHAPE_TEXT];
    if (cgm_shape_equal(a, b)) return true;
    cgm_graph_fail(g, CGM_E_SHAPE, "%s: %s and its target %s differ in shape", loss, cgm_shape_text(a, x_text),
                   cgm_shape_text(b, target_text));
    return false;
}

cgm_node cgm_sample_sum(cgm_graph *g, cgm_node x)
{
    cgm_shape shape = cgm_node_shape(g, x);
    if (!shape.rank) return cgm_graph_fail(g, CGM_E_SHAPE, "a loss of each sample wants [N, ...], got a scalar");
    return cgm_reshape(g, cgm_sum(g, x, ~1u), CGM_SHAPE(shape.dim[0], 1));
}

cgm_node cgm_sqrt_flat_at_zero(cgm_graph *g, cgm_node x)
{
    cgm_node zero = cgm_constant(g, 0, CGM_SCALAR), positive = cgm_less(g, zero, x);
    return cgm_select(g, positive, cgm_sqrt(g, cgm_select(g, positive, x, cgm_constant(g, 1, CGM_SCALAR))), zero);
}

cgm_node cgm_log_probabilities(cgm_graph *g, cgm_node logits, int axis)
{
    return cgm_log_softmax(g, cgm_log_softmax(g, logits, axis), axis);
}
