/* The inside of the training loop, shared by the files that implement it. Internal. */
#ifndef CGM_SCM_NETWORKS_TRAINING_PRIV_H
#define CGM_SCM_NETWORKS_TRAINING_PRIV_H

#include "data/batches.h"
#include "io/params_state.h"
#include "scm/networks/training.h"

/* A compiled bound on a batch, with or without gradients. */
typedef struct image_program {
    cgm_program *program;
    cgm_workspace *ws;
    size_t n_noise; /* numbers of image_inputs.noise that it reads, the first ones */
} image_program;

/* What both programs read, one at a time. */
typedef struct image_inputs {
    cgm_real *pixels, *pa, *mask; /* [batch, C, H, W], [batch, features], [features] */
    cgm_real *noise;              /* all noise inputs, one after another */
    size_t n_noise;               /* room in it, in numbers */
    cgm_real beta;
} image_inputs;

/* The bound on rows that are held out, with the averaged parameters, after each epoch; and what is decided by it. */
typedef struct image_validation {
    size_t rows;     /* held out; 0: none */
    size_t *row;     /* [batch]: those that are worked on */
    cgm_rng noise;   /* the same in each epoch, so that epochs are compared on the same draws */
    cgm_real *bound; /* [batch]: of each row, in nats */
    image_program program;
    uint64_t patience;  /* epochs; 0: never stops */
    uint64_t waited;    /* epochs since the best one */
    double last, best;  /* mean bounds in nats an image */
    cgm_real *best_ema; /* the averaged parameters then; NULL without patience */
} image_validation;

/* A way back from divergence: the parameters, their average and the optimiser as they were at the last epoch's end that
 * did not end in skipped steps. */
typedef struct image_recovery {
    cgm_real *values, *ema, *moment1, *moment2;
    uint64_t step, updates; /* then */
    uint64_t lowered;       /* times that the rate was halved */
} image_recovery;

struct image_training {
    image_model model;
    size_t batch, accumulate; /* images at a time; batches a step */
    size_t rows;              /* of the model's that are not held out: the first ones */
    cgm_batches *batches;     /* of batch * accumulate rows */
    image_inputs in;
    image_program gradients;
    size_t n_groups;
    cgm_real nll, kl[IMAGE_MAX_GROUPS]; /* of the last batch: sums in nats */
    cgm_real *sum;                      /* of the gradients of a step's batches; NULL where a step is one batch */
    cgm_rng noise, dropout;
    cgm_augmentation augmentation;
    double beta, beta_start, free_bits;
    image_validation validation;
    image_recovery good;
    cgm_optimizer_opts opts; /* the rate before recovery lowered it */
    cgm_optimizer_state optimizer;
    uint64_t layout;                         /* of the parameters, when the state that is gone on with was stored */
    uint64_t step, per_epoch, warmup, total; /* steps; warmup: those until beta has arrived */
};

/* ---- Graphs (training_graph.c) ---- */

/* Compiles the gradients, and the bound where rows are held out, and makes the inputs; model, batch, accumulate,
 * free_bits and validation.rows are set. */
cgm_status cgm_image_training_compile(image_training *t, int threads) CGM_CHECKED;
void cgm_image_training_clear_programs(image_training *t);

/* ---- Validation (validation.c) ---- */

/* How many of so many training rows are held out. */
size_t cgm_image_validation_rows(const cgm_train_opts *train, double otherwise, size_t rows);
cgm_status cgm_image_validation_begin(image_training *t, const cgm_fit *fit) CGM_CHECKED;
/* At an epoch's end: measures the bound, and remembers the best. */
cgm_status cgm_image_validation_run(image_training *t, const cgm_fit *fit) CGM_CHECKED;
bool cgm_image_validation_stops(const image_training *t);
/* Puts the averaged parameters of the best epoch in force, where one was judged so; frees what validation holds. */
void cgm_image_validation_end(image_training *t);
cgm_status cgm_image_validation_state(image_training *t, cgm_state *state) CGM_CHECKED;
size_t cgm_image_validation_bytes(const image_training *t);

/* ---- Recovery (recovery.c) ---- */

cgm_status cgm_image_recovery_begin(image_training *t) CGM_CHECKED;
/* Keeps the training as it is, as the place to go back to. */
void cgm_image_recovery_keep(image_training *t);
/* After too many skipped steps, which the message tells of: goes back and halves the rate. CGM_E_NUMERIC when that was
 * done too often. */
cgm_status cgm_image_recovery_go_back(image_training *t, const cgm_sink *sink) CGM_CHECKED;
void cgm_image_recovery_end(image_training *t);
cgm_status cgm_image_recovery_state(image_training *t, cgm_state *state) CGM_CHECKED;
size_t cgm_image_recovery_bytes(const image_training *t);

#endif
