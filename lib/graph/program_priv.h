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

typedef enum cgm_buffer_kind {
    CGM_BUFFER_INPUT, /* bound by the caller */
    CGM_BUFFER_ARENA, /* placed in the workspace */
    CGM_BUFFER_BOUND  /* an output in the caller's memory */
} cgm_buffer_kind;

typedef struct cgm_buffer {
    cgm_buffer_kind kind;
    int64_t size;       /* elements */
    size_t first, last; /* steps between which it lives; last is n_steps for outputs */
    size_t offset;      /* bytes into the workspace's memory, for ARENA */
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

/* One step: a chain of element-wise operations, or one other operation. */
typedef struct cgm_step {
    const cgm_op *op; /* NULL for a chain */
    cgm_chain chain;
    size_t n_in;
    uint32_t *in; /* buffers; for a chain those of its operands (constants left out) */
    cgm_shape *in_shape;
    cgm_shape shape;
    cgm_attr attr;
    uint32_t out;
} cgm_step;

typedef struct cgm_program_port {
    uint32_t node; /* the graph's id */
    uint32_t buffer;
    bool copy; /* output: a bound address gets a copy at the end, as it shares its buffer with something else */
} cgm_program_port;

struct cgm_program {
    cgm_arena arena;
    int threads;
    size_t n_steps, n_buffers, n_inputs, n_outputs;
    cgm_step *step;
    cgm_buffer *buffer;
    cgm_program_port *input; /* in ascending order of node */
    cgm_program_port *output;
    size_t arena_bytes, scratch_bytes, max_in;
};

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
    uint32_t *length; /* links of the chain that ends at each node */
    uint32_t *buffer; /* buffer + 1 of each materialised node */
} cgm_lowering;

cgm_status cgm_lower_merge(cgm_lowering *l, size_t n_outputs, const cgm_node *outputs);
cgm_status cgm_lower_fuse(cgm_lowering *l);
/* The node that an element-wise consumer really reads: looks through broadcasts. */
uint32_t cgm_lower_source(const cgm_lowering *l, uint32_t id);
cgm_status cgm_lower_chain(const cgm_lowering *l, uint32_t end, cgm_arena *arena, cgm_step *step);
bool cgm_is_elementwise(const cgm_lowering *l, uint32_t id);

/* Lifetimes, in-place reuse and offsets. */
cgm_status cgm_plan(cgm_program *p, const cgm_compile_opts *opts);

size_t cgm_chain_scratch(const cgm_chain *chain, int threads);
void cgm_chain_run(const cgm_chain *chain, cgm_real *const *pointer, cgm_real *out, void *scratch, int threads);

#endif
