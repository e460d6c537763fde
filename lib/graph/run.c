/* Workspaces, and running a program in one. */
#include "graph/program_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/denormals.h"
#include "base/threads.h"

struct cgm_workspace {
    const cgm_program *p;
    char *memory;        /* buffers, then scratch, or a segment's sums and chunks */
    cgm_real **pointer;  /* of each buffer; NULL while an input or bound output has none */
    cgm_real **copy_to;  /* of each output that is copied to a bound address */
    const cgm_real **in; /* each worker's room for a step's operands, and their shapes */
    cgm_shape *in_shape;
};

size_t cgm_program_workspace_bytes(const cgm_program *p)
{
    return p->arena_bytes + p->scratch_bytes + p->n_buffers * sizeof(cgm_real *) + p->n_outputs * sizeof(cgm_real *) +
           (size_t)p->workers * p->max_in * (sizeof(cgm_real *) + sizeof(cgm_shape));
}

cgm_status cgm_workspace_create(const cgm_program *p, cgm_workspace **out)
{
    cgm_workspace *ws = calloc(1, sizeof *ws);
    if (!ws) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a workspace");
    ws->p = p;
    ws->memory = cgm_alloc_aligned(p->arena_bytes + p->scratch_bytes + 1);
    ws->pointer = calloc(p->n_buffers + 1, sizeof *ws->pointer);
    ws->copy_to = calloc(p->n_outputs + 1, sizeof *ws->copy_to);
    ws->in = calloc((size_t)p->workers * p->max_in + 1, sizeof *ws->in);
    ws->in_shape = calloc((size_t)p->workers * p->max_in + 1, sizeof *ws->in_shape);
    if (!ws->memory || !ws->pointer || !ws->copy_to || !ws->in || !ws->in_shape) {
        cgm_workspace_destroy(ws);
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for a workspace of %zu bytes", cgm_program_workspace_bytes(p));
    }
    for (size_t b = 0; b < p->n_buffers; b++)
        if (p->buffer[b].kind == CGM_BUFFER_ARENA)
            ws->pointer[b] = (cgm_real *)(void *)(ws->memory + p->buffer[b].offset);
    *out = ws;
    return CGM_OK;
}

void cgm_workspace_destroy(cgm_workspace *ws)
{
    if (!ws) return;
    cgm_free_aligned(ws->memory);
    free(ws->pointer);
    free(ws->copy_to);
    free(ws->in);
    free(ws->in_shape);
    free(ws);
}

static int by_node(const void *key, const void *element)
{
    uint32_t id = *(const uint32_t *)key, other = ((const cgm_program_port *)element)->node;
    return id < other ? -1 : id > other;
}

void cgm_workspace_bind(cgm_workspace *ws, cgm_node input, const cgm_real *data)
{
    const cgm_program *p = ws->p;
    const cgm_program_port *port =
        p->n_inputs ? bsearch(&input.id, p->input, p->n_inputs, sizeof *p->input, by_node) : NULL;
    if (port) ws->pointer[port->buffer] = (cgm_real *)data; /* inputs are only read */
}

void cgm_workspace_bind_output(cgm_workspace *ws, size_t output, cgm_real *data)
{
    CGM_CHECK(output < ws->p->n_outputs);
    const cgm_program_port *port = &ws->p->output[output];
    if (port->copy)
        ws->copy_to[output] = data;
    else
        ws->pointer[port->buffer] = data;
}

const cgm_real *cgm_workspace_get(const cgm_workspace *ws, cgm_node output)
{
    for (size_t i = 0; i < ws->p->n_outputs; i++)
        if (ws->p->output[i].node == output.id) return ws->pointer[ws->p->output[i].buffer];
    return NULL;
}

static cgm_status check_bound(const cgm_program *p, const cgm_workspace *ws)
{
    for (size_t b = 0; b < p->n_buffers; b++)
        if (!ws->pointer[b] && p->buffer[b].kind == CGM_BUFFER_INPUT)
            return CGM_FAIL(CGM_E_ARG, "input \"%s\" is not bound", p->buffer[b].name);
    for (size_t i = 0; i < p->n_outputs; i++)
        if (!ws->pointer[p->output[i].buffer]) return CGM_FAIL(CGM_E_ARG, "output %zu is not bound", i);
    return CGM_OK;
}

/* ---- Steps ---- */

/* Where a step runs: on all rows with the program's threads, or on the rows of a chunk, on one. */
typedef struct place {
    const cgm_program *p;
    const cgm_workspace *ws;
    cgm_row_range rows; /* in a segment */
    char *arena;        /* of the chunk */
    char *partial;      /* sums of the lane */
    bool first;         /* chunk of the lane */
    int threads;
    void *scratch;
    const cgm_real **in; /* room for a step's operands */
    cgm_shape *in_shape;
} place;

/* A buffer, or its rows from the chunk's first on. */
static cgm_real *at(const place *c, uint32_t buffer, int64_t row)
{
    const cgm_buffer *b = &c->p->buffer[buffer];
    if (b->kind == CGM_BUFFER_CHUNK) return (cgm_real *)(void *)(c->arena + b->offset);
    return c->ws->pointer[buffer] + c->rows.first * row;
}

static void run_chain(const place *c, const cgm_step *step)
{
    const cgm_chain *chain = &step->chain;
    int64_t size = step->kind == CGM_ROWS_MAP ? step->out_row * c->rows.count : chain->size;
    for (size_t k = 0; k < chain->n_operands; k++)
        if (chain->operand[k].access != CGM_ACCESS_CONSTANT)
            c->in[k] = at(c, chain->operand[k].buffer, chain->operand[k].row);
    cgm_chain_run(chain, size, c->in, at(c, step->out, step->out_row), c->scratch, c->threads);
}

