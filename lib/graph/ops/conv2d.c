#include "graph/ops/conv.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    cgm_conv_opts o = cgm_conv_opts_get(attr);
    cgm_shape x = in[0], f = in[1];
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    if (!cgm_conv_check(o, x, f, why)) return false;
    if (!cgm_conv_groups_fit(o, x.dim[1], f.dim[0], why)) return false;
    if (x.dim[1] != f.dim[1] * o.groups)
        return cgm_shape_refuse(why, "input %s has %lld channels, filter %s wants %lld", cgm_shape_text(x, a),
                                (long long)x.dim[1], cgm_shape_text(f, b), (long long)f.dim[1] * o.groups);
    if (n_in > 2 && !cgm_shape_equal(in[2], CGM_SHAPE(f.dim[0])))
        return cgm_shape_refuse(why, "bias %s is not one number for each of the %lld output channels",
                                cgm_shape_text(in[2], a), (long long)f.dim[0]);
    int64_t h = x.dim[2] + o.pad_top + o.pad_bottom - cgm_conv_span(o, f.dim[2]);
    int64_t w = x.dim[3] + o.pad_left + o.pad_right - cgm_conv_span(o, f.dim[3]);
    if (h < 0 || w < 0)
        return cgm_shape_refuse(why, "filter %s is larger than the padded input %s", cgm_shape_text(f, b),
                                cgm_shape_text(x, a));
    *out = CGM_SHAPE(x.dim[0], f.dim[0], h / o.stride + 1, w / o.stride + 1);
    return true;
}

static cgm_conv_shape conv_shape(const cgm_shape *in, cgm_shape y, const cgm_attr *attr)
{
    return cgm_conv_shape_of(in[0], in[1], y, attr);
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    cgm_conv_shape s = conv_shape(in, shape, attr);
    return cgm_kernels()->conv2d_scratch(&s, threads);
}

static void run(const cgm_op_run *r)
{
    cgm_conv_shape s = conv_shape(r->in_shape, r->shape, r->attr);
    cgm_kernels()->conv2d(&s, r->in[0], r->in[1], r->n_in > 2 ? r->in[2] : NULL, r->out, r->scratch, r->threads);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    cgm_conv_opts o = cgm_conv_opts_get(&use->attr);
    cgm_node x = use->in[0], f = use->in[1];
    cgm_shape xs = cgm_node_shape(g, x), fs = cgm_node_shape(g, f);
    /* The filter's first: what is read of x is let go of before dx takes as much. */
    if (use->need[1]) dx[1] = cgm_conv2d_filter_grad(g, x, dy, o, fs.dim[2], fs.dim[3]);
    if (use->need[0]) dx[0] = cgm_conv2d_input_grad(g, dy, f, o, xs.dim[2], xs.dim[3]);
    if (use->n_in > 2 && use->need[2])
        dx[2] = cgm_reshape(g, cgm_sum(g, dy, 1u << 0 | 1u << 2 | 1u << 3), CGM_SHAPE(fs.dim[0]));
}

const cgm_op cgm_op_conv2d = {.name = "conv2d",
                              .shape = shape_rule,
                              .rows = cgm_rows_of_first,
                              .run = run,
                              .scratch = scratch,
                              .gradient = gradient};

/* x [N, C, H, W], filter [K, C / groups, R, S] -> [N, K, H', W'] with H' = (H + pads - (R - 1) dilation - 1) / stride +
 * 1: cross-correlation with zero padding. This and its two gradients are bilinear maps that express each other's
 * gradients, so any order works.
 */
cgm_node cgm_conv2d(cgm_graph *g, cgm_node x, cgm_node filter, cgm_conv_opts opts)
{
    cgm_attr attr = cgm_conv_attr(opts, 0, 0);
    return cgm_node_add(g, CGM_OP_conv2d, 2, (cgm_node[]){x, filter}, &attr);
}

/* The same plus bias [K], a number for each output channel. */
cgm_node cgm_conv2d_biased(cgm_graph *g, cgm_node x, cgm_node filter, cgm_node bias, cgm_conv_opts opts)
{
    cgm_attr attr = cgm_conv_attr(opts, 0, 0);
    return cgm_node_add(g, CGM_OP_conv2d, 3, (cgm_node[]){x, filter, bias}, &attr);
}
