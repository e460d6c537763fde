/* The numeric kernels, and the only place that calls BLAS. Internal.
 *
 * Each kernel that has a fast version has a plain reference version too; cgm_kernels() returns the table in force,
 * chosen once: the fast one, or the reference one when the environment says CGM_KERNELS=reference or a test asks for
 * it.
 *
 * Conventions: tensors are dense and row-major; outputs come after inputs; a kernel that needs memory takes `scratch`,
 * sized by its *_scratch function for the same shape and thread count; what is summed in which order does not depend on
 * the number of threads, so results are the same bits on any number of them. Threads come from cgm_parallel alone; BLAS
 * runs on one thread. */
#ifndef CGM_KERNELS_KERNELS_H
#define CGM_KERNELS_KERNELS_H

#include "base/real.h"
#include "base/status.h"

/* A 2-D convolution (cross-correlation, as in the frameworks): x [n, c, h, w], filter [k, c / groups, r, s] ->
 * y [n, k, oh, ow] with
 *     y[n,k,i,j] = sum_{c,a,b} x[n, c, i*stride - pad_top + a*dilation, j*stride - pad_left + b*dilation]
 *                              * filter[k, c - first, a, b],
 * zero outside x; c runs over the input channels of k's group, which begin with `first`. */
typedef struct cgm_conv_shape {
    int64_t n, c, h, w;
    int64_t k, r, s;
    int64_t stride;
    int64_t pad_top, pad_left;
    int64_t oh, ow;
    int64_t dilation, groups; /* 0: 1 */
} cgm_conv_shape;

static inline int64_t cgm_conv_dilation(const cgm_conv_shape *s)
{
    return s->dilation ? s->dilation : 1;
}
static inline int64_t cgm_conv_groups(const cgm_conv_shape *s)
{
    return s->groups ? s->groups : 1;
}

/* One block of an element-wise operation: in[i] and out are contiguous arrays of n elements (n is small enough to stay
 * in L1); out may be one of the inputs. attr holds the operation's constants. */
typedef void cgm_elementwise_fn(size_t n, const cgm_real *const in[3], const double *attr, cgm_real *out);

/* The leading axes of a batch of matrix products, C dense over them: their extents, and how many matrices of A and of B
 * a step along each is, 0 where one serves for all. */
typedef struct cgm_matmul_batch {
    int rank;
    const int64_t *dim, *a_step, *b_step;
} cgm_matmul_batch;

typedef struct cgm_kernel_table {
    const char *name; /* "reference" or "fast" */

    /* C[m,n] = alpha op(A) op(B) + beta C, row-major, op transposes when its flag is set; one thread. */
    void (*gemm)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, cgm_real alpha, const cgm_real *a, int64_t lda,
                 const cgm_real *b, int64_t ldb, cgm_real beta, cgm_real *c, int64_t ldc);
    /* C[m,n] = op(A) op(B), for each index of the leading axes (NULL: none); cut into fixed tiles over threads. Needs
     * no scratch. */
    void (*matmul)(const cgm_matmul_batch *batch, bool ta, bool tb, int64_t m, int64_t n, int64_t k, const cgm_real *a,
                   const cgm_real *b, cgm_real *c, int threads);

    /* The three bilinear maps of one convolution; each expresses the other two's gradients. The first adds bias [k]
     * (NULL: none) to the output channels; the last adds to dfilter what it computes, if it is to accumulate. */
    size_t (*conv2d_scratch)(const cgm_conv_shape *s, int threads); /* bytes */
    void (*conv2d)(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                   cgm_real *y, void *scratch, int threads);
    size_t (*conv2d_input_grad_scratch)(const cgm_conv_shape *s, int threads);
    void (*conv2d_input_grad)(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                              void *scratch, int threads);
    size_t (*conv2d_filter_grad_scratch)(const cgm_conv_shape *s, int threads);
    void (*conv2d_filter_grad)(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                               cgm_real *dfilter, void *scratch, int threads);
} cgm_kernel_table;

extern const cgm_kernel_table cgm_kernels_reference, cgm_kernels_fast;
const cgm_kernel_table *cgm_kernels(void);
/* For tests: NULL goes back to the default choice. */
void cgm_kernels_override(const cgm_kernel_table *table);

