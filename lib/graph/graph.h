/* Building static graphs: pure functions of their inputs, noise and running statistics included.
 *
 * A node handle is a small integer; nodes are immutable and live in the graph. Shapes are checked as nodes are built
 * and the first error sticks: builders then return the null node, builders given the null node do nothing, and
 * cgm_graph_status (or compiling) returns the error, which names the layer's path and the shapes. The builders of
 * operations are in graph/ops.h. */
#ifndef CGM_GRAPH_GRAPH_H
#define CGM_GRAPH_GRAPH_H

#include "graph/shape.h"

typedef struct cgm_graph cgm_graph;

/* Id 0 is the null node. */
typedef struct cgm_node {
    uint32_t id;
} cgm_node;

CGM_API cgm_status cgm_graph_create(cgm_graph **out) CGM_CHECKED;
CGM_API void cgm_graph_destroy(cgm_graph *g);
/* The first error of any builder, or CGM_OK; the message is set again for the calling thread. */
CGM_API cgm_status cgm_graph_status(const cgm_graph *g) CGM_CHECKED;
/* Layer code reports what it finds wrong here (recorded like a builder's own error). Returns the null node. */
CGM_API cgm_node cgm_graph_fail(cgm_graph *g, cgm_status status, const char *format, ...) CGM_PRINTF(3, 4);

/* Path of the layer being built, for names and messages: push "decoder", push "conv2" gives "decoder.conv2". */
CGM_API void cgm_graph_push(cgm_graph *g, const char *name);
CGM_API void cgm_graph_pop(cgm_graph *g);
/* "decoder.conv2"; with a name, "decoder.conv2.NAME". Borrowed from the graph. */
CGM_API const char *cgm_graph_path(cgm_graph *g, const char *name);

/* Of no node, after the graph's first error, a scalar's whose lengths are 1: model code may divide by them. */
CGM_API cgm_shape cgm_node_shape(const cgm_graph *g, cgm_node x);
/* The full name of an input, borrowed from the graph; NULL for any other node. */
CGM_API const char *cgm_input_name(const cgm_graph *g, cgm_node x);
CGM_API size_t cgm_graph_size(const cgm_graph *g);

/* dydx[i] = gradient of the scalar y with respect to x[i], as nodes of the same graph made of table operations only, so
 * gradients of gradients work. An x that y does not depend on gets zeros. Needs one element in y. */
CGM_API cgm_status cgm_graph_gradients(cgm_graph *g, cgm_node y, size_t n, const cgm_node *x,
                                       cgm_node *dydx) CGM_CHECKED;

/* What a rectifier y = f(x), relu or leaky_relu, passes back of dy. Other operations pass back their gradient. */
typedef enum cgm_backward {
    CGM_BACKWARD_GRADIENT = 0, /* f'(x) dy */
    CGM_BACKWARD_GUIDED,       /* f'(x) max(dy, 0): guided backpropagation (Springenberg et al. 2015) */
    CGM_BACKWARD_DECONVOLUTION /* f(dy): the deconvnet (Zeiler and Fergus 2014), whose max pooling goes back to where
                                  the largest was, as the gradient does */
} cgm_backward;
/* As cgm_graph_gradients, but for what rectifiers pass back. */
CGM_API cgm_status cgm_graph_pass_back(cgm_graph *g, cgm_backward rule, cgm_node y, size_t n, const cgm_node *x,
                                       cgm_node *back) CGM_CHECKED;

#endif
