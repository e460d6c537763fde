#include "graph/graph_priv.h"

const cgm_op cgm_op_input = {.name = "input", .shape = cgm_shape_from_attr};

/* Data that is bound at run time. */
cgm_node cgm_input(cgm_graph *g, const char *name, cgm_shape shape)
{
    cgm_attr attr = cgm_attr_of_shape(0, shape);
    cgm_node node = cgm_node_add(g, CGM_OP_input, 0, NULL, &attr);
    if (node.id) g->node[node.id].name = cgm_graph_path(g, name);
    return node;
}

cgm_node cgm_batch_input(cgm_graph *g, const char *name, cgm_shape shape)
{
    cgm_node node = cgm_input(g, name, shape);
    if (node.id) g->node[node.id].batch = true;
    return node;
}
