/* Building a causal graph, and what it knows of itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/graphs/dag_priv.h"

cgm_status cgm_dag_create(cgm_dag **out)
{
    cgm_dag *dag = calloc(1, sizeof *dag);
    if (!dag) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a graph");
    *out = dag;
    return CGM_OK;
}

void cgm_dag_destroy(cgm_dag *dag)
{
    if (!dag) return;
    cgm_arena_clear(&dag->arena);
    free(dag);
}

cgm_status cgm_dag_fail(const cgm_dag *dag, size_t node, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const char *where = dag->where[node];
    if (where) return CGM_FAIL(CGM_E_CONFIG, "%s: %s", where, message);
    return CGM_FAIL(CGM_E_ARG, "%s", message);
}

/* Where a name is or would be in the table (FNV-1a, open addressing). */
static size_t find_slot(const cgm_dag *dag, const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *c = name; *c; c++) hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    size_t i = (size_t)(hash ^ hash >> 32) & (dag->n_slots - 1);
    while (dag->slot[i] && strcmp(dag->name[dag->slot[i] - 1], name)) i = (i + 1) & (dag->n_slots - 1);
    return i;
}

int cgm_dag_find(const cgm_dag *dag, const char *name)
{
    return dag->n ? dag->slot[find_slot(dag, name)] - 1 : -1;
}

/* The table stays at most half full. */
static cgm_status grow(cgm_dag *dag)
{
    size_t capacity = dag->capacity ? 2 * dag->capacity : 16;
    const char **name = cgm_arena_array(&dag->arena, capacity, sizeof *name);
    const char **where = cgm_arena_array(&dag->arena, capacity, sizeof *where);
    int32_t *slot = cgm_arena_array(&dag->arena, 2 * capacity, sizeof *slot);
    if (!name || !where || !slot) return CGM_E_MEMORY;
    for (size_t i = 0; i < dag->n; i++) name[i] = dag->name[i], where[i] = dag->where[i];
    dag->name = name;
    dag->where = where;
    dag->slot = slot;
    dag->n_slots = 2 * capacity;
    dag->capacity = capacity;
    for (size_t i = 0; i < dag->n; i++) slot[find_slot(dag, name[i])] = (int32_t)i + 1;
    return CGM_OK;
}

cgm_status cgm_dag_add_at(cgm_dag *dag, const char *name, const char *where, size_t *node)
{
    if (!name[0]) return CGM_FAIL(CGM_E_ARG, "a variable of a graph needs a name");
    if (cgm_dag_find(dag, name) >= 0) return CGM_FAIL(CGM_E_ARG, "%s: the graph already has this variable", name);
    if (dag->n == CGM_DAG_MAX_NODES)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "%s: a graph has at most %d variables", name, CGM_DAG_MAX_NODES);
    if (dag->n == dag->capacity) CGM_TRY(grow(dag));
    const char *copy = cgm_arena_strdup(&dag->arena, name);
    const char *line = where ? cgm_arena_strdup(&dag->arena, where) : NULL;
    if (!copy || (where && !line)) return CGM_E_MEMORY;
    dag->name[dag->n] = copy;
    dag->where[dag->n] = line;
    dag->slot[find_slot(dag, name)] = (int32_t)dag->n + 1;
    if (node) *node = dag->n;
    dag->n++;
    dag->words = (dag->n + 63) / 64;
    return CGM_OK;
}

cgm_status cgm_dag_add(cgm_dag *dag, const char *name, size_t *node)
{
    return cgm_dag_add_at(dag, name, NULL, node);
}

static cgm_status add_edge(cgm_dag *dag, cgm_dag_edges *edges, size_t a, size_t b)
{
    if (a >= dag->n || b >= dag->n)
        return CGM_FAIL(CGM_E_ARG, "an edge to node %zu of a graph of %zu", a >= dag->n ? a : b, dag->n);
    if (a == b) return cgm_dag_fail(dag, a, "%s: an edge to itself", dag->name[a]);
    if (edges->n == edges->capacity) {
        size_t capacity = edges->capacity ? 2 * edges->capacity : 32;
        size_t(*pair)[2] = cgm_arena_array(&dag->arena, capacity, sizeof *pair);
        if (!pair) return CGM_E_MEMORY;
        if (edges->n) memcpy(pair, edges->pair, edges->n * sizeof *pair);
        edges->pair = pair;
        edges->capacity = capacity;
    }
    edges->pair[edges->n][0] = a;
    edges->pair[edges->n++][1] = b;
    return CGM_OK;
}

cgm_status cgm_dag_connect(cgm_dag *dag, size_t cause, size_t effect)
{
    return add_edge(dag, &dag->directed, cause, effect);
}

cgm_status cgm_dag_confound(cgm_dag *dag, size_t a, size_t b)
{
    return add_edge(dag, &dag->bidirected, a < b ? a : b, a < b ? b : a);
}

static int compare_edges(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    if (x[0] != y[0]) return x[0] < y[0] ? -1 : 1;
    return (x[1] > y[1]) - (x[1] < y[1]);
}

