/* PNG pictures of points of a plane: panels side by side, with the same axes. */
#ifndef CGM_IO_SCATTER_H
#define CGM_IO_SCATTER_H

#include "base/status.h"

typedef struct cgm_scatter_panel {
    const char *caption; /* above it, may hold '\n' */
    size_t n;
    const double *points; /* [n, 2]: to the right, upwards */
    const double *value;  /* [n]: what the picture's colours show; not read where it has none */
} cgm_scatter_panel;

/* A function of the plane, whose contour lines are drawn behind the points of every panel. */
typedef struct cgm_scatter_field {
    const char *name; /* "the critic's score" */
    /* Its values [n] at the points [n, 2]. */
    cgm_status (*height)(void *context, size_t n, const double *points, double *out);
    void *context;
} cgm_scatter_field;

/* Points coloured by a value, with a legend of levels or a colour bar at the right. */
typedef struct cgm_scatter_colours {
    const char *name;          /* what is shown, "digit" */
    size_t n_levels;           /* values are 0 to n_levels - 1; 0: numbers */
    const char *const *levels; /* [n_levels]: what they are called */
} cgm_scatter_colours;

typedef struct cgm_scatter {
    const char *title; /* may be NULL */
    size_t n_panels;
    const cgm_scatter_panel *panels;    /* the first one, in blue, is what the others, in orange, are held against */
    int side;                           /* of a panel's square, in pixels; 0: 300 */
    const cgm_scatter_field *field;     /* or NULL */
    const cgm_scatter_colours *colours; /* of all panels; NULL: each has its own colour */
} cgm_scatter;

/* Draws the panels and writes them atomically. The axes show where the first panel's points are; captions say how many
 * points of the others lie outside. CGM_E_ARG when the first has no finite point, or a panel is too wide to draw; the
 * field's error. */
CGM_API cgm_status cgm_scatter_write(const char *path, const cgm_scatter *scatter) CGM_CHECKED;

#endif
