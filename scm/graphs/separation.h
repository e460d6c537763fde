/* m-separation (d-separation in graphs without hidden common causes), and ancestors. Sets are of cgm_dag_words(dag)
 * words (scm/graphs/set.h). Each function takes time linear in the graph. */
#ifndef CGM_SCM_GRAPHS_SEPARATION_H
#define CGM_SCM_GRAPHS_SEPARATION_H

#include "scm/graphs/dag.h"

/* Is every path between x and y blocked by z (Pearl 2009, definition 1.2.3; Richardson 2003 for bidirected edges)? z
 * may be NULL. CGM_E_ARG when x or y is empty or two of the sets have a node in common. By the Bayes ball (Shachter
 * 1998). */
CGM_API cgm_status cgm_dag_separates(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z,
                                     bool *out) CGM_CHECKED;
/* Nodes from which a directed path leads to a node of the set, and to which one leads; the set included. */
CGM_API void cgm_dag_ancestors(const cgm_dag *dag, const uint64_t *of, uint64_t *out);
CGM_API void cgm_dag_descendants(const cgm_dag *dag, const uint64_t *of, uint64_t *out);

#endif
