#include "nn/layers.h"

#include <math.h>

#include "nn/regularization.h"

/* The weight [out, in / groups, ...], or [in, out / groups, ...] of a transposed convolution. */
static cgm_node weight_of(cgm_params *p, cgm_graph *g, cgm_shape shape, bool transposed, int64_t groups,
                          const cgm_weight_opts *opts)
{
    /* The fan-in is looked for on the second axis. */
    double fan = transposed ? sqrt((double)shape.dim[1] * (double)groups / (double)shape.dim[0]) : 1;
    bool by_fan_in = opts->init == CGM_INIT_HE || opts->init == CGM_INIT_EQUALISED;
    cgm_node weight = cgm_param(p, g, "weight", shape, opts->init, by_fan_in ? opts->gain * fan : opts->gain);
    return opts->spectral ? cgm_spectral_norm(p, g, weight, transposed, opts->mode) : weight;
}

static cgm_node bias_of(cgm_params *p, cgm_graph *g, int64_t out)
{
    return cgm_param(p, g, "bias", CGM_SHAPE(out), CGM_INIT_ZERO, 0);
}

static cgm_node linear(cgm_params *p, cgm_graph *g, cgm_node x, int64_t out, const cgm_weight_opts *opts)
{
    cgm_shape shape = cgm_node_shape(g, x);
    char text[CGM_SHAPE_TEXT];
    if (shape.rank != 2)
        return cgm_graph_fail(g, CGM_E_SHAPE, "a linear layer takes [N, in], got %s", cgm_shape_text(shape, text));
    cgm_node y = cgm_matmul(g, x, weight_of(p, g, CGM_SHAPE(out, shape.dim[1]), false, 1, opts), false, true);
    return opts->no_bias ? y : cgm_add(g, y, bias_of(p, g, out));
}

cgm_node cgm_linear_of(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out,
                       const cgm_weight_opts *weight)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    cgm_node y = linear(p, g, x, out, weight);
    cgm_graph_pop(g);
    return y;
}

cgm_node cgm_linear(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, cgm_init init, double gain)
{
    return cgm_linear_of(p, g, name, x, out, &(cgm_weight_opts){.init = init, .gain = gain});
}

/* ---- Convolutions ---- */

/* False, and an error, unless x is [N, C, H, W]. */
static bool are_planes(cgm_graph *g, cgm_node x)
{
    cgm_shape shape = cgm_node_shape(g, x);
    char text[CGM_SHAPE_TEXT];
    if (shape.rank == 4) return true;
    cgm_graph_fail(g, CGM_E_SHAPE, "a convolution takes [N, C, H, W], got %s", cgm_shape_text(shape, text));
    return false;
}

static int64_t groups_of(cgm_conv_opts opts)
{
    return opts.groups > 0 ? opts.groups : 1;
}

static cgm_node conv(cgm_params *p, cgm_graph *g, cgm_node x, int64_t out, int64_t size, cgm_conv_opts opts,
                     const cgm_weight_opts *how)
{
    if (!are_planes(g, x)) return (cgm_node){0};
    const int64_t in = cgm_node_shape(g, x).dim[1], groups = groups_of(opts);
    cgm_node weight = weight_of(p, g, CGM_SHAPE(out, in / groups, size, size), false, groups, how);
    if (how->no_bias) return cgm_conv2d(g, x, weight, opts);
    return cgm_conv2d_biased(g, x, weight, bias_of(p, g, out), opts);
}

cgm_node cgm_conv_layer_of(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t size,
                           cgm_conv_opts opts, const cgm_weight_opts *weight)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    cgm_node y = conv(p, g, x, out, size, opts, weight);
    cgm_graph_pop(g);
    return y;
}

cgm_node cgm_conv_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t size,
                        cgm_conv_opts opts, cgm_init init, double gain)
{
    return cgm_conv_layer_of(p, g, name, x, out, size, opts, &(cgm_weight_opts){.init = init, .gain = gain});
}

static cgm_node add_plane_bias(cgm_params *p, cgm_graph *g, cgm_node y, int64_t out)
{
    return cgm_add(g, y, cgm_reshape(g, bias_of(p, g, out), CGM_SHAPE(1, out, 1, 1)));
}

