/* The conditional variational autoencoder as an image mechanism: what its files share. Internal to vae/.
 *
 * Kingma and Welling 2014; conditional on the parents pa as in Sohn, Lee and Yan 2015; as a mechanism of a structural
 * causal model as in Pawlowski, Castro and Glocker 2020:
 *
 *     z := u_z,  u_z ~ N(0, I)                       published as IMAGE.z; independent of the parents
 *     x := f(theta(z, pa), u),  u ~ N(0, I)          per pixel
 *
 * where theta are the parameters of one of vae/likelihoods/: mean and scale of a discretised Gaussian, with x = mu +
 * sigma u, unless the config names another. Abduction draws z from q(z | x, pa), and u is what gives x. Pixels are [0,
 * 255] outside and [-1, 1] inside. */
#ifndef CGM_VAE_CVAE_H
#define CGM_VAE_CVAE_H

#include "nn/layers.h"
#include "scm/networks/part.h"
#include "scm/networks/training.h"
#include "vae/likelihoods/likelihood.h"

/* Three halvings in the encoder, three doublings in the decoder. */
#define CVAE_FACTOR 8

typedef struct cvae_options {
    int64_t latent;             /* width of z */
    int64_t width;              /* channels at full resolution; the lower ones have twice as many */
    int64_t hidden;             /* units of the linear layers */
    const cgm_yaml *likelihood; /* read during create */
} cvae_options;

/* The parts that are compiled. Shapes: pixels [rows, C, H, W] in [0, 255], parents [rows, features], z and eps [rows,
 * latent].
 *
 * - ENCODER, from pixels and parents: mean and log-scale of z, [rows, latent] each;
 * - DECODER, from z and parents: the likelihood's parameters joined, [rows, width, H, W];
 * - BOUND, from pixels, parents, eps and what smears continuous pixels: nll and KL in nats, [rows, 1] each. */
typedef enum cvae_part { CVAE_ENCODER, CVAE_DECODER, CVAE_BOUND, CVAE_PARTS } cvae_part;

typedef struct cvae {
    cgm_mechanism base;
    const cgm_variable *variable;
    network_parents parents;
    cvae_options options;
    image_likelihood *likelihood;
    cgm_mechanism_node node[2]; /* z, the image */
    cgm_params *params;
    network_part part[CVAE_PARTS];
    image_training *training; /* while a fit is under way */
} cvae;

/* ---- The network (cvae_net.c) ---- */

typedef struct cvae_gaussian {
    cgm_node mean, log_scale;
} cvae_gaussian;

/* The parents of n rows as input, no node where they have no features. */
cgm_node cgm_cvae_parents_input(const cvae *m, cgm_graph *g, int64_t n);
/* Mean and log-scale of q(z | x, pa): x [N, C, H, W] in [0, 255], pa [N, features] -> [N, latent] each. */
cvae_gaussian cgm_cvae_encode(const cvae *m, cgm_graph *g, cgm_node x, cgm_node pa);
/* The parameters of p(x | z, pa). */
image_likelihood_theta cgm_cvae_decode(const cvae *m, cgm_graph *g, cgm_node z, cgm_node pa);
/* The two parts of the negative ELBO of each row with z = mean + e^log_scale eps, in nats: [N, 1] each. smear: standard
 * normal numbers of the pixels' shape where the likelihood is continuous, else no node. */
typedef struct cvae_bound {
    cgm_node nll, kl;
    cgm_node z;                   /* its draw */
    image_likelihood_theta theta; /* of the pixels given it */
} cvae_bound;
cvae_bound cgm_cvae_elbo(const cvae *m, cgm_graph *g, cgm_node x, cgm_node pa, cgm_node eps, cgm_node smear);

/* ---- Inference (cvae_infer.c) ---- */

cgm_status cgm_cvae_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise);
cgm_status cgm_cvae_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                            const cgm_values *noise, int threads, cgm_values *out);
cgm_status cgm_cvae_generator(cgm_mechanism *base, struct cgm_image_generator *out);
cgm_status cgm_cvae_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                           const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise);
cgm_status cgm_cvae_posterior(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, int threads,
                              double *mean, double *log_scale);
cgm_status cgm_cvae_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                             double *out);

/* ---- Training (cvae_train.c) ---- */

cgm_status cgm_cvae_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_cvae_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_cvae_fit_end(cgm_mechanism *base);
cgm_status cgm_cvae_tunable(cgm_mechanism *base, struct image_tunable *out);

#endif
