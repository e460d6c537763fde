/* Kinds of variable and their looks; what interventions make of a graph. */
#include "scm/diagram/look.h"

const cgm_diagram_look cgm_diagram_looks[CGM_DIAGRAM_KINDS] = {
    [CGM_DIAGRAM_UNSAID] = {"variable", CGM_SHAPE_ELLIPSE, 0xffffff},
    [CGM_DIAGRAM_CONTINUOUS] = {"continuous", CGM_SHAPE_ELLIPSE, 0xcfe3f7},
    [CGM_DIAGRAM_POSITIVE] = {"positive", CGM_SHAPE_ELLIPSE, 0xc8ece0},
    [CGM_DIAGRAM_BOUNDED] = {"bounded", CGM_SHAPE_STADIUM, 0xd9e4ff},
    [CGM_DIAGRAM_BINARY] = {"binary", CGM_SHAPE_BOX, 0xfde3c4},
    [CGM_DIAGRAM_CATEGORICAL] = {"categorical", CGM_SHAPE_BOX, 0xfbcfb5},
    [CGM_DIAGRAM_ORDINAL] = {"ordinal", CGM_SHAPE_HEXAGON, 0xf6d5e5},
    [CGM_DIAGRAM_COUNT] = {"count", CGM_SHAPE_HEXAGON, 0xe2edb8},
    [CGM_DIAGRAM_IMAGE] = {"image", CGM_SHAPE_STACK, 0xfff3b0},
    [CGM_DIAGRAM_VECTOR] = {"vector", CGM_SHAPE_STACK, 0xe0dcf5},
};

cgm_status cgm_diagram_prepare(const cgm_diagram *diagram, cgm_arena *arena, cgm_diagram_state *out)
{
    const cgm_diagram_do **on = cgm_arena_array(arena, cgm_dag_count(diagram->dag), sizeof *on);
    if (!on) return CGM_E_MEMORY;
    for (size_t k = 0; k < diagram->n_do; k++) {
        const cgm_diagram_do *x = &diagram->interventions[k];
        CGM_CHECK(x->node < cgm_dag_count(diagram->dag));
        for (size_t l = 0; l < k; l++)
            if (diagram->interventions[l].node == x->node && diagram->interventions[l].to == x->to)
                return CGM_FAIL(CGM_E_ARG, "do(%s): there are two interventions on '%s'", x->text,
                                cgm_dag_name(diagram->dag, x->node));
        if (x->to < 0) on[x->node] = x;
    }
    out->diagram = diagram;
    out->on = on;
    return CGM_OK;
}

cgm_diagram_kind cgm_diagram_kind_of(const cgm_diagram *diagram, size_t node)
{
    return diagram->kind ? diagram->kind[node] : CGM_DIAGRAM_UNSAID;
}

bool cgm_diagram_is_cut(const cgm_diagram_state *s, size_t cause, size_t effect)
{
    const cgm_diagram_do *x = s->on[effect];
    return x && x->cuts && !(x->keeps && cgm_set_has(x->keeps, cause));
}

bool cgm_diagram_noise_is_cut(const cgm_diagram_state *s, size_t node)
{
    return s->on[node] && s->on[node]->cuts;
}

const cgm_diagram_do *cgm_diagram_along(const cgm_diagram_state *s, size_t cause, size_t effect)
{
    for (size_t k = 0; k < s->diagram->n_do; k++) {
        const cgm_diagram_do *x = &s->diagram->interventions[k];
        if (x->node == cause && x->to == (int)effect) return x;
    }
    return NULL;
}
