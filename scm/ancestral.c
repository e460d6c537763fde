/* The part of a model that some variables depend on. */
#include <stdlib.h>

#include "scm/hidden.h"

/* Marks the variables and their ancestors; returns how many that are. */
static size_t mark(const cgm_scm *scm, size_t n, const size_t *variables, bool *kept)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) kept[variables[i]] = true;
    for (size_t v = scm->n; v-- > 0;)
        for (size_t k = 0; kept[v] && k < scm->variable[v].n_parents; k++) kept[scm->variable[v].parents[k]] = true;
    for (size_t v = 0; v < scm->n; v++) count += kept[v];
    return count;
}

/* Variable v of `from` becomes part's next one, position[v]. */
static cgm_status take(const cgm_scm *from, size_t v, size_t *position, cgm_scm *part)
{
    const scm_variable *old = &from->variable[v];
    scm_variable *x = &part->variable[part->n];
    *x = *old;
    x->first_node = part->n_nodes;
    x->parents = cgm_arena_array(&part->arena, old->n_parents + 1, sizeof *x->parents);
    if (!x->parents) return CGM_E_MEMORY;
    for (size_t k = 0; k < old->n_parents; k++) x->parents[k] = position[old->parents[k]];
    for (size_t j = 0; j < old->n_nodes; j++) {
        part->node[part->n_nodes] = from->node[old->first_node + j];
        part->node[part->n_nodes++].variable = part->n;
    }
    position[v] = part->n++;
    return CGM_OK;
}

cgm_status cgm_scm_ancestral(const cgm_scm *scm, size_t n, const size_t *variables, cgm_scm **out)
{
    cgm_status status;
    cgm_scm *part = NULL;
    CGM_TRY(cgm_scm_create(&part));
    part->borrows = part->finished = true;
    bool *kept = cgm_arena_array(&part->arena, scm->n, sizeof *kept);
    size_t *position = cgm_arena_array(&part->arena, scm->n, sizeof *position);
    part->node = cgm_arena_array(&part->arena, scm->n_nodes, sizeof *part->node);
    part->capacity = kept ? mark(scm, n, variables, kept) : 1;
    part->variable = calloc(part->capacity + 1, sizeof *part->variable);
    if (!kept || !position || !part->node || !part->variable) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for a part of a model");
        goto failed;
    }
    for (size_t v = 0; v < scm->n; v++)
        if (kept[v]) CGM_TRY_GOTO(take(scm, v, position, part), failed);
    CGM_TRY_GOTO(cgm_hidden_take(scm, kept, position, part), failed);
    *out = part;
    return CGM_OK;
failed:
    cgm_scm_destroy(part);
    return status;
}
