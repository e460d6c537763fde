#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    (void)n_in;
    *out = cgm_attr_shape(attr);
    if (cgm_shape_size(*out) == cgm_shape_size(in[0])) return true;
    return cgm_shape_refuse(why, "%s cannot become %s", cgm_shape_text(in[0], a), cgm_shape_text(*out, b));
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_reshape(g, dy, cgm_node_shape(g, use->in[0]));
}

const cgm_op cgm_op_reshape = {
    .name = "reshape", .view = true, .shape = shape_rule, .rows = cgm_rows_of_first, .gradient = gradient};

/* The same elements in another shape of the same size. */
cgm_node cgm_reshape(cgm_graph *g, cgm_node x, cgm_shape shape)
{
    if (x.id && cgm_shape_equal(cgm_node_shape(g, x), shape)) return x;
    cgm_attr attr = cgm_attr_of_shape(0, shape);
    return cgm_node_add(g, CGM_OP_reshape, 1, &x, &attr);
}
