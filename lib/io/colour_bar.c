/* A colour bar: the map from bottom to top, ticks at round numbers, and the unit. */
#include "io/colour_bar.h"

#include <math.h>
#include <stdio.h>

enum { THICKNESS = 16, TICK = 4, TEXT_GAP = 4, MOST_TICKS = 4 /* on either side of zero */ };
static const cgm_text_style number_style = {11, 14, CAIRO_FONT_WEIGHT_NORMAL, 0x4d4d4d};
static const unsigned ink = 0x4d4d4d;

/* Everything is zero: any scale shows that. */
static double limit_of(const cgm_colour_bar *bar)
{
    return bar->limit > 0 ? bar->limit : 1;
}

/* With a sign of the length of the plus. */
static const char *number(double x, char text[32])
{
    if (x == 0) return "0";
    snprintf(text, 32, "%s%g", x < 0 ? "\u2212" : "+", fabs(x));
    return text;
}

static double text_width(cairo_t *cr, const cgm_colour_bar *bar)
{
    double step = cgm_drawing_step(limit_of(bar), MOST_TICKS),
           widest = cgm_drawing_text_width(cr, &number_style, bar->unit);
    for (int k = -MOST_TICKS; k <= MOST_TICKS; k++) {
        char text[32];
        if (fabs(k * step) <= limit_of(bar) * (1 + 1e-12))
            widest = fmax(widest, cgm_drawing_text_width(cr, &number_style, number(k * step, text)));
    }
    return widest;
}

double cgm_colour_bar_width(cairo_t *cr, const cgm_colour_bar *bar)
{
    return THICKNESS + TICK + TEXT_GAP + text_width(cr, bar);
}

/* A line of whole pixels for each colour, so that nothing is blended. */
static void draw_colours(cairo_t *cr, double x, double y, int height)
{
    cairo_antialias_t before = cairo_get_antialias(cr);
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
    for (int i = 0; i < height; i++) {
        uint8_t rgb[3];
        cgm_colour_map_diverging(height > 1 ? 1 - 2.0 * i / (height - 1) : 0, rgb);
        cgm_drawing_ink(cr, (unsigned)rgb[0] << 16 | (unsigned)rgb[1] << 8 | rgb[2]);
        cairo_rectangle(cr, x, y + i, THICKNESS, 1);
        cairo_fill(cr);
    }
    cairo_set_antialias(cr, before);
}

void cgm_colour_bar_draw(cairo_t *cr, const cgm_colour_bar *bar, double x, double y, double height)
{
    double limit = limit_of(bar), step = cgm_drawing_step(limit, MOST_TICKS),
           unit = cgm_drawing_text_height(&number_style, bar->unit);
    double text = text_width(cr, bar), centre = floor(x + THICKNESS + TICK + TEXT_GAP + text / 2);
    double length = floor(fmax(height - unit - (unit > 0 ? 2 * TEXT_GAP : 0), 1));
    x = floor(x);
    y = floor(y);
    draw_colours(cr, x, y, (int)length);
    cgm_drawing_ink(cr, ink);
    cairo_set_line_width(cr, 1);
    for (int k = -MOST_TICKS; k <= MOST_TICKS; k++) {
        char label[32];
        if (fabs(k * step) > limit * (1 + 1e-12)) continue;
        double at = floor(y + (1 - k * step / limit) / 2 * (length - 1)) + 0.5;
        cairo_move_to(cr, x + THICKNESS, at);
        cairo_line_to(cr, x + THICKNESS + TICK, at);
        cairo_stroke(cr);
        cgm_drawing_text(cr, &number_style, number(k * step, label), centre, at - number_style.line / 2);
    }
    cgm_drawing_text(cr, &number_style, bar->unit, centre, y + length + 2 * TEXT_GAP);
}
