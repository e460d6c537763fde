/* Projection onto a trained generator G: the image is G(z) for the z of least
 *
 *     ||A G(z) - y||^2 + prior ||z||^2
 *
 * (Bora, Jalal, Price and Dimakis 2017, eq. 3), found by Adam from several random beginnings. Under the model z is
 * standard normal; so with the noise's variance for prior this is the mode of its posterior. Parents of the image are
 * given, or found along with z: numbers, standardised, with the same prior, and levels as shares that add to one.
 * Internal. */
#ifndef CGM_DIP_PROJECTION_H
#define CGM_DIP_PROJECTION_H

#include "base/log.h"
#include "config/config.h"
#include "data/image_generator.h"
#include "dip/problem.h"

typedef struct dip_projection_opts {
    cgm_texts given; /* "NAME=VALUE" of the parents that are given */
    int64_t restarts, iterations;
    double rate;  /* of Adam, falling to 0 by a cosine */
    double prior; /* negative: the noise's variance */
} dip_projection_opts;

#define DIP_PARENTS_TEXT 256
typedef struct dip_projection_report {
    int64_t restart, iteration; /* that the image is of, from 0 and from 1 */
    double misfit;              /* the mean of squared errors of what was measured */
    size_t bytes;               /* allocated before the first iteration */
    char
        parents[DIP_PARENTS_TEXT]; /* those that were found, "digit=7 (0.93), thickness=2.4"; "" where there are none */
} dip_projection_report;

/* That the generator makes images of that size, and that `given` names parents of it with values that they may have. */
cgm_status cgm_dip_projection_check(const cgm_image_generator *generator, const dip_projection_opts *opts,
                                    int64_t channels, int64_t height, int64_t width) CGM_CHECKED;
/* Fills x [channels, height, width] with the best image of all beginnings and iterations, held to [0, 1]. stop: the
 * search ends once it is not 0; or NULL. */
cgm_status cgm_dip_project(const dip_problem *problem, const cgm_image_generator *generator,
                           const dip_projection_opts *opts, const cgm_rng *rng, int threads, const cgm_sink *sink,
                           const volatile int *stop, double *x, dip_projection_report *report) CGM_CHECKED;

#endif
