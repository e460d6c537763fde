#include "gan/penalty.h"

#include <math.h>

#include "nn/layers.h"

/* Squared norms below count as this: the root's slope is infinite at 0. */
#define LEAST_SQUARE 1e-24

static cgm_node interpolate(cgm_graph *g, cgm_node real, cgm_node fake, cgm_node e)
{
    cgm_shape shape = cgm_node_shape(g, real);
    for (int i = 1; i < shape.rank; i++) shape.dim[i] = 1;
    return cgm_add(g, fake, cgm_mul(g, cgm_reshape(g, e, shape), cgm_sub(g, real, fake)));
}

/* |d score / dx|^2 of each sample, [N, 1]. */
static cgm_node gradient_square(cgm_graph *g, const gan_critic *critic, cgm_node x)
{
    cgm_node gradient, total = cgm_sum_all(g, critic->score(critic->context, g, x));
    if (!total.id) return total;
    cgm_status status = cgm_graph_gradients(g, total, 1, &x, &gradient);
    if (status != CGM_OK) return cgm_graph_fail(g, status, "%s", cgm_error_message());
    return cgm_sum(g, cgm_square(g, cgm_flatten(g, gradient)), 1u << 1);
}

cgm_node cgm_gan_penalty(gan_penalty_kind kind, cgm_graph *g, const gan_critic *critic, cgm_node real, cgm_node fake,
                         cgm_node e)
{
    double rows = (double)cgm_node_shape(g, real).dim[0];
    if (kind == GAN_PENALTY_R1) return cgm_affine(g, cgm_sum_all(g, gradient_square(g, critic, real)), 0.5 / rows, 0);
    cgm_node squares = gradient_square(g, critic, interpolate(g, real, fake, e));
    cgm_node excess = cgm_affine(g, cgm_sqrt(g, cgm_clamp(g, squares, LEAST_SQUARE, HUGE_VAL)), 1, -1);
    if (kind == GAN_PENALTY_ONE_SIDED) excess = cgm_relu(g, excess);
    return cgm_reshape(g, cgm_mean(g, cgm_square(g, excess), 3), CGM_SCALAR);
}
