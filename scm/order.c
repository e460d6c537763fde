/* The order of the graph: parents by name, cycles, a topological order. */
#include "scm/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int find_declared(const cgm_scm *scm, const char *name)
{
    for (size_t i = 0; i < scm->n; i++)
        if (strcmp(scm->variable[i].variable.name, name) == 0) return (int)i;
    return -1;
}

static cgm_status unknown_parent(const cgm_scm *scm, const scm_variable *v, const char *parent)
{
    char hint[CGM_HINT_TEXT];
    const char **names = malloc(scm->n * sizeof *names);
    if (!names) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu names", scm->n);
    for (size_t i = 0; i < scm->n; i++) names[i] = scm->variable[i].variable.name;
    cgm_status status = cgm_scm_fail(v, "%s: parent '%s' is not a variable of the graph%s", v->variable.name, parent,
                                     cgm_hint(parent, scm->n, names, hint));
    free(names);
    return status;
}

static cgm_status resolve_parents(cgm_scm *scm, scm_variable *v)
{
    for (size_t k = 0; k < v->n_parents; k++) {
        const char *name = v->parent_names[k];
        int parent = find_declared(scm, name);
        if (parent < 0) return unknown_parent(scm, v, name);
        for (size_t l = 0; l < k; l++)
            if (v->parents[l] == (size_t)parent)
                return cgm_scm_fail(v, "%s: parent '%s' is listed twice", v->variable.name, name);
        v->parents[k] = (size_t)parent;
    }
    return CGM_OK;
}

static bool is_ready(const scm_variable *v, const bool *placed)
{
    for (size_t k = 0; k < v->n_parents; k++)
        if (!placed[v->parents[k]]) return false;
    return true;
}

/* Some parent that is not placed; each variable of what is left has one. */
static size_t blocking_parent(const scm_variable *v, const bool *placed)
{
    size_t k = 0;
    while (placed[v->parents[k]]) k++;
    return v->parents[k];
}

/* Names a cycle among the variables that are not placed: going from parent to parent must come back somewhere. */
static cgm_status fail_cycle(const cgm_scm *scm, const bool *placed, size_t *path)
{
    size_t at = 0, length = 0, first;
    while (placed[at]) at++;
    for (;;) {
        for (first = 0; first < length && path[first] != at; first++) {
        }
        if (first < length) break;
        path[length++] = at;
        at = blocking_parent(&scm->variable[at], placed);
    }
    /* path[first..length) goes from child to parent; the message goes the other way, from the one declared first. */
    size_t count = length - first, start = first;
    for (size_t i = first; i < length; i++)
        if (path[i] < path[start]) start = i;
    char text[256];
    size_t used = 0;
    for (size_t i = 0; i <= count && used < sizeof text; i++) {
        size_t k = first + (start - first + count - i % count) % count;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " -> " : "",
                                 scm->variable[path[k]].variable.name);
    }
    return cgm_scm_fail(&scm->variable[path[start]], "the graph has a cycle: %s%s", text,
                        used < sizeof text ? "" : "...");
}

cgm_status cgm_scm_order(cgm_scm *scm, size_t *order)
{
    for (size_t i = 0; i < scm->n; i++) CGM_TRY(resolve_parents(scm, &scm->variable[i]));
    bool *placed = calloc(scm->n + 1, sizeof *placed);
    size_t *path = calloc(scm->n + 1, sizeof *path);
    cgm_status status = CGM_OK;
    if (!placed || !path) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for a graph of %zu variables", scm->n);
        goto done;
    }
    for (size_t k = 0; k < scm->n; k++) {
        size_t i = 0;
        while (i < scm->n && (placed[i] || !is_ready(&scm->variable[i], placed))) i++;
        if (i == scm->n) {
            status = fail_cycle(scm, placed, path);
            goto done;
        }
        placed[i] = true;
        order[k] = i;
    }
done:
    free(path);
    free(placed);
    return status;
}
