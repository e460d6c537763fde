/* The scale beside a picture whose colours are numbers. Internal, as it draws with Cairo. */
#ifndef CGM_IO_COLOUR_BAR_H
#define CGM_IO_COLOUR_BAR_H

#include "io/colour_map.h"
#include "io/drawing.h"

/* What it takes from left to right, numbers and unit included. */
double cgm_colour_bar_width(cairo_t *cr, const cgm_colour_bar *bar);
/* Its top left corner at x, y; red is at the top. The unit stands within the height. */
void cgm_colour_bar_draw(cairo_t *cr, const cgm_colour_bar *bar, double x, double y, double height);

#endif
