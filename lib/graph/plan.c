/* Placing buffers: lifetimes over the steps, in-place reuse, offsets; and what segments take: the rows of a chunk, the
 * arena of one, scratch and partial sums. */
#include "base/rng.h"
#include "graph/program_priv.h"

#include <stdlib.h>

#define ALIGN 64

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

/* ---- Lifetimes ---- */

static bool in_chunk(const cgm_buffer *b)
{
    return b->kind == CGM_BUFFER_CHUNK;
}

/* Step s touches a buffer. All steps of a segment touch what lives outside it at the same time. */
static void touch(cgm_buffer *b, size_t s, const cgm_segment *segment)
{
    size_t first = segment && !in_chunk(b) ? segment->begin : s, last = segment && !in_chunk(b) ? segment->end - 1 : s;
    if (b->first > first) b->first = first;
    if (b->last < last) b->last = last;
}

static void find_lifetimes(cgm_program *p)
{
    const cgm_segment *segment = p->segment, *end = p->segment + p->n_segments;
    for (size_t b = 0; b < p->n_buffers; b++) {
        p->buffer[b].first = SIZE_MAX;
        p->buffer[b].last = p->buffer[b].output ? p->n_steps : 0;
    }
    for (size_t s = 0; s < p->n_steps; s++) {
        const cgm_step *step = &p->step[s];
        while (segment < end && segment->end <= s) segment++;
        const cgm_segment *own = step->kind == CGM_ROWS_WHOLE ? NULL : segment;
        touch(&p->buffer[step->out], s, own);
        for (size_t i = 0; i < step->n_in; i++) {
            cgm_buffer *b = &p->buffer[step->in[i]];
            if (b->first != SIZE_MAX) touch(b, s, own); /* else it is an input */
        }
    }
}

/* ---- Chains that write over an operand ---- */

/* The operand whose memory a chain's output can take over: dense, of the same size, read here for the last time. Within
 * a segment only between buffers of a chunk. */
static uint32_t find_victim(const cgm_program *p, size_t s)
{
    const cgm_chain *chain = &p->step[s].chain;
    for (size_t k = 0; k < chain->n_operands; k++) {
        const cgm_chain_operand *o = &chain->operand[k];
        if (o->access != CGM_ACCESS_DENSE) continue;
        const cgm_buffer *b = &p->buffer[o->buffer];
        bool fits = b->kind == p->buffer[p->step[s].out].kind && !b->output && b->last == s;
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
        bool chunk = in_chunk(&p->buffer[old]);
        if (step->op || !(chunk || (p->buffer[old].kind == CGM_BUFFER_ARENA && step->kind == CGM_ROWS_WHOLE))) continue;
        uint32_t victim = find_victim(p, s);
        if (victim == UINT32_MAX) continue;
        rename_buffer(p, s, old, victim);
        p->buffer[victim].last = p->buffer[old].last;
        p->buffer[victim].output = p->buffer[old].output;
        p->buffer[old].first = SIZE_MAX; /* gone */
    }
}

/* ---- Offsets ---- */

/* Which buffers share an arena: those of the workspace, or those of a segment's chunk of so many rows. */
typedef struct arena {
    cgm_buffer_kind kind;
    size_t segment;
    int64_t rows;
} arena;

