/* A small convolutional network, as the predictors of De Sousa Ribeiro et al. 2023 are: convolutions of 7x7 to width w,
 * 3x3 at stride 2 to 2w, 3x3, at stride 2 to 4w, 3x3, at stride 2 to 8w; the means over the plane beside the given
 * attributes; a linear layer to 8w. Each with batch normalisation and leaky ReLU, and no bias. Larger images are halved
 * by the first convolution, and from 33 pixels on by max pooling after it. */
#include <stdio.h>

#include "nn/blocks.h"
#include "scm/predictors/network.h"

static cgm_node conv(const cgm_predictor *p, cgm_graph *g, int number, cgm_node x, int64_t out, int64_t size,
                     int64_t stride, cgm_mode mode, predictor_trace *trace)
{
    char name[32], norm_name[32];
    const int64_t pad = size / 2;
    const cgm_conv_opts opts = {.stride = stride, .pad_top = pad, .pad_bottom = pad, .pad_left = pad, .pad_right = pad};
    const cgm_weight_opts weight = {.init = CGM_INIT_HE, .gain = 1, .no_bias = true};
    const cgm_norm_opts norm = {.kind = CGM_NORM_BATCH};
    snprintf(name, sizeof name, "conv%d", number);
    snprintf(norm_name, sizeof norm_name, "norm%d", number);
    x = cgm_conv_layer_of(p->params, g, name, x, out, size, opts, &weight);
    x = cgm_leaky_relu(g, cgm_normalize(p->params, g, norm_name, x, &norm, mode), PREDICTOR_SLOPE);
    return cgm_predictor_layer(p, trace, name, x);
}

static cgm_node features(const cgm_predictor *p, cgm_graph *g, cgm_node x, cgm_node given, cgm_mode mode,
                         predictor_trace *trace)
{
    static const struct {
        int64_t widths, stride;
    } layer[] = {{2, 2}, {2, 1}, {4, 2}, {4, 1}, {8, 2}};
    const int64_t w = p->width;
    x = conv(p, g, 1, x, w, 7, cgm_predictor_first_stride(p), mode, trace);
    if (p->image->height > 32 && p->image->width > 32) x = cgm_max_pool(g, x, (cgm_pool_opts){.h = 2, .w = 2});
    for (int i = 0; i < 5; i++) x = conv(p, g, i + 2, x, layer[i].widths * w, 3, layer[i].stride, mode, trace);
    return cgm_predictor_join(p, g, x, given, 8 * w, mode, trace);
}

const predictor_network cgm_predictor_network_convolutional = {
    .name = "convolutional",
    .doc = "six convolutions, with batch normalisation",
    .usual_width = 8,
    .features = features,
};
