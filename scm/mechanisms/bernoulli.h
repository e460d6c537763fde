/* The mechanism of a binary variable with one latent noise: x = 1 where eta(parents) + u > 0, eta linear in the
 * parents' features and u standard logistic (logit) or standard normal (probit), so that P(x = 1) is u's distribution
 * function at eta (McCullagh and Nelder 1989, section 4.3). A linear index with an intercept; its information is
 * Fisher's. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_BERNOULLI_H
#define CGM_SCM_MECHANISMS_BERNOULLI_H

#include "scm/mechanisms/linear_index.h"

/* As scm_index_fit says: Newton's method. */
cgm_status cgm_scm_bernoulli_fit(scm_linear_index *m, const cgm_values *value, const cgm_values *parents,
                                 double *nll) CGM_CHECKED;

#endif
