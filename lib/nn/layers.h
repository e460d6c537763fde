/* Layers: functions that add nodes and declare their parameters under a name. */
#ifndef CGM_NN_LAYERS_H
#define CGM_NN_LAYERS_H

#include "graph/ops.h"
#include "nn/params.h"

/* x [N, in] -> [N, out]: x W' + b, W [out, in]. */
CGM_API cgm_node cgm_linear(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, cgm_init init,
                            double gain);
/* x [N, C, H, W] -> [N, out, H', W'], square filter [out, C, size, size], bias [out]. */
CGM_API cgm_node cgm_conv_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t size,
                                cgm_conv_opts opts, cgm_init init, double gain);
/* Nearest up-sampling by 2, then a 3x3 convolution padded with zeros: x [N, C, H, W] -> [N, out, 2H, 2W], bias [out].
 * It is computed as the one transposed convolution, with a 4x4 filter at stride 2, that equals the two: 4 products a
 * pixel and channel pair instead of 9, and no up-sampled tensor. The weight [C, out, 3, 3] is laid out as that of a
 * transposed convolution: its element [c, k, r, s] is the 3x3 filter's [k, c, 2 - r, 2 - s]. */
CGM_API cgm_node cgm_upsample_conv_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out,
                                         cgm_init init, double gain);

#endif
