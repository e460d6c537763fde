#include "nn/image_losses.h"

#include "nn/losses_priv.h"
#include "nn/regression_losses.h"

/* 1 - (overlap + s) / (all + s). */
static cgm_node overlap_loss(cgm_graph *g, cgm_node overlap, cgm_node all, double smooth)
{
    return cgm_affine(g, cgm_div(g, cgm_affine(g, overlap, 1, smooth), cgm_affine(g, all, 1, smooth)), -1, 1);
}

static bool overlap_arguments(cgm_graph *g, const char *loss, cgm_node p, cgm_node target, double smooth)
{
    if (smooth > 0) return cgm_loss_shapes_agree(g, loss, p, target);
    cgm_graph_fail(g, CGM_E_ARG, "%s: smooth is %g; empty masks need it above 0", loss, smooth);
    return false;
}

cgm_node cgm_dice_loss(cgm_graph *g, cgm_node p, cgm_node target, double smooth)
{
    if (!overlap_arguments(g, "Dice loss", p, target, smooth)) return (cgm_node){0};
    cgm_node both = cgm_sample_sum(g, cgm_mul(g, p, target)), all = cgm_sample_sum(g, cgm_add(g, p, target));
    return overlap_loss(g, cgm_affine(g, both, 2, 0), all, smooth);
}

cgm_node cgm_iou_loss(cgm_graph *g, cgm_node p, cgm_node target, double smooth)
{
    if (!overlap_arguments(g, "IoU loss", p, target, smooth)) return (cgm_node){0};
    cgm_node both = cgm_sample_sum(g, cgm_mul(g, p, target)), all = cgm_sample_sum(g, cgm_add(g, p, target));
    return overlap_loss(g, both, cgm_sub(g, all, both), smooth);
}

/* x[i + 1] - x[i] along axis, 0 for the last. */
static cgm_node difference(cgm_graph *g, cgm_node x, int axis)
{
    cgm_shape shape = cgm_node_shape(g, x);
    int64_t n = shape.dim[axis];
    if (n == 1) return cgm_constant(g, 0, shape);
    return cgm_pad(g, cgm_sub(g, cgm_slice(g, x, axis, 1, n - 1), cgm_slice(g, x, axis, 0, n - 1)), axis, 0, 1);
}

static bool is_image(cgm_graph *g, cgm_node x)
{
    char text[CGM_SHAPE_TEXT];
    if (cgm_node_shape(g, x).rank == 4) return true;
    cgm_graph_fail(g, CGM_E_SHAPE, "total variation takes [N, C, H, W], got %s",
                   cgm_shape_text(cgm_node_shape(g, x), text));
    return false;
}

cgm_node cgm_total_variation(cgm_graph *g, cgm_node x)
{
    if (!is_image(g, x)) return (cgm_node){0};
    cgm_node lower = cgm_abs(g, difference(g, x, 2)), right = cgm_abs(g, difference(g, x, 3));
    return cgm_sample_sum(g, cgm_add(g, lower, right));
}

cgm_node cgm_isotropic_total_variation(cgm_graph *g, cgm_node x)
{
    if (!is_image(g, x)) return (cgm_node){0};
    cgm_node lower = cgm_square(g, difference(g, x, 2)), right = cgm_square(g, difference(g, x, 3));
    return cgm_sample_sum(g, cgm_sqrt_flat_at_zero(g, cgm_add(g, lower, right)));
}

cgm_node cgm_perceptual_loss(cgm_graph *g, size_t n, const cgm_node *x, const cgm_node *y, const double *weight)
{
    if (!n) return cgm_graph_fail(g, CGM_E_ARG, "a perceptual loss of no features");
    cgm_node sum = {0};
    for (size_t i = 0; i < n; i++) {
        cgm_node error = cgm_sample_sum(g, cgm_squared_error(g, x[i], y[i]));
        cgm_shape shape = cgm_node_shape(g, x[i]);
        if (!error.id) return error;
        int64_t numbers = cgm_shape_size(shape) / shape.dim[0];
        cgm_node part = cgm_affine(g, error, (weight ? weight[i] : 1) / (double)numbers, 0);
        sum = i ? cgm_add(g, sum, part) : part;
    }
    return sum;
}
