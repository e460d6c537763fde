/* The networks of a translation between two domains of images (Zhu et al. 2017): generators from one domain to the
 * other, one row and one file a kind, and critics of patches. Images are [-1, 1] here. Internal to gan/. */
#ifndef CGM_GAN_NETWORKS_TRANSLATOR_H
#define CGM_GAN_NETWORKS_TRANSLATOR_H

#include "gan/networks/network.h"

struct gan_translator;

/* Two generators and two critics. Domain 0 is called a, domain 1 b. */
typedef struct gan_translators {
    const struct gan_translator *kind;
    const cgm_variable *variable;
    int64_t width, blocks;               /* of the generators: channels of the first layer; what the kind says */
    int64_t critic_width, critic_layers; /* of the critics: channels of the first layer; layers that halve the image */
    cgm_params *generators, *critics;
} gan_translators;

typedef struct gan_translator {
    const char *name; /* in configs */
    const char *doc;
    int64_t usual_blocks;
    /* Whether the variable's size suits; the message says what would. */
    cgm_status (*check)(const gan_translators *n);
    /* [N, C, H, W] -> [N, C, H, W] */
    cgm_node (*translate)(const gan_translators *n, cgm_graph *g, cgm_node x);
} gan_translator;

/* The first is the default. */
#define GAN_TRANSLATOR_TABLE(ROW)                                                                                      \
    ROW(RESNET, resnet)                                                                                                \
    ROW(UNET, unet)

#define GAN_TRANSLATOR_ENUMERATOR(upper, lower) GAN_TRANSLATOR_##upper,
typedef enum gan_translator_kind {
    GAN_TRANSLATOR_TABLE(GAN_TRANSLATOR_ENUMERATOR) GAN_TRANSLATOR_KINDS
} gan_translator_kind;
#undef GAN_TRANSLATOR_ENUMERATOR
#define GAN_TRANSLATOR_DECLARE(upper, lower) extern const gan_translator cgm_gan_translator_##lower;
GAN_TRANSLATOR_TABLE(GAN_TRANSLATOR_DECLARE)
#undef GAN_TRANSLATOR_DECLARE

/* ---- What the game asks (translators.c) ---- */

const gan_translator *cgm_gan_translator(gan_translator_kind kind);
/* Of the generators and the critics. */
cgm_status cgm_gan_translators_check(const gan_translators *n) CGM_CHECKED;
/* Images of domain `to` made of images of the other one. */
cgm_node cgm_gan_translate(const gan_translators *n, cgm_graph *g, int to, cgm_node x);
/* The scores [N, 1, H', W'] of patches of images, for a domain's. */
cgm_node cgm_gan_patches(const gan_translators *n, cgm_graph *g, int domain, cgm_node x);

/* ---- What the kinds share (translators.c) ---- */

/* Weights N(0, 0.02^2); no bias where a normalisation follows. */
cgm_weight_opts cgm_gan_translator_weight(bool normalised);
/* Instance normalisation without scale and shift. */
cgm_node cgm_gan_translator_norm(cgm_params *params, cgm_graph *g, cgm_node h);

#endif
