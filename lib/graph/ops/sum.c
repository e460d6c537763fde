#include "graph/op.h"

static unsigned axes_of(const cgm_attr *attr, cgm_shape x)
{
    return (unsigned)attr->i[0] & ((1u << x.rank) - 1);
}

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    (void)n_in, (void)why;
    *out = in[0];
    for (int i = 0; i < in[0].rank; i++)
        if (axes_of(attr, in[0]) >> i & 1) out->dim[i] = 1;
    return true;
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    (void)shape;
    return cgm_reduce_sum_scratch(in[0].rank, in[0].dim, axes_of(attr, in[0]), threads);
}

static void run(const cgm_op_run *r)
{
    cgm_shape x = r->in_shape[0];
    cgm_reduce_sum(x.rank, x.dim, axes_of(r->attr, x), r->in[0], r->out, r->scratch, r->threads);
}

static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    if (axes_of(attr, in[0]) & 1) return (cgm_rows){CGM_ROWS_SUM, 1};
    return cgm_rows_of_first(n_in, in, shape, attr);
}

static void accumulate(const cgm_op_run *r, bool first)
{
    cgm_shape x = r->in_shape[0];
    cgm_reduce_sum_add(x.rank, x.dim, axes_of(r->attr, x), r->in[0], first, (double *)(void *)r->out);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_broadcast(g, dy, cgm_node_shape(g, use->in[0]));
}

const cgm_op cgm_op_sum = {.name = "sum",
                           .shape = shape_rule,
                           .run = run,
                           .rows = rows,
                           .accumulate = accumulate,
                           .sums_in_double = true,
                           .scratch = scratch,
                           .gradient = gradient};

/* Sum over the axes whose bit is set, accumulated in double; the axes stay with extent 1. Bits of missing axes are
 * ignored. */
cgm_node cgm_sum(cgm_graph *g, cgm_node x, unsigned axes)
{
    return cgm_node_add(g, CGM_OP_sum, 1, &x, &(cgm_attr){.i = {axes}});
}
