/* Karras, Laine and Aila 2019, for square images with a side of 4, 8, 16, ...
 *
 * MAPPING    z normalised, with the parents -> so many linear layers as wide as z, leaky ReLU: w. They learn at a
 *            hundredth of the rate (appendix C). The parents come times sqrt(latent), so that a level weighs as much as
 *            z does, as Karras et al. 2020 (StyleGAN2-ADA) have it: w hardly says the level otherwise.
 * GENERATOR  a learnt constant at 4x4, and a 3x3 convolution; at each further level bilinear up-sampling and a 3x3
 *            convolution, and one more. Each of these two layers a level is followed by its map of noise times a learnt
 *            number a channel, leaky ReLU, and adaptive instance normalisation by a linear function of w; a linear 1x1
 *            convolution to pixels. Without `smooth` up-sampling is nearest.
 * MIXING     in training a share of the samples have the w of another z from a random layer on (section 3.1).
 * TRUNCATION in evaluation w is moved towards its mean (appendix B), here that given the parents, so that what they say
 *            stays whole: a mean over a set of codes that stays the same.
 * FEATURES   networks/pyramid.h, with down-sampling as smooth as the generator's up-sampling. */
#include <math.h>
#include <stdio.h>

#include "gan/networks/pyramid.h"

#define MAPPING_RATE 0.01 /* of the mapping's parameters, on the generator's */
#define CODES 64          /* that a mean of w is taken over */

/* ---- Mapping ---- */

/* The weight is used at MAPPING_RATE times its stored value, and so are the steps it takes. */
static cgm_node slow_linear(const gan_networks *n, cgm_graph *g, int i, cgm_node x)
{
    char name[32];
    int64_t in = cgm_node_shape(g, x).dim[1], out = n->latent;
    snprintf(name, sizeof name, "mapping%d", i);
    cgm_graph_push(g, name);
    cgm_node weight = cgm_param(n->generator, g, "weight", CGM_SHAPE(out, in), CGM_INIT_NORMAL, 1 / MAPPING_RATE);
    cgm_node bias = cgm_param(n->generator, g, "bias", CGM_SHAPE(out), CGM_INIT_ZERO, 0);
    weight = cgm_affine(g, weight, MAPPING_RATE * sqrt(2 / (double)in), 0);
    x = cgm_add(g, cgm_matmul(g, x, weight, false, true), cgm_affine(g, bias, MAPPING_RATE, 0));
    cgm_graph_pop(g);
    return x;
}

static cgm_node mapped(const gan_networks *n, cgm_graph *g, cgm_node z, cgm_node pa)
{
    if (pa.id) pa = cgm_affine(g, pa, sqrt((double)n->latent), 0);
    cgm_node w = cgm_gan_pyramid_start(n, g, z, pa);
    for (int i = 0; i < n->shape.mapping; i++) w = cgm_leaky_relu(g, slow_linear(n, g, i, w), GAN_SLOPE);
    return w;
}

/* The mean of w over the codes for each row of parents [N, F], [N, latent]; without parents [1, latent]. */
static cgm_node mean_of_w(const gan_networks *n, cgm_graph *g, cgm_node codes, cgm_node pa)
{
    if (!pa.id) return cgm_mean(g, mapped(n, g, codes, pa), 1u << 0);
    int64_t rows = cgm_node_shape(g, pa).dim[0], all = rows * CODES;
    cgm_node z = cgm_reshape(g, codes, CGM_SHAPE(1, CODES, n->latent));
    z = cgm_reshape(g, cgm_broadcast(g, z, CGM_SHAPE(rows, CODES, n->latent)), CGM_SHAPE(all, n->latent));
    pa = cgm_reshape(g, pa, CGM_SHAPE(rows, 1, n->features));
    pa = cgm_reshape(g, cgm_broadcast(g, pa, CGM_SHAPE(rows, CODES, n->features)), CGM_SHAPE(all, n->features));
    cgm_node w = cgm_reshape(g, mapped(n, g, z, pa), CGM_SHAPE(rows, CODES, n->latent));
    return cgm_reshape(g, cgm_mean(g, w, 1u << 1), CGM_SHAPE(rows, n->latent));
}

/* The codes are drawn when the parameters are, and never move. */
static cgm_node truncated(const gan_networks *n, cgm_graph *g, cgm_node w, cgm_node pa, cgm_mode mode)
{
    if (n->shape.truncation == 1) return w;
    cgm_node codes = cgm_param_state(n->generator, g, "codes", CGM_SHAPE(CODES, n->latent), CGM_INIT_NORMAL, 1);
    if (mode == CGM_MODE_TRAIN) return w;
    cgm_node mean = mean_of_w(n, g, codes, pa);
    return cgm_add(g, mean, cgm_affine(g, cgm_sub(g, w, mean), n->shape.truncation, 0));
}

/* ---- Styles ---- */

/* What a layer's style is made of. */
typedef struct styles {
    cgm_node w, second; /* no node: one style all through */
    cgm_node mixed, from;
    int layers;
} styles;

