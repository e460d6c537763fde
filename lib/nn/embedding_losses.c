#include "nn/embedding_losses.h"

#include <math.h>

#include "nn/losses_priv.h"

static cgm_node norm(cgm_graph *g, cgm_node a)
{
    return cgm_sqrt(g, cgm_clamp(g, cgm_sample_sum(g, cgm_square(g, a)), 1e-16, INFINITY));
}

cgm_node cgm_cosine_similarity(cgm_graph *g, cgm_node a, cgm_node b)
{
    if (!cgm_loss_shapes_agree(g, "cosine similarity", a, b)) return (cgm_node){0};
    return cgm_div(g, cgm_sample_sum(g, cgm_mul(g, a, b)), cgm_mul(g, norm(g, a), norm(g, b)));
}

static cgm_node distance(cgm_graph *g, cgm_node a, cgm_node b)
{
    cgm_node d = cgm_affine(g, cgm_sub(g, a, b), 1, 1e-6);
    return cgm_sqrt_flat_at_zero(g, cgm_sample_sum(g, cgm_square(g, d)));
}

cgm_node cgm_triplet_loss(cgm_graph *g, cgm_node anchor, cgm_node positive, cgm_node negative, double margin)
{
    if (!(margin >= 0)) return cgm_graph_fail(g, CGM_E_ARG, "triplet loss: margin %g is not at least 0", margin);
    if (!cgm_loss_shapes_agree(g, "triplet loss", anchor, positive)) return (cgm_node){0};
    if (!cgm_loss_shapes_agree(g, "triplet loss", anchor, negative)) return (cgm_node){0};
    cgm_node excess = cgm_sub(g, distance(g, anchor, positive), distance(g, anchor, negative));
    return cgm_clamp(g, cgm_affine(g, excess, 1, margin), 0, INFINITY);
}
