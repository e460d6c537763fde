/* A network that cgm trained to restore images, and its file: a denoiser, or unrolled gradient descent for one
 * operator. Internal. */
#ifndef CGM_DIP_LEARNED_H
#define CGM_DIP_LEARNED_H

#include "dip/learned/denoiser.h"
#include "dip/operators/operator.h"
#include "dip/problem.h"
#include "graph/program.h"

/* What its file says beside its parameters. */
typedef struct dip_learned_facts {
    int64_t channels, width, layers; /* of the denoiser */
    int64_t steps;                   /* of gradient descent; 0: it is a denoiser by itself */
    double low, high;                /* of a denoiser: the noise's deviations that it saw, of pixels in 0..1 */
    int64_t task;                    /* unrolled: a dip_task, with what the operator was made of */
    int64_t factor, filter, blur, beam, views;
    double blur_width, distance;
} dip_learned_facts;

typedef struct dip_learned {
    dip_learned_facts facts;
    cgm_params *params; /* the averages answer */
} dip_learned;

/* With parameters as they are drawn; the streams are split off rng. */
cgm_status cgm_dip_learned_create(const dip_learned_facts *facts, const cgm_rng *rng, dip_learned *out) CGM_CHECKED;
/* Zero-initialised, it may be cleared. */
void cgm_dip_learned_clear(dip_learned *l);
dip_denoiser_opts cgm_dip_learned_denoiser(const dip_learned_facts *facts);
/* The operator's numbers as facts, and whether those of a problem are the same. CGM_E_ARG, naming `path` and the first
 * difference. */
void cgm_dip_learned_describe(int task, const dip_operator_opts *op, dip_learned_facts *facts);
cgm_status cgm_dip_learned_check_operator(const dip_learned *l, const char *path, int task,
                                          const dip_operator_opts *op) CGM_CHECKED;
/* That images of so many channels are what it is for. */
cgm_status cgm_dip_learned_check_channels(const dip_learned *l, const char *path, int64_t channels) CGM_CHECKED;

/* Replaces the file as a whole; `config` is what it was trained by. */
cgm_status cgm_dip_learned_write(const dip_learned *l, const char *path, const char *config) CGM_CHECKED;
/* CGM_E_FORMAT for what is no such file, or of the other kind: unrolled says which is wanted. */
cgm_status cgm_dip_learned_read(const char *path, bool unrolled, dip_learned *out) CGM_CHECKED;

/* ---- Using one (learned_apply.c) ---- */

/* Compiled for images of one size. */
typedef struct dip_learned_program {
    const dip_learned *l;
    int64_t rows, pixels; /* images of the network's channels; numbers of all */
    cgm_arena arena;
    cgm_program *program;
    cgm_workspace *ws;
    cgm_real *x, *level, *y, *weight, *out; /* in: x and levels, one a row, or y and weights */
} dip_learned_program;

cgm_status cgm_dip_learned_compile_denoiser(const dip_learned *l, int64_t channels, int64_t height, int64_t width,
                                            int threads, dip_learned_program *out) CGM_CHECKED;
/* As dip_denoise_fn; the context is such a program. Levels beyond those that it saw are the nearest of these. */
cgm_status cgm_dip_learned_denoise(void *program, double level, const double *x, double *out) CGM_CHECKED;
void cgm_dip_learned_program_clear(dip_learned_program *p);
/* What an unrolled network makes of a problem. */
cgm_status cgm_dip_learned_unroll(const dip_learned *l, const dip_problem *problem, int threads, double *x) CGM_CHECKED;

#endif
