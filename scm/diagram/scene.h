/* A diagram on its way to a picture: its layout, the outlines of its nodes, and drawing them. Internal. */
#ifndef CGM_SCM_DIAGRAM_SCENE_H
#define CGM_SCM_DIAGRAM_SCENE_H

#include "io/drawing.h"
#include "scm/diagram/layout.h"
#include "scm/diagram/look.h"

extern const cgm_text_style cgm_diagram_name_style, cgm_diagram_small_style, cgm_diagram_do_style;

/* Half the width and height of an outline, and its shape. */
typedef struct cgm_outline {
    cgm_diagram_shape shape;
    double width, height;
} cgm_outline;

/* The outline that a text of this size goes into. */
cgm_outline cgm_outline_around(cgm_diagram_shape shape, double text_width, double text_height);
/* How far above and below its middle the outline is at dx, which is less than its half width. */
double cgm_outline_border(const cgm_outline *o, double dx);
/* The largest dx at which an arrow may end. */
double cgm_outline_reach(const cgm_outline *o);
/* Fills and strokes it around (x, y). */
void cgm_outline_draw(cairo_t *cr, const cgm_outline *o, double x, double y, unsigned fill, unsigned ink, double line);
/* An arrowhead whose tip is at (x, y) and that points along (dx, dy), one of which is 0 and the other 1 or -1. */
#define CGM_ARROW_LENGTH 9.0
void cgm_arrowhead_draw(cairo_t *cr, double x, double y, double dx, double dy);

typedef struct cgm_scene {
    cgm_diagram_state state;
    cgm_arena arena;
    cgm_layout layout;    /* edges: those of the graph, then the hidden ones */
    cgm_outline *outline; /* [nodes] */
    double (*port)[2];    /* [edges]: where it leaves and meets its nodes, from their middles */
} cgm_scene;

/* Lays the diagram out; cr measures texts. */
cgm_status cgm_scene_make(const cgm_diagram *diagram, cairo_t *cr, cgm_scene *out) CGM_CHECKED;
void cgm_scene_draw(const cgm_scene *scene, cairo_t *cr);

/* What the picture's signs mean, in rows no wider than `width`; without cr nothing is drawn. Returns its height. */
double cgm_legend_draw(const cgm_scene *scene, cairo_t *measure, cairo_t *cr, double x, double y, double width);

#endif
