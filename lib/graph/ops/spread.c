#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    int axis = (int)attr->i[0];
    int64_t begin = attr->i[1], step = attr->i[2], extent = attr->i[3];
    char text[CGM_SHAPE_TEXT];
    (void)n_in;
    *out = in[0];
    if (axis < 0 || axis >= in[0].rank)
        return cgm_shape_refuse(why, "axis %d of %s does not exist", axis, cgm_shape_text(in[0], text));
    if (!cgm_shape_has_steps(extent, begin, in[0].dim[axis], step))
        return cgm_shape_refuse(why, "axis %d of %s from %lld on, %lld apart, does not fit in %lld", axis,
                                cgm_shape_text(in[0], text), (long long)begin, (long long)step, (long long)extent);
    out->dim[axis] = extent;
    return true;
}

static void run(const cgm_op_run *r)
{
    int axis = (int)r->attr->i[0];
    int64_t outer, width = cgm_shape_split(r->shape, axis, &outer), extent = r->shape.dim[axis];
    cgm_kernel_spread(outer, r->in_shape[0].dim[axis], width / extent, extent, r->attr->i[1], r->attr->i[2], r->in[0],
                      r->out, r->threads);
}

static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    return attr->i[0] ? cgm_rows_of_first(n_in, in, shape, attr) : (cgm_rows){0};
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    int axis = (int)use->attr.i[0];
    int64_t length = cgm_node_shape(g, use->in[0]).dim[axis];
    dx[0] = cgm_slice_step(g, dy, axis, use->attr.i[1], length, use->attr.i[2]);
}

const cgm_op cgm_op_spread = {.name = "spread", .shape = shape_rule, .rows = rows, .run = run, .gradient = gradient};

/* The adjoint of slice_step: an axis of `extent` with element i of x at begin + i step, and zeros between. On both axes
 * of the plane, from 0 on, it is bed-of-nails up-sampling. */
cgm_node cgm_spread(cgm_graph *g, cgm_node x, int axis, int64_t begin, int64_t step, int64_t extent)
{
    cgm_shape shape = cgm_node_shape(g, x);
    int64_t length = axis >= 0 && axis < shape.rank ? shape.dim[axis] : 0;
    if ((step == 1 || length == 1) && cgm_shape_has_steps(extent, begin, length, step))
        return cgm_pad(g, x, axis, begin, extent - begin - length);
    return cgm_node_add(g, CGM_OP_spread, 1, &x, &(cgm_attr){.i = {axis, begin, step, extent}});
}
