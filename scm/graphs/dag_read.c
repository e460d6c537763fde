/* What a finished graph says, and sets of its nodes by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/graphs/dag_priv.h"

size_t cgm_dag_count(const cgm_dag *dag)
{
    return dag->n;
}

size_t cgm_dag_words(const cgm_dag *dag)
{
    return dag->words;
}

const char *cgm_dag_name(const cgm_dag *dag, size_t node)
{
    CGM_CHECK(node < dag->n);
    return dag->name[node];
}

static size_t list_of(const cgm_dag_lists *lists, size_t node, const size_t **out)
{
    *out = lists->node + lists->begin[node];
    return lists->begin[node + 1] - lists->begin[node];
}

size_t cgm_dag_parents(const cgm_dag *dag, size_t node, const size_t **out)
{
    return list_of(&dag->parents, node, out);
}

size_t cgm_dag_children(const cgm_dag *dag, size_t node, const size_t **out)
{
    return list_of(&dag->children, node, out);
}

size_t cgm_dag_siblings(const cgm_dag *dag, size_t node, const size_t **out)
{
    return list_of(&dag->siblings, node, out);
}

size_t cgm_dag_hidden_count(const cgm_dag *dag)
{
    return dag->bidirected.n;
}

const size_t *cgm_dag_order(const cgm_dag *dag)
{
    return dag->order;
}

const char *cgm_dag_nearest(const cgm_dag *dag, const char *word)
{
    return cgm_nearest_word(word, dag->n, dag->name);
}

uint64_t *cgm_dag_new_set(const cgm_dag *dag, cgm_arena *arena, const uint64_t *copy)
{
    uint64_t *set = cgm_arena_array(arena, dag->words, sizeof *set);
    if (set && copy) cgm_set_copy(dag->words, set, copy);
    return set;
}

cgm_status cgm_dag_read_set(const cgm_dag *dag, const char *what, size_t n, const char *const *names, cgm_arena *arena,
                            uint64_t **out)
{
    uint64_t *set = cgm_dag_new_set(dag, arena, NULL);
    if (!set) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        int node = cgm_dag_find(dag, names[i]);
        const char *near = node < 0 ? cgm_dag_nearest(dag, names[i]) : NULL;
        if (near)
            return CGM_FAIL(CGM_E_ARG, "%s: the graph has no variable '%s'; did you mean '%s'?", what, names[i], near);
        if (node < 0) return CGM_FAIL(CGM_E_ARG, "%s: the graph has no variable '%s'", what, names[i]);
        cgm_set_add(set, (size_t)node);
    }
    *out = set;
    return CGM_OK;
}

size_t cgm_dag_sort_set(const cgm_dag *dag, const uint64_t *set, size_t *out)
{
    uint64_t ranks[CGM_SET_WORDS];
    size_t n = 0;
    cgm_set_clear(dag->words, ranks);
    CGM_SET_EACH(i, dag->words, set) cgm_set_add(ranks, dag->rank[i]);
    CGM_SET_EACH(k, dag->words, ranks) out[n++] = dag->by_name[k];
    return n;
}

cgm_status cgm_dag_write_set(const cgm_dag *dag, const uint64_t *set, cgm_arena *arena, const char **out)
{
    size_t node[CGM_DAG_MAX_NODES], n = cgm_dag_sort_set(dag, set, node), bytes = 1;
    for (size_t k = 0; k < n; k++) bytes += strlen(dag->name[node[k]]) + 2;
    char *text = cgm_arena_alloc(arena, bytes), *to = text;
    if (!text) return CGM_E_MEMORY;
    for (size_t k = 0; k < n; k++) to += sprintf(to, "%s%s", k ? ", " : "", dag->name[node[k]]);
    *out = text;
    return CGM_OK;
}

static cgm_status check_disjoint(const cgm_dag *dag, const uint64_t *a, const uint64_t *b, const char *what)
{
    CGM_SET_EACH(i, dag->words, a)
    if (cgm_set_has(b, i)) return CGM_FAIL(CGM_E_ARG, "%s is both %s", dag->name[i], what);
    return CGM_OK;
}

cgm_status cgm_dag_check_query(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z)
{
    if (cgm_set_is_empty(dag->words, x)) return CGM_FAIL(CGM_E_ARG, "expected a treatment");
    if (cgm_set_is_empty(dag->words, y)) return CGM_FAIL(CGM_E_ARG, "expected an outcome");
    CGM_TRY(check_disjoint(dag, x, y, "treatment and outcome"));
    if (!z) return CGM_OK;
    CGM_TRY(check_disjoint(dag, x, z, "treatment and given"));
    return check_disjoint(dag, y, z, "outcome and given");
}
