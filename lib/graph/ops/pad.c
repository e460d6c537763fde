#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    int axis = (int)attr->i[0];
    char text[CGM_SHAPE_TEXT];
    (void)n_in;
    *out = in[0];
    if (axis < 0 || axis >= in[0].rank)
        return cgm_shape_refuse(why, "axis %d of %s does not exist", axis, cgm_shape_text(in[0], text));
    if (attr->i[1] < 0 || attr->i[2] < 0)
        return cgm_shape_refuse(why, "padding %lld before and %lld after is negative", (long long)attr->i[1],
                                (long long)attr->i[2]);
    out->dim[axis] += attr->i[1] + attr->i[2];
    return true;
}

static void run(const cgm_op_run *r)
{
    int axis = (int)r->attr->i[0];
    int64_t outer, len = cgm_shape_split(r->in_shape[0], axis, &outer), width = cgm_shape_split(r->shape, axis, &outer);
    int64_t inner = width / r->shape.dim[axis];
    cgm_fill((size_t)(outer * width), 0, r->out, r->threads);
    cgm_copy_into(outer, len, width, r->attr->i[1] * inner, r->in[0], r->out, r->threads);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    int axis = (int)use->attr.i[0];
    dx[0] = cgm_slice(g, dy, axis, use->attr.i[1], cgm_node_shape(g, use->in[0]).dim[axis]);
}

const cgm_op cgm_op_pad = {
    .name = "pad", .shape = shape_rule, .rows = cgm_rows_of_first, .run = run, .gradient = gradient};

/* Zeros before and after along axis. */
cgm_node cgm_pad(cgm_graph *g, cgm_node x, int axis, int64_t before, int64_t after)
{
    return cgm_node_add(g, CGM_OP_pad, 1, &x, &(cgm_attr){.i = {axis, before, after}});
}
