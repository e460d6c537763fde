#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char text[CGM_SHAPE_TEXT];
    int64_t f = attr->i[0];
    (void)n_in;
    *out = in[0];
    if (in[0].rank != 4 || f < 1 || in[0].dim[2] % f || in[0].dim[3] % f)
        return cgm_shape_refuse(why, "blocks of %lld do not divide %s", (long long)f, cgm_shape_text(in[0], text));
    out->dim[2] /= f;
    out->dim[3] /= f;
    return true;
}

static void run(const cgm_op_run *r)
{
    cgm_shape y = r->shape;
    cgm_kernel_sum_pool(y.dim[0] * y.dim[1], y.dim[2], y.dim[3], r->attr->i[0], r->in[0], r->out, r->threads);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_upsample_nearest(g, dy, use->attr.i[0]);
}

const cgm_op cgm_op_sum_pool = {
    .name = "sum_pool", .shape = shape_rule, .rows = cgm_rows_of_first, .run = run, .gradient = gradient};

/* [N, C, H, W] -> [N, C, H / factor, W / factor], sums over blocks; the adjoint of upsample_nearest. */
cgm_node cgm_sum_pool(cgm_graph *g, cgm_node x, int64_t factor)
{
    return cgm_node_add(g, CGM_OP_sum_pool, 1, &x, &(cgm_attr){.i = {factor}});
}
