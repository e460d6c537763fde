/* Front-door sets: P(y | do(x)) = sum_z P(z | x) sum_x' P(y | x', z) P(x').
 *
 * z is one when it meets every directed path from x to y, no back-door path from x to z is open, and x blocks all
 * back-door paths from z to y (Pearl 2009, definition 3.3.3, for sets as in Jeong, Tian and Bareinboim 2022). Where x
 * has no directed path to y the empty set is one. Every function: CGM_E_ARG when x or y is empty, or sets overlap. */
#ifndef CGM_SCM_GRAPHS_FRONT_DOOR_H
#define CGM_SCM_GRAPHS_FRONT_DOOR_H

#include "scm/graphs/dag.h"

/* Is z, which may be empty, a front-door set? Linear in the graph. */
CGM_API cgm_status cgm_front_door_is_valid(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z,
                                           bool *out) CGM_CHECKED;
/* A set no proper part of which is a front-door set, in the arena; NULL when there is none at all. By leaving out one
 * node after the other while the rest has a front-door set: at most n^2 searches (Wienoebst, van der Zander and
 * Liskiewicz 2024 do it in linear time). */
CGM_API cgm_status cgm_front_door_find_minimal(const cgm_dag *dag, const uint64_t *x, const uint64_t *y,
                                               cgm_arena *arena, uint64_t **out) CGM_CHECKED;
/* All front-door sets of ancestors of y, not the minimal ones alone, each once, at most max, with polynomial delay
 * (Jeong, Tian and Bareinboim 2022, algorithm ListFDSets). Others only have useless nodes more: without those that are
 * no ancestors of y a front-door set is still one, as no open path between ancestors of y leaves them. */
CGM_API cgm_status cgm_front_door_list(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, size_t max,
                                       cgm_arena *arena, cgm_set_list *out) CGM_CHECKED;

#endif
