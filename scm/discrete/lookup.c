/* Variables and levels by name, with the nearest name when there is none. */
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "scm/discrete/object.h"

const char *cgm_network_near(const cgm_network *network, const char *name)
{
    const char **names = malloc(network->n * sizeof *names);
    if (!names) return NULL; /* the message goes without */
    for (size_t i = 0; i < network->n; i++) names[i] = network->variable[i].name;
    const char *near = cgm_nearest_word(name, network->n, names);
    free(names);
    return near;
}

int cgm_network_find(const cgm_network *network, const char *name)
{
    return cgm_name_index_find(&network->index, name);
}

int cgm_network_find_level(const cgm_network *network, size_t variable, const char *level)
{
    CGM_CHECK(variable < network->n);
    return cgm_name_index_find(&network->variable[variable].level_index, level);
}

cgm_status cgm_network_lookup(const cgm_network *network, const char *name, size_t *variable)
{
    int found = cgm_network_find(network, name);
    if (found < 0) {
        const char *near = cgm_network_near(network, name);
        return CGM_FAIL(CGM_E_ARG, "the network has no variable '%.60s'%s%s%s", name, near ? "; did you mean '" : "",
                        near ? near : "", near ? "'?" : "");
    }
    *variable = (size_t)found;
    return CGM_OK;
}

static cgm_status unknown_level(const network_variable *v, const char *level)
{
    const char *near = cgm_nearest_word(level, v->n_levels, v->levels);
    if (near) return CGM_FAIL(CGM_E_ARG, "%s has no level '%.60s'; did you mean '%s'?", v->name, level, near);
    return CGM_FAIL(CGM_E_ARG, "%s has no level '%.60s'; its %zu levels are '%s'%s%s%s", v->name, level, v->n_levels,
                    v->levels[0], v->n_levels > 1 ? (v->n_levels > 2 ? ", ..., '" : ", '") : "",
                    v->n_levels > 1 ? v->levels[v->n_levels - 1] : "", v->n_levels > 1 ? "'" : "");
}

/* Names may hold '=': the first that leaves a variable's name before it splits the text, else the first of all. */
static const char *find_split(const cgm_network *network, const char *text, char *name)
{
    const char *first = strchr(text, '=');
    for (const char *at = first; at; at = strchr(at + 1, '=')) {
        size_t n = (size_t)(at - text);
        if (n > CGM_NETWORK_MAX_NAME) break;
        memcpy(name, text, n);
        name[n] = '\0';
        if (cgm_network_find(network, name) >= 0) return at;
    }
    if (!first) return NULL;
    size_t n = (size_t)(first - text) < CGM_NETWORK_MAX_NAME ? (size_t)(first - text) : CGM_NETWORK_MAX_NAME;
    memcpy(name, text, n);
    name[n] = '\0';
    return first;
}

cgm_status cgm_network_read_value(const cgm_network *network, const char *text, cgm_network_value *out)
{
    char name[CGM_NETWORK_MAX_NAME + 1];
    cgm_network_value value;
    const char *split = find_split(network, text, name);
    if (!split || split == text)
        return CGM_FAIL(CGM_E_ARG, "\"%.80s\": expected NAME=LEVEL, as in %s=%s", text, network->variable[0].name,
                        network->variable[0].levels[0]);
    CGM_TRY(cgm_network_lookup(network, name, &value.variable));
    int level = cgm_network_find_level(network, value.variable, split + 1);
    if (level < 0) return unknown_level(&network->variable[value.variable], split + 1);
    value.level = (size_t)level;
    *out = value;
    return CGM_OK;
}
