/* The parts of identification. Internal. */
#ifndef CGM_SCM_GRAPHS_IDENTIFY_PRIV_H
#define CGM_SCM_GRAPHS_IDENTIFY_PRIV_H

#include "scm/graphs/formula_priv.h"
#include "scm/graphs/identify.h"

/* Q[C] of a district C of the nodes left after an intervention, from the distribution of the nodes of `all`, an
 * ancestral set (Tian and Pearl 2002, function Identify). When it cannot be found, *out is NULL and `stuck` the set T
 * in which C has only ancestors. */
cgm_status cgm_identify_district(cgm_maker *m, const uint64_t *all, const uint64_t *c, const cgm_expression **out,
                                 uint64_t *stuck) CGM_CHECKED;
/* The hedge of T and C. */
cgm_status cgm_hedge_make(const cgm_dag *dag, const uint64_t *t, const uint64_t *c, cgm_arena *arena,
                          cgm_hedge *out) CGM_CHECKED;

#endif
