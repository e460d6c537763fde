/* What counterfactuals rest on. */
#include <stdlib.h>

#include "scm/object.h"

static bool is_set(size_t n_do, const cgm_intervention *interventions, size_t node)
{
    for (size_t k = 0; k < n_do; k++)
        if (interventions[k].node == node && interventions[k].to < 0) return true;
    return false;
}

cgm_status cgm_scm_assumptions(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions, const char **out)
{
    bool *changed = calloc(scm->n_nodes, sizeof *changed);
    if (!changed) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu nodes", scm->n_nodes);
    for (size_t node = 0; node < scm->n_nodes; node++) {
        size_t v = scm->node[node].variable;
        bool set = is_set(n_do, interventions, node),
             reached = cgm_scm_is_reached(scm, n_do, interventions, changed, node);
        changed[node] = set || reached;
        if (node == cgm_scm_node_of(scm, v)) out[v] = reached && !set ? scm->variable[v].methods->assumption : NULL;
    }
    free(changed);
    return CGM_OK;
}
