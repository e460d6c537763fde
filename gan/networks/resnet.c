/* Johnson et al. 2016 as Zhu et al. 2017 use it (appendix 7.2), with w channels in the first layer and `blocks`
 * residual blocks.
 *
 * GENERATOR  7x7 to w; 3x3 stride 2 to 2w and to 4w; blocks of two 3x3, added to what comes in; transposed 3x3 stride 2
 *            to 2w and to w; each with instance normalisation and ReLU, but for the second of a block, which has no
 *            ReLU; 7x7 to the channels, tanh. Edges are reflected where a convolution keeps the size. */
#include <stdio.h>

#include "gan/networks/translator.h"

static const cgm_conv_opts two = {.stride = 2, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};

static cgm_status check(const gan_translators *n)
{
    const cgm_variable *v = n->variable;
    bool fits = v->height % 4 == 0 && v->width % 4 == 0 && v->height >= 8 && v->width >= 8;
    if (fits) return CGM_OK;
    return CGM_FAIL(CGM_E_CONFIG,
                    "%s: the image is %d x %d; network resnet, which halves it twice, needs sides that are multiples "
                    "of 4, from 8 on (data.pad adds pixels on every side)",
                    v->name, v->height, v->width);
}

static cgm_node active(const gan_translators *n, cgm_graph *g, cgm_node h)
{
    return cgm_relu(g, cgm_gan_translator_norm(n->generators, g, h));
}

/* A convolution that keeps the size. */
static cgm_node same(const gan_translators *n, cgm_graph *g, const char *name, cgm_node h, int64_t out, int64_t size,
                     bool normalised)
{
    cgm_weight_opts weight = cgm_gan_translator_weight(normalised);
    int64_t pad = size / 2;
    h = cgm_pad2d(g, h, CGM_PAD_REFLECT, pad, pad, pad, pad);
    return cgm_conv_layer_of(n->generators, g, name, h, out, size, (cgm_conv_opts){0}, &weight);
}

static cgm_node halve(const gan_translators *n, cgm_graph *g, const char *name, cgm_node h, int64_t out)
{
    cgm_weight_opts weight = cgm_gan_translator_weight(true);
    return active(n, g, cgm_conv_layer_of(n->generators, g, name, h, out, 3, two, &weight));
}

static cgm_node enlarge(const gan_translators *n, cgm_graph *g, const char *name, cgm_node h, int64_t out)
{
    cgm_weight_opts weight = cgm_gan_translator_weight(true);
    return active(n, g, cgm_transposed_conv_layer(n->generators, g, name, h, out, 3, two, 1, &weight));
}

static cgm_node block(const gan_translators *n, cgm_graph *g, int64_t i, cgm_node x)
{
    char name[32];
    snprintf(name, sizeof name, "block%lld", (long long)i);
    cgm_graph_push(g, name);
    cgm_node h = active(n, g, same(n, g, "conv1", x, 4 * n->width, 3, true));
    h = cgm_gan_translator_norm(n->generators, g, same(n, g, "conv2", h, 4 * n->width, 3, true));
    cgm_graph_pop(g);
    return cgm_add(g, x, h);
}

static cgm_node translate(const gan_translators *n, cgm_graph *g, cgm_node x)
{
    cgm_node h = active(n, g, same(n, g, "start", x, n->width, 7, true));
    h = halve(n, g, "down1", h, 2 * n->width);
    h = halve(n, g, "down2", h, 4 * n->width);
    for (int64_t i = 0; i < n->blocks; i++) h = block(n, g, i, h);
    h = enlarge(n, g, "up1", h, 2 * n->width);
    h = enlarge(n, g, "up2", h, n->width);
    return cgm_tanh(g, same(n, g, "pixels", h, n->variable->channels, 7, false));
}

const gan_translator cgm_gan_translator_resnet = {
    .name = "resnet",
    .doc = "residual blocks at a quarter of the size",
    .usual_blocks = 6,
    .check = check,
    .translate = translate,
};
