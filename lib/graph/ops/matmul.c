#include "graph/op.h"

/* The extents of the matrix itself, and the shape of the leading axes. */
static int64_t extent(cgm_shape x, bool last)
{
    return x.dim[x.rank - (last ? 1 : 2)];
}
static cgm_shape leading(cgm_shape x)
{
    x.rank -= 2;
    return x;
}

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT], ignored[CGM_WHY];
    bool ta = attr->i[0], tb = attr->i[1], fit = in[0].rank >= 2 && in[1].rank >= 2;
    (void)n_in;
    fit = fit && extent(in[0], !ta) == extent(in[1], tb);
    fit = fit && cgm_shape_elementwise(2, (cgm_shape[]){leading(in[0]), leading(in[1])}, NULL, out, ignored);
    if (!fit)
        return cgm_shape_refuse(why, "%s%s and %s%s cannot be multiplied", cgm_shape_text(in[0], a), ta ? "'" : "",
                                cgm_shape_text(in[1], b), tb ? "'" : "");
    out->dim[out->rank++] = extent(in[0], ta);
    out->dim[out->rank++] = extent(in[1], !tb);
    return true;
}

static void run(const cgm_op_run *r)
{
    bool ta = r->attr->i[0], tb = r->attr->i[1];
    int64_t a_step[CGM_MAX_RANK], b_step[CGM_MAX_RANK], m = extent(r->shape, false), n = extent(r->shape, true);
    cgm_shape lead = leading(r->shape);
    cgm_shape_broadcast_strides(leading(r->in_shape[0]), lead, a_step);
    cgm_shape_broadcast_strides(leading(r->in_shape[1]), lead, b_step);
    cgm_kernels()->matmul(&(cgm_matmul_batch){lead.rank, lead.dim, a_step, b_step}, ta, tb, m, n,
                          extent(r->in_shape[0], !ta), r->in[0], r->in[1], r->out, r->threads);
}

/* With A' B of two matrices, row i of A and row i of B make an outer product. */
static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    bool ta = attr->i[0], tb = attr->i[1];
    if (shape.rank > 2) return cgm_rows_of_each(n_in, in, shape, attr);
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

/* The products of matrices, each transposed if its flag is set: a [..., m, k] and b [..., k, n] -> [..., m, n], where
 * the leading axes broadcast as in numpy. */
cgm_node cgm_matmul(cgm_graph *g, cgm_node a, cgm_node b, bool transpose_a, bool transpose_b)
{
    return cgm_node_add(g, CGM_OP_matmul, 2, (cgm_node[]){a, b}, &(cgm_attr){.i = {transpose_a, transpose_b}});
}
