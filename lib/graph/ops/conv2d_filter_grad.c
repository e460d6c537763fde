#include "graph/ops/conv.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    cgm_conv_opts o = cgm_conv_opts_get(attr);
    cgm_shape x = in[0], dy = in[1];
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    int64_t r = attr->i[CGM_CONV_EXTRA], s = attr->i[CGM_CONV_EXTRA + 1];
    (void)n_in;
    if (!cgm_conv_check(o, x, dy, why)) return false;
    if (x.dim[0] != dy.dim[0] || !cgm_conv_fits(o, x.dim[2], x.dim[3], r, s, dy.dim[2], dy.dim[3]))
        return cgm_shape_refuse(why, "%s is not the output of a %lld x %lld filter on %s", cgm_shape_text(dy, b),
                                (long long)r, (long long)s, cgm_shape_text(x, a));
    if (!cgm_conv_groups_fit(o, x.dim[1], dy.dim[1], why)) return false;
    *out = CGM_SHAPE(dy.dim[1], x.dim[1] / o.groups, r, s);
    return true;
}

static cgm_conv_shape conv_shape(const cgm_shape *in, cgm_shape f, const cgm_attr *attr)
{
    return cgm_conv_shape_of(in[0], f, in[1], attr);
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    cgm_conv_shape s = conv_shape(in, shape, attr);
    return cgm_kernels()->conv2d_filter_grad_scratch(&s, threads);
}

static cgm_rows rows(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    (void)n_in, (void)in, (void)shape, (void)attr;
    return (cgm_rows){CGM_ROWS_SUM, 3};
}

static void add(const cgm_op_run *r, bool accumulate)
{
    cgm_conv_shape s = conv_shape(r->in_shape, r->shape, r->attr);
    cgm_kernels()->conv2d_filter_grad(&s, r->in[0], r->in[1], accumulate, r->out, r->scratch, r->threads);
}

static void run(const cgm_op_run *r)
{
    add(r, false);
}

static void accumulate(const cgm_op_run *r, bool first)
{
    add(r, !first);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node df, cgm_node *dx)
{
    cgm_conv_opts o = cgm_conv_opts_get(&use->attr);
    cgm_node x = use->in[0], dy = use->in[1];
    cgm_shape xs = cgm_node_shape(g, x);
    if (use->need[0]) dx[0] = cgm_conv2d_input_grad(g, dy, df, o, xs.dim[2], xs.dim[3]);
    if (use->need[1]) dx[1] = cgm_conv2d(g, x, df, o);
}

const cgm_op cgm_op_conv2d_filter_grad = {.name = "conv2d_filter_grad",
                                          .shape = shape_rule,
                                          .run = run,
                                          .rows = rows,
                                          .accumulate = accumulate,
                                          .scratch = scratch,
                                          .gradient = gradient};

/* The adjoint of conv2d in the filter: x [N, C, H, W], dy [N, K, H', W'] -> [K, C / groups, r, s]. */
cgm_node cgm_conv2d_filter_grad(cgm_graph *g, cgm_node x, cgm_node dy, cgm_conv_opts opts, int64_t r, int64_t s)
{
    cgm_attr attr = cgm_conv_attr(opts, r, s);
    return cgm_node_add(g, CGM_OP_conv2d_filter_grad, 2, (cgm_node[]){x, dy}, &attr);
}
