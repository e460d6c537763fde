#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    cgm_shape rows = in[0];
    int64_t width = rows.rank ? rows.dim[--rows.rank] : 0;
    (void)n_in;
    if (!rows.rank || !cgm_shape_equal(rows, in[1]))
        return cgm_shape_refuse(why, "indices %s are not one for each row of %s", cgm_shape_text(in[1], b),
                                cgm_shape_text(in[0], a));
    *out = CGM_SHAPE(attr->i[0], width);
    return cgm_shape_can_index(attr->i[0], why);
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    (void)in, (void)attr, (void)threads;
    return (size_t)cgm_shape_size(shape) * sizeof(double);
}

static void run(const cgm_op_run *r)
{
    cgm_kernel_add_rows(cgm_shape_size(r->in_shape[1]), r->shape.dim[0], r->shape.dim[1], r->in[0], r->in[1], r->out,
                        r->scratch, r->threads);
}

static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    (void)n_in, (void)in, (void)shape, (void)attr;
    return (cgm_rows){CGM_ROWS_SUM, 3};
}

static void accumulate(const cgm_op_run *r, bool first)
{
    cgm_kernel_add_rows_to(cgm_shape_size(r->in_shape[1]), r->shape.dim[0], r->shape.dim[1], r->in[0], r->in[1], first,
                           (double *)(void *)r->out);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_take_rows(g, dy, use->in[1]);
}

const cgm_op cgm_op_add_rows = {.name = "add_rows",
                                .shape = shape_rule,
                                .run = run,
                                .rows = rows,
                                .accumulate = accumulate,
                                .sums_in_double = true,
                                .scratch = scratch,
                                .gradient = gradient};

/* The adjoint of take_rows: x [..., D], index [...] -> [levels, D], row l the sum of the rows of x whose index is l, in
 * double. What has an index outside 0..levels-1 is left out of the sums, and its gradient is NaN. */
cgm_node cgm_add_rows(cgm_graph *g, cgm_node x, cgm_node index, int64_t levels)
{
    return cgm_node_add(g, CGM_OP_add_rows, 2, (cgm_node[]){x, index}, &(cgm_attr){.i = {levels}});
}
