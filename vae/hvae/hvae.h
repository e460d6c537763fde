/* The hierarchical conditional variational autoencoder as an image mechanism: what its files share. Internal to vae/.
 *
 * De Sousa Ribeiro, Xia, Monteiro, Pawlowski, Glocker 2023. The latent variables z = (z_1, ..., z_L) are maps, one a
 * stage of the decoder, from the coarsest resolution to the image's:
 *
 *     z_i := mu_p(z_<i) + sigma_p(z_<i) u_i           exogenous prior: z does not see the parents
 *     z_i := mu_p(z_<i, pa) + sigma_p(z_<i, pa) u_i   conditional prior: z is a latent mediator
 *     x   := mu(z, pa) + sigma(z, pa) u               per pixel
 *
 * with standard normal noises. All of z is published as the node IMAGE.z: one row holds z_1, ..., z_L one after
 * another, each [latent, r, r]. Pixels are [0, 255] outside and [-1, 1] inside.
 *
 * Abduction draws z from q(z | x, pa). The counterfactual's z under other parents pa* is
 * - exact: u_i = (z_i - mu_p) / sigma_p, and the same u_i through the prior under pa*, stage after stage; so that a
 * null intervention changes nothing;
 * - reference: the paper's mixture, alpha mu_q + (1 - alpha) mu_p* + sqrt(alpha^2 sigma_q^2 + (1 - alpha)^2 sigma_p*^2)
 * u with u = (z - mu_q) / sigma_q and p* from a walk of its own that samples the prior under pa*. */
#ifndef CGM_VAE_HVAE_H
#define CGM_VAE_HVAE_H

#include "graph/ops.h"
#include "nn/params.h"
#include "scm/mechanism.h"
#include "scm/networks/parents.h"
#include "scm/networks/training.h"
#include "vae/hvae/architecture.h"
#include "vae/likelihoods/likelihood.h"

/* Images that inference works on at a time. */
#define HVAE_ROWS 32

typedef enum hvae_block { HVAE_BOTTLENECK, HVAE_LIGHT } hvae_block;
typedef enum hvae_prior { HVAE_EXOGENOUS, HVAE_CONDITIONAL } hvae_prior;
typedef enum hvae_counterfactual { HVAE_EXACT, HVAE_REFERENCE } hvae_counterfactual;

typedef struct hvae_options {
    hvae_notation notation;
    int64_t latent;            /* channels of a stage's z */
    int block;                 /* hvae_block */
    int prior;                 /* hvae_prior */
    bool posterior_correction; /* the prior sees the state that the posterior's z gave, not a state of its own */
    cgm_texts prior_drops;     /* parents that the conditional prior of a training step does not see... */
    double prior_dropout;      /* ...with this probability, all of them together */
    int counterfactual;        /* hvae_counterfactual */
    double alpha;
    const cgm_yaml *likelihood;
} hvae_options;

/* Parts of z in its noise, each as wide as z. */
typedef enum hvae_noise {
    HVAE_U,         /* exact: the only one */
    HVAE_WALK,      /* reference: the noise of the walk that samples the prior */
    HVAE_MEAN,      /* ... mu_q; NaN where no image was seen, and then z is that walk's */
    HVAE_LOG_SCALE, /* ... log sigma_q */
    HVAE_NOISES
} hvae_noise;

typedef enum hvae_part { HVAE_ABDUCT, HVAE_DECODE, HVAE_FOLLOW, HVAE_PRIOR, HVAE_BOUND, HVAE_PARTS } hvae_part;

#define HVAE_OUTPUTS 3

/* A compiled part of the model on HVAE_ROWS rows: fill in, run, read out. Latents of all stages lie in one array: stage
 * i's [rows, latent, r, r] begin at HVAE_ROWS * first[i].
 *
 * - ABDUCT, from pixels, parents and eps (in[HVAE_U]): z, then u or, where counterfactuals are mixtures, mu_q and log
 *   sigma_q; where that is remembered, each stage's shift; the parameters of x;
 * - DECODE, from z (in[HVAE_U]) and parents: the parameters of x;
 * - FOLLOW, from each stage's shift, what z adds to the state, and parents: the parameters of x;
 * - PRIOR, from the parts of z's noise and parents: z, and where counterfactuals are mixtures the walk's own sample;
 * - BOUND, from pixels, parents, eps (in[HVAE_U]) and smear: nll and KL in nats, [rows, 1] each. */
