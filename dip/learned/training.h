/* The training of a denoiser, or of unrolled gradient descent: dip/denoiser.h. Internal. */
#ifndef CGM_DIP_TRAINING_H
#define CGM_DIP_TRAINING_H

#include "dip/learned/images.h"
#include "dip/learned/learned.h"
#include "dip/learned/unrolled.h"
#include "dip/options.h"
#include "nn/optimizer.h"

typedef struct dip_training_opts {
    dip_options problem; /* task: what is unrolled, -1: nothing; of the others those of cgm_dip_problem_keys */
    int64_t steps;       /* of unrolled gradient descent; 0: a denoiser */
    int64_t channels, width, layers;
    int64_t patch, batch, iterations, limit; /* limit: images of a data set */
    double rate;
    double levels[2]; /* of a denoiser's noise, in grey levels of 255 */
    bool noise2noise;
} dip_training_opts;

/* Errors name the key and what was expected. */
cgm_status cgm_dip_training_options_read(const cgm_config *config, dip_training_opts *out) CGM_CHECKED;

typedef struct dip_training {
    dip_training_opts opts;
    const dip_images *images;
    int threads;
    dip_learned learned;
    cgm_arena arena;
    cgm_program *program;
    cgm_workspace *ws;
    int64_t numbers;                /* of a patch */
    cgm_real *clean;                /* [batch, numbers] */
    cgm_real *seen, *other, *level; /* denoiser: noisy, noisy again where targets are, [batch] deviations */
    dip_problem *problem;           /* unrolled: [batch], each with a mask of its own, and */
    double *norm;                   /* their operators' norms, */
    cgm_real **y, **weight;         /* what the program reads of each, */
    double *image;                  /* a patch, */
    void *scratch;                  /* and room for an operator */
    cgm_real loss;
    int64_t iteration;
    cgm_optimizer_opts optimizer_opts;
    cgm_optimizer_state optimizer;
    cgm_rng draws;
} dip_training;

/* The images stay the caller's for as long as the training. */
cgm_status cgm_dip_training_create(const dip_training_opts *opts, const dip_images *images, const cgm_rng *rng,
                                   int threads, dip_training **out) CGM_CHECKED;
void cgm_dip_training_destroy(dip_training *t);
/* One iteration, whose loss is t->loss; nothing is allocated. */
cgm_status cgm_dip_training_step(dip_training *t) CGM_CHECKED;
size_t cgm_dip_training_bytes(const dip_training *t);

/* The program (training_graph.c); all but that is there. */
cgm_status cgm_dip_training_compile(dip_training *t) CGM_CHECKED;

#endif
