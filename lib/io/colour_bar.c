/* A colour bar: the map from bottom to top, ticks at round numbers, and the unit. */
#include "io/colour_bar.h"

#include <math.h>
#include <stdio.h>

enum { THICKNESS = 16, TICK = 4, TEXT_GAP = 4, MOST_TICKS = 8 /* lengths between them */ };
static const cgm_text_style number_style = {11, 14, CAIRO_FONT_WEIGHT_NORMAL, 0x4d4d4d};
static const unsigned ink = 0x4d4d4d;

/* From bottom to top. */
typedef struct range {
    double low, high, step; /* step: between ticks, at its multiples */
} range;

/* Where everything is zero, or the same, any scale shows that. */
static range range_of(const cgm_colour_bar *bar)
{
    double limit = bar->limit > 0 ? bar->limit : 1;
    range r = {-limit, limit, cgm_drawing_step(limit, MOST_TICKS / 2)};
    if (!bar->sequential) return r;
    r.low = bar->low;
    r.high = bar->high > bar->low ? bar->high : bar->low + fmax(1, fabs(bar->low) * 1e-9);
    r.step = cgm_drawing_step(r.high - r.low, MOST_TICKS);
    return r;
}

/* The tick after `before` (NaN: the first); false behind the last. */
static bool next_tick(const range *r, double *k)
{
    double slack = 1e-12 * (r->high - r->low) / r->step;
    *k = isnan(*k) ? ceil(r->low / r->step - slack) : *k + 1;
    return *k <= r->high / r->step + slack;
}

/* Of a signed scale with a sign of the length of the plus. */
static const char *number(const cgm_colour_bar *bar, double x, char text[32])
{
    if (x == 0) return "0";
    snprintf(text, 32, "%s%g", x < 0 ? "\u2212" : bar->sequential ? "" : "+", fabs(x));
    return text;
}

static double text_width(cairo_t *cr, const cgm_colour_bar *bar)
{
    const range r = range_of(bar);
    double widest = cgm_drawing_text_width(cr, &number_style, bar->unit);
    char text[32];
    for (double k = NAN; next_tick(&r, &k);)
        widest = fmax(widest, cgm_drawing_text_width(cr, &number_style, number(bar, k * r.step, text)));
    return widest;
}

double cgm_colour_bar_width(cairo_t *cr, const cgm_colour_bar *bar)
{
    return THICKNESS + TICK + TEXT_GAP + text_width(cr, bar);
}

/* A line of whole pixels for each colour, so that nothing is blended. */
static void draw_colours(cairo_t *cr, const cgm_colour_bar *bar, double x, double y, int height)
{
    cairo_antialias_t before = cairo_get_antialias(cr);
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
    for (int i = 0; i < height; i++) {
        uint8_t rgb[3];
        double up = height > 1 ? 1 - (double)i / (height - 1) : 0.5;
        if (bar->sequential)
            cgm_colour_map_sequential(up, rgb);
        else
            cgm_colour_map_diverging(2 * up - 1, rgb);
        cgm_drawing_ink(cr, (unsigned)rgb[0] << 16 | (unsigned)rgb[1] << 8 | rgb[2]);
        cairo_rectangle(cr, x, y + i, THICKNESS, 1);
        cairo_fill(cr);
    }
    cairo_set_antialias(cr, before);
}

void cgm_colour_bar_draw(cairo_t *cr, const cgm_colour_bar *bar, double x, double y, double height)
{
    const range r = range_of(bar);
    double unit = cgm_drawing_text_height(&number_style, bar->unit);
    double text = text_width(cr, bar), centre = floor(x + THICKNESS + TICK + TEXT_GAP + text / 2);
    double length = floor(fmax(height - unit - (unit > 0 ? 2 * TEXT_GAP : 0), 1));
    x = floor(x);
    y = floor(y);
    draw_colours(cr, bar, x, y, (int)length);
    cgm_drawing_ink(cr, ink);
    cairo_set_line_width(cr, 1);
    for (double k = NAN; next_tick(&r, &k);) {
        char label[32];
        double at = floor(y + (r.high - k * r.step) / (r.high - r.low) * (length - 1)) + 0.5;
        cairo_move_to(cr, x + THICKNESS, at);
        cairo_line_to(cr, x + THICKNESS + TICK, at);
        cairo_stroke(cr);
        cgm_drawing_text(cr, &number_style, number(bar, k * r.step, label), centre, at - number_style.line / 2);
    }
    cgm_drawing_text(cr, &number_style, bar->unit, centre, y + length + 2 * TEXT_GAP);
}
