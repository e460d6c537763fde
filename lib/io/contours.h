/* Contour lines of a function of the plane. Internal. */
#ifndef CGM_IO_CONTOURS_H
#define CGM_IO_CONTOURS_H

#include "base/arena.h"
#include "io/drawing.h"
#include "io/scatter.h"

/* From x[0], y[0] to x[1], y[1]. */
typedef struct cgm_segment {
    double x[2], y[2];
} cgm_segment;

/* Where the surface over a unit cell has that height, by marching squares (the plane's form of Lorensen and Cline
 * 1987): linear between the corners, whose heights are at (0, 0), (1, 0), (1, 1) and (0, 1). Returns how many segments
 * there are, at most two; none where a height is not finite. A saddle is cut as the mean of its corners says. */
size_t cgm_contours_cell(const double height[4], double level, cgm_segment out[2]);

/* The function on a grid that covers a rectangle, and its levels: the multiples of `step` between low and high. */
typedef struct cgm_surface {
    double *height; /* upwards, then to the right; NULL: there is nothing to draw */
    double low, high, step;
} cgm_surface;
/* Takes the heights at the corners of cells between `low` and `high` of both axes. They live in the arena. */
cgm_status cgm_surface_take(const cgm_scatter_field *field, const double low[2], const double high[2], cgm_arena *arena,
                            cgm_surface *out) CGM_CHECKED;
/* Draws the lines in a square with its top left corner at x, y. Higher ones are darker. */
void cgm_surface_draw(cairo_t *cr, const cgm_surface *surface, double x, double y, double side);

#endif
