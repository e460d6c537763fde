/* A graph with random data for its inputs, for the suites of lib/graph. */
#ifndef CGM_TESTS_NODE_TOYS_H
#define CGM_TESTS_NODE_TOYS_H

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "graph/program_priv.h"
#include "tests/gradcheck.h"
#include "tests/harness.h"
#include "tests/oracle.h"

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

/* Gives an input numbers as told, and numbers from -1 to 1. */
static inline cgm_node fill_as(bench *b, cgm_node x, const gradcheck_input *in)
{
    CU_ASSERT_FATAL(x.id && x.id < MAX_NODES);
    b->given[x.id] = calloc((size_t)cgm_shape_size(in->shape), sizeof(cgm_real));
    gradcheck_draw(in, &b->rng, b->given[x.id]);
    return x;
}

static inline cgm_node fill(bench *b, cgm_node x)
{
    return fill_as(b, x, &(gradcheck_input){.shape = cgm_node_shape(b->g, x), .low = -1, .high = 1});
}

static inline cgm_node fresh(bench *b, cgm_shape shape)
{
    return fill(b, cgm_input(b->g, "x", shape));
}

/* Runs twice and copies the outputs one after the other into *out, to be freed; *segments (if not NULL) is how many
 * the program has. Returns how many numbers there are. */
static inline size_t bench_run(const bench *b, size_t n, const cgm_node *outputs, const cgm_compile_opts *opts,
                               cgm_real **out, size_t *segments)
{
    cgm_program *p = NULL;
    cgm_workspace *ws = NULL;
    size_t total = 0, at = 0;
    for (size_t i = 0; i < n; i++) total += (size_t)cgm_shape_size(cgm_node_shape(b->g, outputs[i]));
    *out = calloc(total, sizeof **out);
    REQUIRE_OK(cgm_program_compile(b->g, n, outputs, opts, &p));
    REQUIRE_OK(cgm_workspace_create(p, &ws));
    if (segments) *segments = p->n_segments;
    for (uint32_t id = 1; id < b->g->n; id++)
        if (b->given[id]) cgm_workspace_bind(ws, (cgm_node){id}, b->given[id]);
    for (size_t i = 0; opts->bound_outputs && i < n; i++) {
        cgm_workspace_bind_output(ws, i, *out + at);
        at += (size_t)cgm_shape_size(cgm_node_shape(b->g, outputs[i]));
    }
    for (int twice = 0; twice < 2; twice++) REQUIRE_OK(cgm_program_run(p, ws));
    at = 0;
    for (size_t i = 0; i < n; i++) {
        size_t size = (size_t)cgm_shape_size(cgm_node_shape(b->g, outputs[i]));
        if (!opts->bound_outputs) memcpy(*out + at, cgm_workspace_get(ws, outputs[i]), size * sizeof **out);
        at += size;
    }
    cgm_workspace_destroy(ws);
    cgm_program_destroy(p);
    return total;
}

/* Whether what bench_run gave is what the oracle says. */
static inline bool bench_agrees(const bench *b, double *const *v, size_t n, const cgm_node *outputs,
                                const cgm_real *got)
{
    bool near = true;
    for (size_t i = 0; i < n; i++)
        for (int64_t e = 0; e < cgm_shape_size(cgm_node_shape(b->g, outputs[i])); e++) {
            double want = v[outputs[i].id][e], tolerance = TOLERANCE * fmax(1, fabs(want));
            near = near && test_near(__FILE__, __LINE__, "oracle", (double)*got++, want, tolerance);
        }
    return near;
}

/* Compiles and runs in several ways, which must give the bits of `first`. */
static inline void bench_same_bits(const bench *b, size_t n, const cgm_node *outputs, size_t n_ways,
                                   const cgm_compile_opts *ways, int64_t chunk, size_t total, const cgm_real *first)
{
    for (size_t w = 0; w < n_ways; w++) {
        cgm_compile_opts way = ways[w];
        cgm_real *other;
        way.chunk = chunk;
        CU_ASSERT(bench_run(b, n, outputs, &way, &other, NULL) == total);
        bool same = memcmp(first, other, total * sizeof *first) == 0;
        if (!same) fprintf(stderr, "way %zu with chunk %d gives other bits\n", w, (int)chunk);
        CU_ASSERT(same);
        free(other);
    }
}

#endif
