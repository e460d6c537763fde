/* What the other variables are to a treatment and an outcome, and instruments. */
#ifndef CGM_SCM_GRAPHS_ROLES_H
#define CGM_SCM_GRAPHS_ROLES_H

#include "scm/graphs/dag.h"

/* Sets of nodes outside x and y; a node may be in several. */
typedef struct cgm_roles {
    uint64_t *confounders; /* with a directed path to x that avoids y, and one to y that avoids x */
    uint64_t *mediators;   /* on a directed path from x to y that leaves x at once */
    uint64_t *colliders;   /* into which both neighbours point on some path between x and y */
    bool hidden;           /* some hidden common cause reaches x and y in the way of a confounder */
} cgm_roles;

/* In the arena. CGM_E_ARG when x or y is empty or they overlap. Colliders are found by two disjoint paths each: linear
 * in the graph for each node. */
CGM_API cgm_status cgm_roles_find(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena,
                                  cgm_roles *out) CGM_CHECKED;

/* A node that is an instrument for the total effect of x on y when `given` is adjusted for. */
typedef struct cgm_instrument {
    size_t node;
    uint64_t *given;
} cgm_instrument;
typedef struct cgm_instruments {
    size_t n;
    cgm_instrument *instrument;
} cgm_instruments;

/* All instruments, in the order of the nodes: z with a set W of nodes that are no descendants of
 * what x affects on its way to y, such that z and x are connected given W, and W separates z from y when x's edges on
 * its way to y are removed (in linear models cov(z, y | W) / cov(z, x | W) is then the effect: Brito and Pearl 2002;
 * Henckel, Buttenschoen and Maathuis 2024). W is empty where that will do, else the set of ancestors of y and z that
 * lies nearest to y: the ancestral instruments of van der Zander, Textor and Liskiewicz (2015). Whether a node is one
 * given some other set is hard to tell (NP-complete), but when any node is an instrument some node is an ancestral one.
 * x and y are one node each: CGM_E_ARG else. None when x does not affect y. */
CGM_API cgm_status cgm_instruments_find(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena,
                                        cgm_instruments *out) CGM_CHECKED;

#endif
