/* A network that takes noise off images, D(x) = x - R(x): the residual R is convolutions of 3x3 with ReLU between them
 * (DnCNN: Zhang, Zuo, Chen, Meng and Zhang 2017), without their batch normalisation, so that D is a function of one
 * image alone. Where the network is told the noise's deviation s, that is one more plane of what the first one sees
 * (Zhang, Zuo and Zhang 2018), and D(x, s) = x - s R(x, s), so that it does nothing where there is no noise. Pixels and
 * s are in 0..1. Internal. */
#ifndef CGM_DIP_DENOISER_H
#define CGM_DIP_DENOISER_H

#include "nn/layers.h"

typedef struct dip_denoiser_opts {
    int64_t channels;      /* of an image; a network of one channel does the channels of a colour one by one */
    int64_t width, layers; /* channels between the convolutions, and how many these are, 2 or more */
    bool sees_level;
} dip_denoiser_opts;

/* x [N, channels, H, W], level [N, 1] (no node unless it is seen) -> D, of x's shape. Parameters are declared under the
 * path "denoiser". */
cgm_node cgm_dip_denoise(const dip_denoiser_opts *opts, cgm_params *p, cgm_graph *g, cgm_node x, cgm_node level);

#endif
