#include "bench/plot.h"

#include <math.h>
#include <stdio.h>

#include "io/drawing.h"

/* Of a panel, in pixels: the whole, and what the axes leave around the points. */
enum { WIDTH = 290, HEIGHT = 250, LEFT = 62, RIGHT = 18, TOP = 34, BOTTOM = 52, TITLE = 34, MOST_TICKS = 5 };

static const cgm_text_style title_style = {15, 18, CAIRO_FONT_WEIGHT_BOLD, 0x202020};
static const cgm_text_style panel_style = {12, 15, CAIRO_FONT_WEIGHT_BOLD, 0x202020};
static const cgm_text_style text_style = {11, 14, CAIRO_FONT_WEIGHT_NORMAL, 0x404040};
enum { AXIS = 0x404040, GRID = 0xE4E4E4, LINE = 0xD95F02, POINT = 0x1F5FA8 };

bench_line bench_fit_line(size_t n, const double *x, const double *y)
{
    double mean_x = 0, mean_y = 0, xx = 0, xy = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        mean_x += x[i] / (double)n;
        mean_y += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
    }
    double slope = xy / xx;
    return (bench_line){.at_zero = mean_y - slope * mean_x, .slope = slope, .fit = yy > 0 ? xy * xy / (xx * yy) : 1};
}

/* An axis from 0 to a little more than the largest value. */
typedef struct axis {
    double top, tick;
} axis;

static axis axis_of(size_t n, const double *values)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, values[i]);
    if (!(largest > 0)) largest = 1;
    return (axis){1.08 * largest, cgm_drawing_step(1.08 * largest, MOST_TICKS)};
}

/* A panel's place and scales. */
typedef struct frame {
    cairo_t *cr;
    double left, top, width, height; /* of the area of the points */
    axis x, y;
} frame;

static double across(const frame *f, double x)
{
    return f->left + x / f->x.top * f->width;
}

static double down(const frame *f, double y)
{
    return f->top + f->height - y / f->y.top * f->height;
}

static void stroke(const frame *f, unsigned ink, double width, double x0, double y0, double x1, double y1)
{
    cgm_drawing_ink(f->cr, ink);
    cairo_set_line_width(f->cr, width);
    cairo_move_to(f->cr, x0, y0);
    cairo_line_to(f->cr, x1, y1);
    cairo_stroke(f->cr);
}

static void draw_axes(const frame *f, const bench_panel *p)
{
    char text[32];
    double bottom = f->top + f->height, right = f->left + f->width;
    for (double v = 0; v <= f->x.top; v += f->x.tick) {
        snprintf(text, sizeof text, "%g", v);
        stroke(f, GRID, 1, across(f, v), f->top, across(f, v), bottom);
        cgm_drawing_text(f->cr, &text_style, text, across(f, v), bottom + 4);
    }
    for (double v = 0; v <= f->y.top; v += f->y.tick) {
        snprintf(text, sizeof text, "%g", v);
        stroke(f, GRID, 1, f->left, down(f, v), right, down(f, v));
        double width = cgm_drawing_text_width(f->cr, &text_style, text);
        cgm_drawing_text(f->cr, &text_style, text, f->left - 6 - width / 2, down(f, v) - text_style.line / 2);
    }
    stroke(f, AXIS, 1.2, f->left, bottom, right, bottom);
    stroke(f, AXIS, 1.2, f->left, f->top, f->left, bottom);
    cgm_drawing_text(f->cr, &text_style, p->across, f->left + f->width / 2, bottom + 20);
}

static void draw_points(const frame *f, const bench_panel *p)
{
    double begin = 0, end = f->x.top;
    /* The line may leave the panel below. */
    if (p->line.at_zero < 0 && p->line.slope > 0) begin = -p->line.at_zero / p->line.slope;
    if (p->line.at_zero + p->line.slope * end > f->y.top) end = (f->y.top - p->line.at_zero) / p->line.slope;
    stroke(f, LINE, 1.6, across(f, begin), down(f, p->line.at_zero + p->line.slope * begin), across(f, end),
           down(f, p->line.at_zero + p->line.slope * end));
    cgm_drawing_ink(f->cr, POINT);
    for (size_t i = 0; i < p->n; i++) {
        cairo_arc(f->cr, across(f, p->x[i]), down(f, p->y[i]), 4, 0, 2 * 3.14159265358979);
        cairo_fill(f->cr);
    }
}

static void draw_panel(cairo_t *cr, const bench_panel *p, double left, double top)
{
    char text[128];
    frame f = {.cr = cr,
               .left = left + LEFT,
               .top = top + TOP,
               .width = WIDTH - LEFT - RIGHT,
               .height = HEIGHT - TOP - BOTTOM,
               .x = axis_of(p->n, p->x),
               .y = axis_of(p->n, p->y)};
    draw_axes(&f, p);
    draw_points(&f, p);
    cgm_drawing_text(cr, &panel_style, p->title, f.left + f.width / 2, top);
    snprintf(text, sizeof text, "%s = %.3g + %.3g n,  R² %.4f", p->up, p->line.at_zero, p->line.slope, p->line.fit);
    cgm_drawing_text(cr, &text_style, text, f.left + f.width / 2, top + panel_style.line);
}

cgm_status bench_plot_write(const char *path, const char *title, size_t rows, size_t columns, const bench_panel *panels)
{
    int width = WIDTH * (int)columns, height = TITLE + HEIGHT * (int)rows;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_t *cr = cairo_create(surface);
    cgm_drawing_ink(cr, 0xFFFFFF);
    cairo_paint(cr);
    cgm_drawing_text(cr, &title_style, title, width / 2.0, 10);
    for (size_t k = 0; k < rows * columns; k++)
        draw_panel(cr, &panels[k], (double)(k % columns) * WIDTH, TITLE + (double)(k / columns) * HEIGHT);
    cgm_status status = cgm_drawing_check(cairo_status(cr));
    if (status == CGM_OK) status = cgm_drawing_write_png(path, surface);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return status;
}
