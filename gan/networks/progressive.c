/* Karras, Aila, Laine and Lehtinen 2018 (table 2), for square images with a side of 4, 8, 16, ...
 *
 * GENERATOR  z normalised, with the parents -> 4x4 transposed convolution to the width of the lowest level, and a 3x3
 *            convolution; at each further level nearest up-sampling and two 3x3 convolutions to its width; leaky ReLU
 *            and pixel normalisation after each; a linear 1x1 convolution to pixels.
 * FEATURES   networks/pyramid.h, which has also how a level is faded in. */
#include "gan/networks/pyramid.h"

static cgm_node activate(const gan_networks *n, cgm_graph *g, cgm_node h)
{
    const cgm_norm_opts pixel = {.kind = CGM_NORM_PIXEL};
    return cgm_normalize(n->generator, g, "norm", cgm_leaky_relu(g, h, GAN_SLOPE), &pixel, CGM_MODE_TRAIN);
}

static cgm_node lowest(const gan_networks *n, cgm_graph *g, const gan_causes *causes)
{
    const cgm_weight_opts weight = {.init = CGM_INIT_EQUALISED, .gain = 1};
    int64_t width = cgm_gan_level_width(n, 0);
    cgm_node h = cgm_gan_pyramid_start(n, g, causes->z, causes->pa);
    cgm_shape shape = cgm_node_shape(g, h);
    cgm_gan_level_push(g, 0);
    h = cgm_reshape(g, h, CGM_SHAPE(shape.dim[0], shape.dim[1], 1, 1));
    h = cgm_transposed_conv_layer(n->generator, g, "start", h, width, 4, (cgm_conv_opts){.stride = 1}, 0, &weight);
    h = activate(n, g, h);
    h = activate(n, g, cgm_gan_pyramid_conv(n, g, "conv1", h, width));
    cgm_graph_pop(g);
    return h;
}

static cgm_node up_to(const gan_networks *n, cgm_graph *g, cgm_node h, int level)
{
    int64_t width = cgm_gan_level_width(n, level);
    cgm_gan_level_push(g, level);
    h = activate(n, g, cgm_upsample_conv_layer(n->generator, g, "conv0", h, width, CGM_INIT_EQUALISED, 1));
    h = activate(n, g, cgm_gan_pyramid_conv(n, g, "conv1", h, width));
    cgm_graph_pop(g);
    return h;
}

static cgm_node generate(const gan_networks *n, cgm_graph *g, const gan_causes *causes, cgm_mode mode)
{
    (void)mode;
    cgm_node h = lowest(n, g, causes), below = {0};
    for (int level = 1; level <= n->level; level++) {
        below = h;
        h = up_to(n, g, h, level);
    }
    return cgm_gan_pyramid_pixels(n, g, h, below);
}

const gan_network cgm_gan_network_progressive = {
    .name = "progressive",
    .doc = "convolutions 3x3 at levels that may be faded in",
    .variable_types = 1u << CGM_IMAGE,
    .pyramid = true,
    .check = cgm_gan_pyramid_check,
    .generate = generate,
    .features = cgm_gan_pyramid_features,
};
