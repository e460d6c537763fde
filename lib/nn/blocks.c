#include "nn/blocks.h"

#include <stdio.h>

cgm_node cgm_activate(cgm_graph *g, cgm_node x, cgm_activation activation)
{
    switch (activation) {
    case CGM_ACTIVATION_NONE:
        return x;
    case CGM_ACTIVATION_RELU:
        return cgm_relu(g, x);
    case CGM_ACTIVATION_LEAKY_RELU:
        return cgm_leaky_relu(g, x, 0.2);
    case CGM_ACTIVATION_GELU:
        return cgm_gelu(g, x);
    case CGM_ACTIVATION_SOFTPLUS:
        return cgm_softplus(g, x);
    case CGM_ACTIVATION_TANH:
        return cgm_tanh(g, x);
    case CGM_ACTIVATION_SIGMOID:
        return cgm_sigmoid(g, x);
    }
    return cgm_graph_fail(g, CGM_E_ARG, "there is no activation %d", (int)activation);
}

/* ---- Parts ---- */

/* A convolution that keeps the size but for the stride. */
static cgm_node conv(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t size,
                     int64_t stride, const cgm_block_opts *opts, bool normalised)
{
    const int64_t pad = size / 2;
    cgm_weight_opts weight = opts->weight;
    weight.mode = opts->mode;
    /* A mean that is taken away takes a bias with it. */
    if (normalised && opts->norm.kind != CGM_NORM_NONE && opts->norm.kind != CGM_NORM_PIXEL) weight.no_bias = true;
    return cgm_conv_layer_of(p, g, name, x, out, size, (cgm_conv_opts){stride, pad, pad, pad, pad}, &weight);
}

static cgm_node normalise(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, const cgm_block_opts *opts)
{
    return cgm_normalize(p, g, name, x, &opts->norm, opts->mode);
}

static cgm_node activated_norm(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, const cgm_block_opts *opts)
{
    return cgm_activate(g, normalise(p, g, name, x, opts), opts->activation);
}

/* ---- Residual ---- */

static bool same_shape(const cgm_graph *g, cgm_node a, cgm_node b)
{
    return cgm_shape_equal(cgm_node_shape(g, a), cgm_node_shape(g, b));
}

cgm_node cgm_residual_block(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t stride,
                            const cgm_block_opts *opts)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    cgm_node y = activated_norm(p, g, "norm1", conv(p, g, "conv1", x, out, 3, stride, opts, true), opts);
    y = normalise(p, g, "norm2", conv(p, g, "conv2", y, out, 3, 1, opts, true), opts);
    cgm_node shortcut = x;
    if (!same_shape(g, x, y)) {
        shortcut = conv(p, g, "shortcut", x, out, 1, stride, opts, true);
        shortcut = normalise(p, g, "shortcut_norm", shortcut, opts);
    }
    y = cgm_activate(g, cgm_add(g, y, shortcut), opts->activation);
    cgm_graph_pop(g);
    return y;
}

cgm_node cgm_preactivation_block(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t stride,
                                 const cgm_block_opts *opts)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    cgm_node h = activated_norm(p, g, "norm1", x, opts);
    cgm_node y = activated_norm(p, g, "norm2", conv(p, g, "conv1", h, out, 3, stride, opts, true), opts);
    y = conv(p, g, "conv2", y, out, 3, 1, opts, false);
    cgm_node shortcut = same_shape(g, x, y) ? x : conv(p, g, "shortcut", h, out, 1, stride, opts, false);
    y = cgm_add(g, y, shortcut);
    cgm_graph_pop(g);
    return y;
}

/* ---- Dense ---- */

/* The channels that a layer adds. */
static cgm_node dense_layer(cgm_params *p, cgm_graph *g, cgm_node x, int64_t growth, int64_t bottleneck,
                            const cgm_block_opts *opts)
{
    cgm_node h = activated_norm(p, g, "norm1", x, opts);
    if (!bottleneck) return conv(p, g, "conv1", h, growth, 3, 1, opts, false);
    h = activated_norm(p, g, "norm2", conv(p, g, "conv1", h, bottleneck, 1, 1, opts, true), opts);
    return conv(p, g, "conv2", h, growth, 3, 1, opts, false);
}

cgm_node cgm_dense_block(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t layers, int64_t growth,
                         int64_t bottleneck, const cgm_block_opts *opts)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    for (int64_t i = 0; i < layers && x.id; i++) {
        char layer[24];
        snprintf(layer, sizeof layer, "%lld", (long long)i);
        cgm_graph_push(g, layer);
        x = cgm_concat(g, 2, (cgm_node[]){x, dense_layer(p, g, x, growth, bottleneck, opts)}, 1);
        cgm_graph_pop(g);
    }
    cgm_graph_pop(g);
    return x;
}

cgm_node cgm_squeeze(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out, const cgm_block_opts *opts)
{
    if (!x.id) return x;
    cgm_graph_push(g, name);
    cgm_node y = conv(p, g, "conv", activated_norm(p, g, "norm", x, opts), out, 1, 1, opts, false);
    cgm_graph_pop(g);
    return y;
}
