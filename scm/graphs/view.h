/* A graph with some of its nodes and edges left out, which is what the criteria ask about, and walks over it. Internal.
 * Each walk is linear in the nodes and edges. */
#ifndef CGM_SCM_GRAPHS_VIEW_H
#define CGM_SCM_GRAPHS_VIEW_H

#include "scm/graphs/dag_priv.h"

/* Each set may be NULL, for none (`within`: for all nodes). */
typedef struct cgm_view {
    const cgm_dag *dag;
    const uint64_t *within;            /* the nodes that are left */
    const uint64_t *no_in;             /* without edges into these, bidirected ones included: G with a bar over them */
    const uint64_t *no_out;            /* without directed edges out of these: G with a bar under them */
    const uint64_t *cut_from, *cut_to; /* without directed edges from one of the former to one of the latter */
} cgm_view;

bool cgm_view_has_node(const cgm_view *g, size_t i);
bool cgm_view_has_edge(const cgm_view *g, size_t cause, size_t effect); /* of a directed edge of the graph */
bool cgm_view_has_hidden(const cgm_view *g, size_t a, size_t b);        /* of a bidirected edge of the graph */

/* The nodes of the view from which a directed path leads to a node of `of`, those themselves included. */
void cgm_view_ancestors(const cgm_view *g, const uint64_t *of, uint64_t *out);
void cgm_view_descendants(const cgm_view *g, const uint64_t *of, uint64_t *out);
/* The parents of the nodes of a set, less the set. */
void cgm_view_parents(const cgm_view *g, const uint64_t *of, uint64_t *out);
/* What bidirected paths join to a node: its district, or c-component (Tian and Pearl 2002). */
void cgm_view_district(const cgm_view *g, size_t node, uint64_t *out);
/* Nodes that an m-connecting walk given z joins to a node of x (Richardson 2003), x included. x and z are disjoint. The
 * walk is that of the Bayes ball (Shachter 1998), with bidirected edges. */
void cgm_view_connected(const cgm_view *g, const uint64_t *x, const uint64_t *z, uint64_t *out);
/* Does z m-separate x and y? z may be NULL. */
bool cgm_view_separates(const cgm_view *g, const uint64_t *x, const uint64_t *y, const uint64_t *z);
/* The proper causal paths from x to y, which touch x at their beginning alone: out holds their nodes outside x. */
void cgm_view_causal_nodes(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, uint64_t *out);

#endif
