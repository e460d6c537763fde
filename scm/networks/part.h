/* A part of a model made of networks (an encoder, a decoder, a bound) compiled on NETWORK_ROWS rows, with the memory
 * that it reads: fill in, run, read out. Internal. */
#ifndef CGM_SCM_NETWORKS_PART_H
#define CGM_SCM_NETWORKS_PART_H

#include "graph/program.h"
#include "nn/params.h"
#include "scm/networks/parents.h"

#define NETWORK_ROWS 64 /* that inference works on at a time */
#define NETWORK_PART_INPUTS 4
#define NETWORK_PART_OUTPUTS 2

/* The first dimension of all is NETWORK_ROWS; null where the part takes or gives nothing. */
typedef struct network_part_nodes {
    cgm_node in[NETWORK_PART_INPUTS], out[NETWORK_PART_OUTPUTS];
} network_part_nodes;

/* Adds part number `part` of the model. */
typedef void network_part_build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes);

/* Zero-initialise. */
typedef struct network_part {
    cgm_program *program;
    cgm_workspace *ws;
    cgm_real *in[NETWORK_PART_INPUTS]; /* NULL where it takes nothing */
    const cgm_real *out[NETWORK_PART_OUTPUTS];
    int threads;
} network_part;

/* Compiles the part for so many threads unless it is; it reads the averages of the parameters. */
cgm_status cgm_network_part_get(network_part *p, int threads, cgm_params *params, network_part_build *build,
                                const void *model, int part) CGM_CHECKED;
cgm_status cgm_network_part_run(network_part *p) CGM_CHECKED;
void cgm_network_part_clear(network_part *p);

/* Rows `at` and on of n become the rows of an input; the last one fills up. */
void cgm_network_part_fill(const cgm_values *values, size_t at, cgm_real *out);
void cgm_network_part_fill_parents(const network_parents *pa, const cgm_values *parents, size_t at, size_t n,
                                   cgm_real *out);
/* How many of n rows a run takes from row `at` on. */
size_t cgm_network_part_rows(size_t n, size_t at);

#endif
