/* What must hold of a network: names, parents, the sizes of tables, their numbers. */
#include <float.h>
#include <math.h>
#include <stdio.h>

#include "scm/discrete/object.h"

cgm_status cgm_network_index(cgm_network *network)
{
    const char **names = cgm_arena_array(&network->arena, network->n, sizeof *names);
    size_t first, second;
    if (!names) return CGM_E_MEMORY;
    for (size_t i = 0; i < network->n; i++) names[i] = network->variable[i].name;
    CGM_TRY(cgm_name_index_fill(&network->arena, network->n, names, &network->index));
    const char *twin = cgm_name_index_twin(&network->index, &first, &second);
    if (!twin) return CGM_OK;
    const network_variable *a = &network->variable[first], *b = &network->variable[second];
    if (a->where) return cgm_network_fail(b, "variable '%s' is declared twice, first at %s", twin, a->where);
    return cgm_network_fail(b, "variable '%s' is there twice", twin);
}

cgm_status cgm_network_resolve(cgm_network *network, network_variable *v, size_t *cells)
{
    v->parents = cgm_arena_array(&network->arena, v->n_parents, sizeof *v->parents);
    cgm_name_index index;
    size_t first, second;
    if (!v->parents) return CGM_E_MEMORY;
    CGM_TRY(cgm_name_index_fill(&network->arena, v->n_parents, v->parent_names, &index));
    const char *twin = cgm_name_index_twin(&index, &first, &second);
    if (twin) return cgm_network_fail(v, "%s: parent '%s' is listed twice", v->name, twin);
    *cells = v->n_levels;
    for (size_t k = 0; k < v->n_parents; k++) {
        const char *name = v->parent_names[k];
        int parent = cgm_name_index_find(&network->index, name);
        if (parent < 0) {
            const char *near = cgm_network_near(network, name);
            return cgm_network_fail(v, "%s: parent '%.60s' is not a variable of the network%s%s%s", v->name, name,
                                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        }
        v->parents[k] = (size_t)parent;
        *cells *= network->variable[parent].n_levels;
        if (*cells > CGM_NETWORK_MAX_CELLS) break;
    }
    network->cells += *cells;
    if (network->cells > CGM_NETWORK_MAX_CELLS)
        return cgm_network_fail(v, "%s: with its table the network has more than %zu numbers", v->name,
                                CGM_NETWORK_MAX_CELLS);
    return CGM_OK;
}

void cgm_network_describe_row(const cgm_network *network, const network_variable *v, size_t row, size_t bytes,
                              char *out)
{
    size_t used = 0, rows = 1;
    out[0] = '\0';
    for (size_t k = 0; k < v->n_parents; k++) rows *= network->variable[v->parents[k]].n_levels;
    for (size_t k = 0; k < v->n_parents && used < bytes; k++) {
        const network_variable *parent = &network->variable[v->parents[k]];
        rows /= parent->n_levels;
        used += (size_t)snprintf(out + used, bytes - used, "%s%s=%s", k ? ", " : " given ", parent->name,
                                 parent->levels[row / rows % parent->n_levels]);
    }
}

cgm_status cgm_network_check_row(const cgm_network *network, const network_variable *v, size_t row)
{
    double *p = v->cpt + row * v->n_levels, sum = 0;
    char given[200];
    for (size_t k = 0; k < v->n_levels; k++) {
        sum += p[k];
        if (p[k] >= 0 && p[k] <= 1 + CGM_NETWORK_ROW_TOLERANCE) continue;
        cgm_network_describe_row(network, v, row, sizeof given, given);
        return cgm_network_fail(v, "P(%s=%s%s) is %g; expected a probability", v->name, v->levels[k], given, p[k]);
    }
    if (!(fabs(sum - 1) <= CGM_NETWORK_ROW_TOLERANCE)) {
        cgm_network_describe_row(network, v, row, sizeof given, given);
        return cgm_network_fail(v, "the probabilities of %s%s sum to %.9g; expected 1 within %g", v->name, given, sum,
                                CGM_NETWORK_ROW_TOLERANCE);
    }
    /* A sum of 1 but for rounding is left, so that the table's numbers are those that were given. */
    if (fabs(sum - 1) > DBL_EPSILON * (double)v->n_levels)
        for (size_t k = 0; k < v->n_levels; k++) p[k] /= sum;
    return CGM_OK;
}

/* A variable built from C: its parents, the size of its table, its rows. */
static cgm_status check_variable(cgm_network *network, network_variable *v)
{
    size_t cells;
    CGM_TRY(cgm_network_resolve(network, v, &cells));
    if (v->n_cpt != cells)
        return cgm_network_fail(v, "%s: a table of %zu numbers; expected %zu, one a level and row", v->name, v->n_cpt,
                                cells);
    for (size_t row = 0; row < cells / v->n_levels; row++) CGM_TRY(cgm_network_check_row(network, v, row));
    return CGM_OK;
}

cgm_status cgm_network_finish(cgm_network *network)
{
    CGM_CHECK(!network->finished);
    if (network->n == 0) return CGM_FAIL(CGM_E_ARG, "a network without variables");
    if (!network->index.sorted) CGM_TRY(cgm_network_index(network));
    for (size_t i = 0; i < network->n; i++) {
        network_variable *v = &network->variable[i];
        /* What was read from a file was resolved and checked there, where each row's line is known. */
        if (!v->where) CGM_TRY(check_variable(network, v));
    }
    CGM_TRY(cgm_network_sort(network));
    network->finished = true;
    return CGM_OK;
}