static styles styles_of(const gan_networks *n, cgm_graph *g, const gan_causes *causes, cgm_mode mode)
{
    styles s = {.w = mapped(n, g, causes->z, causes->pa), .layers = 2 * (n->level + 1)};
    s.w = truncated(n, g, s.w, causes->pa, mode);
    if (!causes->second.id) return s;
    s.second = mapped(n, g, causes->second, causes->pa);
    s.mixed = cgm_less(g, cgm_slice(g, causes->mixing, 1, 0, 1), cgm_constant(g, n->shape.mixing, CGM_SCALAR));
    s.from = cgm_slice(g, causes->mixing, 1, 1, 1);
    return s;
}

/* A mixed sample has the second style from layer 1, 2, ... or the last one on, each as likely. */
static cgm_node style(const styles *s, cgm_graph *g, int layer)
{
    if (!s->second.id || layer == 0) return s->w;
    cgm_node reached = cgm_less(g, s->from, cgm_constant(g, (double)layer / (s->layers - 1), CGM_SCALAR));
    return cgm_select(g, cgm_mul(g, s->mixed, reached), s->second, s->w);
}

/* ---- Noise ---- */

/* A level has two maps, one after the other; those of the levels below come before. */
static int64_t maps(int level)
{
    int64_t numbers = 0;
    for (int l = 0; l <= level; l++) numbers += 2 * cgm_gan_level_side(l) * cgm_gan_level_side(l);
    return numbers;
}

/* h plus the layer's map, times a number a channel. */
static cgm_node add_noise(const gan_networks *n, cgm_graph *g, cgm_node h, cgm_node all, int layer)
{
    cgm_shape shape = cgm_node_shape(g, h);
    int level = layer / 2;
    int64_t side = cgm_gan_level_side(level), numbers = side * side;
    int64_t at = (level ? maps(level - 1) : 0) + layer % 2 * numbers;
    cgm_node scale =
        cgm_param(n->generator, g, layer % 2 ? "noise1" : "noise0", CGM_SHAPE(shape.dim[1]), CGM_INIT_ZERO, 0);
    if (!all.id) return h;
    cgm_node map = cgm_reshape(g, cgm_slice(g, all, 1, at, numbers), CGM_SHAPE(shape.dim[0], 1, side, side));
    return cgm_add(g, h, cgm_mul(g, map, cgm_reshape(g, scale, CGM_SHAPE(1, shape.dim[1], 1, 1))));
}

/* What follows each layer. */
static cgm_node finish(const gan_networks *n, cgm_graph *g, const styles *s, const gan_causes *causes, cgm_node h,
                       int layer)
{
    h = cgm_leaky_relu(g, add_noise(n, g, h, causes->maps, layer), GAN_SLOPE);
    return cgm_adain_layer(n->generator, g, layer % 2 ? "style1" : "style0", h, style(s, g, layer), CGM_INIT_EQUALISED,
                           GAN_LINEAR_GAIN);
}

/* ---- Levels ---- */

static cgm_node first_of_lowest(const gan_networks *n, cgm_graph *g, int64_t rows)
{
    int64_t width = cgm_gan_level_width(n, 0), side = cgm_gan_level_side(0);
    cgm_node h = cgm_param(n->generator, g, "constant", CGM_SHAPE(width, side, side), CGM_INIT_ONE, 0);
    h = cgm_reshape(g, h, CGM_SHAPE(1, width, side, side));
    return cgm_broadcast(g, h, CGM_SHAPE(rows, width, side, side));
}

static cgm_node first_of(const gan_networks *n, cgm_graph *g, cgm_node h, int level)
{
    int64_t width = cgm_gan_level_width(n, level), side = cgm_gan_level_side(level);
    if (!n->shape.smooth) return cgm_upsample_conv_layer(n->generator, g, "conv0", h, width, CGM_INIT_EQUALISED, 1);
    return cgm_gan_pyramid_conv(n, g, "conv0", cgm_resize2d(g, h, CGM_RESIZE_BILINEAR, side, side), width);
}

static cgm_node generate(const gan_networks *n, cgm_graph *g, const gan_causes *causes, cgm_mode mode)
{
    styles s = styles_of(n, g, causes, mode);
    cgm_node h = {0}, below = {0};
    for (int level = 0; level <= n->level; level++) {
        below = h;
        cgm_gan_level_push(g, level);
        h = level ? first_of(n, g, h, level) : first_of_lowest(n, g, cgm_node_shape(g, causes->z).dim[0]);
        h = finish(n, g, &s, causes, h, 2 * level);
        h = cgm_gan_pyramid_conv(n, g, "conv1", h, cgm_gan_level_width(n, level));
        h = finish(n, g, &s, causes, h, 2 * level + 1);
        cgm_graph_pop(g);
    }
    return cgm_gan_pyramid_pixels(n, g, h, below);
}

const gan_network cgm_gan_network_style = {
    .name = "style",
    .doc = "a constant, and at every layer a style made of z and noise",
    .variable_types = 1u << CGM_IMAGE,
    .pyramid = true,
    .maps = maps,
    .check = cgm_gan_pyramid_check,
    .generate = generate,
    .features = cgm_gan_pyramid_features,
};
