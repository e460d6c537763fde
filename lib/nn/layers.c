#include "nn/layers.h"

#include <math.h>

static cgm_node linear(cgm_params *p, cgm_graph *g, cgm_node x, int64_t out, cgm_init init, double gain)
{
    cgm_shape shape = cgm_node_shape(g, x);
    char text[CGM_SHAPE_TEXT];
    if (shape.rank != 2)
        return cgm_graph_fail(g, CGM_E_SHAPE, "a linear layer takes [N, in], got %s", cgm_shape_text(shape, text));
    cgm_node weight = cgm_param(p, g, "weight", CGM_SHAPE(out, shape.dim[1]), init, gain);
    cgm_node bias = cgm_param(p, g, "bias", CGM_SHAPE(out), CGM_INIT_ZERO, 0);
    return cgm_add(g, cgm_matmul(g, x, weight, false, true), bias);
}

cgm_node cgm_linear(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, cgm_init init, double gain)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    cgm_node y = linear(p, g, x, out, init, gain);
    cgm_graph_pop(g);
    return y;
}

static cgm_node conv(cgm_params *p, cgm_graph *g, cgm_node x, int64_t out, int64_t size, cgm_conv_opts opts,
                     cgm_init init, double gain)
{
    cgm_shape shape = cgm_node_shape(g, x);
    char text[CGM_SHAPE_TEXT];
    if (shape.rank != 4)
        return cgm_graph_fail(g, CGM_E_SHAPE, "a convolution takes [N, C, H, W], got %s", cgm_shape_text(shape, text));
    cgm_node weight = cgm_param(p, g, "weight", CGM_SHAPE(out, shape.dim[1], size, size), init, gain);
    cgm_node bias = cgm_param(p, g, "bias", CGM_SHAPE(out), CGM_INIT_ZERO, 0);
    return cgm_conv2d_biased(g, x, weight, bias, opts);
}

cgm_node cgm_conv_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t size,
                        cgm_conv_opts opts, cgm_init init, double gain)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    cgm_node y = conv(p, g, x, out, size, opts, init, gain);
    cgm_graph_pop(g);
    return y;
}

/* Up-sampling repeats a pixel, so along each axis the taps of the two rows that it becomes add up: g[a] = w[a] +
 * w[a-1]. */
static cgm_node add_shifted(cgm_graph *g, cgm_node w, int axis)
{
    return cgm_add(g, cgm_pad(g, w, axis, 0, 1), cgm_pad(g, w, axis, 1, 0));
}

static cgm_node upsample_conv(cgm_params *p, cgm_graph *g, cgm_node x, int64_t out, cgm_init init, double gain)
{
    cgm_shape shape = cgm_node_shape(g, x);
    char text[CGM_SHAPE_TEXT];
    if (shape.rank != 4)
        return cgm_graph_fail(g, CGM_E_SHAPE, "a convolution takes [N, C, H, W], got %s", cgm_shape_text(shape, text));
    int64_t in = shape.dim[1];
    /* He's rule looks at the second axis for the fan-in, which is the first here. */
    double fan = init == CGM_INIT_HE ? sqrt((double)out / (double)in) : 1;
    cgm_node weight = cgm_param(p, g, "weight", CGM_SHAPE(in, out, 3, 3), init, gain * fan);
    cgm_node bias = cgm_param(p, g, "bias", CGM_SHAPE(out), CGM_INIT_ZERO, 0);
    cgm_node filter = add_shifted(g, add_shifted(g, weight, 2), 3);
    cgm_node y =
        cgm_conv2d_input_grad(g, x, filter, (cgm_conv_opts){2, 1, 1, 1, 1}, 2 * shape.dim[2], 2 * shape.dim[3]);
    return cgm_add(g, y, cgm_reshape(g, bias, CGM_SHAPE(1, out, 1, 1)));
}

cgm_node cgm_upsample_conv_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, cgm_init init,
                                 double gain)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    cgm_node y = upsample_conv(p, g, x, out, init, gain);
    cgm_graph_pop(g);
    return y;
}
