/* Points, drawn with Cairo. A panel is a square, as wide as its caption if that is wider; numbers stand below each, and
 * to the left of the first. */
#include "io/scatter.h"

#include <math.h>
#include <stdio.h>

#include "base/arena.h"
#include "io/contours.h"
#include "io/scatter_colours.h"

enum {
    MARGIN = 18, /* around everything */
    GAP = 24,    /* between panels */
    SIDE = 300,  /* of a panel's square, if nothing else is said */
    TEXT_GAP = 4,
    TICK = 50,   /* between ticks, at least */
    MANY = 2000, /* points from which on they are drawn smaller */
};
static const double slack = 0.08; /* of the points' range, on each side */

static const cgm_text_style title_style = {16, 21, CAIRO_FONT_WEIGHT_BOLD, 0x1a1a1a};
static const cgm_text_style caption_style = {12, 16, CAIRO_FONT_WEIGHT_BOLD, 0x262626};
static const cgm_text_style legend_style = {11, 15, CAIRO_FONT_WEIGHT_NORMAL, 0x505050};
static const cgm_text_style number_style = {10, 13, CAIRO_FONT_WEIGHT_NORMAL, 0x808080};
static const unsigned frame_ink = 0xc4c4c4, grid_ink = 0xececec;
static const double point_colour[2][3] = {{0.13, 0.40, 0.75}, {0.85, 0.37, 0.01}};

typedef struct axis {
    double low, high, step;
} axis;

typedef struct layout {
    const cgm_scatter *scatter;
    cgm_arena arena;
    axis axis[2];
    const char **caption;                                    /* [panels], with the numbers of points */
    double *panel_width;                                     /* [panels] */
    double side, title_height, caption_height, number_width; /* of the numbers to the left */
    const char *legend;                                      /* of the surface, below the title */
    cgm_surface surface;
    scatter_values values; /* that points are coloured by */
    double width, height;
} layout;

/* ---- Axes ---- */

/* The range of component k of the panel's points, and some more. */
static cgm_status find_axis(const cgm_scatter_panel *panel, int k, int most_ticks, axis *out)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < panel->n; i++) {
        double x = panel->points[2 * i + (size_t)k];
        if (!isfinite(x)) continue;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    if (!(low <= high)) return CGM_FAIL(CGM_E_ARG, "no points to draw");
    /* Where all are in one place, and in ranges that are all rounding. */
    double more = fmax(slack * (high - low), 1e-9 * fmax(fabs(low), fabs(high)));
    if (more == 0) more = 1;
    *out = (axis){low - more, high + more, 0};
    double length = out->high - out->low;
    if (!isfinite(length)) return CGM_FAIL(CGM_E_ARG, "points from %g to %g are too far apart to draw", low, high);
    out->step = cgm_drawing_step(length, most_ticks);
    return CGM_OK;
}

static double share(const axis *a, double x)
{
    return (x - a->low) / (a->high - a->low);
}

static bool is_inside(const layout *at, const double *point)
{
    for (int k = 0; k < 2; k++)
        if (!(point[k] >= at->axis[k].low && point[k] <= at->axis[k].high)) return false;
    return true;
}

/* The tick after `before` (NaN: the first); false behind the last. */
static bool next_tick(const axis *a, double *k)
{
    *k = isnan(*k) ? ceil(a->low / a->step) : *k + 1;
    return *k * a->step <= a->high;
}

static const char *number(const axis *a, double k, char text[32])
{
    snprintf(text, 32, "%s%g", k < 0 ? "\u2212" : "", fabs(k) * a->step);
    return text;
}

/* ---- Layout ---- */

static const char *make_caption(const cgm_scatter_panel *panel, layout *at)
{
    size_t outside = 0;
    for (size_t i = 0; i < panel->n; i++) outside += !is_inside(at, panel->points + 2 * i);
    const char *text = panel->caption ? panel->caption : "", *line = *text ? "\n" : "";
    if (outside == 0) return cgm_arena_printf(&at->arena, "%s%s%zu points", text, line, panel->n);
    return cgm_arena_printf(&at->arena, "%s%s%zu points, %zu outside", text, line, panel->n, outside);
}