typedef struct hvae_program {
    cgm_program *program;
    cgm_workspace *ws;
    int threads;
    cgm_real *pixels, *parents, *smear; /* NULL where the part takes none */
    cgm_real *in[HVAE_NOISES], *out[HVAE_OUTPUTS];
    cgm_real *shift;                  /* [rows, width, r, r] of each stage, one after another */
    cgm_node shifts[HVAE_MAX_STAGES]; /* FOLLOW's inputs */
    size_t first_shift;               /* ABDUCT's outputs from this one on */
    cgm_real *last[2];                /* theta of x, as cgm_image_likelihood_join has it; or nll and KL */
} hvae_program;

/* HVAE_ROWS rows of the last abduction: see hvae_memo.c. */
typedef struct hvae_memo_block {
    cgm_real *z, *shift; /* as the programs have them */
    bool filled;
} hvae_memo_block;

typedef struct hvae_memo {
    size_t n;
    hvae_memo_block *block;
} hvae_memo;

typedef struct hvae {
    cgm_mechanism base;
    const cgm_variable *variable;
    network_parents parents;
    hvae_options options;
    hvae_architecture architecture;
    size_t n_latents;                              /* numbers in z */
    size_t first[HVAE_MAX_STAGES];                 /* where stage i's begin */
    size_t n_shifts, first_shift[HVAE_MAX_STAGES]; /* the same of what z adds to the states */
    cgm_mechanism_node node[2];                    /* z, the image */
    cgm_params *params;
    image_likelihood *likelihood;
    bool drops_any, drops[CGM_MAX_PARENTS]; /* parents that the prior of a training step may not see */
    char level_name[HVAE_MAX_LEVELS][8];    /* "16", for metrics */
    hvae_program part[HVAE_PARTS];
    hvae_memo memo;
    image_training *training; /* while a fit is under way */
} hvae;

/* Whether z depends on the parents. With posterior correction it does under an exogenous prior too: the prior then sees
 * the decoder's state, into which the parents go. */
static inline bool cgm_hvae_z_sees_parents(const hvae *m)
{
    return m->options.prior == HVAE_CONDITIONAL || m->options.posterior_correction;
}

/* Whether z's counterfactual is the paper's mixture. */
static inline bool cgm_hvae_mixes(const hvae *m)
{
    return m->options.counterfactual == HVAE_REFERENCE;
}

static inline bool cgm_hvae_is_stochastic(const hvae *m, size_t stage)
{
    return m->architecture.level[m->architecture.stage[stage].level].stochastic;
}

/* Latents of stage i for n rows: [n, latent, r, r]. */
cgm_shape cgm_hvae_latent_shape(const hvae *m, size_t stage, int64_t n);

/* The state that stage i adds to, for n rows: [n, width, r, r]. */
cgm_shape cgm_hvae_state_shape(const hvae *m, size_t stage, int64_t n);

/* ---- Layers (hvae_layers.c) ---- */

/* A part of what a convolution takes: maps [N, C, H, W], or what is the same all over the plane, [N, C]. So nothing is
 * concatenated, and parents are never spread over planes. The null node: no part. */
typedef struct hvae_input {
    const char *name;
    cgm_node x;
} hvae_input;

/* A convolution over parts as if they were concatenated along the channels; size is 1 or odd, with padding. Weights are
 * U(-b, b), b = gain / sqrt(fan in); those of several parts are parameters of their own, weight_NAME, with the fan in
 * of all. `resolution`: H and W. */
cgm_node cgm_hvae_conv(const hvae *m, cgm_graph *g, const char *name, int64_t resolution, size_t n,
                       const hvae_input *in, int64_t out, int64_t size, double gain);
/* A 1x1 convolution's two halves, whose sum it is: of the maps, without the bias; and of what is the same all over the
 * plane, with it. */
cgm_node cgm_hvae_conv_maps(const hvae *m, cgm_graph *g, const char *name, int64_t resolution, size_t n,
                            const hvae_input *in, int64_t out, double gain);
cgm_node cgm_hvae_conv_rows(const hvae *m, cgm_graph *g, const char *name, int64_t resolution, size_t n,
                            const hvae_input *in, int64_t out, double gain);
/* The activation of the blocks. */
cgm_node cgm_hvae_activate(const hvae *m, cgm_graph *g, cgm_node x);
/* A block but for its last convolution, which follows as hvae_head: from activated inputs to what that takes. */
cgm_node cgm_hvae_trunk(const hvae *m, cgm_graph *g, int64_t resolution, size_t n, const hvae_input *in, int64_t inner,
                        int64_t size);
cgm_node cgm_hvae_head(const hvae *m, cgm_graph *g, const char *name, cgm_node trunk, int64_t out, int64_t size,
                       double gain);
/* x plus a block of it; x goes through a 1x1 convolution first if the widths differ. gain: of the last convolution. */
cgm_node cgm_hvae_residual(const hvae *m, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t inner,
                           int64_t size, double gain);

