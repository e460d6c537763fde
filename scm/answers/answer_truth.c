/* The true counterfactuals, where the data know them: of the values that the interventions set. */
#include <string.h>

#include "scm/answers/answer_priv.h"
#include "scm/interventions/intervention.h"
#include "scm/runs/run_priv.h"

/* A variable's factual value is the data's and not the model's. */
bool cgm_answer_is_variable(const cgm_scm *scm, size_t node)
{
    return cgm_scm_find(scm, cgm_scm_node_name(scm, node)) >= 0;
}

/* Whether the values that intervention k sets do not depend on the model: a hard one's; another's where none of the
 * other interventions moves what it works on, and its condition sees data. moved: room for [nodes]. */
static bool is_same_in_truth(const cgm_scm *scm, const cgm_answer_column *column, size_t k, bool *moved)
{
    const cgm_intervention *x = &column->interventions[k];
    const char *const *names;
    if (x->to >= 0 || !cgm_answer_is_variable(scm, x->node)) return false;
    if (!x->rule) return true;
    for (size_t other = 0; other < column->n_do; other++) {
        cgm_scm_mark_descendants(scm, column->interventions[other].node, moved);
        if (other != k && moved[x->node]) return false;
    }
    const scm_term *condition = &x->rule->condition;
    for (size_t i = condition->e ? cgm_expression_names(condition->e, &names) : 0; i-- > 0;)
        if (condition->node[i] != SIZE_MAX && !cgm_answer_is_variable(scm, condition->node[i])) return false;
    return true;
}

cgm_status cgm_answer_find_truth(cgm_answer *answer, cgm_answer_column *column)
{
    const cgm_scm *scm = answer->run->scm;
    size_t n = cgm_scm_count(scm);
    if (!answer->query.truth || !cgm_dataset_has_truth(answer->run->data)) return CGM_OK;
    bool *moved = cgm_arena_array(&answer->arena, cgm_scm_nodes(scm), sizeof *moved);
    column->truth = cgm_arena_array(&answer->arena, n, sizeof *column->truth);
    if (!moved || !column->truth) return CGM_E_MEMORY;
    for (size_t k = 0; k < column->n_do; k++)
        if (!is_same_in_truth(scm, column, k, moved) ||
            !cgm_dataset_knows_do(answer->run->data, cgm_scm_node_name(scm, column->interventions[k].node)))
            return CGM_OK;
    for (size_t v = 0; v < n; v++) {
        size_t width = cgm_variable_width(cgm_scm_variable(scm, v));
        column->truth[v] = cgm_arena_array(&answer->arena, answer->batch, width * sizeof(double));
        if (!column->truth[v]) return CGM_E_MEMORY;
    }
    column->has_truth = true;
    return CGM_OK;
}

cgm_status cgm_answer_read_truth(cgm_answer *answer, cgm_answer_column *column)
{
    const cgm_run *run = answer->run;
    cgm_arena scratch = {0};
    cgm_assignment *set = cgm_arena_array(&scratch, column->n_do + 1, sizeof *set);
    cgm_status status = set ? CGM_OK : CGM_E_MEMORY;
    for (size_t k = 0; status == CGM_OK && k < column->n_do; k++) {
        size_t node = column->interventions[k].node;
        set[k] =
            (cgm_assignment){.variable = cgm_scm_node_name(run->scm, node), .values = column->world->value[node].data};
    }
    for (size_t v = 0; status == CGM_OK && v < cgm_scm_count(run->scm); v++)
        status = cgm_dataset_truth(run->data, column->n_do, set, cgm_scm_variable(run->scm, v)->name, answer->count,
                                   answer->rows + answer->begin, column->truth[v]);
    cgm_arena_clear(&scratch);
    return status;
}
