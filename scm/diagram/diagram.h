/* Pictures of causal graphs: what kind each variable is, its exogenous noise, hidden common causes, and what
 * interventions do to the arrows. As PNG, laid out in layers with causes above effects, or as Graphviz's DOT. */
#ifndef CGM_SCM_DIAGRAM_FIGURE_H
#define CGM_SCM_DIAGRAM_FIGURE_H

#include "scm/discrete/network.h"
#include "scm/graphs/dag.h"

/* Kinds of variable; each has a shape and a colour. */
typedef enum cgm_diagram_kind {
    CGM_DIAGRAM_UNSAID, /* the graph does not say */
    CGM_DIAGRAM_CONTINUOUS,
    CGM_DIAGRAM_POSITIVE,
    CGM_DIAGRAM_BOUNDED,
    CGM_DIAGRAM_BINARY,
    CGM_DIAGRAM_CATEGORICAL,
    CGM_DIAGRAM_ORDINAL,
    CGM_DIAGRAM_COUNT,
    CGM_DIAGRAM_IMAGE,
    CGM_DIAGRAM_KINDS
} cgm_diagram_kind;

/* An intervention as a picture shows it. */
typedef struct cgm_diagram_do {
    size_t node;
    int to;                /* -1: the node itself is intervened on; else the arrow to that node alone */
    bool cuts;             /* the node's mechanism is replaced: its noise, and the arrows into it, are cut */
    const uint64_t *keeps; /* of the arrows into it, those from these nodes stay: its new value depends on them */
    const char *text;      /* "x=3" */
} cgm_diagram_do;

typedef struct cgm_diagram {
    const cgm_dag *dag;
    const cgm_diagram_kind *kind; /* one a node; NULL: all unsaid */
    size_t n_do;
    const cgm_diagram_do *interventions;
    const char *title; /* may be NULL */
} cgm_diagram;

/* The kinds of a config's variables, by `type` and `range` in its map `graph`; in the arena. CGM_E_CONFIG, with the
 * line, for a type that there is not. */
CGM_API cgm_status cgm_diagram_kinds_of_config(const cgm_yaml *root, const cgm_dag *dag, cgm_arena *arena,
                                               const cgm_diagram_kind **out) CGM_CHECKED;
/* Those of a discrete network: binary with two levels, else categorical. */
CGM_API cgm_status cgm_diagram_kinds_of_network(const cgm_network *network, cgm_arena *arena,
                                                const cgm_diagram_kind **out) CGM_CHECKED;
/* Reads what interventions act on, one or several between commas, in the language of cgm_scm_parse_do: "x=3"
 * and "x~normal(0,1)" replace x's mechanism; "x+=2" and "x=3 if z>1" do not; "x:=2*z" replaces it, but for the arrow
 * from z, and "x:=max(x, 1)" does not, as x's own value goes in; "x->y=3" and "x->y: x+=2" change what y sees. What is
 * on the right is shown, not checked. CGM_E_ARG, with the nearest name, for a variable or an arrow that the graph
 * lacks. */
CGM_API cgm_status cgm_diagram_read_do(const cgm_dag *dag, const char *text, cgm_arena *arena, size_t *n,
                                       cgm_diagram_do **out) CGM_CHECKED;

/* Draws the diagram and writes it as PNG, atomically. A picture of more than 16 million pixels is drawn smaller.
 * CGM_E_ARG for two interventions on one thing, or names that are not UTF-8; CGM_E_IO. */
CGM_API cgm_status cgm_diagram_write_png(const cgm_diagram *diagram, const char *path) CGM_CHECKED;
/* The diagram in DOT, the language of Graphviz, in the arena. */
CGM_API cgm_status cgm_diagram_write_dot(const cgm_diagram *diagram, cgm_arena *arena, const char **out) CGM_CHECKED;

#endif
