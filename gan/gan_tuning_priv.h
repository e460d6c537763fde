/* The inside of the encoder's own stage, shared by the files that implement it. Internal. */
#ifndef CGM_GAN_GAN_TUNING_PRIV_H
#define CGM_GAN_GAN_TUNING_PRIV_H

#include "data/batches.h"
#include "gan/gan_tuning.h"

/* What a step tells. */
enum { GAN_TUNING_LOSS, GAN_TUNING_IMAGE, GAN_TUNING_LATENT, GAN_TUNING_VALUES };

struct gan_tuning {
    cgm_params *params; /* the encoder's, its own */
    gan_phase phase;    /* what the program was compiled at */
    uint64_t layout;    /* of them, when the state that is gone on with was stored */
    cgm_program *program;
    cgm_workspace *ws;
    cgm_real *x, *pa, *z, *maps; /* NULL without parents, or noise maps */
    cgm_real value[GAN_TUNING_VALUES];
    size_t batch, n_maps, bytes;
    int threads;
    cgm_batches *batches;
    cgm_augmentation augmentation;
    cgm_rng noise;
    cgm_optimizer_opts opts;
    cgm_optimizer_state optimizer;
    uint64_t started, step, total;
};

/* ---- The costs as a program (gan_tuning_program.c) ---- */

/* Declares the encoder's parameters, of networks that grow at all levels, and gives them values. */
cgm_status cgm_gan_tuning_declare(const gan *m) CGM_CHECKED;
/* Compiles the step at a phase in the place of the one that there is, with the memory that it reads. */
cgm_status cgm_gan_tuning_compile(const gan *m, gan_phase phase) CGM_CHECKED;
void cgm_gan_tuning_clear(gan_tuning *t);

#endif
