/* The mechanism of a binary variable with one latent noise: x = 1 where eta(parents) + u > 0, eta linear in the
 * parents' features and u standard logistic (logit) or standard normal (probit), so that P(x = 1) is u's distribution
 * function at eta (McCullagh and Nelder 1989, section 4.3). Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_BERNOULLI_H
#define CGM_SCM_MECHANISMS_BERNOULLI_H

#include "scm/mechanism_table.h"
#include "scm/mechanisms/features.h"
#include "scm/mechanisms/latent.h"

typedef struct scm_bernoulli {
    cgm_mechanism base;
    cgm_arena arena;
    const cgm_variable *variable;
    cgm_mechanism_node node;
    scm_features features;
    scm_link link;
    double *weight;      /* [features.n]; cgm_scm_features_unscale gives eta's weights in the parents' own units */
    double *information; /* [features.n, features.n]: Fisher's, of the weights, from all training rows; 0 where given */
    double *given;       /* NULL, or [features.n]: known weights in the parents' own units; NaN where fitted */
} scm_bernoulli;

double cgm_scm_bernoulli_eta(const scm_bernoulli *m, const cgm_values *parents, size_t i);
/* P(x = 1) in row i. */
double cgm_scm_bernoulli_probability(const scm_bernoulli *m, const cgm_values *parents, size_t i);

/* Maximum likelihood from plain windows: value [n, 1], parents [n, 1] each. Sets the features' scaling, the weights but
 * for what is given, and the information. Newton's method on the mean negative log-likelihood + 1e-9 / 2 |weight|^2:
 * the ridge makes the weights unique where columns are redundant and keeps those of separable data finite (and moves
 * others by some 1e-9 / information). *nll: the mean negative log-likelihood in nats. */
cgm_status cgm_scm_bernoulli_fit(scm_bernoulli *m, const cgm_values *value, const cgm_values *parents,
                                 double *nll) CGM_CHECKED;
/* The covariance of the fitted weights, the inverse of their information, [features.n, features.n]; 0 for what is
 * given, the pseudo-inverse where columns are redundant. It is of the weights as they are stored, so draws of these are
 * to be unscaled each. */
cgm_status cgm_scm_bernoulli_covariance(const scm_bernoulli *m, double *out) CGM_CHECKED;

#endif
