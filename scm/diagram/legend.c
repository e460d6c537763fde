/* The legend: those signs that the picture has. */
#include <math.h>

#include "scm/diagram/scene.h"

static const double swatch = 34, gap = 8, apart = 22, row = 28;

typedef enum sign { SIGN_KIND, SIGN_NOISE, SIGN_HIDDEN, SIGN_DO, SIGN_CUT, SIGN_ALONG } sign;

typedef struct entry {
    sign sign;
    int kind;
    const char *text;
} entry;

enum { MOST_ENTRIES = CGM_DIAGRAM_KINDS + 5 };

static size_t list_entries(const cgm_scene *s, entry *out)
{
    bool has[CGM_DIAGRAM_KINDS] = {false}, on = false, along = false, cut = false;
    const cgm_diagram *diagram = s->state.diagram;
    size_t n = 0;
    for (size_t i = 0; i < s->layout.n; i++) has[cgm_diagram_kind_of(diagram, i)] = true;
    for (size_t k = 0; k < diagram->n_do; k++) {
        const cgm_diagram_do *x = &diagram->interventions[k];
        on |= x->to < 0;
        along |= x->to >= 0;
        cut |= x->to < 0 && x->cuts;
    }
    for (int k = 0; k < CGM_DIAGRAM_KINDS; k++)
        if (has[k]) out[n++] = (entry){SIGN_KIND, k, cgm_diagram_looks[k].name};
    out[n++] = (entry){SIGN_NOISE, 0, "exogenous noise"};
    if (cgm_dag_hidden_count(diagram->dag)) out[n++] = (entry){SIGN_HIDDEN, 0, "hidden common cause"};
    if (on) out[n++] = (entry){SIGN_DO, 0, "intervened on"};
    if (along) out[n++] = (entry){SIGN_ALONG, 0, "changed along one arrow"};
    if (cut) out[n++] = (entry){SIGN_CUT, 0, "cut by an intervention"};
    return n;
}

static void draw_line(cairo_t *cr, double x, double y, unsigned ink, double width, bool dashed, bool both_ends)
{
    static const double dashes[] = {5, 4};
    cgm_drawing_ink(cr, ink);
    cairo_set_line_width(cr, width);
    cairo_set_dash(cr, dashes, dashed ? 2 : 0, 0);
    cairo_move_to(cr, x + (both_ends ? CGM_ARROW_LENGTH - 1 : 0), y);
    cairo_line_to(cr, x + swatch - CGM_ARROW_LENGTH + 1, y);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0);
    if (both_ends) cgm_arrowhead_draw(cr, x, y, -1, 0);
    cgm_arrowhead_draw(cr, x + swatch, y, 1, 0);
}

/* The sign stands in the swatch whose middle on the left is (x, y). */
static void draw_sign(cairo_t *cr, const entry *e, double x, double y)
{
    cgm_outline o = {CGM_SHAPE_ELLIPSE, swatch / 2, 9};
    switch (e->sign) {
    case SIGN_KIND:
        o.shape = cgm_diagram_looks[e->kind].shape;
        cgm_outline_draw(cr, &o, x + swatch / 2, y, cgm_diagram_looks[e->kind].fill, CGM_INK, 1.2);
        break;
    case SIGN_NOISE:
        cgm_drawing_ink(cr, CGM_INK_NOISE);
        cairo_set_line_width(cr, 1);
        cairo_new_sub_path(cr);
        cairo_arc(cr, x + swatch / 2, y, 8, 0, 4 * acos(0));
        cairo_stroke(cr);
        cgm_drawing_text(cr, &cgm_diagram_small_style, "u", x + swatch / 2 + 0.5, y - 7);
        break;
    case SIGN_HIDDEN:
        draw_line(cr, x, y, CGM_INK_HIDDEN, 1.3, true, true);
        break;
    case SIGN_DO:
        cgm_outline_draw(cr, &o, x + swatch / 2, y, 0xffffff, CGM_INK_DO, 2.5);
        break;
    case SIGN_CUT:
        draw_line(cr, x, y, CGM_INK_CUT, 1.3, true, false);
        break;
    case SIGN_ALONG:
        draw_line(cr, x, y, CGM_INK_DO, 2, false, false);
        break;
    }
}

double cgm_legend_draw(const cgm_scene *s, cairo_t *measure, cairo_t *cr, double left, double top, double width)
{
    entry entries[MOST_ENTRIES];
    size_t n = list_entries(s, entries);
    double x = left, y = top;
    for (size_t k = 0; k < n; k++) {
        double text = cgm_drawing_text_width(measure, &cgm_diagram_small_style, entries[k].text);
        double needs = swatch + gap + text;
        if (x > left && x + needs > left + width) {
            x = left;
            y += row;
        }
        if (cr) {
            draw_sign(cr, &entries[k], x, y + row / 2);
            cgm_drawing_text(cr, &cgm_diagram_small_style, entries[k].text, x + swatch + gap + text / 2,
                             y + row / 2 - 7);
        }
        x += needs + apart;
    }
    return y + row - top;
}
