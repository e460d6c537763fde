/* Compiling a graph and running the result.
 *
 * A program is immutable and keeps nothing of the graph; it knows its memory before it runs and runs without
 * allocating. It may be run by several threads at once, each with a workspace of its own. */
#ifndef CGM_GRAPH_PROGRAM_H
#define CGM_GRAPH_PROGRAM_H

#include "base/real.h"
#include "graph/graph.h"

typedef struct cgm_program cgm_program;
typedef struct cgm_workspace cgm_workspace;

typedef enum cgm_placement {
    CGM_PLACE_REUSE = 0, /* buffers share memory when their lives do not overlap */
    CGM_PLACE_NO_REUSE,  /* for tests: a place of its own for each buffer */
    CGM_PLACE_RANDOM     /* for tests: a random legal placement, from `seed` */
} cgm_placement;

/* Zero-initialise for the defaults. */
typedef struct cgm_compile_opts {
    int threads; /* 0: 1. Changes scratch and speed, never results */
    cgm_placement placement;
    uint64_t seed;
    bool no_fusion;     /* for tests */
    int64_t chunk;      /* for tests: samples of a chunk, at most; negative: the program is not cut. 0: chosen */
    bool bound_outputs; /* the caller binds every output before running: none takes room in the workspace */
} cgm_compile_opts;

/* Compiles what the outputs need. */
CGM_API cgm_status cgm_program_compile(const cgm_graph *g, size_t n_outputs, const cgm_node *outputs,
                                       const cgm_compile_opts *opts, cgm_program **out) CGM_CHECKED;
CGM_API void cgm_program_destroy(cgm_program *p);
/* All that a workspace takes: buffers, scratch. Inputs and bound outputs are the caller's. */
CGM_API size_t cgm_program_workspace_bytes(const cgm_program *p);
/* Number of steps after fusion, for tests and `cgm info`. */
CGM_API size_t cgm_program_steps(const cgm_program *p);

CGM_API cgm_status cgm_workspace_create(const cgm_program *p, cgm_workspace **out) CGM_CHECKED;
CGM_API void cgm_workspace_destroy(cgm_workspace *ws);
/* Borrows data (as many elements as the input's shape) until the next bind. Binding an input that the outputs do not
 * need is allowed and does nothing. Data may change between runs. */
CGM_API void cgm_workspace_bind(cgm_workspace *ws, cgm_node input, const cgm_real *data);
/* Lets the program write output number `output`, in the order given to compile, straight to the caller's memory. */
CGM_API void cgm_workspace_bind_output(cgm_workspace *ws, size_t output, cgm_real *data);
/* An output's values after a run; valid until the next run. */
CGM_API const cgm_real *cgm_workspace_get(const cgm_workspace *ws, cgm_node output);

/* Runs the program once; denormal numbers count as zero. Fails with CGM_E_ARG when an input is not bound (naming it).
 */
CGM_API cgm_status cgm_program_run(const cgm_program *p, cgm_workspace *ws) CGM_CHECKED;

#endif