/* Element-wise blocks. Arity and attributes: */
cgm_elementwise_fn cgm_ew_add, cgm_ew_sub, cgm_ew_mul, cgm_ew_div;     /* in[0] op in[1] */
cgm_elementwise_fn cgm_ew_less;                                        /* in[0] < in[1] ? 1 : 0 */
cgm_elementwise_fn cgm_ew_minimum, cgm_ew_maximum;                     /* NaN if one is */
cgm_elementwise_fn cgm_ew_select;                                      /* in[0] != 0 ? in[1] : in[2] */
cgm_elementwise_fn cgm_ew_neg, cgm_ew_exp, cgm_ew_log, cgm_ew_sqrt;    /* of in[0] */
cgm_elementwise_fn cgm_ew_abs, cgm_ew_sign, cgm_ew_floor, cgm_ew_relu; /* NaN stays NaN */
cgm_elementwise_fn cgm_ew_erf, cgm_ew_tanh, cgm_ew_sigmoid;
cgm_elementwise_fn cgm_ew_softplus;   /* log(1 + exp x), exact for |x| large */
cgm_elementwise_fn cgm_ew_gelu;       /* x/2 (1 + erf(x / sqrt 2)) */
cgm_elementwise_fn cgm_ew_gelu_grad;  /* in[1] times gelu's slope at in[0] */
cgm_elementwise_fn cgm_ew_leaky_relu; /* x > 0 ? x : attr[0] x */
cgm_elementwise_fn cgm_ew_pow;        /* x to the power attr[0], libm's, in double */
cgm_elementwise_fn cgm_ew_clamp;      /* min(max(x, attr[0]), attr[1]); NaN stays NaN */
cgm_elementwise_fn cgm_ew_affine;     /* attr[0] x + attr[1] */

/* Sum over the axes whose bit is set in `axes` of x with extents dim[0..rank); out is dense over the kept axes.
 * Accumulates in double. scratch as sized. */
size_t cgm_reduce_sum_scratch(int rank, const int64_t *dim, unsigned axes, int threads);
void cgm_reduce_sum(int rank, const int64_t *dim, unsigned axes, const cgm_real *x, cgm_real *out, void *scratch,
                    int threads);
/* The same on one thread into sums in double: added to them, or written if it is the first. */
void cgm_reduce_sum_add(int rank, const int64_t *dim, unsigned axes, const cgm_real *x, bool first, double *sum);
/* out[i] = sum over parts of part[k][i], in order: parts stride elements apart, of reals or of doubles. */
void cgm_add_parts(size_t n, size_t parts, size_t stride, const cgm_real *part, cgm_real *out);
void cgm_add_parts_double(size_t n, size_t parts, size_t stride, const double *part, cgm_real *out);
/* x [outer, len, inner] -> out [outer, inner] = log sum_len exp x, by subtracting the maximum; -inf only if all are. */
void cgm_reduce_logsumexp(int64_t outer, int64_t len, int64_t inner, const cgm_real *x, cgm_real *out, int threads);

/* x [outer, len, inner] -> sums in double along len from its start, or in reverse from its end. */
void cgm_kernel_cumsum(int64_t outer, int64_t len, int64_t inner, bool reverse, const cgm_real *x, cgm_real *out,
                       int threads);

/* out[index] = x[index * x_stride] over extents dim (strides in elements; 0 repeats, negative ones go backwards):
 * broadcasting, slicing, transposing. out dense. */
void cgm_copy_strided(int rank, const int64_t *dim, const int64_t *x_stride, const cgm_real *x, cgm_real *out,
                      int threads);
/* Copies x [outer, len] into columns [at, at+len) of out [outer, width]. For concatenation and padding; slicing inverts
 * it. */
void cgm_copy_into(int64_t outer, int64_t len, int64_t width, int64_t at, const cgm_real *x, cgm_real *out,
                   int threads);
void cgm_copy_from(int64_t outer, int64_t len, int64_t width, int64_t at, const cgm_real *x, cgm_real *out,
                   int threads);
/* x [outer, len, inner] -> out [outer, extent, inner]: line i of len goes to line begin + i step, zeros elsewhere. */
void cgm_kernel_spread(int64_t outer, int64_t len, int64_t inner, int64_t extent, int64_t begin, int64_t step,
                       const cgm_real *x, cgm_real *out, int threads);
