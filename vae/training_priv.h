/* The inside of the training loop, shared by the files that implement it. Internal. */
#ifndef CGM_VAE_TRAINING_PRIV_H
#define CGM_VAE_TRAINING_PRIV_H

#include "data/batches.h"
#include "vae/training.h"

/* A compiled bound on a batch, with or without gradients. */
typedef struct image_program {
    cgm_program *program;
    cgm_workspace *ws;
} image_program;

/* What both programs read. */
typedef struct image_inputs {
    cgm_real *pixels, *pa, *mask; /* [batch, C, H, W], [batch, features], [features] */
    cgm_real *noise;              /* all noise inputs, one after another */
    size_t n_noise;               /* numbers in it */
    cgm_real beta;
} image_inputs;

struct image_training {
    image_model model;
    size_t batch, accumulate; /* images at a time; batches a step */
    size_t rows;              /* training rows that are not held out: the first ones */
    cgm_batches *batches;     /* of batch * accumulate rows */
    image_inputs in;
    image_program gradients;
    size_t n_groups;
    cgm_real nll, kl[IMAGE_MAX_GROUPS]; /* of the last batch: sums in nats */
    cgm_real *sum;                      /* of the gradients of a step's batches; NULL where a step is one batch */
    cgm_rng noise, dropout;
    cgm_augmentation augmentation;
    double beta, beta_start, free_bits;
    cgm_optimizer_opts opts;
    cgm_optimizer_state optimizer;
    uint64_t step, per_epoch, warmup, total; /* steps; warmup: those until beta has arrived */
};

/* ---- Graphs (training_graph.c) ---- */

/* Compiles the gradients and makes the inputs; model, batch, accumulate and free_bits are set. */
cgm_status cgm_image_training_compile(image_training *t, int threads) CGM_CHECKED;
void cgm_image_training_clear_programs(image_training *t);

#endif
