#include "graph/op.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    bool ta = attr->i[0], tb = attr->i[1];
    (void)n_in;
    if (in[0].rank != 2 || in[1].rank != 2 || in[0].dim[ta ? 0 : 1] != in[1].dim[tb ? 1 : 0])
        return cgm_shape_refuse(why, "%s%s and %s%s cannot be multiplied", cgm_shape_text(in[0], a), ta ? "'" : "",
                                cgm_shape_text(in[1], b), tb ? "'" : "");
    *out = CGM_SHAPE(in[0].dim[ta ? 1 : 0], in[1].dim[tb ? 0 : 1]);
    return true;
}

static void run(const cgm_op_run *r)
{
    bool ta = r->attr->i[0], tb = r->attr->i[1];
    int64_t k = r->in_shape[0].dim[ta ? 0 : 1];
    cgm_kernels()->matmul(ta, tb, r->shape.dim[0], r->shape.dim[1], k, r->in[0], r->in[1], r->out, r->threads);
}

/* With A' B, row i of A and row i of B make an outer product. */
static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    bool ta = attr->i[0], tb = attr->i[1];
    if (ta && !tb) return (cgm_rows){CGM_ROWS_SUM, 3};
    return ta ? (cgm_rows){0} : cgm_rows_of_first(n_in, in, shape, attr);
}

static void accumulate(const cgm_op_run *r, bool first)
{
    int64_t m = r->shape.dim[0], n = r->shape.dim[1];
    cgm_kernels()->gemm(true, false, m, n, r->in_shape[0].dim[0], 1, r->in[0], m, r->in[1], n, first ? 0 : 1, r->out,
                        n);
}

/* C = op(A) op(B): dop(A) = dC op(B)', dop(B) = op(A)' dC. */
static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    bool ta = use->attr.i[0], tb = use->attr.i[1];
    cgm_node a = use->in[0], b = use->in[1];
    if (use->need[0]) dx[0] = ta ? cgm_matmul(g, b, dy, tb, true) : cgm_matmul(g, dy, b, false, !tb);
    if (use->need[1]) dx[1] = tb ? cgm_matmul(g, dy, a, true, ta) : cgm_matmul(g, a, dy, !ta, false);
}

const cgm_op cgm_op_matmul = {
    .name = "matmul", .shape = shape_rule, .run = run, .rows = rows, .accumulate = accumulate, .gradient = gradient};

/* The product of two matrices, each transposed if its flag is set. */
cgm_node cgm_matmul(cgm_graph *g, cgm_node a, cgm_node b, bool transpose_a, bool transpose_b)
{
    return cgm_node_add(g, CGM_OP_matmul, 2, (cgm_node[]){a, b}, &(cgm_attr){.i = {transpose_a, transpose_b}});
}
