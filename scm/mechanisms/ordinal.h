/* The mechanism of an ordinal variable with one latent noise: x is the number of thresholds below eta + u, eta linear
 * in the parents' features without an intercept, and u standard logistic (logit: proportional odds) or standard normal
 * (probit). So P(x <= j) = F(threshold_j - eta) (McCullagh 1980, "Regression models for ordinal data", sections 2 and
 * 5.1). A linear index with the thresholds, which increase, in the intercept's place; its information is minus the
 * Hessian of the log-likelihood. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_ORDINAL_H
#define CGM_SCM_MECHANISMS_ORDINAL_H

#include "scm/mechanisms/linear_index.h"

/* As scm_index_fit says: Newton's method on a convex function; steps that would exchange thresholds are halved. A level
 * that was never seen counts as a thousandth of a row with the parents at their features' zero, so that its thresholds
 * stay apart. */
cgm_status cgm_scm_ordinal_fit(scm_linear_index *m, const cgm_values *value, const cgm_values *parents,
                               double *nll) CGM_CHECKED;
/* The ends of the noise's interval that give `level` at the index eta (the first and the last are infinite), with
 * parameters [n]. */
void cgm_scm_ordinal_interval(const scm_linear_index *m, const double *parameter, double eta, size_t level, double *low,
                              double *high);

#endif
