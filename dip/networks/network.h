/* Untrained networks, whose structure alone is the prior: Ulyanov, Vedaldi and Lempitsky 2018. Internal.
 *
 * A network is one file, which defines cgm_dip_network_NAME, and one row of the table. Of one image, batch
 * normalisation is instance normalisation, which is what is built: so there are no running statistics. Convolutions
 * that it follows have no bias, which the mean would take away. */
#ifndef CGM_DIP_NETWORK_H
#define CGM_DIP_NETWORK_H

#include "config/config.h"
#include "nn/layers.h"

/* clang-format off */
#define CGM_DIP_NETWORK_TABLE(ROW)                                                                                      \
    ROW(skip)                                                                                                          \
    ROW(unet)
/* clang-format on */

typedef enum dip_pad { DIP_PAD_REFLECTION, DIP_PAD_ZERO } dip_pad;
typedef enum dip_upsampling { DIP_UPSAMPLING_BILINEAR, DIP_UPSAMPLING_NEAREST } dip_upsampling;
typedef enum dip_input { DIP_INPUT_NOISE, DIP_INPUT_MESH } dip_input;

enum { DIP_MAX_DEPTH = 10 };

typedef struct dip_network_opts {
    int kind;                                                            /* of the table */
    int64_t depth;                                                       /* how often the image is halved */
    int64_t down[DIP_MAX_DEPTH], up[DIP_MAX_DEPTH], skip[DIP_MAX_DEPTH]; /* channels of each scale, the finest first */
    int pad, upsampling;                                                 /* a dip_pad, a dip_upsampling */
    int input;                                                           /* a dip_input */
    int64_t input_depth;
} dip_network_opts;

typedef struct dip_network {
    const char *name, *doc;
    /* z [1, input_depth, H, W], H and W multiples of 2^depth -> [1, channels, H, W], before the sigmoid. */
    cgm_node (*build)(const dip_network_opts *opts, cgm_params *p, cgm_graph *g, cgm_node z, int64_t channels);
} dip_network;

#define CGM_DIP_NETWORK_DECLARE(name) extern const dip_network cgm_dip_network_##name;
CGM_DIP_NETWORK_TABLE(CGM_DIP_NETWORK_DECLARE)
#undef CGM_DIP_NETWORK_DECLARE
/* Names of the table, ended by NULL. */
extern const char *const cgm_dip_network_names[];

/* That the options agree, and that an image of this size has room for the depth: at its coarsest there must be 2 x 2
 * pixels. CGM_E_ARG otherwise, with the depth that fits. */
cgm_status cgm_dip_network_check(const dip_network_opts *opts, int64_t height, int64_t width) CGM_CHECKED;
/* The sides that the network works at: the next multiples of 2^depth. */
void cgm_dip_network_size(const dip_network_opts *opts, int64_t *height, int64_t *width);
/* The image [1, channels, height, width] of the network, from z at the network's size: what it makes, through a
 * sigmoid, the middle of it cut out. */
cgm_node cgm_dip_network_image(const dip_network_opts *opts, cgm_params *p, cgm_graph *g, cgm_node z, int64_t channels,
                               int64_t height, int64_t width);
/* Fills z [input_depth, H, W]: noise is uniform on (0, 1/10); a mesh has x and y on [0, 1], then cos(2^j pi x) and
 * cos(2^j pi y), j = 0, 1, ... */
void cgm_dip_network_input(const dip_network_opts *opts, const cgm_rng *rng, int64_t height, int64_t width,
                           cgm_real *z);

/* What networks share: a convolution, padded as the options say, to half the size at stride 2; the same, normalised and
 * through a leaky ReLU of slope 0.2; twice the size. */
cgm_node cgm_dip_conv(const dip_network_opts *opts, cgm_params *p, cgm_graph *g, const char *name, cgm_node x,
                      int64_t out, int64_t size, int64_t stride, bool bias);
cgm_node cgm_dip_block(const dip_network_opts *opts, cgm_params *p, cgm_graph *g, const char *name, cgm_node x,
                       int64_t out, int64_t size, int64_t stride);
cgm_node cgm_dip_norm(cgm_params *p, cgm_graph *g, const char *name, cgm_node x);
cgm_node cgm_dip_enlarge(const dip_network_opts *opts, cgm_graph *g, cgm_node x);

#endif
