/* When to stop fitting: a network that is fitted long enough also fits the noise. Nothing here knows the truth.
 * Internal.
 */
#ifndef CGM_DIP_STOPPING_H
#define CGM_DIP_STOPPING_H

#include "base/arena.h"

typedef enum dip_stop_rule {
    DIP_STOP_FIXED,    /* after all iterations; the last image counts */
    DIP_STOP_VARIANCE, /* the image at the end of the window in which images vary least: Wang et al. 2021 */
    DIP_STOP_HELD_OUT  /* the image that is nearest to measurements that were held out, on a running mean */
} dip_stop_rule;

typedef struct dip_stop_opts {
    int rule;
    int64_t window;   /* variance: images in a window. held out: of the running mean */
    int64_t patience; /* iterations without a better image after which fitting ends */
} dip_stop_opts;

typedef struct dip_stopping {
    dip_stop_opts opts;
    int64_t pixels, seen, best; /* iterations: seen, and which one was best (from 1), 0: none yet */
    double value, least;        /* of the last iteration and of the best; NaN while there is none */
    double mean;                /* held out */
    double *ring;               /* variance: [window, pixels], iteration i in row (i - 1) % window */
    double *average;            /* [pixels] */
} dip_stopping;

cgm_status cgm_dip_stopping_create(const dip_stop_opts *opts, int64_t pixels, cgm_arena *arena,
                                   dip_stopping *out) CGM_CHECKED;
/* Looks at an iteration's image, and at its error on what was held out. Returns whether it is the best so far. */
bool cgm_dip_stopping_look(dip_stopping *s, const double *image, double held_out);
/* Whether there was none better for long enough. */
bool cgm_dip_stopping_says_so(const dip_stopping *s);

#endif
