/* Adjustment sets: P(y | do(x)) = sum_z P(y | x, z) P(z).
 *
 * z is one exactly when it has no node of the forbidden ones (descendants of nodes other than x on proper causal paths
 * from x to y) and blocks every other path from x to y (the adjustment criterion: Shpitser, VanderWeele and Robins
 * 2010; Perkovic, Textor, Kalisch and Maathuis 2018; with hidden common causes as bidirected edges, which are paths
 * like any other). The sets below are found as separators in the proper back-door graph (van der Zander, Liskiewicz and
 * Textor 2019, "Separators and adjustment sets in causal graphs"). For a single treatment Pearl's back-door criterion
 * (2009, definition 3.3.1) gives the same effects, but accepts fewer sets.
 *
 * Every function: CGM_E_ARG when x or y is empty, or sets overlap. A set that is found lives in the arena; NULL says
 * that there is none. */
#ifndef CGM_SCM_GRAPHS_ADJUSTMENT_H
#define CGM_SCM_GRAPHS_ADJUSTMENT_H

#include "scm/graphs/dag.h"

/* Is z, which may be empty, an adjustment set for the effect of x on y? Linear in the graph. */
CGM_API cgm_status cgm_adjustment_is_valid(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z,
                                           bool *out) CGM_CHECKED;
/* One from which no node can be left out; the one nearest to x. */
CGM_API cgm_status cgm_adjustment_find_minimal(const cgm_dag *dag, const uint64_t *x, const uint64_t *y,
                                               cgm_arena *arena, uint64_t **out) CGM_CHECKED;
/* One with the fewest nodes. */
CGM_API cgm_status cgm_adjustment_find_minimum(const cgm_dag *dag, const uint64_t *x, const uint64_t *y,
                                               cgm_arena *arena, uint64_t **out) CGM_CHECKED;
/* All minimal ones, each once, at most max, with polynomial delay (Takata 2010). */
CGM_API cgm_status cgm_adjustment_list_minimal(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, size_t max,
                                               cgm_arena *arena, cgm_set_list *out) CGM_CHECKED;
/* The optimal one (the O-set of Henckel, Perkovic and Maathuis 2022): of all adjustment sets that with
 * the least asymptotic variance, in linear models by least squares and otherwise without a model (Rotnitzky and Smucler
 * 2020). NULL when there is none, as may be for several treatments, or when x has no effect on some node of y.
 * CGM_E_UNSUPPORTED with hidden common causes, where it is not defined. */
CGM_API cgm_status cgm_adjustment_find_optimal(const cgm_dag *dag, const uint64_t *x, const uint64_t *y,
                                               cgm_arena *arena, uint64_t **out) CGM_CHECKED;

#endif
