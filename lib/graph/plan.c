/* Placing buffers: lifetimes over the steps, in-place reuse, offsets. */
#include "base/rng.h"
#include "graph/program_priv.h"

#include <stdlib.h>

#define ALIGN 64

static size_t buffer_bytes(const cgm_buffer *b)
{
    return ((size_t)b->size * sizeof(cgm_real) + ALIGN - 1) / ALIGN * ALIGN;
}

static void find_lifetimes(cgm_program *p)
{
    for (size_t b = 0; b < p->n_buffers; b++) {
        p->buffer[b].first = SIZE_MAX;
        p->buffer[b].last = p->buffer[b].output ? p->n_steps : 0;
    }
    for (size_t s = 0; s < p->n_steps; s++) {
        const cgm_step *step = &p->step[s];
        cgm_buffer *out = &p->buffer[step->out];
        if (out->first == SIZE_MAX) out->first = s;
        if (out->last < s) out->last = s;
        for (size_t i = 0; i < step->n_in; i++)
            if (p->buffer[step->in[i]].last < s) p->buffer[step->in[i]].last = s;
    }
}

/* The operand whose memory a chain's output can take over: dense, of the same size, read here for the last time. */
static uint32_t find_victim(const cgm_program *p, size_t s)
{
    const cgm_chain *chain = &p->step[s].chain;
    for (size_t k = 0; k < chain->n_operands; k++) {
        const cgm_chain_operand *o = &chain->operand[k];
        const cgm_buffer *b = &p->buffer[o->buffer];
        bool fits = o->access == CGM_ACCESS_DENSE && b->kind == CGM_BUFFER_ARENA && !b->output && b->last == s;
        for (size_t j = 0; j < chain->n_operands; j++)
            if (chain->operand[j].access == CGM_ACCESS_EXPAND && chain->operand[j].buffer == o->buffer) fits = false;
        if (fits) return o->buffer;
    }
    return UINT32_MAX;
}

static void rename_buffer(cgm_program *p, size_t from_step, uint32_t old, uint32_t new)
{
    for (size_t s = from_step; s < p->n_steps; s++) {
        cgm_step *step = &p->step[s];
        for (size_t i = 0; i < step->n_in; i++)
            if (step->in[i] == old) step->in[i] = new;
        for (size_t k = 0; k < step->chain.n_operands; k++)
            if (step->chain.operand[k].buffer == old) step->chain.operand[k].buffer = new;
        if (step->out == old) step->out = new;
    }
    for (size_t i = 0; i < p->n_outputs; i++)
        if (p->output[i].buffer == old) p->output[i].buffer = new;
}

static void reuse_in_place(cgm_program *p)
{
    for (size_t s = 0; s < p->n_steps; s++) {
        cgm_step *step = &p->step[s];
        uint32_t old = step->out;
        if (step->op || p->buffer[old].kind != CGM_BUFFER_ARENA) continue;
        uint32_t victim = find_victim(p, s);
        if (victim == UINT32_MAX) continue;
        rename_buffer(p, s, old, victim);
        p->buffer[victim].last = p->buffer[old].last;
        p->buffer[victim].output = p->buffer[old].output;
        p->buffer[old].first = SIZE_MAX; /* gone */
    }
}

typedef struct sized {
    uint64_t rank;
    uint32_t buffer;
} sized;

static int by_rank(const void *a, const void *b)
{
    const sized *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? 1 : -1;
    return x->buffer < y->buffer ? -1 : x->buffer > y->buffer;
}

/* The lowest offset at which b meets no placed buffer that lives at the same time. placed is in order of offset. */
static size_t lowest_offset(const cgm_program *p, const cgm_buffer *b, size_t n, const uint32_t *placed, size_t gap)
{
    size_t offset = gap;
    for (size_t i = 0; i < n; i++) {
        const cgm_buffer *other = &p->buffer[placed[i]];
        if (other->last < b->first || b->last < other->first) continue;
        if (offset + buffer_bytes(b) <= other->offset) break;
        if (other->offset + buffer_bytes(other) + gap > offset) offset = other->offset + buffer_bytes(other) + gap;
    }
    return offset;
}

/* Largest first (or in random order), each at the lowest place that is free for its whole life. */
static cgm_status place(cgm_program *p, const cgm_compile_opts *opts)
{
    cgm_rng rng = cgm_rng_create(opts->seed);
    sized *order = calloc(p->n_buffers + 1, sizeof *order);
    uint32_t *placed = calloc(p->n_buffers + 1, sizeof *placed);
    size_t n = 0, n_placed = 0;
    if (!order || !placed) {
        free(order);
        free(placed);
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for compiling");
    }
    for (uint32_t b = 0; b < p->n_buffers; b++)
        if (p->buffer[b].kind == CGM_BUFFER_ARENA && p->buffer[b].first != SIZE_MAX)
            order[n++] =
                (sized){opts->placement == CGM_PLACE_RANDOM ? cgm_rng_u32(&rng) : buffer_bytes(&p->buffer[b]), b};
    qsort(order, n, sizeof *order, by_rank);
    for (size_t i = 0; i < n; i++) {
        cgm_buffer *b = &p->buffer[order[i].buffer];
        size_t gap = opts->placement == CGM_PLACE_RANDOM ? ALIGN * cgm_rng_below(&rng, 4) : 0;
        b->offset = opts->placement == CGM_PLACE_NO_REUSE ? p->arena_bytes : lowest_offset(p, b, n_placed, placed, gap);
        if (b->offset + buffer_bytes(b) > p->arena_bytes) p->arena_bytes = b->offset + buffer_bytes(b);
        size_t at = n_placed++;
        for (; at && p->buffer[placed[at - 1]].offset > b->offset; at--) placed[at] = placed[at - 1];
        placed[at] = order[i].buffer;
    }
    free(order);
    free(placed);
    return CGM_OK;
}

/* The scratch of the step that needs most. */
static void size_scratch(cgm_program *p)
{
    for (size_t s = 0; s < p->n_steps; s++) {
        const cgm_step *step = &p->step[s];
        size_t bytes = 0;
        if (!step->op)
            bytes = cgm_chain_scratch(&step->chain, p->threads);
        else if (step->op->scratch)
            bytes = step->op->scratch(step->in_shape, step->shape, &step->attr, p->threads);
        if (bytes > p->scratch_bytes) p->scratch_bytes = bytes;
        if (step->n_in > p->max_in) p->max_in = step->n_in;
    }
}

cgm_status cgm_plan(cgm_program *p, const cgm_compile_opts *opts)
{
    find_lifetimes(p);
    if (opts->placement != CGM_PLACE_NO_REUSE) reuse_in_place(p);
    size_scratch(p);
    return place(p, opts);
}
