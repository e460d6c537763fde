/* The graph's insides, for the files of lib/graph that walk it. */
#ifndef CGM_GRAPH_GRAPH_PRIV_H
#define CGM_GRAPH_GRAPH_PRIV_H

#include "base/arena.h"
#include "graph/op.h"

typedef struct cgm_node_record {
    cgm_op_id op;
    size_t n_in;
    const cgm_node *in; /* in the arena */
    cgm_attr attr;
    cgm_shape shape;
    const char *name; /* of an input; NULL otherwise */
    bool batch;       /* an input with a row a sample */
    uint32_t again;   /* the node that this one makes again; 0 otherwise. The two are not merged. */
} cgm_node_record;

/* x, or a node that makes it again out of what is kept in any case, for what a backward pass reads of the forward pass.
 * Paddings and enlarged images are made again, and so is what lies between one of them, or a gradient that reads it, and
 * a tensor that is kept: a network that repeats its edges would keep nearly all of its images twice. depends[i]: whether
 * gradients reach node i. */
cgm_node cgm_graph_again(cgm_graph *g, cgm_node x, const bool *depends);

#define CGM_MAX_PATH 256

struct cgm_graph {
    cgm_arena arena;
    cgm_node_record *node; /* node[0] is the null node */
    uint32_t n, capacity;
    char path[CGM_MAX_PATH];
    cgm_status status;
    char message[512];
};

#endif
