/* How much a mediation analysis rests on there being no hidden common cause of mediator and outcome: Imai, Keele and
 * Yamamoto 2010, "Identification, inference and sensitivity analysis for causal mediation effects", section 5.
 *
 * In linear models m = a(t, x) + e_m and y = b(t, m, x) + e_y, say that the errors have correlation rho, as a hidden
 * common cause would make them. Then least squares gives m's coefficient in y too large by
 *
 *     bias = rho / sqrt(1 - rho^2) * sigma_y / sigma_m        (sigma_y the residual scale of the fitted y)
 *
 * and, with A = E M(t1) - E M(t0), which is not touched, NIE(s) is really less by bias A, NDE(s) more by it, and TE
 * what it was; without interactions this is their theorem 4. The NIE is 0 where the errors of m and of y without m in
 * it have that correlation. */
#ifndef CGM_SCM_SENSITIVITY_H
#define CGM_SCM_SENSITIVITY_H

#include "scm/mediation/mediation.h"

/* Effects were the errors' correlation rho. */
typedef struct cgm_sensitivity_point {
    double rho;
    cgm_estimate nie[2], nde[2]; /* NIE(0), NIE(1), NDE(0), NDE(1) */
} cgm_sensitivity_point;

typedef struct cgm_sensitivity {
    /* For NIE(0) and NIE(1): the rho at which it is 0, and what that asks of a hidden common cause: the product of the
     * shares that it explains of what the fits leave unexplained of m and y (rho^2), and of their variances. NaN where
     * the treatment does not move the mediator. */
    double rho[2], residual_product[2], variance_product[2];
    bool interacts; /* treatment and mediator do, in the outcome: else NIE(0) = NIE(1) and NDE(0) = NDE(1) */
} cgm_sensitivity;

/* For n_rho correlations in (-1, 1), with the intervals that opts asks for; fills point [n_rho]. One mediator that is a
 * parent of the outcome, both linear Gaussian, the treatment and all parents of the mediator among the outcome's, and
 * nothing else between them: CGM_E_UNSUPPORTED, with the reason, for anything else. Else the errors of cgm_run_mediate.
 */
CGM_API cgm_status cgm_run_sensitivity(cgm_run *run, const cgm_mediation_opts *opts, size_t n_rho, const double *rho,
                                       cgm_sensitivity_point *point, cgm_sensitivity *out) CGM_CHECKED;

#endif
