/* Building a network, and looking at one. */
#include "scm/discrete/network.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/discrete/object.h"

cgm_status cgm_network_create(cgm_network **out)
{
    cgm_network *network = calloc(1, sizeof *network);
    if (!network) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a network");
    *out = network;
    return CGM_OK;
}

void cgm_network_destroy(cgm_network *network)
{
    if (!network) return;
    free(network->variable);
    cgm_arena_clear(&network->arena);
    free(network);
}

cgm_status cgm_network_fail(const network_variable *v, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (v->where) return CGM_FAIL(CGM_E_FORMAT, "%s: %s", v->where, text);
    return CGM_FAIL(CGM_E_ARG, "%s", text);
}

static cgm_status grow(cgm_network *network)
{
    if (network->n < network->capacity) return CGM_OK;
    size_t capacity = network->capacity ? 2 * network->capacity : 16;
    network_variable *grown = realloc(network->variable, capacity * sizeof *grown);
    if (!grown) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu variables", capacity);
    network->variable = grown;
    network->capacity = capacity;
    return CGM_OK;
}

/* That the name and the levels' names are names. */
static cgm_status check_names(const network_variable *v, size_t n_levels, const char *const *levels)
{
    if (!cgm_name_is_text(v->name))
        return cgm_network_fail(
            v, "variable '%.60s': expected a name of 1 to %d bytes of UTF-8 without control characters", v->name,
            CGM_NETWORK_MAX_NAME);
    if (n_levels < 1 || n_levels > CGM_NETWORK_MAX_LEVELS)
        return cgm_network_fail(v, "variable '%s': %zu levels; expected 1 to %d", v->name, n_levels,
                                CGM_NETWORK_MAX_LEVELS);
    for (size_t k = 0; k < n_levels; k++)
        if (!cgm_name_is_text(levels[k]))
            return cgm_network_fail(
                v, "variable '%s': level '%.60s': expected a name of 1 to %d bytes of UTF-8 without control characters",
                v->name, levels[k], CGM_NETWORK_MAX_NAME);
    return CGM_OK;
}

cgm_status cgm_network_declare(cgm_network *network, const char *name, const char *where, size_t n_levels,
                               const char *const *levels)
{
    network_variable v = {.name = name, .where = where, .n_levels = n_levels};
    size_t first, second;
    CGM_CHECK(!network->finished);
    CGM_TRY(check_names(&v, n_levels, levels));
    if (network->n == CGM_NETWORK_MAX_VARIABLES)
        return cgm_network_fail(&v, "more than %d variables", CGM_NETWORK_MAX_VARIABLES);
    CGM_TRY(grow(network));
    v.name = cgm_arena_strdup(&network->arena, name);
    v.levels = cgm_names_copy(&network->arena, n_levels, levels);
    if (!v.name || !v.levels) return CGM_E_MEMORY;
    CGM_TRY(cgm_name_index_fill(&network->arena, n_levels, v.levels, &v.level_index));
    const char *twin = cgm_name_index_twin(&v.level_index, &first, &second);
    if (twin) return cgm_network_fail(&v, "variable '%s': the level '%s' is listed twice", name, twin);
    network->variable[network->n++] = v;
    return CGM_OK;
}

cgm_status cgm_network_add(cgm_network *network, const char *name, size_t n_levels, const char *const *levels,
                           size_t n_parents, const char *const *parents, size_t n_cpt, const double *cpt)
{
    if (n_cpt < 1 || n_cpt > CGM_NETWORK_MAX_CELLS)
        return CGM_FAIL(CGM_E_ARG, "variable '%.60s': a table of %zu numbers; expected 1 to %zu", name, n_cpt,
                        CGM_NETWORK_MAX_CELLS);
    if (n_parents >= CGM_NETWORK_MAX_VARIABLES)
        return CGM_FAIL(CGM_E_ARG, "variable '%.60s': %zu parents; expected fewer than %d", name, n_parents,
                        CGM_NETWORK_MAX_VARIABLES);
    const char **names = cgm_names_copy(&network->arena, n_parents, parents);
    double *copy = cgm_arena_array(&network->arena, n_cpt, sizeof *copy);
    if (!names || !copy) return CGM_E_MEMORY;
    memcpy(copy, cpt, n_cpt * sizeof *copy);
    CGM_TRY(cgm_network_declare(network, name, NULL, n_levels, levels));
    network_variable *v = &network->variable[network->n - 1];
    v->n_parents = n_parents;
    v->parent_names = names;
    v->n_cpt = n_cpt;
    v->cpt = copy;
    return CGM_OK;
}

size_t cgm_network_count(const cgm_network *network)
{
    return network->n;
}

static const network_variable *get(const cgm_network *network, size_t variable)
{
    CGM_CHECK(network->finished && variable < network->n);
    return &network->variable[variable];
}

const char *cgm_network_name(const cgm_network *network, size_t variable)
{
    return get(network, variable)->name;
}

size_t cgm_network_levels(const cgm_network *network, size_t variable, const char *const **levels)
{
    const network_variable *v = get(network, variable);
    *levels = v->levels;
    return v->n_levels;
}

size_t cgm_network_parents(const cgm_network *network, size_t variable, const size_t **parents)
{
    const network_variable *v = get(network, variable);
    *parents = v->parents;
    return v->n_parents;
}

const double *cgm_network_row(const cgm_network *network, size_t variable, const size_t *parent_levels)
{
    const network_variable *v = get(network, variable);
    size_t row = 0;
    for (size_t k = 0; k < v->n_parents; k++) {
        size_t levels = network->variable[v->parents[k]].n_levels;
        CGM_CHECK(parent_levels[k] < levels);
        row = row * levels + parent_levels[k];
    }
    return v->cpt + row * v->n_levels;
}

const size_t *cgm_network_order(const cgm_network *network)
{
    CGM_CHECK(network->finished);
    return network->order;
}
