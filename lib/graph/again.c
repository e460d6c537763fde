/* What the forward pass need not keep, as the backward pass makes it again. */
#include "graph/graph_priv.h"

#include <string.h>

static int64_t size_of(const cgm_graph *g, cgm_node x)
{
    return cgm_shape_size(g->node[x.id].shape);
}

/* The operand that node is a copy of, as good as, the only one as large; -1 if there is none, or more. */
static int original_of(const cgm_graph *g, const cgm_node_record *node)
{
    int64_t size = cgm_shape_size(node->shape);
    int original = -1;
    if (!cgm_op_table[node->op]->again) return -1;
    if (!cgm_op_table[node->op]->block) return size_of(g, node->in[0]) <= size ? 0 : -1;
    for (size_t i = 0; i < node->n_in; i++) {
        if (size_of(g, node->in[i]) < size) continue;
        if (original >= 0) return -1;
        original = (int)i;
    }
    return original;
}

/* Whether the gradient of node reads the operand, which is kept then. */
static bool reads(const cgm_node_record *node, int operand, const bool *depends)
{
    return node->op == CGM_OP_mul && depends[node->in[!operand].id];
}

/* Whether x is made of what is kept, or of what a padding was made of, by what costs next to nothing. */
static bool is_worth_it(const cgm_graph *g, cgm_node x, const bool *depends)
{
    for (;;) {
        const cgm_node_record *node = &g->node[x.id];
        int original = original_of(g, node);
        if (original < 0) return false;
        if (!cgm_op_table[node->op]->block || reads(node, original, depends)) return true;
        x = node->in[original];
    }
}

/* x, copied down to what is kept, and that down to what it is made of where it is worth it too. */
static cgm_node copy(cgm_graph *g, cgm_node x, const bool *depends)
{
    const cgm_node_record node = g->node[x.id];
    int original = original_of(g, &node);
    if (original < 0) return x;
    cgm_node *in = cgm_arena_array(&g->arena, node.n_in, sizeof *in);
    if (!in) return cgm_graph_fail(g, CGM_E_MEMORY, "out of memory for gradients");
    memcpy(in, node.in, node.n_in * sizeof *in);
    bool kept = reads(&node, original, depends);
    in[original] = kept ? cgm_graph_again(g, in[original], depends) : copy(g, in[original], depends);
    cgm_node again = cgm_node_add(g, node.op, node.n_in, in, &node.attr);
    if (again.id) g->node[again.id].again = x.id;
    return again;
}

cgm_node cgm_graph_again(cgm_graph *g, cgm_node x, const bool *depends)
{
    return is_worth_it(g, x, depends) ? copy(g, x, depends) : x;
}
