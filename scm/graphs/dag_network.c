/* A causal graph from a discrete network. */
#include "scm/graphs/dag.h"

static cgm_status add_all(const cgm_network *network, cgm_dag *dag)
{
    size_t n = cgm_network_count(network);
    const size_t *parents;
    for (size_t i = 0; i < n; i++) CGM_TRY(cgm_dag_add(dag, cgm_network_name(network, i), NULL));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0, m = cgm_network_parents(network, i, &parents); k < m; k++)
            CGM_TRY(cgm_dag_connect(dag, parents[k], i));
    return cgm_dag_finish(dag);
}

cgm_status cgm_dag_from_network(const cgm_network *network, cgm_dag **out)
{
    cgm_dag *dag = NULL;
    CGM_TRY(cgm_dag_create(&dag));
    cgm_status status = add_all(network, dag);
    if (status == CGM_OK)
        *out = dag;
    else
        cgm_dag_destroy(dag);
    return status;
}
