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

/* How the planes of a tensor, its last two axes, are re-sampled. Along each axis an element of the result is ... */
typedef enum cgm_resampling {
    /* ... the one it repeats, where pads have been put on both sides: */
    CGM_PAD_REFLECT,   /* as in a mirror at the outermost element, which is not repeated; pads below the extent */
    CGM_PAD_REPLICATE, /* the outermost element again and again */
    CGM_PAD_CIRCULAR,  /* as on a ring; pads up to the extent */
    /* ... taken at its own place after stretching H elements to H': */
    CGM_RESIZE_NEAREST,          /* element floor(i H / H') */
    CGM_RESIZE_BILINEAR,         /* between the two beside (i + 1/2) H / H' - 1/2, no further than the outermost ones */
    CGM_RESIZE_BILINEAR_ALIGNED, /* between the two beside i (H - 1) / (H' - 1): the corners stay where they are */
    /* ... made of a window: */
    CGM_POOL_AVERAGE,          /* the mean, of the window's padding too */
    CGM_POOL_AVERAGE_INSIDE,   /* the mean, not of the padding */
    CGM_POOL_ADAPTIVE_AVERAGE, /* the mean of elements floor(i H / H') up to ceil((i + 1) H / H') */
    CGM_POOL_MAX,              /* the largest element; see max_index */
    CGM_POOL_ADAPTIVE_MAX,
} cgm_resampling;

/* What each kind needs; the rest is 0. The conventions are PyTorch's. */
typedef struct cgm_resampling_opts {
    cgm_resampling kind;
    int64_t size_h, size_w;                           /* the window; of resizing and adaptive windows, the result */
    int64_t stride_h, stride_w;                       /* of windows; 0: their size */
    int64_t pad_top, pad_bottom, pad_left, pad_right; /* of windows less than their size, so that each has an element */
} cgm_resampling_opts;

/* A linear map A between tensors of two shapes, by two functions: out = A in and out = A' in, which are adjoint, <A x,
 * y> = <x, A' y>, and change nothing but `out` and `scratch`, scratch_bytes aligned as doubles are. For what is no
 * matrix and no convolution, such as the Radon transform; numbers are double, whatever tensors are. */
