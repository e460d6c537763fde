/* A compiled program's insides, shared by the stages of the compiler and the executor. */
#ifndef CGM_GRAPH_PROGRAM_PRIV_H
#define CGM_GRAPH_PROGRAM_PRIV_H

#include "base/arena.h"
#include "graph/graph_priv.h"
#include "graph/program.h"

/* Elements of a block of an element-wise chain: a handful of blocks stay in L1. */
#define CGM_BLOCK 512
/* Elements of a task of such a chain, whatever the number of threads. */
#define CGM_BLOCK_TASK (32 * CGM_BLOCK)
/* Operations fused into one chain at most. */
#define CGM_MAX_CHAIN 32

/* Ranges of samples that a segment is shared out in, at most; whatever the number of threads. */
#define CGM_LANES 8

typedef enum cgm_buffer_kind {
    CGM_BUFFER_INPUT, /* bound by the caller */
    CGM_BUFFER_ARENA, /* placed in the workspace */
    CGM_BUFFER_BOUND, /* an output in the caller's memory */
    CGM_BUFFER_CHUNK  /* the rows of a chunk, placed in the arena of whoever works on it */
} cgm_buffer_kind;

typedef struct cgm_buffer {
    cgm_buffer_kind kind;
    int64_t size;       /* elements; for CHUNK of one row */
    size_t first, last; /* steps between which it lives; last is n_steps for outputs */
    size_t offset;      /* bytes into the workspace's memory, for ARENA, or into a chunk's arena */
    size_t segment;     /* of CHUNK */
    const char *name;   /* of an input */
    bool output;        /* pinned: its value must survive the run */
} cgm_buffer;

/* How a chain reads an operand. */
typedef enum cgm_access {
    CGM_ACCESS_DENSE,   /* block by block, in place */
    CGM_ACCESS_EXPAND,  /* broadcast: each block is filled from strides */
    CGM_ACCESS_CONSTANT /* one value */
} cgm_access;

typedef struct cgm_chain_operand {
    cgm_access access;
    uint32_t buffer;
    int64_t row; /* as in cgm_step */
    double value;
    int rank; /* collapsed extents and strides, for EXPAND */
    int64_t dim[CGM_MAX_RANK], stride[CGM_MAX_RANK];
} cgm_chain_operand;

/* One operation of a chain. Slots 0..n_operands-1 are operands, the next are temporaries; the last link writes the
 * output. */
typedef struct cgm_chain_link {
    cgm_elementwise_fn *block;
    double attr[2];
    int in[3], out;
} cgm_chain_link;

typedef struct cgm_chain {
    int64_t size;
    size_t n_operands, n_links, n_slots;
    cgm_chain_operand *operand;
    cgm_chain_link *link;
} cgm_chain;

/* One step: a chain of element-wise operations, or one other operation. In a segment it is a MAP or a SUM. */
typedef struct cgm_step {
    const cgm_op *op; /* NULL for a chain */
    cgm_chain chain;
    cgm_rows_kind kind;
    size_t n_in;
    uint32_t *in; /* buffers; for a chain those of its operands (constants left out) */
    int64_t *row; /* of each operand of an operation, elements from a row to the next; 0 where it is read whole */
    cgm_shape *in_shape;
    cgm_shape shape;
    cgm_attr attr;
    uint32_t out;
    int64_t out_row; /* MAP: elements of a row of the result */
    size_t partial;  /* SUM: bytes into a lane's partial sums */
} cgm_step;

/* Steps [begin, end) through which threads take chunks of samples. Each lane of samples, in order, adds what its SUM
 * steps give into sums of its own; these are added at the end, lane after lane. */
typedef struct cgm_segment {
    size_t begin, end;
    int64_t chunk; /* samples of a chunk, at most */
    size_t arena_bytes, scratch_bytes, partial_bytes;
} cgm_segment;

typedef struct cgm_program_port {
    uint32_t node; /* the graph's id */
    uint32_t buffer;
    bool copy; /* output: a bound address gets a copy at the end, as it shares its buffer with something else */
} cgm_program_port;

