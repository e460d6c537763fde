/* From a graph to a program: merge, fuse, cut into segments, emit steps, plan memory. */
#include "graph/program_priv.h"

#include <stdlib.h>
#include <string.h>

static void lowering_clear(cgm_lowering *l)
{
    free(l->same);
    free(l->needed);
    free(l->output);
    free(l->group);
    free(l->length);
    free(l->buffer);
    free(l->kind);
    free(l->stage);
    free(l->carries);
    free(l->whole);
}

static cgm_status lowering_init(cgm_lowering *l, const cgm_graph *g, const cgm_compile_opts *opts)
{
    *l = (cgm_lowering){.g = g, .opts = opts, .n = g->n};
    l->same = calloc(l->n, sizeof *l->same);
    l->needed = calloc(l->n, sizeof *l->needed);
    l->output = calloc(l->n, sizeof *l->output);
    l->group = calloc(l->n, sizeof *l->group);
    l->length = calloc(l->n, sizeof *l->length);
    l->buffer = calloc(l->n, sizeof *l->buffer);
    l->kind = calloc(l->n, sizeof *l->kind);
    l->stage = calloc(l->n, sizeof *l->stage);
    l->carries = calloc(l->n, sizeof *l->carries);
    l->whole = calloc(l->n, sizeof *l->whole);
    if (l->same && l->needed && l->output && l->group && l->length && l->buffer && l->kind && l->stage && l->carries &&
        l->whole)
        return CGM_OK;
    return CGM_FAIL(CGM_E_MEMORY, "out of memory for compiling");
}

uint32_t cgm_lower_root(const cgm_lowering *l, uint32_t id)
{
    id = l->same[id];
    while (cgm_op_table[l->g->node[id].op]->view) id = l->same[l->g->node[id].in[0].id];
    return id;
}

bool cgm_lower_materialised(const cgm_lowering *l, uint32_t id)
{
    return l->needed[id] && l->group[id] == id && !cgm_op_table[l->g->node[id].op]->view;
}

static cgm_status lower(cgm_lowering *l, size_t n_outputs, const cgm_node *outputs)
{
    CGM_TRY(cgm_lower_merge(l, n_outputs, outputs));
    for (size_t i = 0; i < n_outputs; i++) {
        uint32_t id = l->same[outputs[i].id];
        l->needed[id] = true;
        l->output[cgm_lower_root(l, id)] = l->output[id] = true;
    }
    CGM_TRY(cgm_lower_fuse(l));
    cgm_arena scratch = {0};
    cgm_status status = cgm_lower_segments(l, &scratch);
    cgm_arena_clear(&scratch);
    return status;
}

