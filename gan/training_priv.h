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

struct gan_training {
    gan_model model;
    size_t batch, accumulate; /* samples at a time; batches a move */
    cgm_batches *batches;     /* of batch * accumulate rows */
    cgm_augmentation augmentation;
    gan_seat seat[GAN_PLAYERS];
    uint64_t step, per_epoch, total;
};

/* Compiles the player's move; model, batch and accumulate are set. */
cgm_status cgm_gan_move_compile(gan_training *t, gan_player player, int threads) CGM_CHECKED;
/* Runs it on batch `part` of move number `move`, on the data of batch number `batch`; leaves the gradient with the
 * parameters. */
cgm_status cgm_gan_move_run(gan_training *t, gan_player player, uint64_t move, uint64_t batch, size_t part,
                            const cgm_fit *fit) CGM_CHECKED;
size_t cgm_gan_move_bytes(const gan_training *t, gan_player player);
void cgm_gan_move_clear(gan_program *p);

#endif
