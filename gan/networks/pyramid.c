#include "gan/networks/pyramid.h"

#include <stdio.h>

/* ---- Levels ---- */

int cgm_gan_levels(const cgm_variable *v)
{
    int levels = 0;
    if (v->height != v->width) return 0;
    for (int64_t side = 4; side <= v->width; side *= 2) {
        levels++;
        if (side == v->width) return levels;
    }
    return 0;
}

int64_t cgm_gan_level_side(int level)
{
    return (int64_t)4 << level;
}

int64_t cgm_gan_level_width(const gan_networks *n, int level)
{
    int64_t width = n->shape.width;
    for (int above = n->levels - 1; above > level && width < n->shape.max_width; above--) width *= 2;
    return width < n->shape.max_width ? width : n->shape.max_width;
}

void cgm_gan_level_push(cgm_graph *g, int level)
{
    char name[32];
    long long side = (long long)cgm_gan_level_side(level);
    snprintf(name, sizeof name, "%lldx%lld", side, side);
    cgm_graph_push(g, name);
}

cgm_status cgm_gan_pyramid_check(const gan_networks *n)
{
    const cgm_variable *v = n->variable;
    if (!n->levels)
        return CGM_FAIL(CGM_E_CONFIG,
                        "%s: the image is %d x %d; network %s doubles 4 x 4 pixels again and again: expected a square "
                        "image with a side of 4, 8, 16, 32, ... (data.pad adds pixels on every side)",
                        v->name, v->height, v->width, n->kind->name);
    if (n->shape.generator_condition == GAN_GENERATOR_NORM)
        return CGM_FAIL(CGM_E_CONFIG,
                        "%s: generator_condition: batch_norm wants layers that are normalised by batches, which those "
                        "of network %s are not (concat)",
                        v->name, n->kind->name);
    if (n->shape.max_width < n->shape.width)
        return CGM_FAIL(CGM_E_CONFIG, "%s: max_width: %lld is less than the width, %lld, of the highest resolution",
                        v->name, (long long)n->shape.max_width, (long long)n->shape.width);
    return CGM_OK;
}

/* (1 - alpha) below + alpha above, which is either one to the bit at alpha = 0 and 1. */
static cgm_node fade(const gan_networks *n, cgm_graph *g, cgm_node below, cgm_node above)
{
    cgm_node rest = cgm_affine(g, n->alpha, -1, 1);
    return cgm_add(g, cgm_mul(g, rest, below), cgm_mul(g, n->alpha, above));
}

/* Means of 2x2 pixels. */
static cgm_node halve(cgm_graph *g, cgm_node x)
{
    return cgm_affine(g, cgm_sum_pool(g, x, 2), 0.25, 0);
}

cgm_node cgm_gan_shrink(const gan_networks *n, cgm_graph *g, cgm_node x)
{
    if (!n->kind->pyramid) return x;
    int64_t factor = (int64_t)1 << (n->levels - 1 - n->level);
    if (factor > 1) x = cgm_affine(g, cgm_sum_pool(g, x, factor), 1 / (double)(factor * factor), 0);
    return n->alpha.id ? fade(n, g, cgm_upsample_nearest(g, halve(g, x), 2), x) : x;
}

cgm_node cgm_gan_enlarge(const gan_networks *n, cgm_graph *g, cgm_node x)
{
    if (!n->kind->pyramid || n->level == n->levels - 1) return x;
    return cgm_upsample_nearest(g, x, (int64_t)1 << (n->levels - 1 - n->level));
}

/* ---- The generator ---- */

static const cgm_conv_opts same = {.pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};

cgm_node cgm_gan_pyramid_start(const gan_networks *n, cgm_graph *g, cgm_node z, cgm_node pa)
{
    z = cgm_normalize(n->generator, g, "norm", z, &(cgm_norm_opts){.kind = CGM_NORM_PIXEL}, CGM_MODE_TRAIN);
    return cgm_gan_start(n, g, z, pa);
}

cgm_node cgm_gan_pyramid_conv(const gan_networks *n, cgm_graph *g, const char *name, cgm_node h, int64_t out)
{
    return cgm_conv_layer(n->generator, g, name, h, out, 3, same, CGM_INIT_EQUALISED, 1);
}

