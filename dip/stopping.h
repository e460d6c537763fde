/* When to stop fitting: a network that is fitted long enough also fits the noise. Nothing here knows the truth.
 * Internal.
 */
#ifndef CGM_DIP_STOPPING_H
#define CGM_DIP_STOPPING_H

#include "base/arena.h"

typedef enum dip_stop_rule {
    DIP_STOP_FIXED,    /* after all iterations; the last image counts */
    DIP_STOP_VARIANCE, /* the image at the end of the window in which images vary least: Wang et al. 2021 */
    DIP_STOP_HELD_OUT, /* the image that is nearest to measurements that were held out, on a running mean */
    DIP_STOP_NOISE     /* once the misfit, on a running mean, is the noise's variance: Morozov 1966 */
} dip_stop_rule;

typedef struct dip_stop_opts {
    int rule;
    int64_t window;   /* variance: images in a window. held out, noise: of the running mean */
    int64_t patience; /* variance, held out: iterations without a better image after which fitting ends */
    double variance;  /* noise: that of what was measured */
    int64_t after;    /* noise: iterations after it was met, which a running mean of images needs to see them */
} dip_stop_opts;

typedef struct dip_stopping {
    dip_stop_opts opts;
    int64_t pixels, seen;
    int64_t best, met;   /* iterations, from 1: of the best image, and in which the noise was met; 0: none yet */
    double value, least; /* of the last iteration and of the best; NaN while there is none */
    double mean;         /* held out, noise: the running mean */
    double *ring;        /* variance: [window, pixels], iteration i in row (i - 1) % window */
    double *average;     /* [pixels] */
} dip_stopping;

cgm_status cgm_dip_stopping_create(const dip_stop_opts *opts, int64_t pixels, cgm_arena *arena,
                                   dip_stopping *out) CGM_CHECKED;
/* Looks at an iteration's image, at its misfit and at its error on what was held out. Returns whether it is the best so
 * far. */
bool cgm_dip_stopping_look(dip_stopping *s, const double *image, double misfit, double held_out);
/* Whether there was none better for long enough, or noise is met. */
bool cgm_dip_stopping_says_so(const dip_stopping *s);

#endif