static void run_op(const place *c, const cgm_step *step)
{
    cgm_op_run r = {.n_in = step->n_in,
                    .in = c->in,
                    .in_shape = step->in_shape,
                    .shape = step->shape,
                    .attr = &step->attr,
                    .scratch = c->scratch,
                    .threads = c->threads};
    for (size_t i = 0; i < step->n_in; i++) c->in[i] = at(c, step->in[i], step->row[i]);
    if (step->kind != CGM_ROWS_WHOLE) {
        for (size_t i = 0; i < step->n_in; i++) {
            c->in_shape[i] = step->in_shape[i];
            if (step->row[i]) c->in_shape[i].dim[0] = c->rows.count;
        }
        r.in_shape = c->in_shape;
    }
    if (step->kind == CGM_ROWS_SUM) {
        r.out = (cgm_real *)(void *)(c->partial + step->partial);
        step->op->accumulate(&r, c->first);
        return;
    }
    if (step->kind == CGM_ROWS_MAP) r.shape.dim[0] = c->rows.count;
    r.out = at(c, step->out, step->out_row);
    step->op->run(&r);
}

static void run_step(const place *c, const cgm_step *step)
{
    if (step->op)
        run_op(c, step);
    else
        run_chain(c, step);
}

/* ---- Segments ---- */

typedef struct segment_run {
    const cgm_program *p;
    const cgm_workspace *ws;
    const cgm_segment *segment;
    char *partial, *workers;
} segment_run;

static void run_lane(void *context, size_t index, int worker)
{
    const segment_run *r = context;
    const cgm_program *p = r->p;
    char *memory = r->workers + (size_t)worker * (r->segment->arena_bytes + r->segment->scratch_bytes);
    place c = {.p = p,
               .ws = r->ws,
               .arena = memory,
               .partial = r->partial + index * r->segment->partial_bytes,
               .threads = 1,
               .scratch = memory + r->segment->arena_bytes,
               .in = r->ws->in + (size_t)worker * p->max_in,
               .in_shape = r->ws->in_shape + (size_t)worker * p->max_in};
    cgm_row_range lane = cgm_row_part((cgm_row_range){0, p->rows}, (int64_t)index, (int64_t)p->lanes);
    int64_t chunks = cgm_chunks(r->segment, lane.count);
    for (int64_t i = 0; i < chunks; i++) {
        c.rows = cgm_row_part(lane, i, chunks);
        c.first = i == 0;
        for (size_t s = r->segment->begin; s < r->segment->end; s++) run_step(&c, &p->step[s]);
    }
}

/* Elements of a sum that a task adds over the lanes. */
#define SUM_TASK 16384

/* Task `index` counts through the slices of all sums of the segment. */
static void add_lanes(void *context, size_t index, int worker)
{
    const segment_run *r = context;
    const cgm_program *p = r->p;
    (void)worker;
    for (size_t s = r->segment->begin; s < r->segment->end; s++) {
        const cgm_step *step = &p->step[s];
        if (step->kind != CGM_ROWS_SUM) continue;
        size_t n = (size_t)cgm_shape_size(step->shape), slices = (n + SUM_TASK - 1) / SUM_TASK,
               first = index * SUM_TASK;
        if (index >= slices) {
            index -= slices;
            continue;
        }
        if (n > first + SUM_TASK) n = first + SUM_TASK;
        void *partial = r->partial + step->partial;
        cgm_real *out = r->ws->pointer[step->out] + first;
        if (step->op->sums_in_double)
            cgm_add_parts_double(n - first, p->lanes, r->segment->partial_bytes / sizeof(double),
                                 (const double *)partial + first, out);
        else
            cgm_add_parts(n - first, p->lanes, r->segment->partial_bytes / sizeof(cgm_real),
                          (const cgm_real *)partial + first, out);
        return;
    }
}

static void run_segment(const cgm_program *p, cgm_workspace *ws, const cgm_segment *segment)
{
    char *partial = ws->memory + p->arena_bytes;
    segment_run r = {p, ws, segment, partial, partial + p->lanes * segment->partial_bytes};
    size_t slices = 0;
    cgm_parallel(p->workers, p->lanes, run_lane, &r);
    for (size_t s = segment->begin; s < segment->end; s++)
        if (p->step[s].kind == CGM_ROWS_SUM)
            slices += (size_t)(cgm_shape_size(p->step[s].shape) + SUM_TASK - 1) / SUM_TASK;
    cgm_parallel(p->threads, slices, add_lanes, &r);
}

cgm_status cgm_program_run(const cgm_program *p, cgm_workspace *ws)
{
    CGM_TRY(check_bound(p, ws));
    cgm_fp_mode mode = cgm_fp_flush_denormals();
    place all = {.p = p, .ws = ws, .threads = p->threads, .scratch = ws->memory + p->arena_bytes, .in = ws->in};
    const cgm_segment *segment = p->segment, *end = p->segment + p->n_segments;
    for (size_t s = 0; s < p->n_steps;) {
        if (segment < end && segment->begin == s) {
            run_segment(p, ws, segment);
            s = segment++->end;
        } else {
            run_step(&all, &p->step[s++]);
        }
    }
    cgm_fp_set(mode);
    for (size_t i = 0; i < p->n_outputs; i++) {
        const cgm_buffer *b = &p->buffer[p->output[i].buffer];
        if (ws->copy_to[i])
            memcpy(ws->copy_to[i], ws->pointer[p->output[i].buffer], (size_t)b->size * sizeof(cgm_real));
    }
    return CGM_OK;
}
