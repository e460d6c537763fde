/* The U-Net of Isola et al. 2017 (section 6.1.1, without dropout), with `blocks` layers that halve the image, and as
 * many that double it again.
 *
 * GENERATOR  convolutions 4x4 stride 2 to w, 2w, 4w, 8w, 8w ... channels, all but the first and the last with instance
 *            normalisation, leaky ReLU between them; transposed ones to the same channels backwards, with instance
 *            normalisation, each of the ReLU of what is below it beside what the other way has at its size; one more to
 *            the channels of the image, tanh. */
#include <stdio.h>

#include "gan/networks/translator.h"

#define SLOPE 0.2
#define MOST 10

static const cgm_conv_opts two = {.stride = 2, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};

static cgm_status check(const gan_translators *n)
{
    const cgm_variable *v = n->variable;
    if (n->blocks < 2 || n->blocks > MOST)
        return CGM_FAIL(CGM_E_CONFIG, "%s: blocks: %lld; network unet has 2 to %d", v->name, (long long)n->blocks,
                        MOST);
    int factor = 1 << n->blocks;
    if (v->height % factor == 0 && v->width % factor == 0) return CGM_OK;
    return CGM_FAIL(CGM_E_CONFIG,
                    "%s: the image is %d x %d; network unet with blocks: %lld, each halving it, needs sides that are "
                    "multiples of %d (data.pad adds pixels on every side)",
                    v->name, v->height, v->width, (long long)n->blocks, factor);
}

static cgm_node halve(const gan_translators *n, cgm_graph *g, int64_t i, cgm_node h)
{
    char name[32];
    bool normalised = i > 0 && i < n->blocks - 1;
    cgm_weight_opts weight = cgm_gan_translator_weight(normalised);
    snprintf(name, sizeof name, "down%lld", (long long)i);
    if (i > 0) h = cgm_leaky_relu(g, h, SLOPE);
    h = cgm_conv_layer_of(n->generators, g, name, h, n->width << (i < 3 ? i : 3), 4, two, &weight);
    return normalised ? cgm_gan_translator_norm(n->generators, g, h) : h;
}

/* To the size and the channels of what layer i - 1 has made; of layer 0: of the image. */
static cgm_node enlarge(const gan_translators *n, cgm_graph *g, int64_t i, cgm_node h)
{
    char name[32];
    cgm_weight_opts weight = cgm_gan_translator_weight(i > 0);
    int64_t out = i > 0 ? n->width << (i < 4 ? i - 1 : 3) : n->variable->channels;
    snprintf(name, sizeof name, "up%lld", (long long)i);
    h = cgm_transposed_conv_layer(n->generators, g, name, cgm_relu(g, h), out, 4, two, 0, &weight);
    return i > 0 ? cgm_gan_translator_norm(n->generators, g, h) : h;
}

static cgm_node translate(const gan_translators *n, cgm_graph *g, cgm_node x)
{
    cgm_node down[MOST], h = x;
    for (int64_t i = 0; i < n->blocks; i++) h = down[i] = halve(n, g, i, h);
    for (int64_t i = n->blocks - 1; i >= 0; i--) {
        if (i < n->blocks - 1) h = cgm_concat(g, 2, (cgm_node[]){down[i], h}, 1);
        h = enlarge(n, g, i, h);
    }
    return cgm_tanh(g, h);
}

const gan_translator cgm_gan_translator_unet = {
    .name = "unet",
    .doc = "halves the image again and again, and puts what it had at each size beside what it makes of it",
    .usual_blocks = 4,
    .check = check,
    .translate = translate,
};
