/* What networks of levels share (Karras et al. 2018; 2019): level l = 0, 1, ... works on 4 x 4 pixels times 2^l, so
 * that the networks of the levels up to any one are a pair by themselves, and a level may be faded in. Their layers
 * have the equalised learning rate, leaky ReLU (0.2), and no normalisation in the critic unless it is asked for. Names
 * of a level's parameters begin with its pixels: "8x8.conv0.weight". Internal to gan/.
 *
 * FEATURES  pixels 1x1 to the width of the level; from there down at each level two 3x3 convolutions, the second one to
 *           the width of the level below, and down-sampling; at 4x4 the standard deviation over the batch (in a
 * critic), a 3x3 convolution, and a linear layer to the lowest level's width. While a level is faded in by alpha, what
 *           it hands down is alpha times that plus 1 - alpha times the pixels 1x1 of the halved image.
 *
 * The parents, where they are channels of the critic's image, are halved with it. */
#ifndef CGM_GAN_NETWORKS_PYRAMID_H
#define CGM_GAN_NETWORKS_PYRAMID_H

#include "gan/networks/network.h"

/* Of a linear layer that no ReLU follows: the weight's standard deviation is 1 / sqrt(fan-in). */
#define GAN_LINEAR_GAIN 0.70710678118654752440

/* Levels of an image, 0 where it is not square with a side of 4, 8, 16, ... */
int cgm_gan_levels(const cgm_variable *v);
int64_t cgm_gan_level_side(int level);
int64_t cgm_gan_level_width(const gan_networks *n, int level);
/* Begins the names of the level. */
void cgm_gan_level_push(cgm_graph *g, int level);
cgm_status cgm_gan_pyramid_check(const gan_networks *n);

/* z [N, latent], each number divided by the root of their mean square, with the parents beside it. */
cgm_node cgm_gan_pyramid_start(const gan_networks *n, cgm_graph *g, cgm_node z, cgm_node pa);
/* A 3x3 convolution of the generator to `out` channels. */
cgm_node cgm_gan_pyramid_conv(const gan_networks *n, cgm_graph *g, const char *name, cgm_node h, int64_t out);
/* The generator's samples at n->level: of its last layer there, faded in over what the level below, `below`, gives. */
cgm_node cgm_gan_pyramid_pixels(const gan_networks *n, cgm_graph *g, cgm_node h, cgm_node below);
/* gan_network.features. */
cgm_node cgm_gan_pyramid_features(const gan_networks *n, const gan_side *side, cgm_graph *g, cgm_node x, cgm_mode mode);

#endif