struct cgm_program {
    cgm_arena arena;
    int threads;
    int64_t rows; /* samples; 0: there are no segments */
    size_t lanes;
    size_t n_steps, n_buffers, n_inputs, n_outputs, n_segments;
    cgm_step *step;
    cgm_segment *segment; /* in order */
    cgm_buffer *buffer;
    cgm_program_port *input; /* in ascending order of node */
    cgm_program_port *output;
    size_t arena_bytes, scratch_bytes, max_in;
    int workers; /* threads that segments are worked on by, at most */
};

/* Rows [first, first + count). */
typedef struct cgm_row_range {
    int64_t first, count;
} cgm_row_range;

/* Part i of n about equal ones. */
static inline cgm_row_range cgm_row_part(cgm_row_range r, int64_t i, int64_t n)
{
    int64_t begin = r.count * i / n, end = r.count * (i + 1) / n;
    return (cgm_row_range){r.first + begin, end - begin};
}

/* Chunks that a lane of so many rows falls into. */
static inline int64_t cgm_chunks(const cgm_segment *segment, int64_t rows)
{
    return (rows + segment->chunk - 1) / segment->chunk;
}

/* What a segment takes beside the arena: the lanes' partial sums, then each worker's arena and scratch. */
static inline size_t cgm_segment_bytes(const cgm_program *p, const cgm_segment *segment)
{
    return p->lanes * segment->partial_bytes + (size_t)p->workers * (segment->arena_bytes + segment->scratch_bytes);
}

/* Fusion: groups element-wise nodes into chains. Fills group[id] with the id of the node that ends the chain of node id
 * (itself for a node that is computed alone), 0 for nodes not needed. Works on canonical ids. */
typedef struct cgm_lowering {
    const cgm_graph *g;
    const cgm_compile_opts *opts;
    uint32_t n;     /* ids are 1..n-1 */
    uint32_t *same; /* canonical id of each node (common subexpressions merged) */
    bool *needed;   /* computed by itself or inside a chain */
    bool *output;   /* is an output, or the source of a view that is */
    uint32_t *group;
    uint32_t *length;    /* links of the chain that ends at each node */
    uint32_t *buffer;    /* buffer + 1 of each materialised node */
    int64_t rows;        /* samples of the batch; 0: the program is not cut */
    cgm_rows_kind *kind; /* of each step's node */
    uint32_t *stage;     /* when a step runs, or a view's source: odd in a segment */
    bool *carries;       /* has a row a sample, made row by row */
    bool *whole;         /* carries rows, but is needed by somebody for all samples at once */
} cgm_lowering;

cgm_status cgm_lower_merge(cgm_lowering *l, size_t n_outputs, const cgm_node *outputs);
cgm_status cgm_lower_fuse(cgm_lowering *l);
/* The node that an element-wise consumer really reads: looks through broadcasts. */
uint32_t cgm_lower_source(const cgm_lowering *l, uint32_t id);
/* The node whose memory a view shows. */
uint32_t cgm_lower_root(const cgm_lowering *l, uint32_t id);
/* Computed by a step of its own, or bound: everything needed but links inside a chain and views. */
bool cgm_lower_materialised(const cgm_lowering *l, uint32_t id);
/* Members of the chain that ends at `end`, in order; returns how many. */
size_t cgm_lower_members(const cgm_lowering *l, uint32_t end, uint32_t member[CGM_MAX_CHAIN]);
/* Cuts the program into segments: see segments.c. */
cgm_status cgm_lower_segments(cgm_lowering *l, cgm_arena *arena);
cgm_status cgm_lower_chain(const cgm_lowering *l, uint32_t end, cgm_arena *arena, cgm_step *step);
bool cgm_is_elementwise(const cgm_lowering *l, uint32_t id);

/* Lifetimes, in-place reuse and offsets. */
cgm_status cgm_plan(cgm_program *p, const cgm_compile_opts *opts);

size_t cgm_chain_scratch(const cgm_chain *chain, int threads);
/* Computes the first `size` elements; in[k] is where operand k begins. */
void cgm_chain_run(const cgm_chain *chain, int64_t size, const cgm_real *const *in, cgm_real *out, void *scratch,
                   int threads);

#endif