void cgm_fill(size_t n, cgm_real value, cgm_real *out, int threads);
/* sum[i] += x[i] */
void cgm_accumulate(size_t n, const cgm_real *x, cgm_real *sum, int threads);

/* planes of [h, w] -> [h*f, w*f], each pixel repeated f x f; and its adjoint, the sum over f x f blocks. */
void cgm_kernel_upsample_nearest(int64_t planes, int64_t h, int64_t w, int64_t f, const cgm_real *x, cgm_real *out,
                                 int threads);
void cgm_kernel_sum_pool(int64_t planes, int64_t oh, int64_t ow, int64_t f, const cgm_real *x, cgm_real *out,
                         int threads);

/* A linear map along one axis: output i is the sum of weight[q] times input index[q] over q from first[i] up to
 * first[i + 1]. */
typedef struct cgm_axis_map {
    int64_t n; /* outputs */
    int64_t *first, *index;
    double *weight;
} cgm_axis_map;
/* planes of [h, w] -> [rows->n, columns->n]: one map along each axis, in double. sums: w numbers for each thread. */
void cgm_kernel_separable(int64_t planes, int64_t h, int64_t w, const cgm_axis_map *rows, const cgm_axis_map *columns,
                          const cgm_real *x, cgm_real *out, double *sums, int threads);
/* planes of [h, w] -> [rows->n, columns->n]: row * w + column of the largest of the elements that the maps name, which
 * are in ascending order; of equal ones the first, NaN before all numbers. */
void cgm_kernel_max_index(int64_t planes, int64_t h, int64_t w, const cgm_axis_map *rows, const cgm_axis_map *columns,
                          const cgm_real *x, cgm_real *out, int threads);

/* Whole numbers held as reals index levels; an index that is NaN, not whole or outside 0..levels-1 reads NaN, and adds
 * nothing.
 * x [rows, levels], index [rows, m] -> out [rows, m]; and its adjoint, x [rows, m] added up in double into out [rows,
 * levels]. */
void cgm_kernel_gather(int64_t rows, int64_t levels, int64_t m, const cgm_real *x, const cgm_real *index, cgm_real *out,
                       int threads);
size_t cgm_kernel_scatter_add_scratch(int64_t levels, int threads); /* bytes */
void cgm_kernel_scatter_add(int64_t rows, int64_t levels, int64_t m, const cgm_real *x, const cgm_real *index,
                            cgm_real *out, void *scratch, int threads);
/* table [levels, width], index [n] -> out [n, width]; and its adjoint, x [n, width] added up into out [levels, width]
 * with as many doubles of room, or on one thread into sums in double, written if it is the first. */
void cgm_kernel_take_rows(int64_t n, int64_t levels, int64_t width, const cgm_real *table, const cgm_real *index,
                          cgm_real *out, int threads);
void cgm_kernel_add_rows(int64_t n, int64_t levels, int64_t width, const cgm_real *x, const cgm_real *index,
                         cgm_real *out, double *sum, int threads);
void cgm_kernel_add_rows_to(int64_t n, int64_t levels, int64_t width, const cgm_real *x, const cgm_real *index,
                            bool first, double *sum);
/* x [rows, len] -> index [rows, k], where the first k of each row in order lie: equal ones in theirs, NaN last. */
size_t cgm_kernel_argsort_scratch(int64_t len, int threads); /* bytes */
void cgm_kernel_argsort(int64_t rows, int64_t len, int64_t k, bool descending, const cgm_real *x, cgm_real *index,
                        void *scratch, int threads);
/* index [rows] -> out [rows, levels]; a row of zeros for an index outside. */
void cgm_kernel_one_hot(int64_t rows, int64_t levels, const cgm_real *index, cgm_real *out);

/* Sum of squares in double, NaN and infinities kept. */
double cgm_sum_squares(size_t n, const cgm_real *x, int threads);

/* The BLAS that products run on, with the kernels that it chose for this CPU: "OpenBLAS 0.3.21 (Haswell)". */
#define CGM_BLAS_TEXT 96
void cgm_kernels_describe_blas(char text[CGM_BLAS_TEXT]);

#endif
