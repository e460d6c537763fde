/* The inside of the training loop, shared by the files that implement it. Internal. */
#ifndef CGM_GAN_TRAINING_PRIV_H
#define CGM_GAN_TRAINING_PRIV_H

#include "data/batches.h"
#include "gan/training.h"
#include "graph/program.h"

/* A player's move compiled, with what it reads and tells. */
typedef struct gan_program {
    cgm_program *program;
    cgm_workspace *ws;
    size_t n_inputs, n_values;
    struct {
        gan_source source;
        int domain;
        size_t size; /* numbers */
        cgm_real *data;
    } input[GAN_MOVE_INPUTS];
    const char *name[1 + GAN_MOVE_METRICS]; /* of the values: the loss is the player's */
    cgm_real value[1 + GAN_MOVE_METRICS];   /* of the last move */
} gan_program;

typedef struct gan_seat {
    gan_program program;
    cgm_real *sum; /* of the gradients of a move's batches; NULL where a move is one batch */
    cgm_rng noise;
    uint64_t layout; /* of the parameters, when the state that is gone on with was stored */
    cgm_optimizer_opts opts;
    cgm_optimizer_state optimizer;
    double seen[1 + GAN_MOVE_METRICS]; /* sums of the values over a step's moves */
} gan_seat;

/* What the generator makes for the critic; of no size where it makes nothing. */
typedef struct gan_made {
    size_t size;    /* numbers of a batch */
    cgm_real *data; /* [accumulate, size] */
    gan_image_buffer buffer;
} gan_made;

struct gan_training {
    gan_model model;
    size_t batch, accumulate; /* samples at a time; batches a move */
    int domains;
    size_t rows[GAN_DOMAINS];          /* training rows */
    cgm_batches *batches[GAN_DOMAINS]; /* of batch * accumulate rows */
    gan_made made[GAN_DOMAINS];
    cgm_rng exchanges;
    cgm_augmentation augmentation;
    gan_seat seat[GAN_PLAYERS];
    int level; /* that the moves are compiled for */
    uint64_t step, per_epoch, total;
    gan_watch watch;
};

/* ---- Domains (training_domains.c) ---- */

/* Sets `domains` and `rows`; CGM_E_ARG for a domain without rows. */
cgm_status cgm_gan_domains_count(gan_training *t, const cgm_fit *fit) CGM_CHECKED;
size_t cgm_gan_domains_smallest(const gan_training *t);
/* Makes the batches; `batch` and `accumulate` are set. */
cgm_status cgm_gan_domains_begin(gan_training *t, const cgm_fit *fit) CGM_CHECKED;
/* Batches of an epoch. */
uint64_t cgm_gan_domains_epoch(const gan_training *t);
void cgm_gan_domains_end(gan_training *t);

/* ---- Levels of networks that grow, of others the one that they have (training_levels.c) ---- */

/* Images, or rows, that the critic is shown in a step. */
uint64_t cgm_gan_samples(const gan_training *t);
/* Compiles the moves of each level, the lowest one last, which stays. Raises *bytes to the most memory that the
 * training takes with one of them, `rows` training rows included. */
cgm_status cgm_gan_levels_compile(gan_training *t, size_t rows, int threads, size_t *bytes) CGM_CHECKED;
/* Before a step: its phase, and what a new one needs. */
cgm_status cgm_gan_levels_enter(gan_training *t, int threads) CGM_CHECKED;
/* Adds the phase of the last step. */
void cgm_gan_levels_report(const gan_training *t, cgm_fit_report *report);

/* ---- Moves (training_moves.c) ---- */

/* Compiles both moves for a level in the place of those that there are; model, batch and accumulate are set. */
cgm_status cgm_gan_moves_compile(gan_training *t, int level, int threads) CGM_CHECKED;
/* Runs it on batch `part` of move number `move`, on the data of batch number `batch`; leaves the gradient with the
 * parameters. */
cgm_status cgm_gan_move_run(gan_training *t, gan_player player, uint64_t move, uint64_t batch, size_t part,
                            const cgm_fit *fit) CGM_CHECKED;
/* Whether the generator makes what the critic sees, and so moves first. */
bool cgm_gan_makes(const gan_training *t);
/* After that move number `move`: what it made passes through the buffers. */
void cgm_gan_made_exchange(gan_training *t, uint64_t move);
size_t cgm_gan_move_bytes(const gan_training *t, gan_player player);
void cgm_gan_moves_clear(gan_training *t);

#endif
