/* Models drawn from the approximate posterior of the fitted one: each block of coefficients from the normal
 * distribution with the estimate for its mean and the inverse of Fisher's information for its covariance (King, Tomz
 * and Wittenberg 2000, "Making the most of statistical analyses", section 3). Scales of noises stay what they are, as
 * in Imai, Keele and Tingley 2010, "A general approach to causal mediation analysis", algorithm 1. Internal to scm/. */
#ifndef CGM_SCM_POSTERIOR_H
#define CGM_SCM_POSTERIOR_H

#include "base/arena.h"
#include "scm/scm.h"

typedef struct scm_posterior_block {
    size_t variable, index; /* block `index` of that variable's mechanism */
    size_t n;
    const double *value; /* [n], borrowed */
    double *root;        /* [n, n]: root root' is the covariance */
} scm_posterior_block;

/* Zero-initialise; the model must outlive it. */
typedef struct scm_posterior {
    cgm_arena arena;
    const cgm_scm *scm;
    size_t n;
    scm_posterior_block *block;
} scm_posterior;

/* Of the variables marked in refit [variables] (NULL: all). CGM_E_UNSUPPORTED naming a variable whose mechanism does
 * not know the covariance of its coefficients. */
cgm_status cgm_scm_posterior_init(const cgm_scm *scm, const bool *refit, scm_posterior *out) CGM_CHECKED;
void cgm_scm_posterior_clear(scm_posterior *p);
/* Makes `into`, an untrained model of the same config, the fitted one (its images apart). */
cgm_status cgm_scm_posterior_copy(const scm_posterior *p, cgm_scm *into) CGM_CHECKED;
/* Draws the coefficients of such a copy anew. */
cgm_status cgm_scm_posterior_draw(const scm_posterior *p, const cgm_rng *rng, cgm_scm *into) CGM_CHECKED;

#endif
