#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    int axis = (int)attr->i[0];
    char text[CGM_SHAPE_TEXT];
    (void)n_in;
    *out = in[0];
    if (axis < 0 || axis >= in[0].rank)
        return cgm_shape_refuse(why, "axis %d of %s does not exist", axis, cgm_shape_text(in[0], text));
    out->dim[axis] = 1;
    return true;
}

static void run(const cgm_op_run *r)
{
    int axis = (int)r->attr->i[0];
    int64_t outer, inner = cgm_shape_split(r->shape, axis, &outer);
    cgm_reduce_logsumexp(outer, r->in_shape[0].dim[axis], inner, r->in[0], r->out, r->threads);
}

/* The softmax. */
static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_mul(g, dy, cgm_exp(g, cgm_sub(g, use->in[0], use->self)));
}

const cgm_op cgm_op_logsumexp = {
    .name = "logsumexp", .shape = shape_rule, .rows = cgm_rows_of_first, .run = run, .gradient = gradient};

/* log of the sum of e^x along axis, which stays with extent 1. */
cgm_node cgm_logsumexp(cgm_graph *g, cgm_node x, int axis)
{
    return cgm_node_add(g, CGM_OP_logsumexp, 1, &x, &(cgm_attr){.i = {axis}});
}
