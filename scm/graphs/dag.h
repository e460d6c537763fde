/* Causal graphs: acyclic directed mixed graphs. A directed edge a -> b says that a is a direct cause of b; a bidirected
 * edge a <-> b that a and b have a hidden common cause (the latent projection of Verma and Pearl 1990). Without
 * bidirected edges it is a directed acyclic graph. Nodes are numbered in the order in which they were added. */
#ifndef CGM_SCM_GRAPHS_DAG_H
#define CGM_SCM_GRAPHS_DAG_H

#include "base/arena.h"
#include "config/config.h"
#include "scm/discrete/network.h"
#include "scm/graphs/set.h"

typedef struct cgm_dag cgm_dag;

/* An empty graph, to which nodes and then edges are added, until cgm_dag_finish; after that it is read only, and may be
 * shared among threads. */
CGM_API cgm_status cgm_dag_create(cgm_dag **out) CGM_CHECKED;
CGM_API void cgm_dag_destroy(cgm_dag *dag);
/* Adds a node; its number goes to *node unless that is NULL. CGM_E_ARG for an empty name or one that is there already,
 * CGM_E_UNSUPPORTED for more than CGM_DAG_MAX_NODES. */
CGM_API cgm_status cgm_dag_add(cgm_dag *dag, const char *name, size_t *node) CGM_CHECKED;
/* The edge cause -> effect. CGM_E_ARG for a loop or a number that is no node. */
CGM_API cgm_status cgm_dag_connect(cgm_dag *dag, size_t cause, size_t effect) CGM_CHECKED;
/* The edge a <-> b, beside a directed one if there is one. Errors as above. */
CGM_API cgm_status cgm_dag_confound(cgm_dag *dag, size_t a, size_t b) CGM_CHECKED;
/* Finds an order of the nodes. CGM_E_ARG for an edge that was added twice, or a cycle, which the message names;
 * CGM_E_CONFIG with the line where the graph is from a config. */
CGM_API cgm_status cgm_dag_finish(cgm_dag *dag) CGM_CHECKED;

/* From a config's root: `graph`, a map of variables with their `parents` (other keys are for other readers), and
 * `hidden`, a list of pairs of variables that have a hidden common cause, [x, y] or {between: [x, y], correlation:
 * 0.5}. CGM_E_CONFIG with file and line for a cycle, a parent that is no variable, an edge listed twice, a variable
 * among its own parents. */
CGM_API cgm_status cgm_dag_from_config(const cgm_yaml *root, cgm_dag **out) CGM_CHECKED;
/* The same from a YAML file. */
CGM_API cgm_status cgm_dag_load(const char *path, cgm_dag **out) CGM_CHECKED;
/* The graph of a discrete network; nodes have the network's numbers. CGM_E_UNSUPPORTED for more than
 * CGM_DAG_MAX_NODES. */
CGM_API cgm_status cgm_dag_from_network(const cgm_network *network, cgm_dag **out) CGM_CHECKED;

CGM_API size_t cgm_dag_count(const cgm_dag *dag);
CGM_API size_t cgm_dag_words(const cgm_dag *dag); /* of a set of its nodes */
CGM_API const char *cgm_dag_name(const cgm_dag *dag, size_t node);
/* The number of the node of that name, or -1. */
CGM_API int cgm_dag_find(const cgm_dag *dag, const char *name);
/* Neighbours of a node, of a finished graph: their count, and the array, borrowed, in *out. */
CGM_API size_t cgm_dag_parents(const cgm_dag *dag, size_t node, const size_t **out);
CGM_API size_t cgm_dag_children(const cgm_dag *dag, size_t node, const size_t **out);
CGM_API size_t cgm_dag_siblings(const cgm_dag *dag, size_t node, const size_t **out); /* by bidirected edges */
CGM_API size_t cgm_dag_hidden_count(const cgm_dag *dag);                              /* bidirected edges */
/* All nodes, causes before effects. */
CGM_API const size_t *cgm_dag_order(const cgm_dag *dag);

/* A new set in the arena, of these names. CGM_E_ARG naming `what` (as in "--treatment") and the nearest word for a name
 * that is no node. */
CGM_API cgm_status cgm_dag_read_set(const cgm_dag *dag, const char *what, size_t n, const char *const *names,
                                    cgm_arena *arena, uint64_t **out) CGM_CHECKED;
/* "age, smoke": the names in alphabetical order, in the arena; "" for the empty set. */
CGM_API cgm_status cgm_dag_write_set(const cgm_dag *dag, const uint64_t *set, cgm_arena *arena,
                                     const char **out) CGM_CHECKED;
/* The nodes of the set in alphabetical order of their names, into out[count of the set]. */
CGM_API size_t cgm_dag_sort_set(const cgm_dag *dag, const uint64_t *set, size_t *out);

#endif
