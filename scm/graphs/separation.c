/* Separation in the whole graph. */
#include "scm/graphs/separation.h"

#include "scm/graphs/view.h"

cgm_status cgm_dag_separates(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z, bool *out)
{
    CGM_TRY(cgm_dag_check_query(dag, x, y, z));
    const cgm_view whole = {.dag = dag};
    *out = cgm_view_separates(&whole, x, y, z);
    return CGM_OK;
}

void cgm_dag_ancestors(const cgm_dag *dag, const uint64_t *of, uint64_t *out)
{
    const cgm_view whole = {.dag = dag};
    cgm_view_ancestors(&whole, of, out);
}

void cgm_dag_descendants(const cgm_dag *dag, const uint64_t *of, uint64_t *out)
{
    const cgm_view whole = {.dag = dag};
    cgm_view_descendants(&whole, of, out);
}
