/* The mechanism of an ordinal variable with one latent noise: x is the number of thresholds below eta + u, eta linear
 * in the parents' features without an intercept, and u standard logistic (logit: proportional odds) or standard normal
 * (probit). So P(x <= j) = F(threshold_j - eta) (McCullagh 1980, "Regression models for ordinal data", sections 2 and
 * 5.1). Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_ORDINAL_H
#define CGM_SCM_MECHANISMS_ORDINAL_H

#include "scm/mechanism_table.h"
#include "scm/mechanisms/features.h"
#include "scm/mechanisms/latent.h"

typedef struct scm_ordinal {
    cgm_mechanism base;
    cgm_arena arena;
    const cgm_variable *variable;
    cgm_mechanism_node node;
    scm_features features;
    scm_link link;
    size_t n_thresholds; /* levels - 1 */
    size_t n;            /* thresholds and weights: n_thresholds + features.n - 1 */
    double *parameter;   /* [n]: the thresholds, increasing, then the weights of the features but the intercept */
    double *information; /* [n, n]: minus the Hessian of the log-likelihood of all training rows; 0 where given */
    double *given;       /* NULL, or [n]: known ones, the weights in the parents' own units; NaN where fitted */
} scm_ordinal;

/* Maximum likelihood from plain windows: value [n, 1], parents [n, 1] each. Sets the features' scaling, the thresholds
 * and weights but for what is given, and the information. Newton's method on the mean negative log-likelihood + 1e-9 /
 * 2 |weight|^2, which is convex; steps that would exchange thresholds are halved. The ridge is that of
 * cgm_scm_bernoulli_fit. A level that was never seen counts as a thousandth of a row with the parents at their
 * features' zero, so that its thresholds stay apart. *nll: the mean negative log-likelihood in nats. */
cgm_status cgm_scm_ordinal_fit(scm_ordinal *m, const cgm_values *value, const cgm_values *parents,
                               double *nll) CGM_CHECKED;
/* eta of row i, and the ends of the noise's interval that give `level` there (the first and the last are infinite),
 * with other parameters [n] than its own. */
double cgm_scm_ordinal_eta(const scm_ordinal *m, const double *parameter, const cgm_values *parents, size_t i);
void cgm_scm_ordinal_interval(const scm_ordinal *m, const double *parameter, double eta, size_t level, double *low,
                              double *high);

#endif
