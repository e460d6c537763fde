/* What an operation is, and what its file may use. Internal to lib/graph. */
#ifndef CGM_GRAPH_OP_H
#define CGM_GRAPH_OP_H

#include "base/real.h"
#include "graph/ops.h"
#include "kernels/kernels.h"

#define CGM_MAX_ATTR_INTS 12
#define CGM_WHY 200 /* room for a shape rule's complaint */

/* An operation's constants; unused ones are zero, so that two uses can be compared bytewise. */
typedef struct cgm_attr {
    double f[2];
    int64_t i[CGM_MAX_ATTR_INTS];
} cgm_attr;

/* One run of a kernel: inputs, output and their shapes. */
typedef struct cgm_op_run {
    size_t n_in;
    const cgm_real *const *in;
    const cgm_shape *in_shape;
    cgm_shape shape;
    cgm_real *out;
    const cgm_attr *attr;
    void *scratch;
    int threads;
} cgm_op_run;

/* A node as its gradient rule sees it. need[i] says whether the gradient of input i is wanted. */
typedef struct cgm_op_use {
    cgm_node self;
    size_t n_in;
    const cgm_node *in;
    cgm_attr attr;
    const bool *need;
    cgm_backward rule; /* of rectifiers */
} cgm_op_use;

/* How an operation treats axis 0, its rows, so that a few rows may be taken at a time. */
typedef enum cgm_rows_kind {
    CGM_ROWS_WHOLE = 0, /* all rows at once */
    CGM_ROWS_MAP,       /* row i of the result is made of row i of some operands, and of the whole of the others */
    CGM_ROWS_SUM        /* the result is a sum over rows of some operands */
} cgm_rows_kind;

typedef struct cgm_rows {
    cgm_rows_kind kind;
    uint64_t operands; /* bit i: operand i is read row by row; the others are read whole */
} cgm_rows;

/* An element-wise operation has `block` and no `run`: the program evaluates blocks of fused chains. A view has neither:
 * it shares its input's memory. An operation without `gradient` is constant almost everywhere. Element-wise operations
 * need no `rows`; another without it takes all rows at once. One that sums over rows has `accumulate`. */
typedef struct cgm_op {
    const char *name;
    cgm_elementwise_fn *block;
    bool view;
    /* The result is a copy of its one large operand, as good as: a backward pass makes it again, see again.c. */
    bool again;
    /* Computes the output's shape, or says why not. */
    bool (*shape)(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY]);
    void (*run)(const cgm_op_run *r);
    cgm_rows (*rows)(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr);
    /* Adds the sum over the rows given to r->out, or writes it there if it is the first. r->out holds doubles if
     * sums_in_double. One thread. */
    void (*accumulate)(const cgm_op_run *r, bool first);
    bool sums_in_double;
    size_t (*scratch)(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads); /* bytes; NULL: none */
    /* Given dy, builds dx[i] out of table operations. It may leave dx[i] null for a zero gradient, and may return a
     * gradient of the broadcast shape: the engine sums it to the input's. */
    void (*gradient)(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx);
} cgm_op;

/* clang-format off */
#define CGM_OP_ENUM(name, parameters) CGM_OP_##name,
typedef enum cgm_op_id { CGM_OP_TABLE(CGM_OP_ENUM) CGM_OP_COUNT } cgm_op_id;
#undef CGM_OP_ENUM
#define CGM_OP_EXTERN(name, parameters) extern const cgm_op cgm_op_##name;
CGM_OP_TABLE(CGM_OP_EXTERN)
#undef CGM_OP_EXTERN
/* clang-format on */

extern const cgm_op *const cgm_op_table[CGM_OP_COUNT];

/* Adds a node: checks the sticky error, applies the shape rule. attr NULL: no constants. */
cgm_node cgm_node_add(cgm_graph *g, cgm_op_id op, size_t n_in, const cgm_node *in, const cgm_attr *attr);
/* The common cases. */
cgm_node cgm_node_unary(cgm_graph *g, cgm_op_id op, cgm_node x, double f0, double f1);
cgm_node cgm_node_binary(cgm_graph *g, cgm_op_id op, cgm_node a, cgm_node b);

/* The shape rule of element-wise operations: numpy's broadcasting. */
bool cgm_shape_elementwise(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY]);
/* Rows of an operation that reads all operands of the result's rank and first extent row by row, as element-wise ones
 * do; and of one that reads the first operand so, where that has the result's first extent. */
cgm_rows cgm_rows_of_each(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr);
cgm_rows cgm_rows_of_first(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr);
/* Rows of any operation. */
cgm_rows cgm_op_rows(const cgm_op *op, size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr);
/* Constants that hold a value and a shape, for operations that are told their shape. */
cgm_attr cgm_attr_of_shape(double value, cgm_shape shape);
cgm_shape cgm_attr_shape(const cgm_attr *attr);
/* The shape rule that takes the shape held there. */
bool cgm_shape_from_attr(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY]);
/* Writes a shape rule's complaint and returns false. */
bool cgm_shape_refuse(char why[CGM_WHY], const char *format, ...) CGM_PRINTF(2, 3);
/* Whether begin, begin + step, ..., `length` of them, lie in 0..extent-1. */
bool cgm_shape_has_steps(int64_t extent, int64_t begin, int64_t length, int64_t step);
/* Refuses an axis longer than indices, whole numbers held as reals, can count: 2^24 in float, 2^53 in double. */
bool cgm_shape_can_index(int64_t levels, char why[CGM_WHY]);
/* Strides, in elements, with which x is read to fill `shape`, which it broadcasts to: 0 where it repeats. */
void cgm_shape_broadcast_strides(cgm_shape x, cgm_shape shape, int64_t stride[CGM_MAX_RANK]);
/* The tensor as [*outer, width] split before `axis`; returns width. */
int64_t cgm_shape_split(cgm_shape shape, int axis, int64_t *outer);
/* What a rectifier passes back: `positive` is where its slope is 1, elsewhere it is `slope`. */
cgm_node cgm_rectifier_back(cgm_graph *g, const cgm_op_use *use, cgm_node positive, double slope, cgm_node dy);
/* A scalar constant. */
cgm_node cgm_scalar(cgm_graph *g, double value);

#endif
