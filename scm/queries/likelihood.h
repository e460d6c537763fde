/* Log-probabilities of rows of data under a model, in nats, in all and variable by variable. */
#ifndef CGM_SCM_LIKELIHOOD_H
#define CGM_SCM_LIKELIHOOD_H

#include "base/arena.h"
#include "scm/scm.h"

/* Zero-initialise for the defaults. */
typedef struct cgm_likelihood_opts {
    cgm_split split;    /* CGM_TRAIN is 0 */
    size_t n;           /* the first rows of the split; 0: all */
    size_t n_rows;      /* when not 0, these rows of the split instead, counted from 0 */
    const size_t *rows; /* [n_rows] */
    uint64_t seed;      /* of bounds, which draw */
} cgm_likelihood_opts;

/* The mean over the rows of a log-probability. */
typedef struct cgm_log_prob_mean {
    double mean;
    double standard_error; /* the rows' standard deviation over the root of their number; NaN for one row */
    bool bound;            /* some mechanism gives a lower bound only (an image VAE's ELBO) */
} cgm_log_prob_mean;

typedef struct cgm_likelihood {
    cgm_arena arena;
    size_t n;                    /* rows */
    const size_t *rows;          /* [n]: of the data set */
    size_t n_variables;          /* of the model, in its order */
    double *const *log_prob;     /* [n_variables]: [n], log p(variable | parents) */
    const double *total;         /* [n] */
    cgm_log_prob_mean *variable; /* [n_variables] */
    cgm_log_prob_mean all;
} cgm_likelihood;

/* CGM_E_ARG for rows that the split does not have, and for a value outside its variable's range, naming the row;
 * CGM_E_UNSUPPORTED naming a variable whose mechanism has no density, or hidden common causes whose noises have no
 * joint distribution. Cleared with cgm_likelihood_clear. */
CGM_API cgm_status cgm_scm_likelihood(const cgm_scm *scm, const cgm_dataset *data, const cgm_likelihood_opts *opts,
                                      cgm_likelihood *out) CGM_CHECKED;
CGM_API void cgm_likelihood_clear(cgm_likelihood *likelihood);

#endif