typedef struct cgm_linear_map {
    cgm_shape domain, range;
    void (*apply)(const void *context, const double *in, double *out, void *scratch, int threads);
    void (*adjoint)(const void *context, const double *in, double *out, void *scratch, int threads);
    size_t scratch_bytes; /* of either */
    const void *context;
} cgm_linear_map;

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
    OP(minimum,            (cgm_graph *g, cgm_node a, cgm_node b))                                                     \
    OP(maximum,            (cgm_graph *g, cgm_node a, cgm_node b))                                                     \
    OP(select,             (cgm_graph *g, cgm_node condition, cgm_node a, cgm_node b))                                 \
    OP(neg,                (cgm_graph *g, cgm_node x))                                                                 \
    OP(abs,                (cgm_graph *g, cgm_node x))                                                                 \
    OP(sign,               (cgm_graph *g, cgm_node x))                                                                 \
    OP(floor,              (cgm_graph *g, cgm_node x))                                                                 \
    OP(affine,             (cgm_graph *g, cgm_node x, double scale, double shift))                                     \
    OP(exp,                (cgm_graph *g, cgm_node x))                                                                 \
    OP(log,                (cgm_graph *g, cgm_node x))                                                                 \
    OP(sqrt,               (cgm_graph *g, cgm_node x))                                                                 \
    OP(pow,                (cgm_graph *g, cgm_node x, double exponent))                                                \
    OP(erf,                (cgm_graph *g, cgm_node x))                                                                 \
    OP(tanh,               (cgm_graph *g, cgm_node x))                                                                 \
    OP(sigmoid,            (cgm_graph *g, cgm_node x))                                                                 \
    OP(softplus,           (cgm_graph *g, cgm_node x))                                                                 \
    OP(gelu,               (cgm_graph *g, cgm_node x))                                                                 \
    OP(gelu_grad,          (cgm_graph *g, cgm_node x, cgm_node dy))                                                    \
    OP(relu,               (cgm_graph *g, cgm_node x))                                                                 \
    OP(leaky_relu,         (cgm_graph *g, cgm_node x, double slope))                                                   \
    OP(clamp,              (cgm_graph *g, cgm_node x, double low, double high))                                        \
    /* Shapes. */                                                                                                      \
    OP(reshape,            (cgm_graph *g, cgm_node x, cgm_shape shape))                                                \
    OP(broadcast,          (cgm_graph *g, cgm_node x, cgm_shape shape))                                                \
    OP(transpose,          (cgm_graph *g, cgm_node x, const int *axes))                                                \
    OP(concat,             (cgm_graph *g, size_t n, const cgm_node *x, int axis))                                      \
    OP(slice,              (cgm_graph *g, cgm_node x, int axis, int64_t begin, int64_t length))                        \
    OP(pad,                (cgm_graph *g, cgm_node x, int axis, int64_t before, int64_t after))                        \
    OP(slice_step,         (cgm_graph *g, cgm_node x, int axis, int64_t begin, int64_t length, int64_t step))          \
    OP(spread,             (cgm_graph *g, cgm_node x, int axis, int64_t begin, int64_t step, int64_t extent))          \
    OP(stop_gradient,      (cgm_graph *g, cgm_node x))                                                                 \
    /* Reductions: the reduced axes stay, with extent 1. Cumulative sums. */                                           \
    OP(sum,                (cgm_graph *g, cgm_node x, unsigned axes))                                                  \
    OP(logsumexp,          (cgm_graph *g, cgm_node x, int axis))                                                       \
    OP(cumsum,             (cgm_graph *g, cgm_node x, int axis, bool reverse))                                         \
    /* Linear maps. */                                                                                                 \
    OP(matmul,             (cgm_graph *g, cgm_node a, cgm_node b, bool transpose_a, bool transpose_b))                 \
    OP(conv2d,             (cgm_graph *g, cgm_node x, cgm_node filter, cgm_conv_opts opts))                            \
    OP(conv2d_input_grad,  (cgm_graph *g, cgm_node dy, cgm_node filter, cgm_conv_opts opts, int64_t h, int64_t w))     \
    OP(conv2d_filter_grad, (cgm_graph *g, cgm_node x, cgm_node dy, cgm_conv_opts opts, int64_t r, int64_t s))          \
    OP(upsample_nearest,   (cgm_graph *g, cgm_node x, int64_t factor))                                                 \
    OP(sum_pool,           (cgm_graph *g, cgm_node x, int64_t factor))                                                 \
    OP(resample2d,         (cgm_graph *g, cgm_node x, cgm_resampling_opts opts))                                       \
    OP(resample2d_adjoint, (cgm_graph *g, cgm_node dy, cgm_resampling_opts opts, int64_t h, int64_t w))                \
    OP(apply_linear,       (cgm_graph *g, cgm_node x, const cgm_linear_map *map, bool adjoint))                        \
    /* Indices: whole numbers held as reals. */                                                                        \
    OP(max_index,          (cgm_graph *g, cgm_node x, cgm_resampling_opts opts))                                       \
    OP(gather,             (cgm_graph *g, cgm_node x, cgm_node index))                                                 \
    OP(scatter_add,        (cgm_graph *g, cgm_node x, cgm_node index, int64_t levels))                                 \
    OP(take_rows,          (cgm_graph *g, cgm_node table, cgm_node index))                                             \
    OP(add_rows,           (cgm_graph *g, cgm_node x, cgm_node index, int64_t levels))                                 \
    OP(argsort,            (cgm_graph *g, cgm_node x, int64_t k, bool descending))                                     \
    OP(one_hot,            (cgm_graph *g, cgm_node index, int64_t levels))
/* clang-format on */

#define CGM_OP_DECLARE(name, parameters) CGM_API cgm_node cgm_##name parameters;
CGM_OP_TABLE(CGM_OP_DECLARE)
#undef CGM_OP_DECLARE

/* conv2d with a bias [K] of the output channels. */
CGM_API cgm_node cgm_conv2d_biased(cgm_graph *g, cgm_node x, cgm_node filter, cgm_node bias, cgm_conv_opts opts);
/* The transposed convolution: x [N, C, H, W], filter [C, K / groups, R, S] -> [N, K, H', W'], the adjoint of the
 * convolution with these options, with H' = (H - 1) stride - pads + (R - 1) dilation + output_pad + 1; the output
 * padding, below and to the right, chooses among the sizes that the convolution takes to H and must be less than the
 * stride or the dilation (Dumoulin and Visin 2016, relationship 14). */
