/* Exact inference in discrete Bayesian networks: P(targets | evidence; do(interventions)) by variable elimination
 * (Zhang and Poole 1994; Dechter 1999) in the mutilated graph, where an intervened variable has lost its parents (Pearl
 * 2009, definition 1.3.1), so that do with evidence is exact: evidence counts as seen after the intervention. */
#ifndef CGM_SCM_DISCRETE_INFERENCE_H
#define CGM_SCM_DISCRETE_INFERENCE_H

#include "scm/discrete/network.h"

/* A question; zero-initialise. Lists are borrowed. */
typedef struct cgm_network_query {
    size_t n_do;
    const cgm_network_value *interventions; /* do(variable = level) */
    size_t n_evidence;
    const cgm_network_value *evidence;
    size_t n_targets;
    const size_t *targets;
    size_t max_bytes; /* of the tables that are alive at a time; 0: 1 GiB */
} cgm_network_query;

/* All that follow refuse, with CGM_E_ARG naming the variable, an index out of range, a variable that is intervened on,
 * observed or asked for twice, and one that is both intervened on and observed. They answer CGM_E_UNSUPPORTED when the
 * tables would take more than max_bytes. A network may be asked by several threads at a time. */

/* How many numbers the joint distribution of the targets has. At least one target. */
CGM_API cgm_status cgm_network_answer_cells(const cgm_network *network, const cgm_network_query *query,
                                            size_t *cells) CGM_CHECKED;
/* P(targets | evidence; do) into p, [levels of targets[0], levels of targets[1], ...], the last fastest, n as
 * cgm_network_answer_cells says. A target that is observed or intervened on has all its mass on that level. CGM_E_ARG
 * for evidence of probability 0 under the intervention ("contradictory evidence"). */
CGM_API cgm_status cgm_network_posterior(const cgm_network *network, const cgm_network_query *query, size_t n,
                                         double *p) CGM_CHECKED;
/* P(evidence; do) and its logarithm in nats, which does not underflow; 0 and -inf where it is impossible. Targets are
 * not looked at. Either pointer may be NULL. */
CGM_API cgm_status cgm_network_evidence(const cgm_network *network, const cgm_network_query *query, double *p,
                                        double *log_p) CGM_CHECKED;

#endif
