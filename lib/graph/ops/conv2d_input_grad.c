#include "graph/ops/conv.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    cgm_conv_opts o = cgm_conv_opts_get(attr);
    cgm_shape dy = in[0], f = in[1];
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    int64_t h = attr->i[CGM_CONV_EXTRA], w = attr->i[CGM_CONV_EXTRA + 1];
    (void)n_in;
    if (!cgm_conv_check(o, dy, f, why)) return false;
    if (dy.dim[1] != f.dim[0] || !cgm_conv_fits(o, h, w, f.dim[2], f.dim[3], dy.dim[2], dy.dim[3]))
        return cgm_shape_refuse(why, "%s is not the output of filter %s on %lld x %lld", cgm_shape_text(dy, a),
                                cgm_shape_text(f, b), (long long)h, (long long)w);
    if (!cgm_conv_groups_fit(o, f.dim[1] * o.groups, f.dim[0], why)) return false;
    *out = CGM_SHAPE(dy.dim[0], f.dim[1] * o.groups, h, w);
    return true;
}

static cgm_conv_shape conv_shape(const cgm_shape *in, cgm_shape x, const cgm_attr *attr)
{
    return cgm_conv_shape_of(x, in[1], in[0], attr);
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    cgm_conv_shape s = conv_shape(in, shape, attr);
    return cgm_kernels()->conv2d_input_grad_scratch(&s, threads);
}

static void run(const cgm_op_run *r)
{
    cgm_conv_shape s = conv_shape(r->in_shape, r->shape, r->attr);
    cgm_kernels()->conv2d_input_grad(&s, r->in[0], r->in[1], r->out, r->scratch, r->threads);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dx_of_x, cgm_node *dx)
{
    cgm_conv_opts o = cgm_conv_opts_get(&use->attr);
    cgm_node dy = use->in[0], f = use->in[1];
    cgm_shape fs = cgm_node_shape(g, f);
    if (use->need[0]) dx[0] = cgm_conv2d(g, dx_of_x, f, o);
    if (use->need[1]) dx[1] = cgm_conv2d_filter_grad(g, dx_of_x, dy, o, fs.dim[2], fs.dim[3]);
}

const cgm_op cgm_op_conv2d_input_grad = {.name = "conv2d_input_grad",
                                         .shape = shape_rule,
                                         .rows = cgm_rows_of_first,
                                         .run = run,
                                         .scratch = scratch,
                                         .gradient = gradient};

/* The adjoint of conv2d in x: dy [N, K, H', W'], filter [K, C / groups, R, S] -> [N, C, h, w]. */
cgm_node cgm_conv2d_input_grad(cgm_graph *g, cgm_node dy, cgm_node filter, cgm_conv_opts opts, int64_t h, int64_t w)
{
    cgm_attr attr = cgm_conv_attr(opts, h, w);
    return cgm_node_add(g, CGM_OP_conv2d_input_grad, 2, (cgm_node[]){dy, filter}, &attr);
}
