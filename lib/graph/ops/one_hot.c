#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char text[CGM_SHAPE_TEXT];
    (void)n_in;
    *out = in[0];
    if (!out->rank || out->dim[out->rank - 1] != 1)
        return cgm_shape_refuse(why, "the last axis of indices %s must have extent 1", cgm_shape_text(in[0], text));
    out->dim[out->rank - 1] = attr->i[0];
    return cgm_shape_can_index(attr->i[0], why);
}

static void run(const cgm_op_run *r)
{
    cgm_kernel_one_hot(cgm_shape_size(r->in_shape[0]), r->attr->i[0], r->in[0], r->out);
}

const cgm_op cgm_op_one_hot = {.name = "one_hot", .shape = shape_rule, .rows = cgm_rows_of_first, .run = run};

/* index [..., 1] of whole numbers -> [..., levels]; zeros for an index outside 0..levels-1. */
cgm_node cgm_one_hot(cgm_graph *g, cgm_node index, int64_t levels)
{
    return cgm_node_add(g, CGM_OP_one_hot, 1, &index, &(cgm_attr){.i = {levels}});
}
