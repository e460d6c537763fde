/* A naive evaluator of graphs: every operation by its definition, in double, one element at a time, sharing nothing
 * with the kernels or the compiler. */
#ifndef CGM_TESTS_ORACLE_H
#define CGM_TESTS_ORACLE_H

#include "graph/graph_priv.h"

/* values[id] of every node, allocated here; inputs are read from given[id]. Freed with oracle_free. */
double **oracle_run(const cgm_graph *g, const cgm_real *const *given);
void oracle_free(const cgm_graph *g, double **values);

#endif