static cgm_status assign_buffers(cgm_lowering *l, cgm_program *p)
{
    for (uint32_t id = 1; id < l->n; id++) {
        if (!cgm_lower_materialised(l, id)) continue;
        l->buffer[id] = (uint32_t)++p->n_buffers;
        if (l->g->node[id].op == CGM_OP_input)
            p->n_inputs++;
        else
            p->n_steps++;
    }
    p->buffer = cgm_arena_array(&p->arena, p->n_buffers, sizeof *p->buffer);
    p->input = cgm_arena_array(&p->arena, p->n_inputs, sizeof *p->input);
    p->step = cgm_arena_array(&p->arena, p->n_steps, sizeof *p->step);
    if (!p->buffer || !p->input || !p->step) return CGM_E_MEMORY;
    for (uint32_t id = 1; id < l->n; id++) {
        const cgm_node_record *node = &l->g->node[id];
        if (l->needed[id] && !l->buffer[id] && cgm_op_table[node->op]->view)
            l->buffer[id] = l->buffer[cgm_lower_root(l, id)];
        if (!cgm_lower_materialised(l, id)) continue;
        cgm_buffer *b = &p->buffer[l->buffer[id] - 1];
        b->size = cgm_shape_size(node->shape);
        b->kind = node->op == CGM_OP_input ? CGM_BUFFER_INPUT : CGM_BUFFER_ARENA;
        b->output = l->output[id];
        if (b->kind == CGM_BUFFER_ARENA && l->carries[id] && !l->whole[id]) {
            b->kind = CGM_BUFFER_CHUNK;
            b->size /= l->rows;
        }
        if (node->name && !(b->name = cgm_arena_strdup(&p->arena, node->name))) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

static cgm_status emit_op(const cgm_lowering *l, cgm_program *p, uint32_t id, cgm_step *step)
{
    const cgm_node_record *node = &l->g->node[id];
    step->op = cgm_op_table[node->op];
    step->shape = node->shape;
    step->attr = node->attr;
    step->n_in = node->n_in;
    step->in = cgm_arena_array(&p->arena, node->n_in + 1, sizeof *step->in);
    step->in_shape = cgm_arena_array(&p->arena, node->n_in + 1, sizeof *step->in_shape);
    step->row = cgm_arena_array(&p->arena, node->n_in + 1, sizeof *step->row);
    if (!step->in || !step->in_shape || !step->row) return CGM_E_MEMORY;
    for (size_t i = 0; i < node->n_in; i++) {
        uint32_t in = l->same[node->in[i].id];
        step->in[i] = l->buffer[in] - 1;
        step->in_shape[i] = l->g->node[in].shape;
    }
    cgm_rows rows = cgm_op_rows(step->op, step->n_in, step->in_shape, step->shape, &step->attr);
    for (size_t i = 0; i < step->n_in && i < 64; i++)
        if (rows.operands >> i & 1) step->row[i] = cgm_shape_size(step->in_shape[i]) / step->in_shape[i].dim[0];
    return CGM_OK;
}

/* Steps run by stage, and within one in the order in which their nodes were built. */
typedef struct placed {
    uint32_t stage, id;
} placed;

static int by_stage(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->stage != y->stage) return x->stage < y->stage ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Lists the inputs, and the nodes of the steps in order. */
static void order_steps(const cgm_lowering *l, cgm_program *p, placed *order)
{
    size_t s = 0, input = 0;
    for (uint32_t id = 1; id < l->n; id++) {
        if (!cgm_lower_materialised(l, id)) continue;
        if (l->g->node[id].op == CGM_OP_input)
            p->input[input++] = (cgm_program_port){.node = id, .buffer = l->buffer[id] - 1};
        else
            order[s++] = (placed){l->stage[id], id};
    }
    qsort(order, s, sizeof *order, by_stage);
}

static cgm_status emit_step(const cgm_lowering *l, cgm_program *p, uint32_t id, cgm_step *step)
{
    step->out = l->buffer[id] - 1;
    step->kind = l->kind[id];
    CGM_TRY(cgm_is_elementwise(l, id) ? cgm_lower_chain(l, id, &p->arena, step) : emit_op(l, p, id, step));
    if (step->kind == CGM_ROWS_MAP) step->out_row = cgm_shape_size(step->shape) / l->rows;
    return CGM_OK;
}

/* The steps of an odd stage are a segment. */
static cgm_status emit_segments(cgm_program *p, const placed *order)
{
    size_t n = 0;
    for (size_t s = 0; s < p->n_steps; s++) n += order[s].stage % 2 && (!s || order[s - 1].stage != order[s].stage);
    p->segment = cgm_arena_array(&p->arena, n + 1, sizeof *p->segment);
    if (!p->segment) return CGM_E_MEMORY;
    for (size_t s = 0; s < p->n_steps; s++) {
        if (order[s].stage % 2 == 0) continue;
        if (!s || order[s - 1].stage != order[s].stage) p->segment[p->n_segments++].begin = s;
        p->segment[p->n_segments - 1].end = s + 1;
        p->buffer[p->step[s].out].segment = p->n_segments - 1;
    }
    return CGM_OK;
}

static cgm_status emit_steps(const cgm_lowering *l, cgm_program *p)
{
    cgm_status status = CGM_OK;
    placed *order = calloc(p->n_steps + 1, sizeof *order);
    if (!order) return CGM_FAIL(CGM_E_MEMORY, "out of memory for compiling");
    order_steps(l, p, order);
    for (size_t s = 0; s < p->n_steps; s++) CGM_TRY_GOTO(emit_step(l, p, order[s].id, &p->step[s]), done);
    status = emit_segments(p, order);
done:
    free(order);
    return status;
}

/* Outputs that have a buffer to themselves can be written straight to a bound address; others are copied. */
static cgm_status assign_outputs(const cgm_lowering *l, cgm_program *p, size_t n, const cgm_node *outputs)
{
    p->n_outputs = n;
    p->output = cgm_arena_array(&p->arena, n, sizeof *p->output);
    if (!p->output) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        uint32_t buffer = l->buffer[l->same[outputs[i].id]] - 1;
        cgm_buffer *b = &p->buffer[buffer];
        bool copy = b->kind == CGM_BUFFER_INPUT;
        for (size_t j = 0; j < i; j++) copy = copy || p->output[j].buffer == buffer;
        p->output[i] = (cgm_program_port){.node = outputs[i].id, .buffer = buffer, .copy = copy};
        if (l->opts->bound_outputs && !copy) b->kind = CGM_BUFFER_BOUND;
    }
    return CGM_OK;
}

static cgm_status build(cgm_lowering *l, cgm_program *p, size_t n_outputs, const cgm_node *outputs)
{
    CGM_TRY(lower(l, n_outputs, outputs));
    CGM_TRY(assign_buffers(l, p));
    p->rows = l->rows;
    CGM_TRY(emit_steps(l, p));
    CGM_TRY(assign_outputs(l, p, n_outputs, outputs));
    return cgm_plan(p, l->opts);
}

cgm_status cgm_program_compile(const cgm_graph *g, size_t n_outputs, const cgm_node *outputs,
                               const cgm_compile_opts *opts, cgm_program **out)
{
    static const cgm_compile_opts defaults;
    cgm_lowering l = {0};
    cgm_status status = CGM_OK;
    CGM_TRY(cgm_graph_status(g));
    for (size_t i = 0; i < n_outputs; i++)
        if (!outputs[i].id || outputs[i].id >= g->n)
            return CGM_FAIL(CGM_E_ARG, "output %zu is not a node of the graph", i);
    if (!opts) opts = &defaults;
    cgm_program *p = calloc(1, sizeof *p);
    if (!p) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a program");
    p->threads = opts->threads > 0 ? opts->threads : 1;
    CGM_TRY_GOTO(lowering_init(&l, g, opts), done);
    CGM_TRY_GOTO(build(&l, p, n_outputs, outputs), done);
    *out = p;
done:
    lowering_clear(&l);
    if (status != CGM_OK) cgm_program_destroy(p);
    return status;
}

void cgm_program_destroy(cgm_program *p)
{
    if (!p) return;
    cgm_arena_clear(&p->arena);
    free(p);
}

size_t cgm_program_steps(const cgm_program *p)
{
    return p->n_steps;
}
