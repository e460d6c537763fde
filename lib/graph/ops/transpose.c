#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char text[CGM_SHAPE_TEXT];
    unsigned seen = 0;
    (void)n_in;
    *out = in[0];
    for (int i = 0; i < in[0].rank; i++) {
        int64_t axis = attr->i[i];
        if (axis < 0 || axis >= in[0].rank || seen >> axis & 1)
            return cgm_shape_refuse(why, "axis %lld in place %d is no permutation of the axes of %s", (long long)axis,
                                    i, cgm_shape_text(in[0], text));
        seen |= 1u << axis;
        out->dim[i] = in[0].dim[axis];
    }
    return true;
}

static void run(const cgm_op_run *r)
{
    int64_t x_stride[CGM_MAX_RANK], stride[CGM_MAX_RANK] = {0};
    cgm_shape x = r->in_shape[0];
    cgm_shape_broadcast_strides(x, x, x_stride);
    for (int i = 0; i < x.rank; i++) stride[i] = x_stride[r->attr->i[i]];
    cgm_copy_strided(x.rank, r->shape.dim, stride, r->in[0], r->out, r->threads);
}

static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    return attr->i[0] == 0 ? cgm_rows_of_first(n_in, in, shape, attr) : (cgm_rows){0};
}

/* By the inverse permutation. */
static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    int inverse[CGM_MAX_RANK] = {0};
    for (int i = 0; i < cgm_node_shape(g, dy).rank; i++) inverse[use->attr.i[i]] = i;
    dx[0] = cgm_transpose(g, dy, inverse);
}

const cgm_op cgm_op_transpose = {
    .name = "transpose", .shape = shape_rule, .rows = rows, .run = run, .gradient = gradient};

/* The axes in another order: axis i of the result is axis axes[i] of x, a number for each of x's axes. */
cgm_node cgm_transpose(cgm_graph *g, cgm_node x, const int *axes)
{
    cgm_attr attr = {0};
    bool moved = false;
    for (int i = 0; i < cgm_node_shape(g, x).rank; i++) {
        attr.i[i] = axes[i];
        moved = moved || axes[i] != i;
    }
    return moved ? cgm_node_add(g, CGM_OP_transpose, 1, &x, &attr) : x;
}
