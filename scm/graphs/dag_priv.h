/* The inside of a causal graph. Internal. */
#ifndef CGM_SCM_GRAPHS_DAG_PRIV_H
#define CGM_SCM_GRAPHS_DAG_PRIV_H

#include "scm/graphs/dag.h"

/* The neighbours of node i are node[begin[i]..begin[i + 1]). */
typedef struct cgm_dag_lists {
    size_t *begin, *node;
} cgm_dag_lists;

/* Edges as they were added. */
typedef struct cgm_dag_edges {
    size_t n, capacity;
    size_t (*pair)[2];
} cgm_dag_edges;

struct cgm_dag {
    cgm_arena arena;
    size_t n, capacity, words;
    const char **name;
    const char **where; /* the line of a config, or NULL */
    int32_t *slot;      /* a hash table of the names: node + 1, or 0 */
    size_t n_slots;
    cgm_dag_edges directed, bidirected;
    cgm_dag_lists parents, children, siblings;
    size_t *order;    /* causes first */
    size_t *position; /* of a node in the order */
    size_t *rank;     /* of a node's name in the alphabet */
    size_t *by_name;  /* nodes in the order of the alphabet */
};

/* cgm_dag_add, with a line for later messages. */
cgm_status cgm_dag_add_at(cgm_dag *dag, const char *name, const char *where, size_t *node) CGM_CHECKED;
/* One item of a config's `hidden`: [a, b], or {between: [a, b], correlation: 0.5}, of the noises; NaN where it is not
 * given. where: its place in the config, or NULL. */
typedef struct cgm_hidden_entry {
    const cgm_yaml *where;
    const char *name[2];
    double correlation;
} cgm_hidden_entry;
/* Reads the items of a `hidden` section, which may be NULL or empty; texts are the config's. */
cgm_status cgm_dag_read_hidden(const cgm_yaml *hidden, cgm_arena *arena, size_t *n, cgm_hidden_entry **out) CGM_CHECKED;
/* Adds the edge: CGM_E_CONFIG at its place, or CGM_E_ARG, for a name that is no node, one name twice, an edge twice. */
cgm_status cgm_dag_add_hidden(cgm_dag *dag, const cgm_hidden_entry *entry) CGM_CHECKED;
/* Fails at a node: CGM_E_CONFIG with its line if it has one, else CGM_E_ARG. */
cgm_status cgm_dag_fail(const cgm_dag *dag, size_t node, const char *format, ...) CGM_PRINTF(3, 4);
/* The name nearest to a word, or NULL. */
const char *cgm_dag_nearest(const cgm_dag *dag, const char *word);
/* A set in an arena; NULL with the message set when memory is out. */
uint64_t *cgm_dag_new_set(const cgm_dag *dag, cgm_arena *arena, const uint64_t *copy);
/* CGM_E_ARG unless x and y are not empty and x, y and z (which may be NULL) have no node in common. */
cgm_status cgm_dag_check_query(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z) CGM_CHECKED;

#endif
