/* Discrete networks as structural causal models, and models as networks. */
#ifndef CGM_SCM_DISCRETE_CONVERT_H
#define CGM_SCM_DISCRETE_CONVERT_H

#include "scm/discrete/network.h"
#include "scm/scm.h"

/* The network of what P(wanted | ...; do(intervened = ...)) depends on: the wanted variables and their ancestors in the
 * graph without the arrows into the intervened ones, whose own tables are uniform. Variables are indices of the model;
 * the network has their names and their levels'. Its tables are what the mechanisms say of log p. CGM_E_UNSUPPORTED
 * where that needs a variable without levels, a mechanism without a likelihood, or a table that is too large, by name,
 * and where variables that it needs have hidden common causes. The caller destroys the network, which does not refer to
 * the model. */
CGM_API cgm_status cgm_network_from_scm(const cgm_scm *scm, size_t n_intervened, const size_t *intervened,
                                        size_t n_wanted, const size_t *wanted, cgm_network **out) CGM_CHECKED;

/* The model of a network: every variable keeps its table, with Gumbel-max noise, which is an assumption: the network
 * says nothing of counterfactuals. CGM_E_ARG for what a model cannot have (a name with other characters than letters,
 * digits, '_' and '-', a variable of one level), by name. */
CGM_API cgm_status cgm_scm_from_network(const cgm_network *network, cgm_scm **out) CGM_CHECKED;

#endif
