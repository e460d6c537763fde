/* What a fit is made of. */
#ifndef CGM_DIP_FIT_PRIV_H
#define CGM_DIP_FIT_PRIV_H

#include "dip/fit.h"
#include "graph/program.h"
#include "nn/optimizer.h"

/* What the program computes: the objective, its part that is the misfit, the same of what was held out, the image. */
enum { DIP_LOSS, DIP_MISFIT, DIP_HELD, DIP_IMAGE, DIP_OUTPUTS };

struct dip_fit {
    const dip_problem *problem;
    dip_fit_opts opts;
    int threads;
    cgm_arena arena;
    cgm_params *params;
    cgm_program *program;
    cgm_workspace *ws;
    int64_t net_height, net_width, pixels, measured, inputs; /* numbers of the image, of y and of z */
    cgm_real *z, *noisy /* NULL without noise */, *y, *weight, *held,
        *made; /* made: the image as the program writes it */
    cgm_real value[DIP_IMAGE];
    double weights[2]; /* sums: of what the fit sees, and of what was held out */
    double *raw, *mean, *best;
    cgm_real *checkpoint, *kept; /* parameters: of the last checkpoint; without the noise of this iteration */
    double checkpoint_loss;      /* NaN: there is none */
    int64_t iteration;
    dip_stopping stopping;
    cgm_optimizer_opts optimizer_opts;
    cgm_optimizer_state optimizer;
    cgm_rng input_noise, weight_noise;
};

/* All but the options: parameters, program and memory. */
cgm_status cgm_dip_fit_make(dip_fit *f, const cgm_rng *rng) CGM_CHECKED;

#endif
