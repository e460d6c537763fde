/* The noise of additive-noise mechanisms, with mean 0 and variance 1: a standard normal, or what the residuals of a fit
 * say. The latter is a kernel estimate (Silverman 1986, "Density estimation", section 3.4.2): a mixture of equal
 * normals around quantiles of the residuals, whose bandwidth is Silverman's 0.9 min(sd, IQR / 1.34) n^(-1/5), shrunk so
 * that it keeps the variance (the same, section 6.4.1). It is sampled from what its density says. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_RESIDUALS_H
#define CGM_SCM_MECHANISMS_RESIDUALS_H

#include "base/arena.h"
#include "base/rng.h"
#include "io/state.h"

enum { SCM_RESIDUAL_POINTS = 2048 };

typedef struct scm_residuals {
    bool empirical;
    double *point; /* [SCM_RESIDUAL_POINTS], ascending; NULL of a normal */
    double bandwidth;
} scm_residuals;

cgm_status cgm_scm_residuals_init(bool empirical, cgm_arena *arena, scm_residuals *out) CGM_CHECKED;
/* From n residuals of any mean and scale that is not 0. */
cgm_status cgm_scm_residuals_set(scm_residuals *r, size_t n, const double *residual) CGM_CHECKED;
double cgm_scm_residuals_draw(const scm_residuals *r, cgm_rng *rng);
double cgm_scm_residuals_log_density(const scm_residuals *r, double u);
cgm_status cgm_scm_residuals_state(scm_residuals *r, cgm_state *state) CGM_CHECKED;

#endif
