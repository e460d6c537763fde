#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    cgm_shape wanted = in[0];
    int last = wanted.rank - 1;
    (void)n_in, (void)attr;
    *out = in[1];
    if (last >= 0 && in[1].rank == wanted.rank) wanted.dim[last] = in[1].dim[last];
    if (last < 0 || !cgm_shape_equal(in[1], wanted))
        return cgm_shape_refuse(why, "indices %s do not select from the last axis of %s", cgm_shape_text(in[1], b),
                                cgm_shape_text(in[0], a));
    return cgm_shape_can_index(in[0].dim[last], why);
}

static void run(const cgm_op_run *r)
{
    cgm_shape x = r->in_shape[0];
    int64_t levels = x.dim[x.rank - 1], m = r->shape.dim[x.rank - 1];
    cgm_kernel_gather(cgm_shape_size(x) / levels, levels, m, r->in[0], r->in[1], r->out, r->threads);
}

/* With one axis the rows are the indices. */
static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    return shape.rank == 1 ? (cgm_rows){CGM_ROWS_MAP, 2} : cgm_rows_of_each(n_in, in, shape, attr);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    cgm_shape x = cgm_node_shape(g, use->in[0]);
    dx[0] = cgm_scatter_add(g, dy, use->in[1], x.dim[x.rank - 1]);
}

const cgm_op cgm_op_gather = {.name = "gather", .shape = shape_rule, .rows = rows, .run = run, .gradient = gradient};

/* x [..., L], index [..., M] of whole numbers -> [..., M], out[..., j] = x[..., index[..., j]]; NaN for an index
 * outside 0..L-1. */
cgm_node cgm_gather(cgm_graph *g, cgm_node x, cgm_node index)
{
    return cgm_node_binary(g, CGM_OP_gather, x, index);
}
