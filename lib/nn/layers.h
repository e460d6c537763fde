/* Layers: functions that add nodes and declare their parameters under a name. */
#ifndef CGM_NN_LAYERS_H
#define CGM_NN_LAYERS_H

#include "graph/ops.h"
#include "nn/params.h"

/* How a layer's weight is made. */
typedef struct cgm_weight_opts {
    cgm_init init;
    double gain;
    bool no_bias;
    bool spectral; /* the weight is divided by its spectral norm: nn/regularization.h */
    cgm_mode mode; /* of the power iteration that estimates the norm */
} cgm_weight_opts;

/* x [N, in] -> [N, out]: x W' + b, W [out, in]. */
CGM_API cgm_node cgm_linear(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, cgm_init init,
                            double gain);
CGM_API cgm_node cgm_linear_of(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out,
                               const cgm_weight_opts *weight);
/* x [N, C, H, W] -> [N, out, H', W'], square filter [out, C / groups, size, size], bias [out]. */
CGM_API cgm_node cgm_conv_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t size,
                                cgm_conv_opts opts, cgm_init init, double gain);
CGM_API cgm_node cgm_conv_layer_of(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t size,
                                   cgm_conv_opts opts, const cgm_weight_opts *weight);
/* The adjoint of a convolution with these options (cgm_conv2d_transpose): x [N, C, H, W] -> [N, out, H', W'], H' = (H -
 * 1) stride - pads + (size - 1) dilation + 1 + output_pad. The weight is [C, out / groups, size, size], its fan-in
 * C / groups size^2. */
CGM_API cgm_node cgm_transposed_conv_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out,
                                           int64_t size, cgm_conv_opts opts, int64_t output_pad,
                                           const cgm_weight_opts *weight);
/* Nearest up-sampling by 2, then a 3x3 convolution padded with zeros: x [N, C, H, W] -> [N, out, 2H, 2W], bias [out].
 * It is computed as the one transposed convolution, with a 4x4 filter at stride 2, that equals the two: 4 products a
 * pixel and channel pair instead of 9, and no up-sampled tensor. The weight [C, out, 3, 3] is laid out as that of a
 * transposed convolution: its element [c, k, r, s] is the 3x3 filter's [k, c, 2 - r, 2 - s]. */
CGM_API cgm_node cgm_upsample_conv_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out,
                                         cgm_init init, double gain);
/* index [...] of whole numbers 0..levels-1, as reals -> [..., width]: their rows of the weight [levels, width], which
 * begins as N(0, 1). NaN for another number. */
CGM_API cgm_node cgm_embedding(cgm_params *p, cgm_graph *g, const char *name, cgm_node index, int64_t levels,
                               int64_t width);

/* x [N, ...] -> [N, the size of the rest]. */
CGM_API cgm_node cgm_flatten(cgm_graph *g, cgm_node x);
/* Tells a discriminator how much samples differ: x [N, C, ...] -> [N, C + 1, ...], the new channel one number, the
 * standard deviation over samples averaged over all else (Karras et al. 2018, section 3). Samples n, n + N/group, ...
 * are a group with a number of its own; group 0: all N. The root is of the variance plus 1e-8. */
CGM_API cgm_node cgm_minibatch_stddev(cgm_graph *g, cgm_node x, int64_t group);

#endif
