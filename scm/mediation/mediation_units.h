/* Effects in single rows, of an image above all: the row's noise is abducted, and the worlds of
 * scm/mediation/mediation.h are predicted from it. Images are decoder means g (pixel noise 0 in every world, the
 * factual noise of the pixels too), so that with z a mediator that the image's mechanism publishes, and pa its other
 * parents, of De Sousa Ribeiro et al. 2023, "High fidelity image counterfactuals with probabilistic causal models",
 *
 *     DE = g(pa*, z) - g(pa, z) = NDE(0)     IE = g(pa, z*) - g(pa, z) = NIE(0)     TE = g(pa*, z*) - g(pa, z)
 *
 * and TE = NDE(0) + NIE(1) = NDE(1) + NIE(0), in general not DE + IE. A unit's effects are what the model's mechanisms
 * and noises say: they rest on more than averages do, and no witness is asked.
 *
 * Rows are worked through in batches, so that memory does not grow with them. Means are over all rows; their intervals
 * are percentiles of the bootstrap (Efron 1979): rows are drawn anew, with the model and the abducted noises as they
 * are, number by number of the outcome and without correction for how many there are. */
#ifndef CGM_SCM_MEDIATION_UNITS_H
#define CGM_SCM_MEDIATION_UNITS_H

#include "scm/mediation/mediation.h"

typedef struct cgm_unit_effects cgm_unit_effects;

/* Zero-initialise for the first 8 test rows. Texts are used while the question is answered. */
typedef struct cgm_unit_query {
    cgm_row_choice choice;
    size_t
        n_given; /* of these rows those alone in which all conditions hold: "digit=7", "age > 60 and sex == female" */
    const char *const *given;
    size_t keep;     /* rows whose effects are held, the first; 0: all, of an image or a vector 8 */
    const char *out; /* HDF5 file that all rows' effects go to, or NULL */
    size_t batch;    /* rows at a time; 0: as many as take some 64 MiB. Answers do not depend on it */
} cgm_unit_query;

/* Of opts->intervals the resamples of the mean's intervals and their level; the others are refused. Without mediators
 * or paths those of an image are what its mechanism publishes. The rows' effects are NIE, NDE (0) and (1), TE; with
 * paths PSE(0) and PSE(1); with opts->fixed CDE. CGM_E_ARG and CGM_E_UNSUPPORTED as for cgm_run_mediate, the latter
 * also where a mechanism cannot abduct or, without mediators, publishes nothing; CGM_E_INTERRUPTED when the run's stop
 * flag is set between two batches. The run must outlive the answer. */
CGM_API cgm_status cgm_run_mediate_units(cgm_run *run, const cgm_mediation_opts *opts, const cgm_unit_query *query,
                                         cgm_unit_effects **out) CGM_CHECKED;
CGM_API void cgm_unit_effects_destroy(cgm_unit_effects *effects);

/* The question as it was understood, its usual mediators named; texts are the caller's or the run's. */
CGM_API const cgm_mediation_opts *cgm_unit_effects_opts(const cgm_unit_effects *effects);
/* The rows' numbers in the data set, [*n], of which the first *kept are held. Borrowed, as is all below. */
CGM_API const size_t *cgm_unit_effects_rows(const cgm_unit_effects *effects, size_t *n, size_t *kept);
/* How many effects there are, and effect k's name and values, [kept, *width]. */
CGM_API size_t cgm_unit_effects_count(const cgm_unit_effects *effects);
CGM_API const double *cgm_unit_effects_get(const cgm_unit_effects *effects, size_t k, const char **name, size_t *width);
/* The outcome's values, likewise, with treatment t and the mediators as under treatment s; s != t only if there are
 * mediators, else NULL. */
CGM_API const double *cgm_unit_effects_outcome(const cgm_unit_effects *effects, int t, int s, size_t *width);

/* Effect k's mean over all rows, [width]; and the ends of its interval, NULL if none was asked for. */
typedef struct cgm_unit_mean {
    const double *mean, *low, *high;
    cgm_estimate whole; /* of its mean over the numbers of the outcome */
} cgm_unit_mean;
CGM_API const cgm_unit_mean *cgm_unit_effects_mean(const cgm_unit_effects *effects, size_t k);

/* What the file holds, images as float32 [row, channel, y, x] in grey levels: /factual/VARIABLE; /outcome/t0_m0, t0_m1,
 * t1_m0, t1_m1; /effect/direct (NDE(0)), indirect (NIE(0)), total, direct_treated (NDE(1)), indirect_treated (NIE(1)),
 * path, path_treated, controlled, and over the rows /mean/..., /interval/low/..., /interval/high/... of each; /index;
 * attributes of / as in counterfactual files, and treatment, from, to, mediators. Written atomically. */

/* A picture of an image's effects in the first rows that are held, at most 8: signed differences in colour, of several
 * channels the luminance (Rec. 709), on one scale beside them. CGM_E_ARG where the outcome is no image. */
CGM_API cgm_status cgm_unit_effects_draw(const cgm_unit_effects *effects, const char *path) CGM_CHECKED;
/* The same of their means, and with intervals once more with the pixels hatched whose interval covers zero. */
CGM_API cgm_status cgm_unit_effects_draw_means(const cgm_unit_effects *effects, const char *path) CGM_CHECKED;

#endif
