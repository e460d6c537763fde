/* Reliability diagrams, drawn with Cairo. */
#include "io/reliability.h"

#include <math.h>
#include <stdio.h>

#include "io/drawing.h"

enum {
    MARGIN = 18,  /* around everything */
    GAP = 32,     /* between panels */
    SIDE = 260,   /* of a panel's square */
    NUMBERS = 30, /* to the left of a square */
    TEXT_GAP = 4,
    TICKS = 5, /* lengths between them */
    BARS = 60, /* height of a bar that holds all rows */
};

static const cgm_text_style caption_style = {12, 16, CAIRO_FONT_WEIGHT_BOLD, 0x262626};
static const cgm_text_style number_style = {10, 13, CAIRO_FONT_WEIGHT_NORMAL, 0x808080};
static const unsigned frame_ink = 0xc4c4c4, grid_ink = 0xececec, bar_ink = 0xd9dde3, diagonal_ink = 0x9a9a9a;
static const unsigned point_ink = 0x2166bf;

typedef struct layout {
    size_t n;
    const cgm_reliability_panel *panels;
    double panel_width, caption_height; /* of each panel, the largest */
} layout;

static cgm_status measure(void *context, cairo_t *cr, double *width, double *height)
{
    layout *at = context;
    size_t n = at->n;
    const cgm_reliability_panel *panels = at->panels;
    if (n == 0) return CGM_FAIL(CGM_E_ARG, "no reliability diagram to draw");
    at->panel_width = SIDE;
    for (size_t p = 0; p < n; p++) {
        at->panel_width = fmax(at->panel_width, cgm_drawing_text_width(cr, &caption_style, panels[p].caption));
        at->panel_width = fmax(at->panel_width, cgm_drawing_text_width(cr, &number_style, panels[p].across));
        at->caption_height = fmax(at->caption_height, cgm_drawing_text_height(&caption_style, panels[p].caption));
    }
    at->panel_width += NUMBERS;
    *width = 2 * MARGIN + (double)n * (at->panel_width + GAP) - GAP;
    *height = 2 * MARGIN + at->caption_height + number_style.line + 2 * TEXT_GAP + SIDE + 2 * number_style.line;
    if (*width <= CGM_DRAWING_LARGEST_SIDE) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "the picture would be %.0f pixels wide, at most %d are possible", *width,
                    CGM_DRAWING_LARGEST_SIDE);
}

static void line(cairo_t *cr, double x0, double y0, double x1, double y1)
{
    cairo_move_to(cr, x0, y0);
    cairo_line_to(cr, x1, y1);
    cairo_stroke(cr);
}

/* The square's top left corner is at x, y. */
static void draw_axes(cairo_t *cr, const cgm_reliability_panel *panel, double x, double y)
{
    cairo_set_line_width(cr, 1);
    for (int k = 0; k <= TICKS; k++) {
        char text[16];
        double place = floor((double)k * SIDE / TICKS) + 0.5;
        snprintf(text, sizeof text, "%g", (double)k / TICKS);
        double half = (cgm_drawing_text_width(cr, &number_style, text) + 1) / 2;
        cgm_drawing_ink(cr, grid_ink);
        line(cr, x + place, y, x + place, y + SIDE);
        line(cr, x, y + SIDE - place + 1, x + SIDE, y + SIDE - place + 1);
        cgm_drawing_text(cr, &number_style, text, x + place, y + SIDE + TEXT_GAP);
        cgm_drawing_text(cr, &number_style, text, x - TEXT_GAP - half, y + SIDE - place - number_style.line / 2);
    }
    cgm_drawing_text(cr, &number_style, panel->across, x + SIDE / 2.0, y + SIDE + TEXT_GAP + number_style.line);
    double half = (cgm_drawing_text_width(cr, &number_style, panel->upwards) + 1) / 2;
    cgm_drawing_text(cr, &number_style, panel->upwards, x + half, y - TEXT_GAP - number_style.line);
    cgm_drawing_ink(cr, frame_ink);
    cairo_rectangle(cr, x + 0.5, y + 0.5, SIDE, SIDE);
    cairo_stroke(cr);
}

static void draw_bars(cairo_t *cr, const cgm_reliability_panel *panel, double x, double y)
{
    double width = (double)SIDE / (double)panel->n;
    cgm_drawing_ink(cr, bar_ink);
    for (size_t k = 0; k < panel->n; k++) {
        double height = BARS * panel->share[k];
        cairo_rectangle(cr, x + (double)k * width + 1, y + SIDE - height, width - 2, height);
        cairo_fill(cr);
    }
}

/* The points in their order, joined by a line. */
static void draw_points(cairo_t *cr, const cgm_reliability_panel *panel, double x, double y)
{
    const double dashes[] = {4, 4};
    cgm_drawing_ink(cr, diagonal_ink);
    cairo_set_dash(cr, dashes, 2, 0);
    line(cr, x, y + SIDE, x + SIDE, y);
    cairo_set_dash(cr, NULL, 0, 0);
    cgm_drawing_ink(cr, point_ink);
    cairo_set_line_width(cr, 1.5);
    for (size_t k = 0; k < panel->n; k++)
        if (isfinite(panel->expected[k]) && isfinite(panel->observed[k]))
            cairo_line_to(cr, x + panel->expected[k] * SIDE, y + (1 - panel->observed[k]) * SIDE);
    cairo_stroke(cr);
    for (size_t k = 0; k < panel->n; k++) {
        if (!isfinite(panel->expected[k]) || !isfinite(panel->observed[k])) continue;
        cairo_arc(cr, x + panel->expected[k] * SIDE, y + (1 - panel->observed[k]) * SIDE, 3, 0, 2 * M_PI);
        cairo_fill(cr);
    }
}

static void draw(void *context, cairo_t *cr, cairo_t *ruler)
{
    const layout *at = context;
    const cgm_reliability_panel *panels = at->panels;
    (void)ruler;
    for (size_t p = 0; p < at->n; p++) {
        double x = MARGIN + (double)p * (at->panel_width + GAP) + NUMBERS;
        double y = MARGIN + at->caption_height + number_style.line + 2 * TEXT_GAP;
        cgm_drawing_text(cr, &caption_style, panels[p].caption, x + SIDE / 2.0, MARGIN);
        draw_axes(cr, &panels[p], x, y);
        draw_bars(cr, &panels[p], x, y);
        draw_points(cr, &panels[p], x, y);
    }
}

cgm_status cgm_reliability_write(const char *path, size_t n_panels, const cgm_reliability_panel *panels)
{
    layout at = {.n = n_panels, .panels = panels};
    return cgm_drawing_make(path, measure, draw, &at);
}
