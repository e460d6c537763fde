/* Radford, Metz and Chintala 2016, for images whose sides are multiples of 2^k, with k widths.
 *
 * GENERATOR  linear -> width 0 x H/2^k x W/2^k; transposed convolutions 4x4 stride 2 to the further widths; each with
 *            batch normalisation and ReLU; one more to the channels, tanh.
 * FEATURES   convolutions 4x4 stride 2 to the widths backwards, each with a normalisation after the first one, and
 *            leaky ReLU. */
#include <stdio.h>

#include "gan/networks/network.h"

static const cgm_conv_opts two = {.stride = 2, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};

static cgm_status check(const gan_networks *n)
{
    const cgm_variable *v = n->variable;
    int factor = 1 << n->n_widths;
    if (v->height % factor == 0 && v->width % factor == 0) return CGM_OK;
    return CGM_FAIL(CGM_E_CONFIG,
                    "%s: the image is %d x %d; %zu widths that each halve it need sides that are multiples of %d "
                    "(data.pad adds pixels on every side)",
                    v->name, v->height, v->width, n->n_widths, factor);
}

static cgm_node enlarge(const gan_networks *n, cgm_graph *g, const char *name, cgm_node h, int64_t out, bool last)
{
    cgm_weight_opts weight = {.init = CGM_INIT_NORMAL, .gain = GAN_SD, .no_bias = !last};
    return cgm_transposed_conv_layer(n->generator, g, name, h, out, 4, two, 0, &weight);
}

static cgm_node generate(const gan_networks *n, cgm_graph *g, const gan_causes *causes, cgm_mode mode)
{
    const cgm_variable *v = n->variable;
    int64_t rows = v->height >> n->n_widths, columns = v->width >> n->n_widths;
    cgm_weight_opts weight = {.init = CGM_INIT_NORMAL, .gain = GAN_SD, .no_bias = true};
    cgm_node z = causes->z, pa = causes->pa, h = cgm_gan_start(n, g, z, pa);
    h = cgm_linear_of(n->generator, g, "start", h, n->width[0] * rows * columns, &weight);
    h = cgm_reshape(g, h, CGM_SHAPE(cgm_node_shape(g, z).dim[0], n->width[0], rows, columns));
    h = cgm_gan_normalised(n, g, "norm0", h, pa, mode);
    for (size_t i = 1; i < n->n_widths; i++) {
        char conv[32], norm[32];
        snprintf(conv, sizeof conv, "conv%zu", i);
        snprintf(norm, sizeof norm, "norm%zu", i);
        h = cgm_gan_normalised(n, g, norm, enlarge(n, g, conv, h, n->width[i], false), pa, mode);
    }
    return cgm_tanh(g, enlarge(n, g, "pixels", h, v->channels, true));
}

static cgm_node features(const gan_networks *n, const gan_side *side, cgm_graph *g, cgm_node x, cgm_mode mode)
{
    for (size_t i = 0; i < n->n_widths; i++) {
        char conv[32], norm[32];
        cgm_weight_opts weight = cgm_gan_weight(side, CGM_INIT_NORMAL, i == 0, mode);
        snprintf(conv, sizeof conv, "conv%zu", i);
        snprintf(norm, sizeof norm, "norm%zu", i);
        x = cgm_conv_layer_of(side->params, g, conv, x, n->width[n->n_widths - 1 - i], 4, two, &weight);
        x = cgm_gan_activation(side, g, norm, i == 0, x, mode);
    }
    return x;
}

const gan_network cgm_gan_network_dcgan = {
    .name = "dcgan",
    .doc = "convolutions 4x4 at stride 2",
    .variable_types = 1u << CGM_IMAGE,
    .n_usual = 3,
    .usual = {256, 128, 64},
    .check = check,
    .generate = generate,
    .features = features,
};
