/* Drawing what a scene has places for. Edges go straight down through the layers and swing sideways between them only,
 * so that they touch no node but their own. */
#include <math.h>

#include "scm/diagram/scene.h"

static const double noise_gap = 16, noise_radius = 8;

/* How an edge looks. */
typedef struct pen {
    unsigned ink;
    double width;
    bool dashed, both_ends;
} pen;

static pen pen_of(const cgm_scene *s, const cgm_layout_edge *e)
{
    if (!e->directed) {
        bool cut = cgm_diagram_noise_is_cut(&s->state, e->from) || cgm_diagram_noise_is_cut(&s->state, e->to);
        return (pen){cut ? CGM_INK_CUT : CGM_INK_HIDDEN, 1.3, true, true};
    }
    if (cgm_diagram_is_cut(&s->state, e->from, e->to)) return (pen){CGM_INK_CUT, 1.3, true, false};
    if (cgm_diagram_along(&s->state, e->from, e->to)) return (pen){CGM_INK_DO, 2, false, false};
    return (pen){CGM_INK, 1.3, false, false};
}

static void set_pen(cairo_t *cr, const pen *p)
{
    static const double dashes[] = {5, 4};
    cgm_drawing_ink(cr, p->ink);
    cairo_set_line_width(cr, p->width);
    cairo_set_dash(cr, dashes, p->dashed ? 2 : 0, 0);
}

static void clear_pen(cairo_t *cr)
{
    cairo_set_dash(cr, NULL, 0, 0);
}

/* Where an edge meets a node: end 0 is `from`. *side is 1 below the node and -1 above it. */
static void meet(const cgm_scene *s, size_t e, size_t end, double *x, double *y, double *side)
{
    const cgm_layout *l = &s->layout;
    const cgm_layout_edge *edge = &l->edge[e];
    size_t node = end ? edge->to : edge->from, next = edge->point[end ? edge->n_points - 2 : 1];
    double dx = s->port[e][end];
    *side = l->point[next].layer > l->point[node].layer ? 1 : -1;
    *x = l->point[node].x + dx;
    *y = l->point[node].y + *side * cgm_outline_border(&s->outline[node], dx);
}

/* The next point of an edge that its line has to pass: a bend in a layer that nothing stands in is none. */
static size_t next_stop(const cgm_layout *l, const cgm_layout_edge *edge, size_t k)
{
    for (k++; k + 1 < edge->n_points; k++) {
        const cgm_layout_layer *layer = &l->layer[l->point[edge->point[k]].layer];
        if (layer->bottom > layer->top) break;
    }
    return k;
}

/* The line from (x0, y0) to (x1, y1), the places behind the arrowheads, through the bends. */
static void trace(cairo_t *cr, const cgm_layout *l, const cgm_layout_edge *edge, double x0, double y0, double x1,
                  double y1)
{
    double x = x0;
    cairo_move_to(cr, x0, y0);
    for (size_t k = 0, stop; k + 1 < edge->n_points; k = stop) {
        stop = next_stop(l, edge, k);
        const cgm_layout_point *a = &l->point[edge->point[k]], *b = &l->point[edge->point[stop]];
        bool down = b->layer > a->layer;
        double leave = down ? l->layer[a->layer].bottom : l->layer[a->layer].top;
        double enter = down ? l->layer[b->layer].top : l->layer[b->layer].bottom;
        double next = stop + 1 == edge->n_points ? x1 : b->x, middle = (leave + enter) / 2;
        cairo_line_to(cr, x, leave);
        cairo_curve_to(cr, x, middle, next, middle, next, enter);
        x = next;
    }
    cairo_line_to(cr, x1, y1);
    cairo_stroke(cr);
}

/* Between two nodes of a layer, an arc that is as high as the bend above them. */
static void trace_arc(cairo_t *cr, const cgm_layout *l, const cgm_layout_edge *edge, double x0, double y0, double x1,
                      double y1)
{
    double top = l->point[edge->point[1]].y, control = (top - (y0 + y1) / 8) / 0.75;
    cairo_move_to(cr, x0, y0);
    cairo_curve_to(cr, x0, control, x1, control, x1, y1);
    cairo_stroke(cr);
}