static cgm_node pixels_at(const gan_networks *n, cgm_graph *g, cgm_node h, int level)
{
    const cgm_conv_opts plain = {.stride = 1};
    cgm_gan_level_push(g, level);
    h = cgm_conv_layer(n->generator, g, "pixels", h, n->variable->channels, 1, plain, CGM_INIT_EQUALISED,
                       GAN_LINEAR_GAIN);
    cgm_graph_pop(g);
    return h;
}

cgm_node cgm_gan_pyramid_pixels(const gan_networks *n, cgm_graph *g, cgm_node h, cgm_node below)
{
    cgm_node x = pixels_at(n, g, h, n->level);
    if (!n->alpha.id) return x;
    return fade(n, g, cgm_upsample_nearest(g, pixels_at(n, g, below, n->level - 1), 2), x);
}

/* ---- Features ---- */

/* A convolution, the side's normalisation unless it is the first, and leaky ReLU. */
static cgm_node layer(const gan_side *side, cgm_graph *g, const char *name, cgm_node x, int64_t out, bool first,
                      cgm_mode mode)
{
    char norm[32];
    cgm_weight_opts weight = cgm_gan_weight(side, CGM_INIT_EQUALISED, first, mode);
    const cgm_conv_opts plain = {.stride = 1};
    snprintf(norm, sizeof norm, "%s_norm", name);
    x = cgm_conv_layer_of(side->params, g, name, x, out, first ? 1 : 3, first ? plain : same, &weight);
    return cgm_gan_activation(side, g, norm, first, x, mode);
}

static cgm_node from_pixels(const gan_networks *n, const gan_side *side, cgm_graph *g, cgm_node x, int level,
                            cgm_mode mode)
{
    cgm_gan_level_push(g, level);
    x = layer(side, g, "pixels", x, cgm_gan_level_width(n, level), true, mode);
    cgm_graph_pop(g);
    return x;
}

/* Means of 2x2 pixels; smooth: the adjoint of bilinear up-sampling, which averages 4x4 pixels by the weights 1, 3, 3, 1
 * along each axis, the outermost pixel standing for those beyond. */
static cgm_node down(const gan_networks *n, cgm_graph *g, cgm_node x)
{
    cgm_shape shape = cgm_node_shape(g, x);
    if (!n->shape.smooth) return halve(g, x);
    cgm_resampling_opts up = {.kind = CGM_RESIZE_BILINEAR, .size_h = shape.dim[2], .size_w = shape.dim[3]};
    return cgm_affine(g, cgm_resample2d_adjoint(g, x, up, shape.dim[2] / 2, shape.dim[3] / 2), 0.25, 0);
}

static cgm_node down_from(const gan_networks *n, const gan_side *side, cgm_graph *g, cgm_node x, int level,
                          cgm_mode mode)
{
    cgm_gan_level_push(g, level);
    x = layer(side, g, "conv0", x, cgm_gan_level_width(n, level), false, mode);
    x = layer(side, g, "conv1", x, cgm_gan_level_width(n, level - 1), false, mode);
    cgm_graph_pop(g);
    return down(n, g, x);
}

static cgm_node lowest(const gan_networks *n, const gan_side *side, cgm_graph *g, cgm_node x, cgm_mode mode)
{
    int64_t width = cgm_gan_level_width(n, 0);
    cgm_weight_opts weight = cgm_gan_weight(side, CGM_INIT_EQUALISED, true, mode);
    cgm_gan_level_push(g, 0);
    if (side->compares) x = cgm_minibatch_stddev(g, x, 0);
    x = layer(side, g, "conv0", x, width, false, mode);
    x = cgm_linear_of(side->params, g, "linear", cgm_flatten(g, x), width, &weight);
    cgm_graph_pop(g);
    return cgm_leaky_relu(g, x, GAN_SLOPE);
}

cgm_node cgm_gan_pyramid_features(const gan_networks *n, const gan_side *side, cgm_graph *g, cgm_node x, cgm_mode mode)
{
    cgm_node h = from_pixels(n, side, g, x, n->level, mode);
    for (int level = n->level; level > 0; level--) {
        h = down_from(n, side, g, h, level, mode);
        if (level == n->level && n->alpha.id) h = fade(n, g, from_pixels(n, side, g, halve(g, x), level - 1, mode), h);
    }
    return lowest(n, side, g, h, mode);
}
