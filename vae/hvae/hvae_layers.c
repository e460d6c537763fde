/* Convolutions over parts, and residual blocks.
 *
 * Parents are constant over the plane, so what a 1x1 convolution makes of them is a bias a row: a product of matrices
 * of [N, features], not a convolution of planes. The part of the maps is a convolution of their own, and the two are
 * added: nothing is concatenated. */
#include "vae/hvae/hvae.h"

#include <math.h>
#include <stdio.h>

static int64_t channels(cgm_graph *g, cgm_node x)
{
    return cgm_node_shape(g, x).dim[1];
}

static cgm_node bias_of(const hvae *m, cgm_graph *g, int64_t out)
{
    return cgm_reshape(g, cgm_param(m->params, g, "bias", CGM_SHAPE(out), CGM_INIT_ZERO, 0), CGM_SHAPE(1, out, 1, 1));
}

/* On a single pixel only the middle tap meets anything but padding, and a convolution is a product of matrices. */
static cgm_node product(cgm_graph *g, cgm_node x, cgm_node weight, int64_t out, int64_t size)
{
    int64_t n = cgm_node_shape(g, x).dim[0], in = channels(g, x);
    if (size > 1) weight = cgm_slice(g, cgm_slice(g, weight, 2, size / 2, 1), 3, size / 2, 1);
    cgm_node matrix = cgm_reshape(g, weight, CGM_SHAPE(out, in));
    cgm_node y = cgm_matmul(g, cgm_reshape(g, x, CGM_SHAPE(n, in)), matrix, false, true);
    return cgm_reshape(g, y, CGM_SHAPE(n, out, 1, 1));
}

/* What the convolution makes of one part, which the graph's path and the part's name name. */
static cgm_node convolve(const hvae *m, cgm_graph *g, const char *name, cgm_node x, int64_t resolution, int64_t out,
                         int64_t size, double bound)
{
    cgm_shape shape = cgm_node_shape(g, x);
    cgm_node weight = cgm_param(m->params, g, name, CGM_SHAPE(out, shape.dim[1], size, size), CGM_INIT_UNIFORM, bound);
    if (shape.rank == 2 && size > 1) /* padding makes its borders differ */
        x = cgm_broadcast(g, cgm_reshape(g, x, CGM_SHAPE(shape.dim[0], shape.dim[1], 1, 1)),
                          CGM_SHAPE(shape.dim[0], shape.dim[1], resolution, resolution));
    if (resolution == 1 || (shape.rank == 2 && size == 1)) return product(g, x, weight, out, size);
    int64_t pad = size / 2;
    return cgm_conv2d(g, x, weight, (cgm_conv_opts){1, pad, pad, pad, pad});
}

/* Sums up the parts of one kind: those that are the same all over the plane, or maps. */
static cgm_node add_parts(const hvae *m, cgm_graph *g, int64_t resolution, size_t n, const hvae_input *in, bool maps,
                          cgm_node y, int64_t size, double bound)
{
    int64_t out = channels(g, y);
    for (size_t k = 0; k < n; k++) {
        char name[64];
        if (!in[k].x.id || (cgm_node_shape(g, in[k].x).rank == 4) != maps) continue;
        snprintf(name, sizeof name, n > 1 ? "weight_%s" : "weight", in[k].name);
        y = cgm_add(g, convolve(m, g, name, in[k].x, resolution, out, size, bound), y);
    }
    return y;
}

/* A row's bias is summed up before the maps, so that there are as few passes over maps as can be. */
static cgm_node conv(const hvae *m, cgm_graph *g, int64_t resolution, size_t n, const hvae_input *in, int64_t out,
                     int64_t size, double gain)
{
    double fan = 0;
    cgm_node y = bias_of(m, g, out);
    for (size_t k = 0; k < n; k++)
        if (in[k].x.id) fan += (double)(channels(g, in[k].x) * size * size);
    y = add_parts(m, g, resolution, n, in, false, y, size, gain / sqrt(fan));
    return add_parts(m, g, resolution, n, in, true, y, size, gain / sqrt(fan));
}

cgm_node cgm_hvae_conv(const hvae *m, cgm_graph *g, const char *name, int64_t resolution, size_t n,
                       const hvae_input *in, int64_t out, int64_t size, double gain)
{
    cgm_graph_push(g, name);
    cgm_node y = conv(m, g, resolution, n, in, out, size, gain);
    cgm_graph_pop(g);
    return y;
}

cgm_node cgm_hvae_activate(const hvae *m, cgm_graph *g, cgm_node x)
{
    if (!x.id) return x;
    return m->options.block == HVAE_LIGHT ? cgm_leaky_relu(g, x, 0) : cgm_gelu(g, x);
}

static cgm_node one(const hvae *m, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t size, double gain)
{
    int64_t resolution = cgm_node_shape(g, x).dim[2];
    return cgm_hvae_conv(m, g, name, resolution, 1, &(hvae_input){"state", x}, out, size, gain);
}

cgm_node cgm_hvae_trunk(const hvae *m, cgm_graph *g, int64_t resolution, size_t n, const hvae_input *in, int64_t inner,
                        int64_t size)
{
    bool light = m->options.block == HVAE_LIGHT;
    cgm_node h = cgm_hvae_conv(m, g, "conv1", resolution, n, in, inner, light ? size : 1, 1);
    h = cgm_hvae_activate(m, g, h);
    if (light) return h;
    h = cgm_hvae_activate(m, g, one(m, g, "conv2", h, inner, size, 1));
    return cgm_hvae_activate(m, g, one(m, g, "conv3", h, inner, size, 1));
}

cgm_node cgm_hvae_head(const hvae *m, cgm_graph *g, const char *name, cgm_node trunk, int64_t out, int64_t size,
                       double gain)
{
    return one(m, g, name, trunk, out, m->options.block == HVAE_LIGHT ? size : 1, gain);
}

cgm_node cgm_hvae_residual(const hvae *m, cgm_graph *g, const char *name, cgm_node x, int64_t out, int64_t inner,
                           int64_t size, double gain)
{
    cgm_graph_push(g, name);
    hvae_input in = {"state", cgm_hvae_activate(m, g, x)};
    cgm_node y = cgm_hvae_trunk(m, g, cgm_node_shape(g, x).dim[2], 1, &in, inner, size);
    y = cgm_hvae_head(m, g, "out", y, out, size, gain);
    if (channels(g, x) != out) x = one(m, g, "skip", x, out, 1, 1);
    y = cgm_add(g, x, y);
    cgm_graph_pop(g);
    return y;
}
