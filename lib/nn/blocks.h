/* Blocks of several layers: residual and dense ones, with any normalisation and activation. */
#ifndef CGM_NN_BLOCKS_H
#define CGM_NN_BLOCKS_H

#include "nn/layers.h"
#include "nn/normalization.h"

typedef enum cgm_activation {
    CGM_ACTIVATION_NONE = 0,
    CGM_ACTIVATION_RELU,
    CGM_ACTIVATION_LEAKY_RELU, /* slope 0.2 below 0 */
    CGM_ACTIVATION_GELU,
    CGM_ACTIVATION_SOFTPLUS,
    CGM_ACTIVATION_TANH,
    CGM_ACTIVATION_SIGMOID
} cgm_activation;

CGM_API cgm_node cgm_activate(cgm_graph *g, cgm_node x, cgm_activation activation);

typedef struct cgm_block_opts {
    cgm_norm_opts norm;
    cgm_activation activation;
    cgm_weight_opts weight; /* of all convolutions; one that a normalisation of means follows has no bias */
    cgm_mode mode;          /* of the normalisations, and of spectral weights */
} cgm_block_opts;

/* x [N, C, H, W] -> [N, out, H', W'] by two 3x3 convolutions, conv1 with the stride, and a shortcut, which is x, or if
 * the shapes differ a 1x1 convolution with the stride. H' = ceil(H / stride). Post-activation (He et al. 2016a):
 * act(norm2(conv2(act(norm1(conv1(x))))) + shortcut_norm(shortcut(x))), the shortcut's normalisation only with its
 * convolution. */
CGM_API cgm_node cgm_residual_block(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out,
                                    int64_t stride, const cgm_block_opts *opts);
/* Pre-activation (He et al. 2016b): with h = act(norm1(x)), conv2(act(norm2(conv1(h)))) + x, or + shortcut(h). */
CGM_API cgm_node cgm_preactivation_block(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out,
                                         int64_t stride, const cgm_block_opts *opts);
/* x [N, C, H, W] -> [N, C + layers * growth, H, W]: layer i = 0, 1, ..., under the name "i", adds growth channels made
 * of all before it by norm1, activation and a 3x3 convolution "conv1". With a bottleneck that is a 1x1 convolution to
 * so many channels, and norm2, activation and the 3x3 convolution "conv2" follow (Huang et al. 2017: 4 growth). */
CGM_API cgm_node cgm_dense_block(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t layers,
                                 int64_t growth, int64_t bottleneck, const cgm_block_opts *opts);
/* Squeezes channels: norm, activation and the 1x1 convolution "conv" to `out` channels, as between dense blocks. */
CGM_API cgm_node cgm_squeeze(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out,
                             const cgm_block_opts *opts);

#endif
