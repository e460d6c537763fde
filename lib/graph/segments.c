/* Cutting a program into segments: stretches of steps that treat the samples of a batch one by one, or sum over them.
 * A thread takes a chunk of a few samples through a whole segment, while they are in its cache.
 *
 * What carries rows is found from the inputs marked as batches, by what each operation says of its rows; so a mark
 * never changes a result. A step that needs all samples of something at once, or that depends on no sample, stays
 * outside. It runs in an even stage, the segments are the odd ones: what a segment's step depends on comes from its own
 * stage, or earlier ones; a sum is there for the stage that follows. */
#include "graph/program_priv.h"

/* What a step reads: a node, and whether row by row. */
typedef struct operand {
    uint32_t id;
    bool by_row;
} operand;

typedef struct reads {
    cgm_rows_kind kind;
    size_t n;
    operand *operand;
} reads;

static cgm_status chain_reads(const cgm_lowering *l, uint32_t end, cgm_arena *arena, reads *r)
{
    uint32_t member[CGM_MAX_CHAIN];
    size_t n = cgm_lower_members(l, end, member);
    *r = (reads){.kind = CGM_ROWS_MAP, .operand = cgm_arena_array(arena, 3 * n, sizeof *r->operand)};
    if (!r->operand) return CGM_E_MEMORY;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < l->g->node[member[k]].n_in; i++) {
            uint32_t id = cgm_lower_source(l, l->g->node[member[k]].in[i].id);
            if (l->g->node[id].op == CGM_OP_constant || l->group[id] == end) continue;
            cgm_rows rows = cgm_rows_of_each(1, &l->g->node[id].shape, l->g->node[end].shape, NULL);
            r->operand[r->n++] = (operand){id, rows.operands};
        }
    return CGM_OK;
}

static cgm_status op_reads(const cgm_lowering *l, uint32_t id, cgm_arena *arena, reads *r)
{
    const cgm_node_record *node = &l->g->node[id];
    cgm_shape *shape = cgm_arena_array(arena, node->n_in + 1, sizeof *shape);
    *r = (reads){.n = node->n_in, .operand = cgm_arena_array(arena, node->n_in + 1, sizeof *r->operand)};
    if (!shape || !r->operand) return CGM_E_MEMORY;
    for (size_t i = 0; i < node->n_in; i++) shape[i] = l->g->node[node->in[i].id].shape;
    cgm_rows rows = cgm_op_rows(cgm_op_table[node->op], node->n_in, shape, node->shape, &node->attr);
    r->kind = rows.kind;
    for (size_t i = 0; i < node->n_in; i++)
        r->operand[i] = (operand){l->same[node->in[i].id], i < 64 && rows.operands >> i & 1};
    return CGM_OK;
}

static bool is_input(const cgm_lowering *l, uint32_t id)
{
    return l->g->node[cgm_lower_root(l, id)].op == CGM_OP_input;
}

/* The stage at which all of a node is there. */
static uint32_t complete(const cgm_lowering *l, uint32_t id)
{
    bool made = l->kind[id] == CGM_ROWS_SUM || (l->carries[id] && !is_input(l, id));
    return l->stage[id] + made;
}

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Whether the lanes' sums would be more to write than the operands of all samples: then it is done after the segment,
 * with the threads inside the operation. */
static bool is_heavy(const cgm_lowering *l, uint32_t id, const reads *r)
{
    int64_t read = 0;
    for (size_t i = 0; i < r->n; i++) read += cgm_shape_size(l->g->node[r->operand[i].id].shape);
    return cgm_shape_size(l->g->node[id].shape) * CGM_LANES > read;
}

/* Sets the kind and the stage of the step that ends at a node. */
static void place(cgm_lowering *l, uint32_t id, const reads *r)
{
    bool carries = false, fits = r->kind != CGM_ROWS_WHOLE;
    uint32_t outside = 0, inside = 1;
    for (size_t i = 0; i < r->n; i++) {
        const operand *o = &r->operand[i];
        carries = carries || l->carries[o->id];
        fits = fits && (o->by_row || !l->carries[o->id]);
        outside = later(outside, complete(l, o->id));
        inside = later(inside, l->carries[o->id] ? l->stage[o->id] : complete(l, o->id) + 1);
    }
    if (r->kind == CGM_ROWS_SUM && carries && fits) fits = !is_heavy(l, id, r);
    l->kind[id] = carries && fits ? r->kind : CGM_ROWS_WHOLE;
    l->carries[id] = l->kind[id] == CGM_ROWS_MAP;
    l->stage[id] = l->kind[id] == CGM_ROWS_WHOLE ? outside : inside;
    for (size_t i = 0; i < r->n; i++)
        if (l->carries[r->operand[i].id] && l->stage[r->operand[i].id] != l->stage[id])
            l->whole[cgm_lower_root(l, r->operand[i].id)] = true;
}

/* A view of rows carries them if it keeps the first axis; else it shows all samples at once. */
static void place_view(cgm_lowering *l, uint32_t id)
{
    const cgm_node_record *node = &l->g->node[id];
    uint32_t in = l->same[node->in[0].id];
    bool rows = cgm_op_rows(cgm_op_table[node->op], 1, &l->g->node[in].shape, node->shape, &node->attr).operands;
    l->carries[id] = l->carries[in] && rows;
    l->stage[id] = l->carries[id] ? l->stage[in] : complete(l, in);
    if (l->carries[in] && !rows) l->whole[cgm_lower_root(l, in)] = true;
}

/* The samples of the inputs marked as batches; 0 if there is nothing to cut, or if they do not agree. */
static int64_t count_rows(const cgm_lowering *l)
{
    int64_t rows = 0;
    for (uint32_t id = 1; id < l->n; id++) {
        const cgm_node_record *node = &l->g->node[id];
        if (!l->needed[id] || !node->batch) continue;
        if (!node->shape.rank || node->shape.dim[0] < 2 || (rows && node->shape.dim[0] != rows)) return 0;
        rows = node->shape.dim[0];
    }
    return rows;
}

cgm_status cgm_lower_segments(cgm_lowering *l, cgm_arena *arena)
{
    l->rows = l->opts->chunk < 0 ? 0 : count_rows(l);
    if (!l->rows) return CGM_OK;
    for (uint32_t id = 1; id < l->n; id++) {
        if (!l->needed[id]) continue;
        const cgm_node_record *node = &l->g->node[id];
        reads r;
        if (node->op == CGM_OP_input) {
            l->carries[id] = node->batch;
        } else if (cgm_op_table[node->op]->view) {
            place_view(l, id);
        } else if (cgm_lower_materialised(l, id)) {
            CGM_TRY(cgm_is_elementwise(l, id) ? chain_reads(l, id, arena, &r) : op_reads(l, id, arena, &r));
            place(l, id, &r);
        }
    }
    for (uint32_t id = 1; id < l->n; id++)
        if (l->output[id] && l->carries[id]) l->whole[cgm_lower_root(l, id)] = true;
    return CGM_OK;
}
