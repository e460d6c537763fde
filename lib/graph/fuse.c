/* Fusing element-wise nodes into chains that pass over memory once. */
#include "graph/program_priv.h"

#include <stdlib.h>

bool cgm_is_elementwise(const cgm_lowering *l, uint32_t id)
{
    return cgm_op_table[l->g->node[id].op]->block != NULL;
}

uint32_t cgm_lower_source(const cgm_lowering *l, uint32_t id)
{
    id = l->same[id];
    while (l->g->node[id].op == CGM_OP_broadcast) id = l->same[l->g->node[id].in[0].id];
    return id;
}

/* What node id reads, canonical. */
static uint32_t input_of(const cgm_lowering *l, uint32_t id, size_t i)
{
    uint32_t in = l->g->node[id].in[i].id;
    return cgm_is_elementwise(l, id) ? cgm_lower_source(l, in) : l->same[in];
}

/* consumers[id]: 0 none yet, otherwise the one chain that all its consumers belong to, or MIXED. */
#define MIXED UINT32_MAX

cgm_status cgm_lower_fuse(cgm_lowering *l)
{
    uint32_t *consumers = calloc(l->n, sizeof *consumers);
    if (!consumers) return CGM_FAIL(CGM_E_MEMORY, "out of memory for compiling");
    for (uint32_t id = l->n - 1; id; id--) {
        if (!l->needed[id]) continue;
        uint32_t chain = consumers[id];
        bool joins = cgm_is_elementwise(l, id) && chain && chain != MIXED && !l->output[id] && !l->opts->no_fusion &&
                     l->length[chain] < CGM_MAX_CHAIN && cgm_shape_equal(l->g->node[id].shape, l->g->node[chain].shape);
        l->group[id] = joins ? chain : id;
        l->length[l->group[id]]++;
        for (size_t i = 0; i < l->g->node[id].n_in; i++) {
            uint32_t in = input_of(l, id, i), user = cgm_is_elementwise(l, id) ? l->group[id] : MIXED;
            if (user != MIXED && l->g->node[in].op == CGM_OP_constant) continue; /* part of the chain */
            l->needed[in] = true;
            consumers[in] = consumers[in] && consumers[in] != user ? MIXED : user;
        }
    }
    free(consumers);
    return CGM_OK;
}

/* Merges neighbouring axes that are read as one. */
static void collapse(cgm_chain_operand *o, cgm_shape shape, const int64_t *stride)
{
    o->rank = 0;
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] == 1) continue;
        if (o->rank && o->stride[o->rank - 1] == stride[i] * shape.dim[i]) {
            o->dim[o->rank - 1] *= shape.dim[i];
            o->stride[o->rank - 1] = stride[i];
        } else {
            o->dim[o->rank] = shape.dim[i];
            o->stride[o->rank++] = stride[i];
        }
    }
}

/* The slot of a node outside the chain, added if new. */
static int operand_slot(const cgm_lowering *l, uint32_t source, cgm_shape shape, cgm_chain *chain, uint32_t *sources)
{
    for (size_t k = 0; k < chain->n_operands; k++)
        if (sources[k] == source) return (int)k;
    cgm_chain_operand *o = &chain->operand[chain->n_operands];
    const cgm_node_record *node = &l->g->node[source];
    int64_t stride[CGM_MAX_RANK];
    if (node->op == CGM_OP_constant) {
        *o = (cgm_chain_operand){.access = CGM_ACCESS_CONSTANT, .value = node->attr.f[0]};
    } else {
        cgm_shape_broadcast_strides(node->shape, shape, stride);
        collapse(o, shape, stride);
        o->buffer = l->buffer[source] - 1;
        if (cgm_rows_of_each(1, &node->shape, shape, NULL).operands)
            o->row = cgm_shape_size(node->shape) / shape.dim[0];
        o->access = cgm_shape_size(node->shape) == chain->size ? CGM_ACCESS_DENSE : CGM_ACCESS_EXPAND;
    }
    sources[chain->n_operands] = source;
    return (int)chain->n_operands++;
}

/* Gives each link but the last a temporary, free again after its last reader. The links hold node ids in `out` on
 * entry. */
static void assign_temporaries(cgm_chain *chain, const size_t *last_use)
{
    bool busy[CGM_MAX_CHAIN] = {false};
    int slot_of[CGM_MAX_CHAIN], free_at[CGM_MAX_CHAIN];
    size_t n = 0;
    for (size_t k = 0; k < chain->n_links; k++) {
        cgm_chain_link *link = &chain->link[k];
        for (int i = 0; i < 3; i++)
            if (link->in[i] < 0) link->in[i] = (int)chain->n_operands + slot_of[-link->in[i] - 1];
        for (size_t s = 0; s < n; s++)
            if (busy[s] && (size_t)free_at[s] <= k) busy[s] = false; /* a block may be written over its own input */
        size_t s = 0;
        while (s < n && busy[s]) s++;
        if (s == n) n++;
        busy[s] = true;
        free_at[s] = (int)last_use[k];
        slot_of[k] = (int)s;
        link->out = (int)(chain->n_operands + s);
    }
    chain->n_slots = chain->n_operands + n;
}

size_t cgm_lower_members(const cgm_lowering *l, uint32_t end, uint32_t member[CGM_MAX_CHAIN])
{
    size_t n = l->length[end], k = n;
    for (uint32_t id = end; k; id--) /* members lie close below the end */
        if (l->group[id] == end && l->needed[id]) member[--k] = id;
    return n;
}

cgm_status cgm_lower_chain(const cgm_lowering *l, uint32_t end, cgm_arena *arena, cgm_step *step)
{
    cgm_chain *chain = &step->chain;
    uint32_t member[CGM_MAX_CHAIN], sources[3 * CGM_MAX_CHAIN];
    size_t last_use[CGM_MAX_CHAIN] = {0};
    chain->n_links = cgm_lower_members(l, end, member);
    step->shape = l->g->node[end].shape;
    chain->size = cgm_shape_size(step->shape);
    chain->link = cgm_arena_array(arena, chain->n_links, sizeof *chain->link);
    chain->operand = cgm_arena_array(arena, 3 * chain->n_links, sizeof *chain->operand);
    step->in = cgm_arena_array(arena, 3 * chain->n_links, sizeof *step->in);
    if (!chain->link || !chain->operand || !step->in) return CGM_E_MEMORY;
    for (size_t k = 0; k < chain->n_links; k++) {
        const cgm_node_record *node = &l->g->node[member[k]];
        chain->link[k] =
            (cgm_chain_link){.block = cgm_op_table[node->op]->block, .attr = {node->attr.f[0], node->attr.f[1]}};
        for (size_t i = 0; i < node->n_in; i++) {
            uint32_t source = cgm_lower_source(l, node->in[i].id);
            size_t j = 0;
            while (j < k && member[j] != source) j++;
            if (j < k) last_use[j] = k;
            chain->link[k].in[i] = j < k ? -(int)j - 1 : operand_slot(l, source, step->shape, chain, sources);
        }
    }
    assign_temporaries(chain, last_use);
    for (size_t k = 0; k < chain->n_operands; k++)
        if (chain->operand[k].access != CGM_ACCESS_CONSTANT) step->in[step->n_in++] = chain->operand[k].buffer;
    return CGM_OK;
}
