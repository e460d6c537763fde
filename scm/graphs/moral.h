/* Separators in the augmented graph, the undirected graph in which plain separation is m-separation (Lauritzen et al.
 * 1990; Richardson 2003). Internal. The algorithms are those of van der Zander, Liskiewicz and Textor (2019),
 * "Separators and adjustment sets in causal graphs". */
#ifndef CGM_SCM_GRAPHS_MORAL_H
#define CGM_SCM_GRAPHS_MORAL_H

#include "scm/graphs/view.h"

typedef struct cgm_moral {
    size_t n, words;
    uint64_t *adjacent; /* [n, words]: the neighbours of each node */
    uint64_t within[CGM_SET_WORDS];
} cgm_moral;

/* The augmented graph of the ancestors in g of `of`: two nodes are neighbours when a path joins them on which all other
 * nodes are colliders; these are the pairs of a district and its parents. */
cgm_status cgm_moral_create(const cgm_view *g, const uint64_t *of, cgm_arena *arena, cgm_moral *out) CGM_CHECKED;

/* What follows separates x from y by nodes of `allowed` alone, in which x and y have none; false when that is
 * impossible. */

/* The minimal separator nearest to x: the part that it leaves with x is the smallest, which goes to `side` unless that
 * is NULL. Linear in the augmented graph. */
bool cgm_moral_nearest(const cgm_moral *g, const uint64_t *x, const uint64_t *y, const uint64_t *allowed, uint64_t *out,
                       uint64_t *side);
/* A separator with the fewest nodes, by as many augmenting paths (Menger). *found is false when there is none. */
cgm_status cgm_moral_minimum(const cgm_dag *dag, const cgm_moral *g, const uint64_t *x, const uint64_t *y,
                             const uint64_t *allowed, cgm_arena *arena, uint64_t *out, bool *found) CGM_CHECKED;
/* All minimal separators, at most max of them, each once, with polynomial delay (Takata 2010). */
cgm_status cgm_moral_list(const cgm_moral *g, const uint64_t *x, const uint64_t *y, const uint64_t *allowed, size_t max,
                          cgm_arena *arena, cgm_set_list *out) CGM_CHECKED;

/* Appends a copy of a set to a list; `more` is set instead when it has max already. Shared with other listings. */
cgm_status cgm_set_list_add(size_t words, const uint64_t *set, size_t max, cgm_arena *arena,
                            cgm_set_list *list) CGM_CHECKED;

#endif
