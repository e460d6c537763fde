#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    (void)n_in, (void)attr;
    *out = in[1];
    if (in[0].rank != 2 || in[1].rank < 1 || in[1].rank == CGM_MAX_RANK)
        return cgm_shape_refuse(why, "indices %s cannot take rows of %s: a table has two axes, indices one to %d",
                                cgm_shape_text(in[1], b), cgm_shape_text(in[0], a), CGM_MAX_RANK - 1);
    out->dim[out->rank++] = in[0].dim[1];
    return cgm_shape_can_index(in[0].dim[0], why);
}

static void run(const cgm_op_run *r)
{
    cgm_shape table = r->in_shape[0];
    cgm_kernel_take_rows(cgm_shape_size(r->in_shape[1]), table.dim[0], table.dim[1], r->in[0], r->in[1], r->out,
                         r->threads);
}

static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    (void)n_in, (void)in, (void)shape, (void)attr;
    return (cgm_rows){CGM_ROWS_MAP, 2};
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_add_rows(g, dy, use->in[1], cgm_node_shape(g, use->in[0]).dim[0]);
}

const cgm_op cgm_op_take_rows = {
    .name = "take_rows", .shape = shape_rule, .rows = rows, .run = run, .gradient = gradient};

/* Embedding lookup: table [L, D], index [...] of whole numbers -> [..., D], the rows of the table that the indices
 * name; NaN for an index outside 0..L-1. */
cgm_node cgm_take_rows(cgm_graph *g, cgm_node table, cgm_node index)
{
    return cgm_node_binary(g, CGM_OP_take_rows, table, index);
}
