/* A residual network (He et al. 2016a) of three stages: a convolution of 3x3 to width w, two blocks each of widths w,
 * 2w and 4w, of which the first of a stage after the first has stride 2; the means over the plane beside the given
 * attributes; a linear layer to 4w. All with batch normalisation. */
#include <stdio.h>

#include "nn/blocks.h"
#include "scm/predictors/network.h"

enum { STAGES = 3, BLOCKS = 2 };

static cgm_node features(const cgm_predictor *p, cgm_graph *g, cgm_node x, cgm_node given, cgm_mode mode,
                         predictor_trace *trace)
{
    const cgm_conv_opts same = {
        .stride = cgm_predictor_first_stride(p), .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};
    const cgm_block_opts block = {.norm = {.kind = CGM_NORM_BATCH},
                                  .activation = CGM_ACTIVATION_RELU,
                                  .weight = {.init = CGM_INIT_HE, .gain = 1},
                                  .mode = mode};
    const cgm_weight_opts weight = {.init = CGM_INIT_HE, .gain = 1, .no_bias = true};
    x = cgm_conv_layer_of(p->params, g, "start", x, p->width, 3, same, &weight);
    x = cgm_relu(g, cgm_normalize(p->params, g, "start_norm", x, &block.norm, mode));
    cgm_predictor_layer(p, trace, "start", x);
    for (int stage = 0; stage < STAGES; stage++)
        for (int i = 0; i < BLOCKS; i++) {
            char name[32];
            snprintf(name, sizeof name, "block%d_%d", stage + 1, i + 1);
            x = cgm_residual_block(p->params, g, name, x, p->width << stage, stage && !i ? 2 : 1, &block);
            cgm_predictor_layer(p, trace, name, x);
        }
    return cgm_predictor_join(p, g, x, given, p->width << (STAGES - 1), mode, trace);
}

const predictor_network cgm_predictor_network_residual = {
    .name = "residual",
    .doc = "a convolution and six residual blocks of two each, with batch normalisation",
    .usual_width = 16,
    .features = features,
};