static size_t buffer_bytes(const arena *a, const cgm_buffer *b)
{
    return aligned((size_t)(b->size * a->rows) * sizeof(cgm_real));
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
static size_t lowest_offset(const cgm_program *p, const arena *a, const cgm_buffer *b, size_t n, const uint32_t *placed,
                            size_t gap)
{
    size_t offset = gap;
    for (size_t i = 0; i < n; i++) {
        const cgm_buffer *other = &p->buffer[placed[i]];
        if (other->last < b->first || b->last < other->first) continue;
        if (offset + buffer_bytes(a, b) <= other->offset) break;
        if (other->offset + buffer_bytes(a, other) + gap > offset)
            offset = other->offset + buffer_bytes(a, other) + gap;
    }
    return offset;
}

/* Largest first (or in random order), each at the lowest place that is free for its whole life. */
static cgm_status place(cgm_program *p, const cgm_compile_opts *opts, const arena *a, size_t *bytes)
{
    cgm_rng rng = cgm_rng_create(opts->seed);
    sized *order = calloc(p->n_buffers + 1, sizeof *order);
    uint32_t *placed = calloc(p->n_buffers + 1, sizeof *placed);
    size_t n = 0, n_placed = 0;
    *bytes = 0;
    if (!order || !placed) {
        free(order);
        free(placed);
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for compiling");
    }
    for (uint32_t i = 0; i < p->n_buffers; i++) {
        const cgm_buffer *b = &p->buffer[i];
        if (b->kind != a->kind || (in_chunk(b) && b->segment != a->segment) || b->first == SIZE_MAX) continue;
        order[n++] = (sized){opts->placement == CGM_PLACE_RANDOM ? cgm_rng_u32(&rng) : buffer_bytes(a, b), i};
    }
    qsort(order, n, sizeof *order, by_rank);
    for (size_t i = 0; i < n; i++) {
        cgm_buffer *b = &p->buffer[order[i].buffer];
        size_t gap = opts->placement == CGM_PLACE_RANDOM ? ALIGN * cgm_rng_below(&rng, 4) : 0;
        b->offset = opts->placement == CGM_PLACE_NO_REUSE ? *bytes : lowest_offset(p, a, b, n_placed, placed, gap);
        if (b->offset + buffer_bytes(a, b) > *bytes) *bytes = b->offset + buffer_bytes(a, b);
        size_t at = n_placed++;
        for (; at && p->buffer[placed[at - 1]].offset > b->offset; at--) placed[at] = placed[at - 1];
        placed[at] = order[i].buffer;
    }
    free(order);
    free(placed);
    return CGM_OK;
}

/* ---- Scratch ---- */

static size_t step_scratch(const cgm_step *step, cgm_shape *in_shape, cgm_shape shape, int threads)
{
    if (!step->op) return cgm_chain_scratch(&step->chain, threads);
    return step->op->scratch ? step->op->scratch(in_shape, shape, &step->attr, threads) : 0;
}

/* For a chunk of so many rows. */
static size_t chunk_scratch(const cgm_step *step, cgm_shape *in_shape, int64_t rows)
{
    cgm_shape shape = step->shape;
    for (size_t i = 0; step->op && i < step->n_in; i++) {
        in_shape[i] = step->in_shape[i];
        if (step->row[i]) in_shape[i].dim[0] = rows;
    }
    if (step->kind == CGM_ROWS_MAP) shape.dim[0] = rows;
    return step_scratch(step, in_shape, shape, 1);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The scratch of the step outside segments that needs most. */
static size_t whole_scratch(const cgm_program *p)
{
    size_t bytes = 0;
    for (size_t s = 0; s < p->n_steps; s++) {
        const cgm_step *step = &p->step[s];
        if (step->kind == CGM_ROWS_WHOLE)
            bytes = larger(bytes, step_scratch(step, step->in_shape, step->shape, p->threads));
    }
    return bytes;
}

/* ---- Segments ---- */

/* A chunk has as many rows as a small second-level cache holds half of, or as take as much as is read whole for each
 * chunk (weights); but no fewer than kernels like to have, unless these take very much. */
#define CHUNK_BYTES ((size_t)512 << 10)
#define CHUNK_ROWS 16
#define CHUNK_MOST ((size_t)80 << 20)
/* With fewer rows for each of CGM_LANES lanes there are fewer lanes, but so many. */
#define LANE_ROWS 8
#define LEAST_LANES 4

/* Bytes of what the segment reads whole, once for each chunk. */
static cgm_status whole_bytes(const cgm_program *p, const cgm_segment *segment, size_t *bytes)
{
    bool *seen = calloc(p->n_buffers + 1, sizeof *seen);
    *bytes = 0;
    if (!seen) return CGM_FAIL(CGM_E_MEMORY, "out of memory for compiling");
    for (size_t s = segment->begin; s < segment->end; s++) {
        const cgm_step *step = &p->step[s];
        for (size_t i = 0; step->op && i < step->n_in; i++) {
            if (!step->row[i] && !seen[step->in[i]]) *bytes += (size_t)p->buffer[step->in[i]].size * sizeof(cgm_real);
            seen[step->in[i]] = true;
        }
    }
    free(seen);
    return CGM_OK;
}

/* Bytes of a row that live at the same time, at most; before anything is placed, as chunks must not depend on how. */
static cgm_status row_bytes(const cgm_program *p, size_t index, size_t *most)
{
    const cgm_segment *segment = &p->segment[index];
    size_t n = segment->end - segment->begin, now = 0;
    int64_t *change = calloc(n + 1, sizeof *change);
    *most = 0;
    if (!change) return CGM_FAIL(CGM_E_MEMORY, "out of memory for compiling");
    for (size_t i = 0; i < p->n_buffers; i++) {
        const cgm_buffer *b = &p->buffer[i];
        if (!in_chunk(b) || b->segment != index || b->first == SIZE_MAX) continue;
        change[b->first - segment->begin] += b->size;
        change[b->last + 1 - segment->begin] -= b->size;
    }
    for (size_t s = 0; s < n; s++) {
        now = (size_t)((int64_t)now + change[s]);
        *most = larger(*most, now * sizeof(cgm_real));
    }
    free(change);
    return CGM_OK;
}

static size_t choose_lanes(int64_t rows)
{
    int64_t lanes = rows / LANE_ROWS;
    if (lanes < LEAST_LANES) lanes = rows < LEAST_LANES ? rows : LEAST_LANES;
    return (size_t)(lanes > CGM_LANES ? CGM_LANES : lanes);
}

static cgm_status choose_chunk(const cgm_program *p, const cgm_compile_opts *opts, size_t index, int64_t *chunk)
{
    size_t row, whole, lane = ((size_t)p->rows + p->lanes - 1) / p->lanes;
    CGM_TRY(row_bytes(p, index, &row));
    CGM_TRY(whole_bytes(p, &p->segment[index], &whole));
    row = larger(row, 1);
    size_t most = larger(CHUNK_MOST / row, 1), rows = larger(CHUNK_BYTES, whole) / row;
    rows = larger(rows, most < CHUNK_ROWS ? most : CHUNK_ROWS);
    if (opts->chunk > 0) rows = (size_t)opts->chunk;
    *chunk = (int64_t)(rows > lane ? lane : rows);
    return CGM_OK;
}

/* Where each sum lies in a lane's partial sums, and what scratch chunks of any of the sizes that occur need. */
static cgm_status size_segment(cgm_program *p, cgm_segment *segment)
{
    cgm_shape *in_shape = calloc(p->max_in + 1, sizeof *in_shape);
    if (!in_shape) return CGM_FAIL(CGM_E_MEMORY, "out of memory for compiling");
    for (size_t s = segment->begin; s < segment->end; s++) {
        cgm_step *step = &p->step[s];
        for (int64_t longer = 0; longer < 2; longer++) {
            int64_t lane = (p->rows + longer * ((int64_t)p->lanes - 1)) / (int64_t)p->lanes;
            int64_t chunks = cgm_chunks(segment, lane);
            segment->scratch_bytes = larger(segment->scratch_bytes, chunk_scratch(step, in_shape, lane / chunks));
            segment->scratch_bytes =
                larger(segment->scratch_bytes, chunk_scratch(step, in_shape, (lane + chunks - 1) / chunks));
        }
        if (step->kind != CGM_ROWS_SUM) continue;
        step->partial = segment->partial_bytes;
        size_t size = (size_t)cgm_shape_size(step->shape);
        segment->partial_bytes += aligned(size * (step->op->sums_in_double ? sizeof(double) : sizeof(cgm_real)));
    }
    segment->scratch_bytes = aligned(segment->scratch_bytes);
    free(in_shape);
    return CGM_OK;
}

static cgm_status plan_segment(cgm_program *p, const cgm_compile_opts *opts, size_t index)
{
    cgm_segment *segment = &p->segment[index];
    arena a = {.kind = CGM_BUFFER_CHUNK, .segment = index, .rows = segment->chunk};
    CGM_TRY(place(p, opts, &a, &segment->arena_bytes));
    return size_segment(p, segment);
}

cgm_status cgm_plan(cgm_program *p, const cgm_compile_opts *opts)
{
    p->lanes = choose_lanes(p->rows);
    p->workers = p->lanes && (size_t)p->threads > p->lanes ? (int)p->lanes : p->threads;
    find_lifetimes(p);
    for (size_t i = 0; i < p->n_segments; i++) CGM_TRY(choose_chunk(p, opts, i, &p->segment[i].chunk));
    if (opts->placement != CGM_PLACE_NO_REUSE) reuse_in_place(p);
    for (size_t s = 0; s < p->n_steps; s++)
        p->max_in = larger(p->max_in, larger(p->step[s].n_in, p->step[s].chain.n_operands));
    p->scratch_bytes = whole_scratch(p);
    for (size_t i = 0; i < p->n_segments; i++) {
        CGM_TRY(plan_segment(p, opts, i));
        p->scratch_bytes = larger(p->scratch_bytes, cgm_segment_bytes(p, &p->segment[i]));
    }
    return place(p, opts, &(arena){.kind = CGM_BUFFER_ARENA, .rows = 1}, &p->arena_bytes);
}
