/* Spline flows of a block of rows at once, in double, by the machine's best vectors: the same as spline.h and plain
 * loops over a network's weights, but for rounding. An array of the block has a row for each unit, each with a column
 * for every row of the data: [units][SCM_BLOCK]. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_SPLINE_BLOCK_H
#define CGM_SCM_MECHANISMS_SPLINE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "scm/mechanisms/spline.h"

/* Rows of a block: four vectors of the widest kind, and a network of 32 hidden units stays in the first cache. */
enum { SCM_BLOCK = 32 };

/* A network with one hidden layer, in double. */
typedef struct scm_block_network {
    size_t inputs, hidden, outputs;
    const double *weight, *bias;         /* [hidden][inputs], [hidden] */
    const double *out_weight, *out_bias; /* [outputs][hidden], [outputs] */
} scm_block_network;

/* A spline flow: y = mean + sd (location + e^log_scale g^-1(u)). */
typedef struct scm_block_flow {
    scm_spline_kind kind;
    size_t bins;
    double bound, mean, sd;
} scm_block_flow;

typedef struct scm_block_kernels {
    const char *name;
    /* The network's outputs [outputs][SCM_BLOCK]. features: [n][SCM_BLOCK], of those n inputs that `column` lists.
     * started: hidden [hidden][SCM_BLOCK] holds what the units get from the other inputs, biases included. What hidden
     * holds is overwritten. */
    void (*network)(const scm_block_network *net, size_t n, const size_t *column, const double *features, bool started,
                    double *hidden, double *out);
    /* Makes of the network's outputs, in place, what the two functions below take. */
    void (*prepare)(const scm_block_flow *flow, double *out);
    /* y -> u, both [SCM_BLOCK]; log |du/dy| goes to log_slope unless that is NULL. */
    void (*to_noise)(const scm_block_flow *flow, const double *out, const double *y, double *u, double *log_slope);
    void (*to_value)(const scm_block_flow *flow, const double *out, const double *u, double *y);
} scm_block_kernels;

/* The plain version. */
extern const scm_block_kernels cgm_scm_block_reference;
/* The best for this machine, or the plain version where CGM_KERNELS asks for it. */
const scm_block_kernels *cgm_scm_block_kernels(void);
/* The copies that this machine can run, best first: list[3], filled up with NULL. For tests. */
void cgm_scm_block_kernels_list(const scm_block_kernels *list[3]);

#endif
