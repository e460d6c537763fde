/* Vertex-disjoint paths in an undirected graph, by augmenting paths. Internal. */
#ifndef CGM_SCM_GRAPHS_FLOW_H
#define CGM_SCM_GRAPHS_FLOW_H

#include "scm/graphs/view.h"

#define CGM_FLOW_NONE SIZE_MAX
#define CGM_FLOW_SOURCE (SIZE_MAX - 1)

/* Paths from a source to a sink, each node on at most one of them. */
typedef struct cgm_flow {
    size_t n, words;
    uint64_t *adjacent;                                  /* [n, words]: neighbours */
    uint64_t from_s[CGM_SET_WORDS], to_t[CGM_SET_WORDS]; /* neighbours of the source, and of the sink */
    size_t *before; /* a node's predecessor on its path; CGM_FLOW_SOURCE; CGM_FLOW_NONE when it is on none */
    size_t *came_in, *came_out; /* the last search: from where it came to a node's entry and its exit */
    size_t *queue;              /* entries are v, exits n + v */
} cgm_flow;

/* Without neighbours and paths. */
cgm_status cgm_flow_create(const cgm_dag *dag, cgm_arena *arena, cgm_flow *out) CGM_CHECKED;
void cgm_flow_reset(cgm_flow *f); /* no paths */
/* Adds a path to those that there are, which may move; false when there can be no more. The nodes whose entry it came
 * to but not their exit are then the smallest set that separates source from sink, of those the nearest to the source.
 */
bool cgm_flow_augment(cgm_flow *f);

#endif
