/* The table of operations: one row an operation, one file each in graph/ops/, which holds its builder (with its
 * documentation), shape rule, kernel, gradient rule and scratch. A row is the builder's name and
 * prototype; the table declares the builders and, inside the library, the enum and the descriptors. */
#ifndef CGM_GRAPH_OPS_H
#define CGM_GRAPH_OPS_H

#include "graph/graph.h"

/* Stride, and zero padding on each side, of a convolution. Its filter's taps are `dilation` pixels apart, so that r of
 * them span (r - 1) dilation + 1; its channels are cut into so many groups, which do not see one another. */
typedef struct cgm_conv_opts {
    int64_t stride; /* 0: 1 */
    int64_t pad_top, pad_bottom, pad_left, pad_right;
    int64_t dilation, groups; /* 0: 1 */
} cgm_conv_opts;

/* clang-format off */
#define CGM_OP_TABLE(OP)                                                                                                \
    /* Data bound at run time (pixels, parents, parameters, noise; the name is prefixed with the path); constants. */  \
    OP(input,              (cgm_graph *g, const char *name, cgm_shape shape))                                          \
    OP(constant,           (cgm_graph *g, double value, cgm_shape shape))                                              \
    /* Element-wise; operands broadcast as in numpy. */                                                                \
    OP(add,                (cgm_graph *g, cgm_node a, cgm_node b))                                                     \
    OP(sub,                (cgm_graph *g, cgm_node a, cgm_node b))                                                     \
    OP(mul,                (cgm_graph *g, cgm_node a, cgm_node b))                                                     \
    OP(div,                (cgm_graph *g, cgm_node a, cgm_node b))                                                     \
    OP(less,               (cgm_graph *g, cgm_node a, cgm_node b))                                                     \
    OP(select,             (cgm_graph *g, cgm_node condition, cgm_node a, cgm_node b))                                 \
    OP(neg,                (cgm_graph *g, cgm_node x))                                                                 \
    OP(affine,             (cgm_graph *g, cgm_node x, double scale, double shift))                                     \
    OP(exp,                (cgm_graph *g, cgm_node x))                                                                 \
    OP(log,                (cgm_graph *g, cgm_node x))                                                                 \
    OP(sqrt,               (cgm_graph *g, cgm_node x))                                                                 \
    OP(erf,                (cgm_graph *g, cgm_node x))                                                                 \
    OP(tanh,               (cgm_graph *g, cgm_node x))                                                                 \
    OP(sigmoid,            (cgm_graph *g, cgm_node x))                                                                 \
    OP(softplus,           (cgm_graph *g, cgm_node x))                                                                 \
    OP(gelu,               (cgm_graph *g, cgm_node x))                                                                 \
    OP(gelu_grad,          (cgm_graph *g, cgm_node x, cgm_node dy))                                                    \
    OP(leaky_relu,         (cgm_graph *g, cgm_node x, double slope))                                                   \
    OP(clamp,              (cgm_graph *g, cgm_node x, double low, double high))                                        \
    /* Shapes. */                                                                                                      \
    OP(reshape,            (cgm_graph *g, cgm_node x, cgm_shape shape))                                                \
    OP(broadcast,          (cgm_graph *g, cgm_node x, cgm_shape shape))                                                \
    OP(concat,             (cgm_graph *g, size_t n, const cgm_node *x, int axis))                                      \
    OP(slice,              (cgm_graph *g, cgm_node x, int axis, int64_t begin, int64_t length))                        \
    OP(pad,                (cgm_graph *g, cgm_node x, int axis, int64_t before, int64_t after))                        \
    OP(stop_gradient,      (cgm_graph *g, cgm_node x))                                                                 \
    /* Reductions: the reduced axes stay, with extent 1. */                                                            \
    OP(sum,                (cgm_graph *g, cgm_node x, unsigned axes))                                                  \
    OP(logsumexp,          (cgm_graph *g, cgm_node x, int axis))                                                       \
    /* Linear maps. */                                                                                                 \
    OP(matmul,             (cgm_graph *g, cgm_node a, cgm_node b, bool transpose_a, bool transpose_b))                 \
    OP(conv2d,             (cgm_graph *g, cgm_node x, cgm_node filter, cgm_conv_opts opts))                            \
    OP(conv2d_input_grad,  (cgm_graph *g, cgm_node dy, cgm_node filter, cgm_conv_opts opts, int64_t h, int64_t w))     \
    OP(conv2d_filter_grad, (cgm_graph *g, cgm_node x, cgm_node dy, cgm_conv_opts opts, int64_t r, int64_t s))          \
    OP(upsample_nearest,   (cgm_graph *g, cgm_node x, int64_t factor))                                                 \
    OP(sum_pool,           (cgm_graph *g, cgm_node x, int64_t factor))                                                 \
    /* Indices: whole numbers held as reals. */                                                                        \
    OP(gather,             (cgm_graph *g, cgm_node x, cgm_node index))                                                 \
    OP(one_hot,            (cgm_graph *g, cgm_node index, int64_t levels))
/* clang-format on */

#define CGM_OP_DECLARE(name, parameters) CGM_API cgm_node cgm_##name parameters;
CGM_OP_TABLE(CGM_OP_DECLARE)
#undef CGM_OP_DECLARE

/* conv2d with a bias [K] of the output channels. */
CGM_API cgm_node cgm_conv2d_biased(cgm_graph *g, cgm_node x, cgm_node filter, cgm_node bias, cgm_conv_opts opts);
/* An input that holds one row a sample along axis 0 (pixels, parents and noise of a batch, not parameters). The program
 * may then take a few samples at a time through many steps; inputs of a graph so marked should agree in the number of
 * samples. The mark never changes what is computed. */
CGM_API cgm_node cgm_batch_input(cgm_graph *g, const char *name, cgm_shape shape);

/* Made of the above: mean over axes (kept with extent 1), x^2, softmax and log-softmax along an axis. */
CGM_API cgm_node cgm_mean(cgm_graph *g, cgm_node x, unsigned axes);
CGM_API cgm_node cgm_square(cgm_graph *g, cgm_node x);
CGM_API cgm_node cgm_softmax(cgm_graph *g, cgm_node x, int axis);
CGM_API cgm_node cgm_log_softmax(cgm_graph *g, cgm_node x, int axis);
/* The sum of all elements, a scalar of rank 0. */
CGM_API cgm_node cgm_sum_all(cgm_graph *g, cgm_node x);

#endif
