/* A topological order, by removing variables whose parents are all removed (Kahn 1962); what is left has a cycle. */
#include <stdio.h>

#include "scm/discrete/object.h"

/* Scratch: who waits for whom. */
typedef struct sorting {
    const cgm_network *network;
    size_t *waiting;        /* parents that are not placed, of each variable */
    size_t *first, *child;  /* children of i: child[first[i]..first[i + 1]) */
    size_t *order, n_order; /* placed variables */
} sorting;

static cgm_status fill_children(sorting *s, cgm_arena *arena)
{
    const cgm_network *network = s->network;
    size_t edges = 0;
    for (size_t i = 0; i < network->n; i++) edges += network->variable[i].n_parents;
    s->waiting = cgm_arena_array(arena, network->n, sizeof *s->waiting);
    s->first = cgm_arena_array(arena, network->n + 2, sizeof *s->first);
    s->child = cgm_arena_array(arena, edges, sizeof *s->child);
    if (!s->waiting || !s->first || !s->child) return CGM_E_MEMORY;
    /* first[i + 2] counts, then becomes where i + 1 begins; filling moves first[i + 1] to where i ends. */
    for (size_t i = 0; i < network->n; i++)
        for (size_t k = 0; k < network->variable[i].n_parents; k++) s->first[network->variable[i].parents[k] + 2]++;
    for (size_t i = 0; i < network->n; i++) s->first[i + 2] += s->first[i + 1];
    for (size_t i = 0; i < network->n; i++) {
        const network_variable *v = &network->variable[i];
        s->waiting[i] = v->n_parents;
        for (size_t k = 0; k < v->n_parents; k++) s->child[s->first[v->parents[k] + 1]++] = i;
    }
    return CGM_OK;
}

static void place(sorting *s)
{
    for (size_t i = 0; i < s->network->n; i++)
        if (s->waiting[i] == 0) s->order[s->n_order++] = i;
    for (size_t at = 0; at < s->n_order; at++) {
        size_t i = s->order[at];
        for (size_t k = s->first[i]; k < s->first[i + 1]; k++)
            if (--s->waiting[s->child[k]] == 0) s->order[s->n_order++] = s->child[k];
    }
}

/* Some parent that is not placed; each variable of what is left has one. */
static size_t blocking_parent(const sorting *s, size_t i)
{
    const network_variable *v = &s->network->variable[i];
    size_t k = 0;
    while (s->waiting[v->parents[k]] == 0) k++;
    return v->parents[k];
}

/* Going from parent to parent among what is left must come back somewhere. path has room for all. */
static cgm_status fail_cycle(const sorting *s, size_t *path, size_t *step)
{
    const network_variable *v = s->network->variable;
    size_t at = 0, length = 0;
    char text[400];
    while (s->waiting[at] == 0) at++;
    for (; step[at] == 0; at = blocking_parent(s, at)) {
        path[length] = at;
        step[at] = ++length;
    }
    /* path[first..length) goes from child to parent; the message goes the other way, from the one declared first. */
    size_t first = step[at] - 1, count = length - first, start = first, used = 0;
    for (size_t i = first; i < length; i++)
        if (path[i] < path[start]) start = i;
    for (size_t i = 0; i <= count && used < sizeof text; i++) {
        size_t k = first + (start - first + count - i % count) % count;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " -> " : "", v[path[k]].name);
    }
    return cgm_network_fail(&v[path[start]], "the network has a cycle: %s%s", text, used < sizeof text ? "" : "...");
}

cgm_status cgm_network_sort(cgm_network *network)
{
    cgm_arena scratch = {0};
    sorting s = {.network = network};
    cgm_status status = CGM_OK;
    s.order = cgm_arena_array(&network->arena, network->n, sizeof *s.order);
    size_t *path = cgm_arena_array(&scratch, network->n, sizeof *path);
    size_t *step = cgm_arena_array(&scratch, network->n, sizeof *step);
    if (!s.order || !path || !step) status = CGM_E_MEMORY;
    if (status == CGM_OK) status = fill_children(&s, &scratch);
    if (status == CGM_OK) {
        place(&s);
        if (s.n_order < network->n) status = fail_cycle(&s, path, step);
    }
    if (status == CGM_OK) network->order = s.order;
    cgm_arena_clear(&scratch);
    return status;
}