static cgm_status find_surface(const cgm_scatter *scatter, layout *at)
{
    const double low[] = {at->axis[0].low, at->axis[1].low}, high[] = {at->axis[0].high, at->axis[1].high};
    if (!scatter->field) return CGM_OK;
    CGM_TRY(cgm_surface_take(scatter->field, low, high, &at->arena, &at->surface));
    if (!at->surface.height) return CGM_OK;
    at->legend = cgm_arena_printf(&at->arena, "lines: %s, from %.3g to %.3g (darker), %g apart", scatter->field->name,
                                  at->surface.low, at->surface.high, at->surface.step);
    return at->legend ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status measure(cairo_t *cr, const cgm_scatter *scatter, layout *at)
{
    char text[32];
    at->side = scatter->side > 0 ? scatter->side : SIDE;
    at->values = cgm_scatter_values(scatter);
    if (scatter->n_panels < 1) return CGM_FAIL(CGM_E_ARG, "no points to draw");
    for (int k = 0; k < 2; k++) CGM_TRY(find_axis(&scatter->panels[0], k, (int)fmax(at->side / TICK, 1), &at->axis[k]));
    CGM_TRY(find_surface(scatter, at));
    at->caption = cgm_arena_array(&at->arena, scatter->n_panels, sizeof *at->caption);
    at->panel_width = cgm_arena_array(&at->arena, scatter->n_panels, sizeof *at->panel_width);
    if (!at->caption || !at->panel_width) return CGM_E_MEMORY;
    for (double k = NAN; next_tick(&at->axis[1], &k);)
        at->number_width =
            fmax(at->number_width, cgm_drawing_text_width(cr, &number_style, number(&at->axis[1], k, text)) + TEXT_GAP);
    double inner = at->number_width + (double)(scatter->n_panels - 1) * GAP + cgm_scatter_legend_width(cr, &at->values);
    for (size_t p = 0; p < scatter->n_panels; p++) {
        if (!(at->caption[p] = make_caption(&scatter->panels[p], at))) return CGM_E_MEMORY;
        at->panel_width[p] = fmax(at->side, cgm_drawing_text_width(cr, &caption_style, at->caption[p]));
        at->caption_height =
            fmax(at->caption_height, cgm_drawing_text_height(&caption_style, at->caption[p]) + TEXT_GAP);
        inner += at->panel_width[p];
    }
    if (scatter->title) at->title_height = cgm_drawing_text_height(&title_style, scatter->title) + 2 * TEXT_GAP;
    if (at->legend) at->title_height += cgm_drawing_text_height(&legend_style, at->legend) + TEXT_GAP;
    double titles = fmax(cgm_drawing_text_width(cr, &title_style, scatter->title),
                         cgm_drawing_text_width(cr, &legend_style, at->legend));
    at->width = 2 * MARGIN + fmax(inner, titles);
    at->height = 2 * MARGIN + at->title_height + at->caption_height + TEXT_GAP + number_style.line +
                 fmax(at->side, cgm_scatter_legend_height(&at->values));
    if (at->width <= CGM_DRAWING_LARGEST_SIDE) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "the picture would be %.0f pixels wide, at most %d are possible", at->width,
                    CGM_DRAWING_LARGEST_SIDE);
}

/* ---- Drawing ---- */

static void line(cairo_t *cr, double x0, double y0, double x1, double y1)
{
    cairo_move_to(cr, x0, y0);
    cairo_line_to(cr, x1, y1);
    cairo_stroke(cr);
}

