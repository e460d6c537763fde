/* What a projection is made of. */
#ifndef CGM_DIP_PROJECTION_PRIV_H
#define CGM_DIP_PROJECTION_PRIV_H

#include "dip/learned/projection.h"
#include "graph/program.h"
#include "nn/optimizer.h"

#define DIP_MOST_PARENTS 64 /* of an image */

typedef struct dip_projection {
    const dip_problem *problem;
    const cgm_image_generator *generator;
    dip_projection_opts opts;
    int threads;
    int64_t rows, features, pixels; /* beginnings; of all parents; numbers of the image */
    cgm_arena arena;
    bool *is_given;  /* [parents] */
    cgm_params *own; /* z [rows, latent], and of each parent that is not given what its features are made of */
    cgm_program *program;
    cgm_workspace *ws;
    cgm_real *given;      /* [features], of parents that are given */
    cgm_real *y, *weight; /* as the program reads them */
    cgm_real *value, *misfit, *parents,
        *images; /* [rows], [rows], [rows, features], [rows, C, H, W]: as it writes them */
    double best; /* the least value so far */
    cgm_optimizer_opts optimizer_opts;
    cgm_optimizer_state optimizer;
} dip_projection;

/* The features of parents that are given; CGM_E_ARG for those that there are not. is_given and given [features] are
 * filled. */
cgm_status cgm_dip_projection_read_given(const cgm_image_generator *generator, const cgm_texts *texts, cgm_arena *arena,
                                         bool **is_given, cgm_real **given) CGM_CHECKED;
/* The program, its memory, and where the search begins; all but these is set. */
cgm_status cgm_dip_projection_compile(dip_projection *p, const cgm_rng *rng) CGM_CHECKED;

#endif
