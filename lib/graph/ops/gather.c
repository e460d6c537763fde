#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    cgm_shape wanted = in[0];
    (void)n_in, (void)attr;
    if (wanted.rank) wanted.dim[wanted.rank - 1] = 1;
    *out = wanted;
    if (wanted.rank && cgm_shape_equal(in[1], wanted)) return true;
    return cgm_shape_refuse(why, "indices %s do not select from the last axis of %s", cgm_shape_text(in[1], b),
                            cgm_shape_text(in[0], a));
}

static void run(const cgm_op_run *r)
{
    cgm_shape x = r->in_shape[0];
    cgm_kernel_gather(cgm_shape_size(r->shape), x.dim[x.rank - 1], r->in[0], r->in[1], r->out);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    cgm_shape x = cgm_node_shape(g, use->in[0]);
    dx[0] = cgm_mul(g, dy, cgm_one_hot(g, use->in[1], x.dim[x.rank - 1]));
}

const cgm_op cgm_op_gather = {
    .name = "gather", .shape = shape_rule, .rows = cgm_rows_of_each, .run = run, .gradient = gradient};

/* x [..., L], index [..., 1] of whole numbers -> [..., 1]; NaN for an index outside 0..L-1. */
cgm_node cgm_gather(cgm_graph *g, cgm_node x, cgm_node index)
{
    return cgm_node_binary(g, CGM_OP_gather, x, index);
}
