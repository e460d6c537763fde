#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    int axis = (int)attr->i[0];
    int64_t begin = attr->i[1], length = attr->i[2];
    char text[CGM_SHAPE_TEXT];
    (void)n_in;
    *out = in[0];
    if (axis < 0 || axis >= in[0].rank)
        return cgm_shape_refuse(why, "axis %d of %s does not exist", axis, cgm_shape_text(in[0], text));
    if (begin < 0 || length < 1 || begin > in[0].dim[axis] - length)
        return cgm_shape_refuse(why, "%lld elements from %lld on do not fit in axis %d of %s", (long long)length,
                                (long long)begin, axis, cgm_shape_text(in[0], text));
    out->dim[axis] = length;
    return true;
}

static void run(const cgm_op_run *r)
{
    int axis = (int)r->attr->i[0];
    int64_t outer, width = cgm_shape_split(r->in_shape[0], axis, &outer), len = cgm_shape_split(r->shape, axis, &outer);
    int64_t inner = len / r->shape.dim[axis];
    cgm_copy_from(outer, len, width, r->attr->i[1] * inner, r->in[0], r->out, r->threads);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    int axis = (int)use->attr.i[0];
    int64_t begin = use->attr.i[1], length = use->attr.i[2], extent = cgm_node_shape(g, use->in[0]).dim[axis];
    dx[0] = cgm_pad(g, dy, axis, begin, extent - begin - length);
}

const cgm_op cgm_op_slice = {
    .name = "slice", .shape = shape_rule, .rows = cgm_rows_of_first, .run = run, .gradient = gradient};

/* Elements begin .. begin + length - 1 along axis. */
cgm_node cgm_slice(cgm_graph *g, cgm_node x, int axis, int64_t begin, int64_t length)
{
    return cgm_node_add(g, CGM_OP_slice, 1, &x, &(cgm_attr){.i = {axis, begin, length}});
}
