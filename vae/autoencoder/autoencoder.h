/* The autoencoder as an image mechanism: what its files share. Internal to vae/.
 *
 * Encoder e and decoder d are trained to give an image back (Hinton and Salakhutdinov 2006), from a noisy version of it
 * with `denoise` (Vincent et al. 2008); d sees the parents pa too. There is no likelihood: the loss is the squared
 * error, or the cross-entropy to the grey levels, of pixels in [0, 1]. After training the codes e(x) of the training
 * rows are given a normal law of full covariance L L' (Ghosh et al. 2020, "ex-post density estimation"), so that there
 * is something to sample:
 *
 *     z := mean + L u_z,  u_z ~ N(0, I)              published as IMAGE.z; independent of the parents
 *     x := d(z, pa) + u, kept within [0, 255]        u, the residual, is 0 in samples
 *
 * Abduction takes z = e(x) and the residual, so that prediction gives the image back, and a counterfactual is the same
 * code decoded under other parents, with the same residual. */
#ifndef CGM_VAE_AUTOENCODER_H
#define CGM_VAE_AUTOENCODER_H

#include "nn/layers.h"
#include "scm/networks/part.h"
#include "scm/networks/training.h"

#define AUTOENCODER_MAX_WIDTHS 8

typedef enum autoencoder_network { AUTOENCODER_CONVOLUTIONAL, AUTOENCODER_DENSE } autoencoder_network;
typedef enum autoencoder_loss { AUTOENCODER_MSE, AUTOENCODER_BCE } autoencoder_loss;

typedef struct autoencoder_options {
    int network; /* autoencoder_network */
    int64_t latent;
    cgm_texts widths; /* read during create */
    double denoise;   /* standard deviation of the noise on pixels in [0, 1] */
    int loss;         /* autoencoder_loss */
} autoencoder_options;

/* What is compiled for queries: the code [rows, latent] of pixels [rows, C, H, W] in [0, 255]; and pixels, of the same
 * range but not kept within it where the loss is the squared error, of codes and parents [rows, features]. */
typedef enum autoencoder_part { AUTOENCODER_ENCODER, AUTOENCODER_DECODER, AUTOENCODER_PARTS } autoencoder_part;

typedef struct autoencoder {
    cgm_mechanism base;
    const cgm_variable *variable;
    network_parents parents;
    autoencoder_options options;
    size_t n_widths;
    int64_t
        width[AUTOENCODER_MAX_WIDTHS]; /* of the encoder's layers, units or channels; the decoder has them backwards */
    cgm_mechanism_node node[2];        /* z, the image */
    cgm_params *params;
    network_part part[AUTOENCODER_PARTS];
    double *mean, *factor;    /* of the codes: [latent]; L, lower triangular [latent, latent] */
    image_training *training; /* while a fit is under way, as is what follows */
    const cgm_dataset *data;
} autoencoder;

/* ---- The networks (autoencoder_net.c) ---- */

/* x [N, C, H, W] in [0, 1] -> [N, latent]. */
cgm_node cgm_autoencoder_encode(const autoencoder *m, cgm_graph *g, cgm_node x);
/* z [N, latent] and pa [N, features] -> [N, C, H, W]: pixels in [0, 1], or their logits where the loss is the
 * cross-entropy. */
cgm_node cgm_autoencoder_decode(const autoencoder *m, cgm_graph *g, cgm_node z, cgm_node pa);
/* The parents of n rows as input, no node where they have no features. */
cgm_node cgm_autoencoder_parents_input(const autoencoder *m, cgm_graph *g, int64_t n);
/* The loss of each image, [N, 1], summed over its numbers: x [N, C, H, W] in [0, 1]; seen: what the encoder sees of
 * it. */
cgm_node cgm_autoencoder_loss(const autoencoder *m, cgm_graph *g, cgm_node x, cgm_node seen, cgm_node pa);

/* ---- Inference (autoencoder_infer.c) ---- */

cgm_status cgm_autoencoder_part_get(autoencoder *m, autoencoder_part part, int threads, network_part **out) CGM_CHECKED;
cgm_status cgm_autoencoder_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise);
cgm_status cgm_autoencoder_predict(cgm_mechanism *base, size_t node, const cgm_values *parents,
                                   const cgm_values *before, const cgm_values *noise, int threads, cgm_values *out);
cgm_status cgm_autoencoder_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                  const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise);

/* ---- Training (autoencoder_train.c) ---- */

cgm_status cgm_autoencoder_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_autoencoder_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_autoencoder_fit_end(cgm_mechanism *base);

#endif
