#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    cgm_shape joined;
    (void)n_in;
    *out = cgm_attr_shape(attr);
    if (!cgm_shape_elementwise(2, (cgm_shape[]){in[0], *out}, NULL, &joined, why)) return false;
    if (cgm_shape_equal(joined, *out)) return true;
    return cgm_shape_refuse(why, "%s does not broadcast to %s", cgm_shape_text(in[0], a), cgm_shape_text(*out, b));
}

static void run(const cgm_op_run *r)
{
    int64_t stride[CGM_MAX_RANK];
    cgm_shape_broadcast_strides(r->in_shape[0], r->shape, stride);
    cgm_copy_strided(r->shape.rank, r->shape.dim, stride, r->in[0], r->out, r->threads);
}

/* The engine sums to the input's shape. */
static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    (void)g, (void)use;
    dx[0] = dy;
}

const cgm_op cgm_op_broadcast = {
    .name = "broadcast", .shape = shape_rule, .rows = cgm_rows_of_each, .run = run, .gradient = gradient};

/* x repeated to a shape that it broadcasts to. */
cgm_node cgm_broadcast(cgm_graph *g, cgm_node x, cgm_shape shape)
{
    if (x.id && cgm_shape_equal(cgm_node_shape(g, x), shape)) return x;
    cgm_attr attr = cgm_attr_of_shape(0, shape);
    return cgm_node_add(g, CGM_OP_broadcast, 1, &x, &attr);
}
