/* Estimates with what is known of their errors: standard errors and intervals, by the bootstrap or by
 * quasi-Bayesian draws, of whatever numbers a caller computes from a fitted model. */
#ifndef CGM_SCM_INTERVALS_H
#define CGM_SCM_INTERVALS_H

#include "scm/runs/run.h"

/* NaN where it is not known. */
typedef struct cgm_estimate {
    const char *name; /* "NIE(0)" */
    double value;
    double mc_error;       /* standard error of a Monte Carlo average; 0: exact for the fitted model */
    double standard_error; /* of sampling, as the models behind the interval say it */
    double low, high;      /* the interval */
} cgm_estimate;

typedef enum cgm_interval_kind {
    CGM_INTERVAL_PERCENTILE,    /* of the bootstrap: rows resampled, the model fitted anew */
    CGM_INTERVAL_BCA,           /* corrected for bias and acceleration (Efron 1987); fits once more for each row */
    CGM_INTERVAL_QUASI_BAYESIAN /* percentiles over coefficients drawn from their approximate posterior (King, Tomz and
                                   Wittenberg 2000); the rows stay as they are, and nothing is fitted */
} cgm_interval_kind;

typedef struct cgm_interval_opts {
    size_t models; /* resamples or draws; 0: no intervals, else at least 2 */
    cgm_interval_kind kind;
    double level; /* 0.95 */
} cgm_interval_opts;

/* Numbers computed from a fitted model and the data that it is asked about. */
typedef struct cgm_statistic {
    size_t n; /* numbers */
    /* Fills out [n]. Called from several threads at once, each with a model and data of its own. */
    cgm_status (*compute)(const void *context, const cgm_scm *scm, const cgm_dataset *data, const cgm_rng *rng,
                          double *out);
    const void *context;
    const bool *refit; /* [variables of the run's model]: what the numbers depend on; NULL: all. Others must not be
                          asked: they are not fitted */
} cgm_statistic;

/* Fills standard_error, low and high of estimate [statistic->n], whose values are those of the run's own model. The run
 * must be finished. Errors: CGM_E_ARG for options out of range; CGM_E_UNSUPPORTED, naming the variable, where
 * coefficients cannot be drawn; those of fitting and of the statistic, naming the resample. The answer does not depend
 * on the number of threads. */
CGM_API cgm_status cgm_run_intervals(cgm_run *run, const cgm_statistic *statistic, const cgm_interval_opts *opts,
                                     uint64_t seed, cgm_estimate *estimate) CGM_CHECKED;

#endif
