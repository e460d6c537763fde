#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    int axis = (int)attr->i[0];
    char text[CGM_SHAPE_TEXT];
    (void)n_in;
    *out = in[0];
    if (axis >= 0 && axis < in[0].rank) return true;
    return cgm_shape_refuse(why, "axis %d of %s does not exist", axis, cgm_shape_text(in[0], text));
}

static void run(const cgm_op_run *r)
{
    int axis = (int)r->attr->i[0];
    int64_t outer, width = cgm_shape_split(r->shape, axis, &outer), len = r->shape.dim[axis];
    cgm_kernel_cumsum(outer, len, width / len, r->attr->i[1], r->in[0], r->out, r->threads);
}

static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    return attr->i[0] ? cgm_rows_of_first(n_in, in, shape, attr) : (cgm_rows){0};
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_cumsum(g, dy, (int)use->attr.i[0], !use->attr.i[1]);
}

const cgm_op cgm_op_cumsum = {.name = "cumsum", .shape = shape_rule, .rows = rows, .run = run, .gradient = gradient};

/* Cumulative sums along axis, in double: element i is the sum of the elements up to i, or, in reverse, from i on. The
 * two are each other's adjoints. */
cgm_node cgm_cumsum(cgm_graph *g, cgm_node x, int axis, bool reverse)
{
    return cgm_node_add(g, CGM_OP_cumsum, 1, &x, &(cgm_attr){.i = {axis, reverse}});
}