CGM_API cgm_node cgm_conv2d_transpose(cgm_graph *g, cgm_node x, cgm_node filter, cgm_conv_opts opts,
                                      int64_t output_pad);
/* [..., H, W] with pads around each plane, of kind CGM_PAD_REFLECT, _REPLICATE or _CIRCULAR; each plane resized to h x
 * w, of kind CGM_RESIZE_NEAREST, _BILINEAR or _BILINEAR_ALIGNED. */
CGM_API cgm_node cgm_pad2d(cgm_graph *g, cgm_node x, cgm_resampling kind, int64_t top, int64_t bottom, int64_t left,
                           int64_t right);
CGM_API cgm_node cgm_resize2d(cgm_graph *g, cgm_node x, cgm_resampling kind, int64_t h, int64_t w);

/* Windows of h x w pixels at every stride, and padding, less than a window on each side. */
typedef struct cgm_pool_opts {
    int64_t h, w;
    int64_t stride_h, stride_w; /* 0: h and w */
    int64_t pad_top, pad_bottom, pad_left, pad_right;
    bool exclude_pads; /* an average is of the pixels alone, not of the padding */
} cgm_pool_opts;

/* Means of windows: [..., H, W] -> [..., H', W'] with H' = (H + pads - h) / stride + 1, rounded down; of h x w windows
 * that share the plane out, whatever its size (cgm_resampling). Over whole planes: cgm_mean. */
CGM_API cgm_node cgm_average_pool(cgm_graph *g, cgm_node x, cgm_pool_opts opts);
CGM_API cgm_node cgm_adaptive_average_pool(cgm_graph *g, cgm_node x, int64_t h, int64_t w);
/* The largest elements of the same windows; the gradient goes to the first of equal ones. Padding never wins. */
CGM_API cgm_node cgm_max_pool(cgm_graph *g, cgm_node x, cgm_pool_opts opts);
CGM_API cgm_node cgm_adaptive_max_pool(cgm_graph *g, cgm_node x, int64_t h, int64_t w);
/* Where they are, row * W + column in [..., H', W'], for the two that follow: the elements of x [..., H, W] there; and
 * planes of h x w, zero but for y [..., H', W'] there (Zeiler and Fergus 2014). What lands on one pixel is added up. */
CGM_API cgm_node cgm_max_pool_index(cgm_graph *g, cgm_node x, cgm_pool_opts opts);
CGM_API cgm_node cgm_pool_by_index(cgm_graph *g, cgm_node x, cgm_node index);
CGM_API cgm_node cgm_max_unpool(cgm_graph *g, cgm_node y, cgm_node index, int64_t h, int64_t w);
/* [N, C, H, W] -> [N, C, H factor, W factor]: each pixel in the upper left corner of a block of zeros. */
CGM_API cgm_node cgm_bed_of_nails(cgm_graph *g, cgm_node x, int64_t factor);
/* An input that holds one row a sample along axis 0 (pixels, parents and noise of a batch, not parameters). The program
 * may then take a few samples at a time through many steps; inputs of a graph so marked should agree in the number of
 * samples. The mark never changes what is computed. */
CGM_API cgm_node cgm_batch_input(cgm_graph *g, const char *name, cgm_shape shape);

/* Made of the above: mean over axes (kept with extent 1), x^2, softmax and log-softmax along an axis. */
CGM_API cgm_node cgm_mean(cgm_graph *g, cgm_node x, unsigned axes);
CGM_API cgm_node cgm_square(cgm_graph *g, cgm_node x);
CGM_API cgm_node cgm_softmax(cgm_graph *g, cgm_node x, int axis);
CGM_API cgm_node cgm_log_softmax(cgm_graph *g, cgm_node x, int axis);
/* Along an axis: the elements in order, rising or descending, equal ones in theirs and NaN last; the first k of them,
 * with where they lay in *index (whole numbers, if it is not NULL); and where the largest lies, the first of equal
 * ones, extent 1. Values have gradients, indices none. */
CGM_API cgm_node cgm_sort(cgm_graph *g, cgm_node x, int axis, bool descending);
CGM_API cgm_node cgm_top_k(cgm_graph *g, cgm_node x, int axis, int64_t k, bool descending, cgm_node *index);
CGM_API cgm_node cgm_argmax(cgm_graph *g, cgm_node x, int axis);
/* The sum of all elements, a scalar of rank 0. */
CGM_API cgm_node cgm_sum_all(cgm_graph *g, cgm_node x);

#endif