static void draw_edge(const cgm_scene *s, cairo_t *cr, size_t e)
{
    const cgm_layout *l = &s->layout;
    const cgm_layout_edge *edge = &l->edge[e];
    double x0, y0, x1, y1, side0, side1;
    const pen p = pen_of(s, edge);
    meet(s, e, 0, &x0, &y0, &side0);
    meet(s, e, 1, &x1, &y1, &side1);
    double behind0 = y0 + (p.both_ends ? side0 * (CGM_ARROW_LENGTH - 1) : 0);
    double behind1 = y1 + side1 * (CGM_ARROW_LENGTH - 1);
    bool arc = l->point[edge->from].layer == l->point[edge->to].layer;
    set_pen(cr, &p);
    (arc ? trace_arc : trace)(cr, l, edge, x0, behind0, x1, behind1);
    clear_pen(cr);
    if (p.both_ends) cgm_arrowhead_draw(cr, x0, y0, 0, -side0);
    cgm_arrowhead_draw(cr, x1, y1, 0, -side1);
}

/* What is done along an edge stands on it. */
static void draw_label(const cgm_scene *s, cairo_t *cr, const cgm_layout_edge *edge)
{
    const cgm_diagram_do *along = edge->directed ? cgm_diagram_along(&s->state, edge->from, edge->to) : NULL;
    if (!along) return;
    const cgm_layout_point *at = &s->layout.point[edge->point[edge->n_points - 2]];
    cgm_drawing_ink(cr, 0xffffff);
    cairo_rectangle(cr, at->x - edge->label_width / 2, at->y - edge->label_height / 2, edge->label_width,
                    edge->label_height);
    cairo_fill(cr);
    cgm_drawing_text(cr, &cgm_diagram_do_style, along->text, at->x, at->y - cgm_diagram_do_style.line / 2 + 1);
}

static void draw_noise(const cgm_scene *s, cairo_t *cr, size_t i)
{
    const cgm_layout_point *at = &s->layout.point[i];
    double border = at->x + s->outline[i].width, x = border + noise_gap + noise_radius;
    bool cut = cgm_diagram_noise_is_cut(&s->state, i);
    const pen p = {cut ? CGM_INK_CUT : CGM_INK_NOISE, 1, cut, false};
    set_pen(cr, &p);
    cairo_move_to(cr, x - noise_radius, at->y);
    cairo_line_to(cr, border + CGM_ARROW_LENGTH - 1, at->y);
    cairo_stroke(cr);
    cairo_new_sub_path(cr);
    cairo_arc(cr, x, at->y, noise_radius, 0, 4 * acos(0));
    cairo_stroke(cr);
    clear_pen(cr);
    cgm_arrowhead_draw(cr, border, at->y, -1, 0);
    cgm_drawing_text(cr, &cgm_diagram_small_style, "u", x + 0.5, at->y - 7);
}

static void draw_node(const cgm_scene *s, cairo_t *cr, size_t i)
{
    const cgm_diagram *diagram = s->state.diagram;
    const cgm_layout_point *at = &s->layout.point[i];
    const cgm_diagram_do *on = s->state.on[i];
    const char *name = cgm_dag_name(diagram->dag, i);
    double height = cgm_drawing_text_height(&cgm_diagram_name_style, name);
    double y = at->y - (height + (on ? cgm_diagram_do_style.line : 0)) / 2;
    cgm_outline_draw(cr, &s->outline[i], at->x, at->y, cgm_diagram_looks[cgm_diagram_kind_of(diagram, i)].fill,
                     on ? CGM_INK_DO : CGM_INK, on ? 2.5 : 1.2);
    cgm_drawing_text(cr, &cgm_diagram_name_style, name, at->x, y);
    if (on) cgm_drawing_text(cr, &cgm_diagram_do_style, on->text, at->x, y + height);
}

void cgm_scene_draw(const cgm_scene *s, cairo_t *cr)
{
    const cgm_layout *l = &s->layout;
    /* What is cut lies beneath the rest. */
    for (int pass = 0; pass < 2; pass++)
        for (size_t e = 0; e < l->n_edges; e++)
            if ((pen_of(s, &l->edge[e]).ink == CGM_INK_CUT) == (pass == 0)) draw_edge(s, cr, e);
    for (size_t i = 0; i < l->n; i++) {
        draw_noise(s, cr, i);
        draw_node(s, cr, i);
    }
    for (size_t e = 0; e < l->n_edges; e++) draw_label(s, cr, &l->edge[e]);
}
