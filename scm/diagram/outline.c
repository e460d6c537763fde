/* Outlines of nodes, and arrowheads. */
#include <math.h>

#include "scm/diagram/scene.h"

static const double sheet = 3; /* how far the sheets of a stack stand apart */

cgm_outline cgm_outline_around(cgm_diagram_shape shape, double text_width, double text_height)
{
    cgm_outline o = {shape, text_width / 2 + 12, text_height / 2 + 8};
    /* As wide as the text is at its upper and lower edge. */
    double edge = (text_height / 2 - 2) / o.height;
    if (shape == CGM_SHAPE_ELLIPSE) o.width = text_width / 2 / sqrt(1 - edge * edge) + 11;
    if (shape == CGM_SHAPE_HEXAGON || shape == CGM_SHAPE_STADIUM) o.width += o.height / 2;
    if (shape == CGM_SHAPE_STACK) o.width += sheet;
    o.width = fmax(o.width, 26);
    return o;
}

double cgm_outline_border(const cgm_outline *o, double dx)
{
    double share = dx / o->width;
    return o->shape == CGM_SHAPE_ELLIPSE ? o->height * sqrt(fmax(0, 1 - share * share)) : o->height;
}

double cgm_outline_reach(const cgm_outline *o)
{
    if (o->shape == CGM_SHAPE_ELLIPSE) return 0.7 * o->width;
    if (o->shape == CGM_SHAPE_BOX) return o->width - 6;
    return o->width - o->height;
}

static void round_box(cairo_t *cr, double x, double y, double width, double height, double radius)
{
    const double quarter = acos(0);
    cairo_new_sub_path(cr);
    cairo_arc(cr, x + width - radius, y - height + radius, radius, -quarter, 0);
    cairo_arc(cr, x + width - radius, y + height - radius, radius, 0, quarter);
    cairo_arc(cr, x - width + radius, y + height - radius, radius, quarter, 2 * quarter);
    cairo_arc(cr, x - width + radius, y - height + radius, radius, 2 * quarter, 3 * quarter);
    cairo_close_path(cr);
}

static void hexagon(cairo_t *cr, double x, double y, double width, double height)
{
    double corner = height * 0.6;
    cairo_move_to(cr, x - width, y);
    cairo_line_to(cr, x - width + corner, y - height);
    cairo_line_to(cr, x + width - corner, y - height);
    cairo_line_to(cr, x + width, y);
    cairo_line_to(cr, x + width - corner, y + height);
    cairo_line_to(cr, x - width + corner, y + height);
    cairo_close_path(cr);
}

static void ellipse(cairo_t *cr, double x, double y, double width, double height)
{
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_scale(cr, width, height);
    cairo_new_sub_path(cr);
    cairo_arc(cr, 0, 0, 1, 0, 4 * acos(0));
    cairo_restore(cr);
}

static void paint(cairo_t *cr, unsigned fill, unsigned ink, double line)
{
    cgm_drawing_ink(cr, fill);
    cairo_fill_preserve(cr);
    cgm_drawing_ink(cr, ink);
    cairo_set_line_width(cr, line);
    cairo_stroke(cr);
}

void cgm_outline_draw(cairo_t *cr, const cgm_outline *o, double x, double y, unsigned fill, unsigned ink, double line)
{
    switch (o->shape) {
    case CGM_SHAPE_ELLIPSE:
        ellipse(cr, x, y, o->width, o->height);
        break;
    case CGM_SHAPE_STADIUM:
        round_box(cr, x, y, o->width, o->height, o->height);
        break;
    case CGM_SHAPE_BOX:
        round_box(cr, x, y, o->width, o->height, 2);
        break;
    case CGM_SHAPE_HEXAGON:
        hexagon(cr, x, y, o->width, o->height);
        break;
    case CGM_SHAPE_STACK: /* the sheets behind keep within the outline */
        round_box(cr, x + sheet, y - sheet / 2, o->width - sheet, o->height - sheet / 2, 1);
        paint(cr, fill, ink, line);
        round_box(cr, x, y + sheet / 2, o->width - sheet, o->height - sheet / 2, 1);
        break;
    }
    paint(cr, fill, ink, line);
}

void cgm_arrowhead_draw(cairo_t *cr, double x, double y, double dx, double dy)
{
    const double half = 3.8;
    cairo_move_to(cr, x, y);
    cairo_line_to(cr, x - CGM_ARROW_LENGTH * dx - half * dy, y - CGM_ARROW_LENGTH * dy - half * dx);
    cairo_line_to(cr, x - CGM_ARROW_LENGTH * dx + half * dy, y - CGM_ARROW_LENGTH * dy + half * dx);
    cairo_close_path(cr);
    cairo_fill(cr);
}
