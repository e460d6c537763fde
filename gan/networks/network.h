/* The networks of an adversarial game: a generator and a critic of one kind, one row and one file a kind. Internal to
 * gan/. */
#ifndef CGM_GAN_NETWORKS_NETWORK_H
#define CGM_GAN_NETWORKS_NETWORK_H

#include "data/variable.h"
#include "nn/layers.h"
#include "nn/normalization.h"

#define GAN_MAX_WIDTHS 8

/* What a critic's layers are normalised by. */
typedef enum gan_critic_norm {
    GAN_CRITIC_PLAIN,
    GAN_CRITIC_BATCH,
    GAN_CRITIC_INSTANCE,
    GAN_CRITIC_LAYER,
    GAN_CRITIC_SPECTRAL /* their weights, by the spectral norm: Miyato et al. 2018 */
} gan_critic_norm;

/* How the parents reach the networks. */
typedef enum gan_generator_condition { GAN_GENERATOR_CONCAT, GAN_GENERATOR_NORM } gan_generator_condition;
typedef enum gan_critic_condition { GAN_CRITIC_CONCAT, GAN_CRITIC_PROJECTION } gan_critic_condition;

typedef struct gan_shape_options {
    int critic_norm;                           /* gan_critic_norm */
    int generator_condition, critic_condition; /* the enumerations above */
    /* Of a pyramid: channels at its highest level, doubling from level to level down to at most so many; whether it
     * grows from the lowest level on while it is trained. */
    int64_t width, max_width;
    bool growing;
    /* Of styles: layers of the mapping; the share of samples whose styles are mixed in training; how far w may be from
     * its mean in evaluation, on what it is; whether up- and down-sampling is bilinear. */
    int64_t mapping;
    double mixing, truncation;
    bool smooth;
} gan_shape_options;

struct gan_network;

/* A pair of networks. */
typedef struct gan_networks {
    const struct gan_network *kind;
    const cgm_variable *variable;
    gan_shape_options shape;
    int64_t latent, features; /* of z; of the parents */
    size_t n_widths;
    int64_t width[GAN_MAX_WIDTHS];  /* of the generator's layers from z on; the critic has them backwards */
    int levels, level;              /* of a pyramid; the one that graphs are built for, 0 the lowest */
    cgm_node alpha;                 /* how far that level has faded in, a scalar of the graph; no node: wholly */
    bool encodes;                   /* there is an encoder, and the critic scores pairs of a sample and a code */
    cgm_params *generator, *critic; /* the encoder's are among the generator's */
} gan_networks;

/* A network that takes samples to features: the critic or the encoder. */
typedef struct gan_side {
    cgm_params *params;
    int norm;      /* gan_critic_norm */
    bool compares; /* it may see how much the samples of a batch differ */
} gan_side;

/* What a generator makes samples of. */
typedef struct gan_causes {
    cgm_node z, pa; /* [N, latent]; [N, features], no node without parents */
    cgm_node maps;  /* of a kind with noise maps: [N, their numbers up to the level]; no node: zeros */
    /* In training with mixed styles: another z, and numbers uniform on (0, 1), [N, 2], that decide which samples are
     * mixed and where. */
    cgm_node second, mixing;
} gan_causes;

typedef struct gan_network {
    const char *name; /* in configs */
    const char *doc;
    unsigned variable_types; /* bits 1 << cgm_variable_type */
    size_t n_usual;
    int64_t usual[GAN_MAX_WIDTHS]; /* widths */
    bool pyramid;                  /* made of levels instead of widths: networks/pyramid.h */
    int64_t (*maps)(int level);    /* numbers of the noise maps up to a level; NULL: there are none, and no styles */
    /* Whether the variable's size suits so many widths; the message says what would. */
    cgm_status (*check)(const gan_networks *n);
    /* Samples [N, ...] in the networks' range. */
    cgm_node (*generate)(const gan_networks *n, cgm_graph *g, const gan_causes *causes, cgm_mode mode);
    /* Samples, with the parents in them where the side takes them so, -> features [N, K] or [N, K, H', W']. */
    cgm_node (*features)(const gan_networks *n, const gan_side *side, cgm_graph *g, cgm_node x, cgm_mode mode);
} gan_network;

#define GAN_NETWORK_TABLE(ROW)                                                                                         \
    ROW(DCGAN, dcgan)                                                                                                  \
    ROW(MLP, mlp)                                                                                                      \
    ROW(PROGRESSIVE, progressive)                                                                                      \
    ROW(STYLE, style)

#define GAN_NETWORK_ENUMERATOR(upper, lower) GAN_NETWORK_##upper,
typedef enum gan_network_kind { GAN_NETWORK_TABLE(GAN_NETWORK_ENUMERATOR) GAN_NETWORK_KINDS } gan_network_kind;
#undef GAN_NETWORK_ENUMERATOR
#define GAN_NETWORK_DECLARE(upper, lower) extern const gan_network cgm_gan_network_##lower;
GAN_NETWORK_TABLE(GAN_NETWORK_DECLARE)
#undef GAN_NETWORK_DECLARE

/* ---- What the game asks (networks.c) ---- */

const gan_network *cgm_gan_network(gan_network_kind kind);
/* Of a pyramid at n->level, as are the samples that are scored and encoded. */
cgm_node cgm_gan_generate(const gan_networks *n, cgm_graph *g, const gan_causes *causes, cgm_mode mode);
/* Scores [N, 1] of samples, or of pairs of a sample and a code z [N, latent]: z is no node unless there is an encoder.
 */
cgm_node cgm_gan_score(const gan_networks *n, cgm_graph *g, cgm_node x, cgm_node z, cgm_node pa, cgm_mode mode);
/* Codes [N, latent] of samples. */
cgm_node cgm_gan_encode(const gan_networks *n, cgm_graph *g, cgm_node x, cgm_node pa, cgm_mode mode);
/* Whole images as real ones are seen at n->level: averaged, and while the level is faded in mixed with what they are at
 * the level below. The other way round: samples of the level with each pixel repeated. Others are left as they are. */
cgm_node cgm_gan_shrink(const gan_networks *n, cgm_graph *g, cgm_node x);
cgm_node cgm_gan_enlarge(const gan_networks *n, cgm_graph *g, cgm_node x);

/* ---- What the kinds share (networks.c) ---- */

/* z with the parents beside it, where the generator takes them so. */
cgm_node cgm_gan_start(const gan_networks *n, cgm_graph *g, cgm_node z, cgm_node pa);
/* Batch normalisation and ReLU of a generator's layer; the normalisation's scale and shift are linear in the parents
 * where the generator takes them so (Dumoulin et al. 2017; de Vries et al. 2017). */
cgm_node cgm_gan_normalised(const gan_networks *n, cgm_graph *g, const char *name, cgm_node h, cgm_node pa,
                            cgm_mode mode);
/* The normalisation of a layer of features after the first, and leaky ReLU (0.2). */
cgm_node cgm_gan_activation(const gan_side *side, cgm_graph *g, const char *name, bool first, cgm_node h,
                            cgm_mode mode);
/* Its weights: N(0, 0.02^2) (Radford et al. 2016), or He's; no bias where a normalisation of means follows. */
cgm_weight_opts cgm_gan_weight(const gan_side *side, cgm_init init, bool first, cgm_mode mode);
#define GAN_SD 0.02
#define GAN_SLOPE 0.2 /* of leaky ReLU */

#endif
