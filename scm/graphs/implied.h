/* Independences that a causal graph implies, and data could contradict. */
#ifndef CGM_SCM_GRAPHS_IMPLIED_H
#define CGM_SCM_GRAPHS_IMPLIED_H

#include "scm/graphs/dag.h"

/* a is independent of b given a set. */
typedef struct cgm_independence {
    size_t a, b;
    const uint64_t *given; /* NULL: the two are not neighbours, but nothing that is observed separates them */
} cgm_independence;

typedef struct cgm_implied {
    size_t n;
    cgm_independence *independence;
    size_t n_inseparable; /* those without a set */
} cgm_implied;

/* One for each pair of `observed` nodes (NULL: all) between which there is no edge of either kind: given a set of
 * observed nodes that m-separates them and is as small as any, so that a test loses as little as it may. In a graph
 * without hidden common causes all of whose nodes are observed, each missing edge has one. A pair without a set (an
 * inducing path, Richardson and Spirtes 2002, or separators that are not observed) is listed too. */
CGM_API cgm_status cgm_dag_implied(const cgm_dag *dag, const uint64_t *observed, cgm_arena *arena,
                                   cgm_implied *out) CGM_CHECKED;

#endif
