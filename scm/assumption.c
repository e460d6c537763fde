/* What counterfactuals rest on. */
#include <stdlib.h>

#include "scm/interventions/intervention.h"

cgm_status cgm_scm_assumptions(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions, const char **out)
{
    bool *changed = calloc(scm->n_nodes, sizeof *changed);
    if (!changed) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu nodes", scm->n_nodes);
    for (size_t node = 0; node < scm->n_nodes; node++) {
        size_t v = scm->node[node].variable;
        const cgm_intervention *x = cgm_scm_do_find(n_do, interventions, node, -1);
        bool reached = cgm_scm_is_reached(scm, n_do, interventions, changed, node);
        bool made = reached && (!x || !cgm_scm_do_is_hard(x));
        changed[node] = x || reached;
        if (node == cgm_scm_node_of(scm, v)) out[v] = made ? scm->variable[v].methods->assumption : NULL;
    }
    free(changed);
    return CGM_OK;
}
