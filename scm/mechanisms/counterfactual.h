/* Where a variable with levels goes when its parents change and its noise stays: P(x' | x) from the probabilities p
 * of the levels under the parents that were and q under those that would be. Which noise gives p and q is the
 * mechanism's assumption. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_COUNTERFACTUAL_H
#define CGM_SCM_MECHANISMS_COUNTERFACTUAL_H

#include "scm/mechanism.h"

/* P(x' = l | x = observed) into out, [levels]. Where p[observed] is 0 what it gives is a distribution, but means
 * nothing. */
typedef void cgm_counterfactual_rule(size_t levels, const double *p, size_t observed, const double *q, double *out);

/* x = argmax of log p + Gumbel noise (Oberst and Sontag 2019), in closed form where their algorithm draws. */
cgm_counterfactual_rule cgm_scm_gumbel_counterfactual;
/* x = the number of thresholds below one noise, so that levels keep their order: the noise's quantile lies in the
 * interval of the observed level, and the share of it that lies in each level's new interval is asked for. */
cgm_counterfactual_rule cgm_scm_threshold_counterfactual;

/* A mechanism's `counterfactual` by a rule of its log_prob. */
cgm_status cgm_scm_counterfactual_by(cgm_counterfactual_rule *rule, cgm_mechanism *m, size_t levels,
                                     const cgm_values *parents, const cgm_values *counter_parents, size_t n,
                                     double *out) CGM_CHECKED;

#endif