/* The square's top left corner is at x, y. */
static void draw_axes(cairo_t *cr, const layout *at, bool numbered, double x, double y)
{
    char text[32];
    cairo_set_line_width(cr, 1);
    for (double k = NAN; next_tick(&at->axis[0], &k);) {
        double place = floor(x + share(&at->axis[0], k * at->axis[0].step) * at->side) + 0.5;
        cgm_drawing_ink(cr, grid_ink);
        line(cr, place, y, place, y + at->side);
        cgm_drawing_text(cr, &number_style, number(&at->axis[0], k, text), place, y + at->side + TEXT_GAP);
    }
    for (double k = NAN; next_tick(&at->axis[1], &k);) {
        double place = floor(y + (1 - share(&at->axis[1], k * at->axis[1].step)) * at->side) + 0.5;
        cgm_drawing_ink(cr, grid_ink);
        line(cr, x, place, x + at->side, place);
        number(&at->axis[1], k, text);
        double half = (cgm_drawing_text_width(cr, &number_style, text) + 1) / 2;
        if (numbered) cgm_drawing_text(cr, &number_style, text, x - TEXT_GAP - half, place - number_style.line / 2);
    }
    cgm_drawing_ink(cr, frame_ink);
    cairo_rectangle(cr, x + 0.5, y + 0.5, at->side, at->side);
    cairo_stroke(cr);
}

static void draw_points(cairo_t *cr, const layout *at, const cgm_scatter_panel *panel, bool first, double x, double y)
{
    const double *rgb = point_colour[!first], larger = at->values.colours ? 1.5 : 1;
    const double radius = larger * (panel->n > MANY ? 1.2 : 1.8);
    double own[3];
    cairo_set_source_rgba(cr, rgb[0], rgb[1], rgb[2], 0.6);
    for (size_t i = 0; i < panel->n; i++) {
        const double *point = panel->points + 2 * i;
        if (!is_inside(at, point)) continue;
        if (at->values.colours) {
            cgm_scatter_colour(&at->values, panel->value[i], own);
            cairo_set_source_rgba(cr, own[0], own[1], own[2], 0.8);
        }
        cairo_arc(cr, x + share(&at->axis[0], point[0]) * at->side, y + (1 - share(&at->axis[1], point[1])) * at->side,
                  radius, 0, 2 * 3.14159265358979);
        cairo_fill(cr);
    }
}

static void draw(cairo_t *cr, const cgm_scatter *scatter, const layout *at)
{
    double x = MARGIN + at->number_width, y = MARGIN + at->title_height;
    cgm_drawing_text(cr, &title_style, scatter->title, at->width / 2, MARGIN);
    if (at->legend)
        cgm_drawing_text(cr, &legend_style, at->legend, at->width / 2,
                         MARGIN + at->title_height - TEXT_GAP - legend_style.line);
    for (size_t p = 0; p < scatter->n_panels; p++) {
        double left = floor(x + (at->panel_width[p] - at->side) / 2), top = y + at->caption_height;
        double lines = cgm_drawing_text_height(&caption_style, at->caption[p]);
        cgm_drawing_text(cr, &caption_style, at->caption[p], left + at->side / 2, top - TEXT_GAP - lines);
        draw_axes(cr, at, p == 0, left, top);
        cgm_surface_draw(cr, &at->surface, left, top, at->side);
        draw_points(cr, at, &scatter->panels[p], p == 0, left, top);
        x += at->panel_width[p] + GAP;
    }
    cgm_scatter_legend_draw(cr, &at->values, x - GAP, y + at->caption_height, at->side);
}

static cgm_status measure_picture(void *context, cairo_t *ruler, double *width, double *height)
{
    layout *at = context;
    CGM_TRY(measure(ruler, at->scatter, at));
    *width = at->width;
    *height = at->height;
    return CGM_OK;
}

static void draw_picture(void *context, cairo_t *cr, cairo_t *ruler)
{
    const layout *at = context;
    (void)ruler;
    draw(cr, at->scatter, at);
}

cgm_status cgm_scatter_write(const char *path, const cgm_scatter *scatter)
{
    layout at = {.scatter = scatter};
    cgm_status status = cgm_drawing_make(path, measure_picture, draw_picture, &at);
    cgm_arena_clear(&at.arena);
    return status;
}
