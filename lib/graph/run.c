/* Workspaces, and running a program in one. */
#include "graph/program_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/denormals.h"

struct cgm_workspace {
    const cgm_program *p;
    char *memory;        /* buffers, then scratch */
    cgm_real **pointer;  /* of each buffer; NULL while an input or bound output has none */
    cgm_real **copy_to;  /* of each output that is copied to a bound address */
    const cgm_real **in; /* a step's operands */
};

size_t cgm_program_workspace_bytes(const cgm_program *p)
{
    return p->arena_bytes + p->scratch_bytes + p->n_buffers * sizeof(cgm_real *) + p->n_outputs * sizeof(cgm_real *) +
           p->max_in * sizeof(cgm_real *);
}

cgm_status cgm_workspace_create(const cgm_program *p, cgm_workspace **out)
{
    cgm_workspace *ws = calloc(1, sizeof *ws);
    if (!ws) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a workspace");
    ws->p = p;
    ws->memory = cgm_alloc_aligned(p->arena_bytes + p->scratch_bytes + 1);
    ws->pointer = calloc(p->n_buffers + 1, sizeof *ws->pointer);
    ws->copy_to = calloc(p->n_outputs + 1, sizeof *ws->copy_to);
    ws->in = calloc(p->max_in + 1, sizeof *ws->in);
    if (!ws->memory || !ws->pointer || !ws->copy_to || !ws->in) {
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

static void run_step(const cgm_program *p, cgm_workspace *ws, const cgm_step *step)
{
    void *scratch = ws->memory + p->arena_bytes;
    if (!step->op) {
        cgm_chain_run(&step->chain, ws->pointer, ws->pointer[step->out], scratch, p->threads);
        return;
    }
    for (size_t i = 0; i < step->n_in; i++) ws->in[i] = ws->pointer[step->in[i]];
    step->op->run(&(cgm_op_run){.n_in = step->n_in,
                                .in = ws->in,
                                .in_shape = step->in_shape,
                                .shape = step->shape,
                                .out = ws->pointer[step->out],
                                .attr = &step->attr,
                                .scratch = scratch,
                                .threads = p->threads});
}

cgm_status cgm_program_run(const cgm_program *p, cgm_workspace *ws)
{
    CGM_TRY(check_bound(p, ws));
    cgm_fp_mode mode = cgm_fp_flush_denormals();
    for (size_t s = 0; s < p->n_steps; s++) run_step(p, ws, &p->step[s]);
    cgm_fp_set(mode);
    for (size_t i = 0; i < p->n_outputs; i++) {
        const cgm_buffer *b = &p->buffer[p->output[i].buffer];
        if (ws->copy_to[i])
            memcpy(ws->copy_to[i], ws->pointer[p->output[i].buffer], (size_t)b->size * sizeof(cgm_real));
    }
    return CGM_OK;
}
