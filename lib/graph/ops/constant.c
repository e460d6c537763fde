#include "graph/op.h"

static void run(const cgm_op_run *r)
{
    cgm_fill((size_t)cgm_shape_size(r->shape), (cgm_real)r->attr->f[0], r->out, r->threads);
}

const cgm_op cgm_op_constant = {.name = "constant", .shape = cgm_shape_from_attr, .run = run};

/* The same value in every element. */
cgm_node cgm_constant(cgm_graph *g, double value, cgm_shape shape)
{
    cgm_attr attr = cgm_attr_of_shape(value, shape);
    return cgm_node_add(g, CGM_OP_constant, 0, NULL, &attr);
}
