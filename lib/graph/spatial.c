/* Functions of images made of table operations: transposed convolution, padding, resizing. */
#include "graph/op.h"

static int64_t or_one(int64_t n)
{
    return n ? n : 1;
}

/* What output padding adds below and to the right is, first, what the pads cut off there, and zeros beyond. */
static cgm_node transpose_conv(cgm_graph *g, cgm_node x, cgm_node filter, cgm_conv_opts o, int64_t output_pad)
{
    cgm_shape s = cgm_node_shape(g, x), f = cgm_node_shape(g, filter);
    int64_t below = output_pad < o.pad_bottom ? output_pad : o.pad_bottom;
    int64_t right = output_pad < o.pad_right ? output_pad : o.pad_right;
    o.pad_bottom -= below, o.pad_right -= right;
    int64_t h = (s.dim[2] - 1) * or_one(o.stride) + (f.dim[2] - 1) * or_one(o.dilation) + 1 - o.pad_top - o.pad_bottom;
    int64_t w = (s.dim[3] - 1) * or_one(o.stride) + (f.dim[3] - 1) * or_one(o.dilation) + 1 - o.pad_left - o.pad_right;
    if (h < 1 || w < 1)
        return cgm_graph_fail(g, CGM_E_SHAPE, "conv2d_transpose: the pads leave %lld x %lld pixels", (long long)h,
                              (long long)w);
    cgm_node y = cgm_conv2d_input_grad(g, x, filter, o, h, w);
    if (output_pad > below) y = cgm_pad(g, y, 2, 0, output_pad - below);
    if (output_pad > right) y = cgm_pad(g, y, 3, 0, output_pad - right);
    return y;
}

cgm_node cgm_conv2d_transpose(cgm_graph *g, cgm_node x, cgm_node filter, cgm_conv_opts o, int64_t output_pad)
{
    cgm_shape s = cgm_node_shape(g, x), f = cgm_node_shape(g, filter);
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    int64_t step = or_one(o.stride) > or_one(o.dilation) ? or_one(o.stride) : or_one(o.dilation);
    if (!x.id || !filter.id) return (cgm_node){0};
    if (s.rank != 4 || f.rank != 4 || s.dim[1] != f.dim[0])
        return cgm_graph_fail(g, CGM_E_SHAPE, "conv2d_transpose: filter %s does not take the channels of %s",
                              cgm_shape_text(f, b), cgm_shape_text(s, a));
    if (output_pad < 0 || output_pad >= step)
        return cgm_graph_fail(g, CGM_E_SHAPE,
                              "conv2d_transpose: an output padding of %lld must be below %lld, the "
                              "larger of stride and dilation",
                              (long long)output_pad, (long long)step);
    if ((o.stride | o.dilation | o.pad_top | o.pad_bottom | o.pad_left | o.pad_right) >> 30 ||
        (s.dim[2] | s.dim[3] | f.dim[2] | f.dim[3]) >> 30)
        return cgm_graph_fail(g, CGM_E_SHAPE,
                              "conv2d_transpose: extents, stride, dilation and pads must lie between 0 and 2^30");
    return transpose_conv(g, x, filter, o, output_pad);
}

cgm_node cgm_pad2d(cgm_graph *g, cgm_node x, cgm_resampling kind, int64_t top, int64_t bottom, int64_t left,
                   int64_t right)
{
    if (kind > CGM_PAD_CIRCULAR) return cgm_graph_fail(g, CGM_E_ARG, "pad2d: kind %d is no way to pad", (int)kind);
    return cgm_resample2d(
        g, x,
        (cgm_resampling_opts){
            .kind = kind, .pad_top = top, .pad_bottom = bottom, .pad_left = left, .pad_right = right});
}

cgm_node cgm_resize2d(cgm_graph *g, cgm_node x, cgm_resampling kind, int64_t h, int64_t w)
{
    if (kind < CGM_RESIZE_NEAREST || kind > CGM_RESIZE_BILINEAR_ALIGNED)
        return cgm_graph_fail(g, CGM_E_ARG, "resize2d: kind %d is no way to resize", (int)kind);
    cgm_shape s = cgm_node_shape(g, x);
    bool whole = s.rank == 4 && h % s.dim[2] == 0 && w % s.dim[3] == 0 && h / s.dim[2] == w / s.dim[3];
    if (kind == CGM_RESIZE_NEAREST && whole) return cgm_upsample_nearest(g, x, h / s.dim[2]); /* the same, quicker */
    return cgm_resample2d(g, x, (cgm_resampling_opts){.kind = kind, .size_h = h, .size_w = w});
}
