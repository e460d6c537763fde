#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    int axis = (int)attr->i[0];
    int64_t begin = attr->i[1], length = attr->i[2], step = attr->i[3];
    char text[CGM_SHAPE_TEXT];
    (void)n_in;
    *out = in[0];
    if (axis < 0 || axis >= in[0].rank)
        return cgm_shape_refuse(why, "axis %d of %s does not exist", axis, cgm_shape_text(in[0], text));
    if (!cgm_shape_has_steps(in[0].dim[axis], begin, length, step))
        return cgm_shape_refuse(why, "%lld elements from %lld on, %lld apart, do not fit in axis %d of %s",
                                (long long)length, (long long)begin, (long long)step, axis,
                                cgm_shape_text(in[0], text));
    out->dim[axis] = length;
    return true;
}

static void run(const cgm_op_run *r)
{
    int axis = (int)r->attr->i[0];
    int64_t stride[CGM_MAX_RANK], begin = r->attr->i[1];
    const cgm_real *x = r->in[0];
    cgm_shape_broadcast_strides(r->in_shape[0], r->in_shape[0], stride);
    x += begin * stride[axis];
    stride[axis] *= r->attr->i[3];
    cgm_copy_strided(r->shape.rank, r->shape.dim, stride, x, r->out, r->threads);
}

static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    return attr->i[0] ? cgm_rows_of_first(n_in, in, shape, attr) : (cgm_rows){0};
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    int axis = (int)use->attr.i[0];
    dx[0] = cgm_spread(g, dy, axis, use->attr.i[1], use->attr.i[3], cgm_node_shape(g, use->in[0]).dim[axis]);
}

const cgm_op cgm_op_slice_step = {
    .name = "slice_step", .shape = shape_rule, .rows = rows, .run = run, .gradient = gradient};

/* The `length` elements begin, begin + step, begin + 2 step, ... along axis. A negative step goes backwards: begin = L
 * - 1, length = L and step = -1 turn an axis of L around. */
cgm_node cgm_slice_step(cgm_graph *g, cgm_node x, int axis, int64_t begin, int64_t length, int64_t step)
{
    if (step == 1 || length == 1) return cgm_slice(g, x, axis, begin, length);
    return cgm_node_add(g, CGM_OP_slice_step, 1, &x, &(cgm_attr){.i = {axis, begin, length, step}});
}
