#include "graph/op.h"

#include <string.h>

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    int axis = (int)attr->i[0];
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    if (!n_in) return cgm_shape_refuse(why, "nothing to concatenate");
    if (axis < 0 || axis >= in[0].rank)
        return cgm_shape_refuse(why, "axis %d of %s does not exist", axis, cgm_shape_text(in[0], a));
    *out = in[0];
    for (size_t k = 1; k < n_in; k++) {
        cgm_shape other = in[k];
        if (other.rank == out->rank) other.dim[axis] = out->dim[axis];
        if (!cgm_shape_equal(other, *out))
            return cgm_shape_refuse(why, "%s and %s differ beside axis %d", cgm_shape_text(in[0], a),
                                    cgm_shape_text(in[k], b), axis);
        out->dim[axis] += in[k].dim[axis];
    }
    return true;
}

static void run(const cgm_op_run *r)
{
    int axis = (int)r->attr->i[0];
    int64_t outer, width = cgm_shape_split(r->shape, axis, &outer), at = 0;
    for (size_t k = 0; k < r->n_in; k++) {
        int64_t len = cgm_shape_split(r->in_shape[k], axis, &outer);
        cgm_copy_into(outer, len, width, at, r->in[k], r->out, r->threads);
        at += len;
    }
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    int axis = (int)use->attr.i[0];
    int64_t at = 0;
    for (size_t k = 0; k < use->n_in; k++) {
        int64_t length = cgm_node_shape(g, use->in[k]).dim[axis];
        if (use->need[k]) dx[k] = cgm_slice(g, dy, axis, at, length);
        at += length;
    }
}

const cgm_op cgm_op_concat = {
    .name = "concat", .shape = shape_rule, .rows = cgm_rows_of_each, .run = run, .gradient = gradient};

/* n tensors that agree in all axes but `axis`, one after the other along it. */
cgm_node cgm_concat(cgm_graph *g, size_t n, const cgm_node *x, int axis)
{
    return cgm_node_add(g, CGM_OP_concat, n, x, &(cgm_attr){.i = {axis}});
}
