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
    CGM_DIAGRAM_VECTOR,
    CGM_DIAGRAM_KINDS
} cgm_diagram_kind;

/* An intervention as a picture shows it. */
typedef struct cgm_diagram_do {
    size_t node;
    int to;                /* -1: the node itself is intervened on; else the arrow to that node alone */
    bool cuts;             /* the node's mechanism is replaced: its noise, and the arrows into it, are cut */
    const uint64_t *keeps; /* of the arrows into it, those from these nodes stay: its new value depends on them */
    const char *text;      /* "x = 3" */
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
/* Reads what interventions act on, in the syntax of cgm_scm_parse_do: "x=3", "x~normal(0,1)", "x+=2" (the arrows into x
 * stay), "x:=2*z" (that from z stays; all do where x's own value goes in, or under a condition), "x->y=3". Values and
 * words that are no nodes are shown, not checked. CGM_E_ARG, with the column and the nearest name, for what is none of
 * these and for a variable or an arrow that the graph does not have. */
CGM_API cgm_status cgm_diagram_read_dos(const cgm_dag *dag, size_t n_texts, const char *const *texts, cgm_arena *arena,
                                        size_t *n, const cgm_diagram_do **out) CGM_CHECKED;

/* Draws the diagram and writes it as PNG, atomically. A picture of more than 16 million pixels is drawn smaller.
 * CGM_E_ARG for two interventions on one thing, or names that are not UTF-8; CGM_E_IO. */
CGM_API cgm_status cgm_diagram_write_png(const cgm_diagram *diagram, const char *path) CGM_CHECKED;
/* The same picture in SVG, its letters as outlines, in the arena. */
CGM_API cgm_status cgm_diagram_write_svg(const cgm_diagram *diagram, cgm_arena *arena, const char **out) CGM_CHECKED;
/* The diagram in DOT, the language of Graphviz, in the arena. */
CGM_API cgm_status cgm_diagram_write_dot(const cgm_diagram *diagram, cgm_arena *arena, const char **out) CGM_CHECKED;

#endif