/* ---- The network (hvae_net.c) ---- */

typedef struct hvae_gaussian {
    cgm_node mean, log_scale;
} hvae_gaussian;

/* Pixels [N, C, H, W] in [0, 255] -> of each level, finest first, the activated maps that the posterior sees. */
void cgm_hvae_encode(const hvae *m, cgm_graph *g, cgm_node pixels, cgm_node kept[HVAE_MAX_LEVELS]);

/* A walk through the decoder's stages. */
typedef struct hvae_walk {
    int64_t n;         /* rows */
    cgm_node pa;       /* [n, features], or none */
    cgm_node prior_pa; /* what a conditional prior sees of them: the same, or some of them dropped */
    /* Chooses the z of a stochastic stage, from its prior and the activated state before it. */
    cgm_node (*latent)(void *context, size_t stage, cgm_node state, hvae_gaussian prior);
    /* Optional. What a stage adds to the state whatever the parents are, [n, width, r, r], is given to `keep`; or it is
     * taken from `kept`, and then neither latent nor prior are needed. */
    void (*keep)(void *context, size_t stage, cgm_node shift);
    cgm_node (*kept)(void *context, size_t stage);
    void *context;
} hvae_walk;

/* The state after the last stage, [n, width, H, W]. */
cgm_node cgm_hvae_walk(const hvae *m, cgm_graph *g, const hvae_walk *walk);
/* q(z_i | z_<i, x, pa) of a stochastic stage, for `latent`: kept is of the stage's level, pa activated or none. */
hvae_gaussian cgm_hvae_posterior(const hvae *m, cgm_graph *g, size_t stage, cgm_node state, cgm_node kept, cgm_node pa);
/* The mixture of posterior and prior, alpha mu_q + (1 - alpha) mu_p + sqrt(alpha^2 sigma_q^2 + (1 - alpha)^2 sigma_p^2)
 * u, that is z of a counterfactual of the kind `reference`. */
cgm_node cgm_hvae_mix(const hvae *m, cgm_graph *g, hvae_gaussian q, hvae_gaussian p, cgm_node u);
/* mean + e^log_scale eps. */
cgm_node cgm_hvae_draw(cgm_graph *g, hvae_gaussian d, cgm_node eps);
/* What the likelihood makes of the last state. */
image_likelihood_theta cgm_hvae_pixels(const hvae *m, cgm_graph *g, cgm_node state);

/* ---- Inference (hvae_infer.c, hvae_programs.c) ---- */

cgm_status cgm_hvae_program_get(hvae *m, hvae_part part, int threads, hvae_program **out);
void cgm_hvae_programs_clear(hvae *m);
cgm_status cgm_hvae_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise);
cgm_status cgm_hvae_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                            const cgm_values *noise, int threads, cgm_values *out);
cgm_status cgm_hvae_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                           const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise);
cgm_status cgm_hvae_generator(cgm_mechanism *base, struct cgm_image_generator *out);
cgm_status cgm_hvae_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                             double *out);

/* Numbers of a row in stage i: of z, and of what z adds to the state. */
size_t cgm_hvae_stage_latents(const hvae *m, size_t i);
/* Lets ABDUCT write z and shifts to a block of the memo. */
void cgm_hvae_give_to(const hvae *m, hvae_program *p, const hvae_memo_block *block);
/* Lets FOLLOW read the shifts of one. */
void cgm_hvae_take_from(const hvae *m, hvae_program *p, const hvae_memo_block *block);

/* ---- What the last abduction leaves (hvae_memo.c) ---- */

bool cgm_hvae_remembers(const hvae *m);
/* Room for the abduction of so many rows, as far as it is remembered. */
cgm_status cgm_hvae_memo_begin(hvae *m, size_t rows);
void cgm_hvae_memo_clear(hvae *m);
/* The block of rows at, at + 1, ..., or NULL. */
hvae_memo_block *cgm_hvae_memo_block(hvae *m, size_t at);
/* The same if it holds these rows of z; else NULL. */
const hvae_memo_block *cgm_hvae_memo_find(hvae *m, const cgm_values *z, size_t at, int threads);

/* ---- Training (hvae_train.c) ---- */

/* Adds the bound of a batch, as an image_model does; context is the hvae. */
void cgm_hvae_bound(const void *context, cgm_graph *g, cgm_node pixels, cgm_node pa, image_bound *out);
cgm_status cgm_hvae_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_hvae_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_hvae_fit_end(cgm_mechanism *base);
cgm_status cgm_hvae_tunable(cgm_mechanism *base, struct image_tunable *out);

#endif
