/* From a diagram to places: what each node takes, the layout, and where edges meet their nodes. */
#include "scm/diagram/scene.h"

#include <math.h>
#include <stdlib.h>

#include "scm/graphs/dag_priv.h"

const cgm_text_style cgm_diagram_name_style = {13, 17, CAIRO_FONT_WEIGHT_NORMAL, 0x1a1a1a};
const cgm_text_style cgm_diagram_small_style = {10, 13, CAIRO_FONT_WEIGHT_NORMAL, 0x4d4d4d};
const cgm_text_style cgm_diagram_do_style = {11, 15, CAIRO_FONT_WEIGHT_BOLD, CGM_INK_DO};

static const double noise_room = 38, port_gap = 11;

static cgm_status measure_nodes(cgm_scene *s, cairo_t *cr)
{
    const cgm_diagram *diagram = s->state.diagram;
    size_t n = s->layout.n;
    cgm_layout_point *node = cgm_arena_array(&s->arena, n, sizeof *node);
    s->outline = cgm_arena_array(&s->arena, n, sizeof *s->outline);
    if (!node || !s->outline) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const char *name = cgm_dag_name(diagram->dag, i);
        double width = cgm_drawing_text_width(cr, &cgm_diagram_name_style, name);
        double height = cgm_drawing_text_height(&cgm_diagram_name_style, name);
        if (s->state.on[i]) {
            width = fmax(width, cgm_drawing_text_width(cr, &cgm_diagram_do_style, s->state.on[i]->text));
            height += cgm_diagram_do_style.line;
        }
        cgm_outline *o = &s->outline[i];
        *o = cgm_outline_around(cgm_diagram_looks[cgm_diagram_kind_of(diagram, i)].shape, width, height);
        node[i] = (cgm_layout_point){.left = o->width, .right = o->width + noise_room, .height = 2 * o->height};
    }
    s->layout.node = node;
    return CGM_OK;
}

static cgm_status list_edges(cgm_scene *s, cairo_t *cr)
{
    const cgm_dag *dag = s->state.diagram->dag;
    size_t n = dag->directed.n + dag->bidirected.n;
    cgm_layout_edge *edge = cgm_arena_array(&s->arena, n + 1, sizeof *edge);
    if (!edge) return CGM_E_MEMORY;
    for (size_t e = 0; e < n; e++) {
        bool directed = e < dag->directed.n;
        const size_t *pair = directed ? dag->directed.pair[e] : dag->bidirected.pair[e - dag->directed.n];
        edge[e] = (cgm_layout_edge){.from = pair[0], .to = pair[1], .directed = directed};
        const cgm_diagram_do *along = directed ? cgm_diagram_along(&s->state, pair[0], pair[1]) : NULL;
        if (!along) continue;
        edge[e].label_width = cgm_drawing_text_width(cr, &cgm_diagram_do_style, along->text) + 8;
        edge[e].label_height = cgm_diagram_do_style.line + 2;
    }
    s->layout.n_edges = n;
    s->layout.edge = edge;
    return CGM_OK;
}

/* An end of an edge: at a node, on one of its sides, towards x. */
typedef struct port {
    size_t node, edge, end;
    bool below;
    double towards;
} port;

static int compare_ports(const void *a, const void *b)
{
    const port *p = a, *q = b;
    if (p->node != q->node) return p->node < q->node ? -1 : 1;
    if (p->below != q->below) return p->below ? 1 : -1;
    if (p->towards < q->towards || p->towards > q->towards) return p->towards < q->towards ? -1 : 1;
    return p->edge < q->edge ? -1 : p->edge > q->edge;
}

static void fill_ports(const cgm_scene *s, port *ports)
{
    const cgm_layout *l = &s->layout;
    for (size_t e = 0; e < l->n_edges; e++) {
        const cgm_layout_edge *edge = &l->edge[e];
        for (size_t end = 0; end < 2; end++) {
            size_t node = end ? edge->to : edge->from, next = edge->point[end ? edge->n_points - 2 : 1];
            ports[2 * e + end] = (port){.node = node,
                                        .edge = e,
                                        .end = end,
                                        .below = l->point[next].layer > l->point[node].layer,
                                        .towards = l->point[next].x};
        }
    }
}

/* The edges that meet a node on one side do so side by side, in the order in which they come. */
static cgm_status place_ports(cgm_scene *s)
{
    size_t n = 2 * s->layout.n_edges;
    port *ports = cgm_arena_array(&s->arena, n + 1, sizeof *ports);
    s->port = cgm_arena_array(&s->arena, s->layout.n_edges + 1, sizeof *s->port);
    if (!ports || !s->port) return CGM_E_MEMORY;
    fill_ports(s, ports);
    qsort(ports, n, sizeof *ports, compare_ports);
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n; end++)
            if (ports[end].node != ports[begin].node || ports[end].below != ports[begin].below) break;
        double count = (double)(end - begin - 1), reach = cgm_outline_reach(&s->outline[ports[begin].node]);
        double gap = count > 0 ? fmin(port_gap, 2 * reach / count) : 0;
        for (size_t k = begin; k < end; k++)
            s->port[ports[k].edge][ports[k].end] = gap * ((double)(k - begin) - count / 2);
    }
    return CGM_OK;
}

cgm_status cgm_scene_make(const cgm_diagram *diagram, cairo_t *cr, cgm_scene *s)
{
    CGM_TRY(cgm_diagram_prepare(diagram, &s->arena, &s->state));
    s->layout.n = cgm_dag_count(diagram->dag);
    s->layout.order = cgm_dag_order(diagram->dag);
    CGM_TRY(measure_nodes(s, cr));
    CGM_TRY(list_edges(s, cr));
    CGM_TRY(cgm_layout_find(&s->layout, &s->arena));
    return place_ports(s);
}
