/* The generative adversarial network as a mechanism: what its files share. Internal to gan/.
 *
 * Goodfellow et al. 2014; conditional on the parents pa as in Mirza and Osindero 2014:
 *
 *     z := u_z,  u_z ~ N(0, I)           published as IMAGE.z; independent of the parents
 *     m := u_m,  u_m ~ N(0, I)           of a network with noise maps: IMAGE.maps, likewise
 *     x := G(z, m, pa)                   with an encoder + u, kept in range; u is 0 in samples
 *
 * A critic scores samples, and generator and critic are trained against each other (gan/losses.h, gan/training.h).
 * There is no likelihood. With an encoder E (Donahue et al. 2017; Dumoulin et al. 2017) the critic scores pairs, (x,
 * E(x, pa)) of the data and (G(z, pa), z); E is to deceive it too, with a term for the cycle from x by E and G to x (Li
 * et al. 2017). Abduction takes z = E(x, pa), m = 0, its likeliest value, and u = x - G(z, 0, pa).
 *
 * Pixels are [0, 255] outside and [-1, 1] inside; a vector's numbers are standardised. */
#ifndef CGM_GAN_GAN_H
#define CGM_GAN_GAN_H

#include "gan/growth.h"
#include "gan/losses.h"
#include "gan/networks/network.h"
#include "gan/penalty.h"
#include "gan/training.h"
#include "scm/networks/standing.h"

#define GAN_UNSAID (-1.0) /* an option that the config leaves to the model */

/* Of the encoder alone, after the game: gan/gan_tuning.h. */
typedef struct gan_tuning_options {
    int64_t epochs; /* 0: not at all */
    double rate;    /* GAN_UNSAID: train.rate */
    double image, latent;
} gan_tuning_options;
typedef struct gan_tuning gan_tuning;

typedef struct gan_options {
    int network, loss, penalty; /* gan_network_kind, gan_loss_kind, gan_penalty_choice */
    int64_t latent, critic_steps;
    cgm_texts widths; /* read during create */
    double penalty_weight, clip_weights, label_smoothing;
    double critic_rate; /* on the generator's */
    int encoder;        /* gan_encoder */
    double cycle_weight;
    double drift;                 /* weight of the square of real samples' scores */
    double fade, stable;          /* of growing: gan/growth.h */
    const cgm_yaml *finetune_map; /* read during create */
    gan_tuning_options finetune;
    gan_shape_options shape;
} gan_options;

typedef enum gan_encoder { GAN_ENCODER_NONE, GAN_ENCODER_ADVERSARIAL } gan_encoder;

/* The value of `penalty`: a gan_penalty_kind, or what suits the loss. */
enum { GAN_PENALTY_USUAL = GAN_PENALTY_R1 + 1 };

/* What is compiled for queries: x of z, the parents' features and noise maps; z of x and the features; the score of x,
 * the features and, where there is an encoder, z. */
typedef enum gan_part { GAN_PART_GENERATOR, GAN_PART_ENCODER, GAN_PART_CRITIC, GAN_PARTS } gan_part;

/* Generator and encoder as in training, with the averaged parameters, for their running statistics (gan_standing.c). */
typedef struct gan_standing {
    network_standing network;
    cgm_rng rng;
    const cgm_dataset *data;
    cgm_augmentation augmentation;
    int threads;
} gan_standing;

typedef struct gan {
    cgm_mechanism base;
    const cgm_variable *variable;
    network_parents parents;
    network_scale scale; /* of a vector */
    gan_growth growth;   /* of networks that grow */
    gan_options options; /* with nothing left unsaid */
    gan_networks networks;
    size_t n_nodes;
    cgm_mechanism_node node[3]; /* z, maps where there are some, the variable */
    network_part part[GAN_PARTS];
    gan_phase compiled;     /* what the parts were compiled at: cgm_gan_phase */
    gan_training *training; /* while a fit is under way, as is what follows */
    const cgm_sink *sink;
    gan_standing standing;
    gan_tuning *tuning; /* NULL where there is no such stage */
} gan;

/* ---- Options (gan_options.c) ---- */

/* The value of a key in the config, or NULL. */
static inline const cgm_yaml *said(const cgm_mechanism_spec *spec, const char *key)
{
    return spec->options ? cgm_yaml_get(spec->options, key) : NULL;
}

cgm_status cgm_gan_read_options(gan *m, const cgm_mechanism_spec *spec) CGM_CHECKED;
/* The optimiser that goes with the loss and the penalty. */
cgm_train_defaults cgm_gan_usual_training(const gan *m);
#define GAN_KEYS 26
extern const cgm_key cgm_gan_keys[GAN_KEYS];

/* ---- Levels (gan_levels.c) ---- */

/* Sets what the network has of levels and styles, from the options; the rest is off. */
void cgm_gan_set_levels(gan *m, const cgm_mechanism_spec *spec);
/* Refuses keys that the network does not read. */
cgm_status cgm_gan_check_levels(const gan *m, const cgm_mechanism_spec *spec) CGM_CHECKED;
/* Where training left the networks: the last level, wholly, unless they grow. CGM_E_FORMAT for a file's wrong phase. */
cgm_status cgm_gan_phase(const gan *m, gan_phase *out) CGM_CHECKED;
/* The networks there. */
gan_networks cgm_gan_networks_at(const gan *m, cgm_graph *g, gan_phase phase);
/* Warns if training ended before the networks were grown. */
void cgm_gan_say_level(const gan *m);

/* ---- The game (gan_game.c) ---- */

/* What a player minimises, for gan_model.move; context is a gan. */
void cgm_gan_move(const void *context, gan_player player, cgm_graph *g, gan_move *out);

cgm_status cgm_gan_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_gan_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_gan_fit_cut(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_gan_fit_end(cgm_mechanism *base);

/* ---- Running statistics of the averaged parameters (gan_standing.c, scm/networks/standing.h) ---- */

/* Nothing to do where there are no such statistics. */
cgm_status cgm_gan_standing_begin(gan *m, const cgm_fit *fit) CGM_CHECKED;
void cgm_gan_standing_run(gan *m);
void cgm_gan_standing_clear(gan *m);
size_t cgm_gan_standing_bytes(const gan *m);

/* ---- Inference (gan_infer.c) ---- */

/* Grey levels as networks see them; a vector is scaled already. */
cgm_node cgm_gan_to_network(const gan *m, cgm_graph *g, cgm_node x);
/* The parents of n rows as input, no node where they have no features. */
cgm_node cgm_gan_parents_input(const gan *m, cgm_graph *g, int64_t n);

cgm_status cgm_gan_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise);
cgm_status cgm_gan_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                           const cgm_values *noise, int threads, cgm_values *out);
cgm_status cgm_gan_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                          const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise);
cgm_status cgm_gan_generator(cgm_mechanism *base, struct cgm_image_generator *out);
/* Of pairs with their codes, where there is an encoder. */
cgm_status cgm_gan_score_values(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, int threads,
                                double *out);

#endif
