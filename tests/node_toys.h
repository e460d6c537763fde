/* A graph with random data for its inputs, for the suites of lib/graph. */
#ifndef CGM_TESTS_NODE_TOYS_H
#define CGM_TESTS_NODE_TOYS_H

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "graph/ops.h"
#include "tests/harness.h"

#define MAX_NODES 4000
#define TOLERANCE (sizeof(cgm_real) == 4 ? 2e-4 : 1e-10)

typedef struct bench {
    cgm_graph *g;
    cgm_rng rng;
    cgm_real *given[MAX_NODES];
} bench;

static inline void bench_begin(bench *b, uint64_t seed)
{
    memset(b, 0, sizeof *b);
    b->rng = cgm_rng_create(seed);
    REQUIRE_OK(cgm_graph_create(&b->g));
}

static inline void bench_end(bench *b)
{
    for (size_t i = 0; i < MAX_NODES; i++) free(b->given[i]);
    cgm_graph_destroy(b->g);
}

/* Gives an input numbers from -1 to 1. */
static inline cgm_node fill(bench *b, cgm_node x)
{
    size_t n = (size_t)cgm_shape_size(cgm_node_shape(b->g, x));
    CU_ASSERT_FATAL(x.id && x.id < MAX_NODES);
    b->given[x.id] = malloc(n * sizeof(cgm_real));
    for (size_t i = 0; i < n; i++) b->given[x.id][i] = (cgm_real)(2 * cgm_rng_uniform(&b->rng) - 1);
    return x;
}

static inline cgm_node fresh(bench *b, cgm_shape shape)
{
    return fill(b, cgm_input(b->g, "x", shape));
}

#endif
