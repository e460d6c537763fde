/* Structural causal models as discrete networks, for exact probabilities. */
#ifndef CGM_SCM_DISCRETE_CONVERT_H
#define CGM_SCM_DISCRETE_CONVERT_H

#include "scm/discrete/network.h"
#include "scm/scm.h"

/* The network of what P(wanted | ...; do(intervened = ...)) depends on: the wanted variables and their ancestors in the
 * graph without the arrows into the intervened ones, whose own tables are uniform. Variables are indices of the model;
 * the network has their names and their levels'. Its tables are what the mechanisms say of log p. CGM_E_UNSUPPORTED
 * where that needs a variable without levels, a mechanism without a likelihood, or a table that is too large, by name.
 * The caller destroys the network, which does not refer to the model. */
CGM_API cgm_status cgm_network_from_scm(const cgm_scm *scm, size_t n_intervened, const size_t *intervened,
                                        size_t n_wanted, const size_t *wanted, cgm_network **out) CGM_CHECKED;

#endif
