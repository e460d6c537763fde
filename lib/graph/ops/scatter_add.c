#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    (void)n_in;
    *out = in[0];
    if (!out->rank || !cgm_shape_equal(in[0], in[1]))
        return cgm_shape_refuse(why, "indices %s are not one for each number of %s", cgm_shape_text(in[1], b),
                                cgm_shape_text(in[0], a));
    out->dim[out->rank - 1] = attr->i[0];
    return cgm_shape_can_index(attr->i[0], why);
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    (void)in, (void)shape;
    return cgm_kernel_scatter_add_scratch(attr->i[0], threads);
}

static void run(const cgm_op_run *r)
{
    int64_t m = r->in_shape[0].dim[r->shape.rank - 1], rows = cgm_shape_size(r->in_shape[0]) / m;
    cgm_kernel_scatter_add(rows, r->attr->i[0], m, r->in[0], r->in[1], r->out, r->scratch, r->threads);
}

static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    return shape.rank == 1 ? (cgm_rows){0} : cgm_rows_of_each(n_in, in, shape, attr);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_gather(g, dy, use->in[1]);
}

const cgm_op cgm_op_scatter_add = {
    .name = "scatter_add", .shape = shape_rule, .rows = rows, .run = run, .scratch = scratch, .gradient = gradient};

/* The adjoint of gather: x and index [..., M] -> [..., levels], out[..., l] the sum of the x[..., j] whose index is l,
 * in double. What has an index outside 0..levels-1 is left out of the sums, and its gradient is NaN. */
cgm_node cgm_scatter_add(cgm_graph *g, cgm_node x, cgm_node index, int64_t levels)
{
    return cgm_node_add(g, CGM_OP_scatter_add, 2, (cgm_node[]){x, index}, &(cgm_attr){.i = {levels}});
}