static cgm_status check_duplicates(const cgm_dag *dag, cgm_dag_edges *edges, const char *arrow)
{
    if (edges->n == 0) return CGM_OK;
    qsort(edges->pair, edges->n, sizeof *edges->pair, compare_edges);
    for (size_t i = 1; i < edges->n; i++) {
        const size_t *edge = edges->pair[i];
        if (compare_edges(edges->pair[i - 1], edge) == 0)
            return cgm_dag_fail(dag, edge[1], "the edge %s %s %s is there twice", dag->name[edge[0]], arrow,
                                dag->name[edge[1]]);
    }
    return CGM_OK;
}

/* Lists the edges by their end `at`; `both`: by each of their ends. */
static cgm_status make_lists(cgm_dag *dag, const cgm_dag_edges *edges, int at, bool both, cgm_dag_lists *out)
{
    out->begin = cgm_arena_array(&dag->arena, dag->n + 2, sizeof *out->begin);
    out->node = cgm_arena_array(&dag->arena, 2 * edges->n + 1, sizeof *out->node);
    if (!out->begin || !out->node) return CGM_E_MEMORY;
    /* Counts lie two places on, so that begin[i + 1] can be filled up from begin[i]. */
    for (size_t e = 0; e < edges->n; e++)
        for (int end = 0; end < 2; end++)
            if (both || end == at) out->begin[edges->pair[e][end] + 2]++;
    for (size_t i = 2; i <= dag->n; i++) out->begin[i] += out->begin[i - 1];
    for (size_t e = 0; e < edges->n; e++)
        for (int end = 0; end < 2; end++)
            if (both || end == at) out->node[out->begin[edges->pair[e][end] + 1]++] = edges->pair[e][1 - end];
    return CGM_OK;
}

/* Names a cycle among the nodes that have no position: each of them has a parent among them. */
static cgm_status fail_cycle(const cgm_dag *dag, size_t *path)
{
    size_t at = 0, length = 0, first, used = 0;
    char text[512];
    while (dag->position[at] != SIZE_MAX) at++;
    for (;;) {
        for (first = 0; first < length && path[first] != at; first++) {
        }
        if (first < length) break;
        path[length++] = at;
        size_t k = dag->parents.begin[at];
        while (dag->position[dag->parents.node[k]] != SIZE_MAX) k++;
        at = dag->parents.node[k];
    }
    /* path[first..length) goes from effect to cause; the message goes the other way, from the node added first. */
    size_t count = length - first, start = first;
    for (size_t i = first; i < length; i++)
        if (path[i] < path[start]) start = i;
    for (size_t i = 0; i <= count && used < sizeof text; i++) {
        size_t k = first + (start - first + count - i % count) % count;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " -> " : "", dag->name[path[k]]);
    }
    return cgm_dag_fail(dag, path[start], "the graph has a cycle: %s%s", text, used < sizeof text ? "" : "...");
}

/* Kahn's algorithm. */
static cgm_status find_order(cgm_dag *dag)
{
    size_t *missing = cgm_arena_array(&dag->arena, dag->n + 1, sizeof *missing), done = 0, ready = 0;
    if (!missing) return CGM_E_MEMORY;
    for (size_t i = 0; i < dag->n; i++) {
        missing[i] = dag->parents.begin[i + 1] - dag->parents.begin[i];
        dag->position[i] = SIZE_MAX;
        if (missing[i] == 0) dag->order[ready++] = i;
    }
    while (done < ready) {
        size_t i = dag->order[done];
        dag->position[i] = done++;
        for (size_t k = dag->children.begin[i]; k < dag->children.begin[i + 1]; k++)
            if (--missing[dag->children.node[k]] == 0) dag->order[ready++] = dag->children.node[k];
    }
    return done == dag->n ? CGM_OK : fail_cycle(dag, missing);
}

typedef struct named {
    const char *name;
    size_t node;
} named;

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const named *)a)->name, ((const named *)b)->name);
}

static cgm_status rank_names(cgm_dag *dag)
{
    named *sorted = cgm_arena_array(&dag->arena, dag->n, sizeof *sorted);
    if (!sorted) return CGM_E_MEMORY;
    for (size_t i = 0; i < dag->n; i++) sorted[i] = (named){dag->name[i], i};
    if (dag->n) qsort(sorted, dag->n, sizeof *sorted, compare_names);
    for (size_t i = 0; i < dag->n; i++) {
        dag->rank[sorted[i].node] = i;
        dag->by_name[i] = sorted[i].node;
    }
    return CGM_OK;
}

cgm_status cgm_dag_finish(cgm_dag *dag)
{
    CGM_CHECK(!dag->order);
    CGM_TRY(check_duplicates(dag, &dag->directed, "->"));
    CGM_TRY(check_duplicates(dag, &dag->bidirected, "<->"));
    size_t *space = cgm_arena_array(&dag->arena, 4 * dag->n, sizeof *space);
    if (!space) return CGM_E_MEMORY;
    dag->order = space;
    dag->position = space + dag->n;
    dag->rank = space + 2 * dag->n;
    dag->by_name = space + 3 * dag->n;
    CGM_TRY(make_lists(dag, &dag->directed, 1, false, &dag->parents));
    CGM_TRY(make_lists(dag, &dag->directed, 0, false, &dag->children));
    CGM_TRY(make_lists(dag, &dag->bidirected, 0, true, &dag->siblings));
    CGM_TRY(rank_names(dag));
    return find_order(dag);
}
