/* Plug-and-play proximal gradient: what takes noise off stands where the proximal map of a regulariser would,
 *
 *     x <- D(x - eta A'W(A x - y), s),  eta = step / |A|^2
 *
 * (Venkatakrishnan, Bouman and Wohlberg 2013; this iteration: Kamilov, Mansour and Wohlberg 2017, eq. 5). The level s
 * falls from one step to the next by one factor, so that coarse errors go first (Zhang et al. 2021, section 4.2). What
 * it converges to depends on D; nothing makes it converge. Internal. */
#ifndef CGM_DIP_PLUG_AND_PLAY_H
#define CGM_DIP_PLUG_AND_PLAY_H

#include "dip/problem.h"

typedef struct dip_plug_opts {
    int64_t steps;
    double step;        /* below 2 the data's part alone would converge */
    double first, last; /* the levels of the first and the last step, in deviations of pixels in 0..1; last negative:
                           the noise's by |A|, and `least` at least */
    double least;
} dip_plug_opts;

/* D: out of the image's size, from x with noise of this deviation. */
typedef cgm_status dip_denoise_fn(void *context, double level, const double *x, double *out);

/* From the image in x on, which is replaced. Nothing is allocated between the first step and the last. */
cgm_status cgm_dip_plug_and_play(const dip_problem *problem, const dip_plug_opts *opts, dip_denoise_fn *denoise,
                                 void *context, int threads, double *x) CGM_CHECKED;

#endif