static cgm_node transposed_conv(cgm_params *p, cgm_graph *g, cgm_node x, int64_t out, int64_t size, cgm_conv_opts opts,
                                int64_t output_pad, const cgm_weight_opts *how)
{
    if (!are_planes(g, x)) return (cgm_node){0};
    const int64_t in = cgm_node_shape(g, x).dim[1], groups = groups_of(opts);
    cgm_node weight = weight_of(p, g, CGM_SHAPE(in, out / groups, size, size), true, groups, how);
    cgm_node y = cgm_conv2d_transpose(g, x, weight, opts, output_pad);
    return how->no_bias ? y : add_plane_bias(p, g, y, out);
}

cgm_node cgm_transposed_conv_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t size,
                                   cgm_conv_opts opts, int64_t output_pad, const cgm_weight_opts *weight)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    cgm_node y = transposed_conv(p, g, x, out, size, opts, output_pad, weight);
    cgm_graph_pop(g);
    return y;
}

/* Up-sampling repeats a pixel, so along each axis the taps of the two rows that it becomes add up: g[a] = w[a] +
 * w[a-1]. */
static cgm_node add_shifted(cgm_graph *g, cgm_node w, int axis)
{
    return cgm_add(g, cgm_pad(g, w, axis, 0, 1), cgm_pad(g, w, axis, 1, 0));
}

static cgm_node upsample_conv(cgm_params *p, cgm_graph *g, cgm_node x, int64_t out, const cgm_weight_opts *how)
{
    if (!are_planes(g, x)) return (cgm_node){0};
    cgm_shape shape = cgm_node_shape(g, x);
    cgm_node weight = weight_of(p, g, CGM_SHAPE(shape.dim[1], out, 3, 3), true, 1, how);
    cgm_node filter = add_shifted(g, add_shifted(g, weight, 2), 3);
    cgm_node y =
        cgm_conv2d_input_grad(g, x, filter, (cgm_conv_opts){2, 1, 1, 1, 1}, 2 * shape.dim[2], 2 * shape.dim[3]);
    return add_plane_bias(p, g, y, out);
}

cgm_node cgm_upsample_conv_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, cgm_init init,
                                 double gain)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    cgm_node y = upsample_conv(p, g, x, out, &(cgm_weight_opts){.init = init, .gain = gain});
    cgm_graph_pop(g);
    return y;
}

/* ---- Others ---- */

cgm_node cgm_embedding(cgm_params *p, cgm_graph *g, const char *name, cgm_node index, int64_t levels, int64_t width)
{
    if (!index.id) return index;
    cgm_graph_push(g, name);
    cgm_node weight = cgm_param(p, g, "weight", CGM_SHAPE(levels, width), CGM_INIT_NORMAL, 1);
    cgm_node y = cgm_take_rows(g, weight, index);
    cgm_graph_pop(g);
    return y;
}

cgm_node cgm_flatten(cgm_graph *g, cgm_node x)
{
    cgm_shape shape = cgm_node_shape(g, x);
    if (!x.id) return x;
    if (!shape.rank) return cgm_graph_fail(g, CGM_E_SHAPE, "a scalar cannot be flattened");
    return cgm_reshape(g, x, CGM_SHAPE(shape.dim[0], cgm_shape_size(shape) / shape.dim[0]));
}

cgm_node cgm_minibatch_stddev(cgm_graph *g, cgm_node x, int64_t group)
{
    cgm_shape shape = cgm_node_shape(g, x), channel = shape;
    char text[CGM_SHAPE_TEXT];
    if (!x.id) return x;
    if (!group) group = shape.dim[0];
    if (shape.rank < 2 || group < 1 || shape.dim[0] % group)
        return cgm_graph_fail(g, CGM_E_SHAPE, "minibatch standard deviation of %s in groups of %lld",
                              cgm_shape_text(shape, text), (long long)group);
    int64_t n = shape.dim[0], groups = n / group;
    cgm_node y = cgm_reshape(g, x, CGM_SHAPE(group, groups, cgm_shape_size(shape) / n));
    cgm_node variance = cgm_mean(g, cgm_square(g, cgm_sub(g, y, cgm_mean(g, y, 1u << 0))), 1u << 0);
    cgm_node deviation = cgm_mean(g, cgm_sqrt(g, cgm_affine(g, variance, 1, 1e-8)), 1u << 2);
    channel.dim[1] = 1;
    cgm_shape each = CGM_SHAPE(group, groups, cgm_shape_size(channel) / n);
    cgm_node added = cgm_reshape(g, cgm_broadcast(g, deviation, each), channel);
    return cgm_concat(g, 2, (cgm_node[]){x, added}, 1);
}
