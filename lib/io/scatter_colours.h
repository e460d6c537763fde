/* Points coloured by a value: the colours, and what says so beside them. Internal, as it draws with Cairo. */
#ifndef CGM_IO_SCATTER_COLOURS_H
#define CGM_IO_SCATTER_COLOURS_H

#include "io/drawing.h"
#include "io/scatter.h"

/* The values that all panels show. */
typedef struct scatter_values {
    const cgm_scatter_colours *colours; /* NULL: there are none */
    double low, high;                   /* of numbers */
} scatter_values;

scatter_values cgm_scatter_values(const cgm_scatter *scatter);
void cgm_scatter_colour(const scatter_values *v, double value, double rgb[3]);
/* The legend, or the colour bar, with the gap before it; 0: there is none. */
double cgm_scatter_legend_width(cairo_t *cr, const scatter_values *v);
double cgm_scatter_legend_height(const scatter_values *v);
/* Its top left corner at x, y, no higher than that: a colour bar takes all. */
void cgm_scatter_legend_draw(cairo_t *cr, const scatter_values *v, double x, double y, double height);

#endif
