/* The order in which nodes are sampled when interventions have conditions: what a condition sees comes first. */
#include <stdlib.h>

#include "scm/interventions/intervention.h"

/* The node whose evaluation waits for the condition. */
static size_t target_of(const cgm_intervention *x)
{
    return x->to < 0 ? x->node : (size_t)x->to;
}

/* Number k of what the condition of x sees, SIZE_MAX for a level's name; how many there are. */
static size_t condition_nodes(const cgm_intervention *x, const size_t **nodes)
{
    const char *const *names;
    if (!x->rule || !x->rule->condition.e) return 0;
    *nodes = x->rule->condition.node;
    return cgm_expression_names(x->rule->condition.e, &names);
}

/* Whether the condition of x sees the node, its own natural value apart. */
static bool waits_for(const cgm_intervention *x, size_t node)
{
    const size_t *nodes;
    for (size_t k = condition_nodes(x, &nodes); k-- > 0;)
        if (nodes[k] == node && !(x->to < 0 && node == x->node)) return true;
    return false;
}

void cgm_scm_mark_descendants(const cgm_scm *scm, size_t target, bool *moved)
{
    for (size_t node = 0; node < scm->n_nodes; node++) {
        moved[node] = node == target;
        for (size_t from = target; from < node && !moved[node]; from++)
            moved[node] = moved[from] && cgm_scm_sees(scm, node, from);
    }
}

static cgm_status check_condition(const cgm_scm *scm, const cgm_intervention *x, bool *moved)
{
    size_t target = target_of(x);
    const size_t *nodes;
    size_t n = condition_nodes(x, &nodes);
    if (n == 0) return CGM_OK;
    cgm_scm_mark_descendants(scm, target, moved);
    for (size_t k = 0; k < n; k++)
        if (nodes[k] != SIZE_MAX && moved[nodes[k]] && waits_for(x, nodes[k]))
            return CGM_FAIL(CGM_E_ARG,
                            "do(%s): its condition sees '%s', which the intervention moves: expected variables that do "
                            "not descend from '%s'",
                            x->text, scm->node[nodes[k]].name, scm->node[target].name);
    return CGM_OK;
}

/* Whether all that the node, and the conditions on it, see is placed. */
static bool is_ready(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions, size_t node,
                     const bool *placed)
{
    const size_t *nodes;
    for (size_t from = 0; from < node; from++)
        if (!placed[from] && cgm_scm_sees(scm, node, from)) return false;
    for (size_t k = 0; k < n_do; k++) {
        if (target_of(&interventions[k]) != node) continue;
        for (size_t j = condition_nodes(&interventions[k], &nodes); j-- > 0;)
            if (nodes[j] != SIZE_MAX && !placed[nodes[j]] && waits_for(&interventions[k], nodes[j])) return false;
    }
    return true;
}

static cgm_status arrange(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions, bool *placed,
                          size_t *order)
{
    for (size_t k = 0; k < n_do; k++) CGM_TRY(check_condition(scm, &interventions[k], placed));
    for (size_t i = 0; i < scm->n_nodes; i++) placed[i] = false;
    for (size_t i = 0; i < scm->n_nodes; i++) {
        size_t node = 0;
        while (node < scm->n_nodes && (placed[node] || !is_ready(scm, n_do, interventions, node, placed))) node++;
        if (node == scm->n_nodes)
            return CGM_FAIL(CGM_E_ARG, "the conditions of two or more interventions wait for each other's variables");
        placed[node] = true;
        order[i] = node;
    }
    return CGM_OK;
}

cgm_status cgm_scm_do_order(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions, size_t *order)
{
    const size_t *nodes;
    size_t conditions = 0;
    for (size_t i = 0; i < scm->n_nodes; i++) order[i] = i;
    for (size_t k = 0; k < n_do; k++) conditions += condition_nodes(&interventions[k], &nodes);
    if (conditions == 0) return CGM_OK;
    bool *placed = calloc(scm->n_nodes + 1, sizeof *placed);
    if (!placed) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu nodes", scm->n_nodes);
    cgm_status status = arrange(scm, n_do, interventions, placed, order);
    free(placed);
    return status;
}
