#include "io/scatter_colours.h"

#include <math.h>

#include "io/colour_bar.h"

enum { GAP = 20, DOT = 10, TEXT_GAP = 6 };
static const cgm_text_style name_style = {11, 15, CAIRO_FONT_WEIGHT_BOLD, 0x262626};
static const cgm_text_style level_style = {11, 15, CAIRO_FONT_WEIGHT_NORMAL, 0x4d4d4d};

scatter_values cgm_scatter_values(const cgm_scatter *scatter)
{
    scatter_values v = {scatter->colours, INFINITY, -INFINITY};
    for (size_t p = 0; v.colours && p < scatter->n_panels; p++)
        for (size_t i = 0; i < scatter->panels[p].n; i++) {
            double x = scatter->panels[p].value[i];
            if (!isfinite(x)) continue;
            v.low = fmin(v.low, x);
            v.high = fmax(v.high, x);
        }
    if (!(v.low <= v.high)) v.low = v.high = 0;
    return v;
}

void cgm_scatter_colour(const scatter_values *v, double value, double rgb[3])
{
    uint8_t colour[3];
    double width = v->high - v->low;
    if (v->colours->n_levels)
        cgm_colour_map_level((size_t)fmax(value, 0), v->colours->n_levels, colour);
    else
        cgm_colour_map_sequential(width > 0 ? (value - v->low) / width : 0.5, colour);
    for (int c = 0; c < 3; c++) rgb[c] = colour[c] / 255.0;
}

static cgm_colour_bar bar_of(const scatter_values *v)
{
    return (cgm_colour_bar){.unit = v->colours->name, .sequential = true, .low = v->low, .high = v->high};
}

double cgm_scatter_legend_width(cairo_t *cr, const scatter_values *v)
{
    if (!v->colours) return 0;
    if (!v->colours->n_levels) {
        const cgm_colour_bar bar = bar_of(v);
        return GAP + cgm_colour_bar_width(cr, &bar);
    }
    double widest = cgm_drawing_text_width(cr, &name_style, v->colours->name);
    for (size_t k = 0; k < v->colours->n_levels; k++)
        widest = fmax(widest, DOT + TEXT_GAP + cgm_drawing_text_width(cr, &level_style, v->colours->levels[k]));
    return GAP + widest;
}

double cgm_scatter_legend_height(const scatter_values *v)
{
    if (!v->colours || !v->colours->n_levels) return 0;
    return name_style.line + (double)v->colours->n_levels * level_style.line;
}

/* Its left end at x. */
static void write(cairo_t *cr, const cgm_text_style *style, const char *text, double x, double y)
{
    cgm_drawing_text(cr, style, text, x + (cgm_drawing_text_width(cr, style, text) + 1) / 2, y);
}

static void draw_levels(cairo_t *cr, const scatter_values *v, double x, double y)
{
    write(cr, &name_style, v->colours->name, x, y);
    y += name_style.line;
    for (size_t k = 0; k < v->colours->n_levels; k++, y += level_style.line) {
        double rgb[3];
        cgm_scatter_colour(v, (double)k, rgb);
        cairo_set_source_rgb(cr, rgb[0], rgb[1], rgb[2]);
        cairo_arc(cr, x + DOT / 2.0, y + level_style.line / 2, DOT / 2.0, 0, 2 * 3.14159265358979);
        cairo_fill(cr);
        write(cr, &level_style, v->colours->levels[k], x + DOT + TEXT_GAP, y);
    }
}

void cgm_scatter_legend_draw(cairo_t *cr, const scatter_values *v, double x, double y, double height)
{
    if (!v->colours) return;
    if (v->colours->n_levels) {
        draw_levels(cr, v, x + GAP, y);
        return;
    }
    const cgm_colour_bar bar = bar_of(v);
    cgm_colour_bar_draw(cr, &bar, x + GAP, y, height);
}
