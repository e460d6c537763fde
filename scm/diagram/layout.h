/* Where the nodes of an acyclic graph go in a picture, layer by layer, causes above effects (Sugiyama, Tagawa and Toda
 * 1981). Internal. Layers are found by longest paths, shortened where that makes edges shorter; an edge over several
 * layers gets a bend in each between; the order within layers is improved by barycentres and exchanges of neighbours
 * (Gansner, Koutsofios, North and Vo 1993); coordinates are those of Brandes and Koepf (2001), which keep the inner
 * parts of long edges vertical. */
#ifndef CGM_SCM_DIAGRAM_LAYOUT_H
#define CGM_SCM_DIAGRAM_LAYOUT_H

#include "base/arena.h"

/* An edge; its ends are in a layer each, `from` above `to` where it is directed. */
typedef struct cgm_layout_edge {
    size_t from, to;
    bool directed;
    double label_width, label_height; /* of what stands on its way; 0: nothing */
    size_t n_points;                  /* set by the layout, ends included */
    const size_t *point;              /* from `from` to `to` */
} cgm_layout_edge;

/* A point: a node (points 0..n - 1), or the bend of an edge in a layer. */
typedef struct cgm_layout_point {
    double left, right, height; /* what it takes on each side of x, and in all; of nodes the caller says it */
    double x, y;                /* the rest is set by the layout; y is the middle of its layer */
    size_t layer, position;     /* in the order of the layer */
} cgm_layout_point;

typedef struct cgm_layout_layer {
    size_t n, *point; /* from left to right */
    double top, bottom;
} cgm_layout_layer;

typedef struct cgm_layout {
    size_t n, n_edges; /* filled in by the caller, as are the two arrays */
    cgm_layout_edge *edge;
    const cgm_layout_point *node;
    const size_t *order;       /* the nodes, causes before effects */
    size_t n_points, n_layers; /* the rest is set by the layout */
    cgm_layout_point *point;   /* [n_points] */
    cgm_layout_layer *layer;   /* [n_layers] */
    size_t *up_begin, *up;     /* the neighbours of point i in the layer above are up[up_begin[i]..up_begin[i + 1]) */
    size_t *down_begin, *down; /* and below */
    bool fine;                 /* there is a layer of bends between any two layers of nodes */
    double width, height;
} cgm_layout;

/* Fills in the layout, in the arena. Linear in nodes and bends but for a logarithm. */
cgm_status cgm_layout_find(cgm_layout *layout, cgm_arena *arena) CGM_CHECKED;

/* The steps of it. */
cgm_status cgm_layout_rank(cgm_layout *layout, cgm_arena *arena) CGM_CHECKED;  /* layers, points and their neighbours */
cgm_status cgm_layout_sort(cgm_layout *layout, cgm_arena *arena) CGM_CHECKED;  /* the order within layers */
cgm_status cgm_layout_place(cgm_layout *layout, cgm_arena *arena) CGM_CHECKED; /* x and y */
/* How many pairs of edges cross, as the layers are ordered. work: [the largest layer + 1]. */
size_t cgm_layout_crossings(const cgm_layout *layout, size_t *work);
/* What two neighbours in a layer keep between their middles. */
double cgm_layout_distance(const cgm_layout *layout, size_t left, size_t right);

#endif
