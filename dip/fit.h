/* The deep image prior: the weights theta of an untrained network f are fitted to one measurement by min over theta of
 * ||A f_theta(z) - y||^2, z random and fixed, and f_theta(z) is the image (Ulyanov, Vedaldi and Lempitsky 2018, eq. 2).
 * Internal. */
#ifndef CGM_DIP_FIT_H
#define CGM_DIP_FIT_H

#include "dip/networks/network.h"
#include "dip/problem.h"
#include "dip/stopping.h"

typedef struct dip_fit_opts {
    dip_network_opts network;
    int64_t iterations;
    double rate;         /* of Adam */
    double input_noise;  /* deviation of normal noise that is added to z anew in each iteration */
    double weight_noise; /* deviation of normal noise on each filter, in deviations of the filter's numbers, anew in
                            each iteration: the gradient is there, the update of what was before */
    double ema;          /* decay of the running mean of images, 0: none */
    double tv, tikhonov; /* weights, a pixel, of the image's total variation and of its squared differences */
    double wavelet;      /* weight, a pixel, of the absolute Haar details of three levels */
    double held_out;     /* share of what was measured that the fit does not see */
    double rollback; /* dB by which the fit may fall between two checkpoints before it goes back to the former; 0: it
                        never does */
    dip_stop_opts stop;
} dip_fit_opts;

typedef struct dip_fit dip_fit;

/* What an iteration says. */
typedef struct dip_fit_report {
    int64_t iteration;      /* from 1 */
    double loss, held_out;  /* means of squares: of the misfit, and of that on what was held out (NaN without) */
    double stop_value;      /* what the stopping rule looks at; NaN while it is none */
    bool best, rolled_back; /* the image is the best so far; the weights went back to the last checkpoint */
    bool finished;          /* the rule says so, or all iterations are made */
} dip_fit_report;

/* The problem stays the caller's, for as long as the fit lives. */
cgm_status cgm_dip_fit_create(const dip_problem *problem, const dip_fit_opts *opts, const cgm_rng *rng, int threads,
                              dip_fit **out) CGM_CHECKED;
void cgm_dip_fit_destroy(dip_fit *fit);
/* One iteration. CGM_E_NUMERIC where gradients are not finite again and again. */
cgm_status cgm_dip_fit_step(dip_fit *fit, dip_fit_report *report) CGM_CHECKED;
/* [channels, height, width] of the last iteration: the network's image, and what is put out, the running mean where
 * there is one; and what the stopping rule holds to be best. */
const double *cgm_dip_fit_raw(const dip_fit *fit);
const double *cgm_dip_fit_image(const dip_fit *fit);
const double *cgm_dip_fit_best(const dip_fit *fit);
/* Numbers in the network, and all that the fit allocated, before it began. */
size_t cgm_dip_fit_parameters(const dip_fit *fit);
size_t cgm_dip_fit_bytes(const dip_fit *fit);
/* The parameters, for tests: the network's, and z [input_depth, H, W]. */
cgm_params *cgm_dip_fit_params(dip_fit *fit);
cgm_real *cgm_dip_fit_input(dip_fit *fit, int64_t *size);

#endif
