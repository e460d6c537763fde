/* A problem: what was measured, y = A x + noise, of an image x that is wanted. Internal. */
#ifndef CGM_DIP_PROBLEM_H
#define CGM_DIP_PROBLEM_H

#include "dip/operators/operator.h"

typedef struct dip_problem {
    int64_t channels, height, width; /* of the image */
    const dip_operator_class *kind;
    dip_operator_opts opts; /* that A was made of */
    dip_operator op;
    double *y, *weight; /* of op.map.range; weight 1 where y counts, 0 elsewhere */
    double sigma;       /* the noise's standard deviation, in units of y; 0: none, or unknown */
} dip_problem;

static inline int64_t dip_problem_pixels(const dip_problem *p)
{
    return p->channels * p->height * p->width;
}

/* Room for y, and weights of what A measures, in the arena. */
cgm_status cgm_dip_problem_create(const dip_operator_class *op, const dip_operator_opts *opts, cgm_arena *arena,
                                  dip_problem *out) CGM_CHECKED;
void cgm_dip_problem_clear(dip_problem *p);
/* y = A x and normal noise of deviation sigma where something is measured. */
cgm_status cgm_dip_problem_simulate(dip_problem *p, const double *x, double sigma, const cgm_rng *rng,
                                    int threads) CGM_CHECKED;
/* The same; scratch has op.map.scratch_bytes. */
void cgm_dip_problem_degrade(dip_problem *p, const double *x, double sigma, cgm_rng *rng, void *scratch, int threads);
/* A noisy image's own estimate of sigma: the median of |diagonal Haar coefficient| / 0.6745 (Donoho and Johnstone
 * 1994). Of an image that is smooth over most 2 x 2 pixels. */
cgm_status cgm_dip_noise_estimate(const dip_problem *p, double *sigma) CGM_CHECKED;

#endif
