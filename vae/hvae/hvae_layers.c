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

/* A convolution under construction. */
typedef struct conv {
    const hvae *m;
    cgm_graph *g;
    int64_t resolution, out, size;
    double bound; /* of the weights */
    bool biased;  /* whether the bias is in the sum already */
    cgm_node y;   /* the sum so far; none yet */
} conv;

/* On a single pixel only the middle tap meets anything but padding, and a convolution is a product of matrices. */
static cgm_node product(const conv *c, cgm_node x, cgm_node weight)
{
    cgm_graph *g = c->g;
    int64_t n = cgm_node_shape(g, x).dim[0], in = channels(g, x), middle = c->size / 2;
    if (c->size > 1) weight = cgm_slice(g, cgm_slice(g, weight, 2, middle, 1), 3, middle, 1);
    cgm_node matrix = cgm_reshape(g, weight, CGM_SHAPE(c->out, in));
    cgm_node y = cgm_matmul(g, cgm_reshape(g, x, CGM_SHAPE(n, in)), matrix, false, true);
    return cgm_reshape(g, y, CGM_SHAPE(n, c->out, 1, 1));
}

/* Parents over the plane: where the filter has more than one tap, padding makes the borders differ. */
static cgm_node planes(const conv *c, cgm_node x)
{
    cgm_shape shape = cgm_node_shape(c->g, x);
    cgm_node pixel = cgm_reshape(c->g, x, CGM_SHAPE(shape.dim[0], shape.dim[1], 1, 1));
    return cgm_broadcast(c->g, pixel, CGM_SHAPE(shape.dim[0], shape.dim[1], c->resolution, c->resolution));
}

/* Adds what the convolution makes of one part; the first part brings the bias along. */
static void add_part(conv *c, const char *name, cgm_node x)
{
    cgm_graph *g = c->g;
    cgm_params *p = c->m->params;
    bool is_map = cgm_node_shape(g, x).rank == 4;
    int64_t pad = c->size / 2;
    cgm_conv_opts opts = {1, pad, pad, pad, pad};
    cgm_node weight =
        cgm_param(p, g, name, CGM_SHAPE(c->out, channels(g, x), c->size, c->size), CGM_INIT_UNIFORM, c->bound);
    cgm_node bias = c->biased ? (cgm_node){0} : cgm_param(p, g, "bias", CGM_SHAPE(c->out), CGM_INIT_ZERO, 0);
    c->biased = true;
    bool is_product = c->resolution == 1 || (!is_map && c->size == 1);
    if (!is_map && !is_product) x = planes(c, x);
    if (is_product)
        x = product(c, x, weight);
    else
        x = bias.id ? cgm_conv2d_biased(g, x, weight, bias, opts) : cgm_conv2d(g, x, weight, opts);
    if (is_product && bias.id) x = cgm_add(g, x, cgm_reshape(g, bias, CGM_SHAPE(1, c->out, 1, 1)));
    c->y = c->y.id ? cgm_add(g, x, c->y) : x;
}

/* Adds the parts of one kind: rank 2, what is the same all over the plane, or rank 4, maps. */
static void add_parts(conv *c, int rank, size_t n, const hvae_input *in)
{
    for (size_t k = 0; k < n; k++) {
        char name[64];
        if (!in[k].x.id || cgm_node_shape(c->g, in[k].x).rank != rank) continue;
        snprintf(name, sizeof name, n > 1 ? "weight_%s" : "weight", in[k].name);
        add_part(c, name, in[k].x);
    }
}

static conv conv_of(const hvae *m, cgm_graph *g, int64_t resolution, size_t n, const hvae_input *in, int64_t out,
                    int64_t size, double gain)
{
    double fan = 0;
    for (size_t k = 0; k < n; k++)
        if (in[k].x.id) fan += (double)(channels(g, in[k].x) * size * size);
    return (conv){.m = m, .g = g, .resolution = resolution, .out = out, .size = size, .bound = gain / sqrt(fan)};
}

/* What is the same all over the plane is summed up before the maps, so that there are as few passes over maps as can
 * be. */
cgm_node cgm_hvae_conv(const hvae *m, cgm_graph *g, const char *name, int64_t resolution, size_t n,
                       const hvae_input *in, int64_t out, int64_t size, double gain)
{
    conv c = conv_of(m, g, resolution, n, in, out, size, gain);
    cgm_graph_push(g, name);
    add_parts(&c, 2, n, in);
    add_parts(&c, 4, n, in);
    cgm_graph_pop(g);
    return c.y;
}

cgm_node cgm_hvae_conv_maps(const hvae *m, cgm_graph *g, const char *name, int64_t resolution, size_t n,
                            const hvae_input *in, int64_t out, double gain)
{
    conv c = conv_of(m, g, resolution, n, in, out, 1, gain);
    c.biased = true;
    cgm_graph_push(g, name);
    add_parts(&c, 4, n, in);
    cgm_graph_pop(g);
    return c.y;
}

cgm_node cgm_hvae_conv_rows(const hvae *m, cgm_graph *g, const char *name, int64_t resolution, size_t n,
                            const hvae_input *in, int64_t out, double gain)
{
    conv c = conv_of(m, g, resolution, n, in, out, 1, gain);
    cgm_graph_push(g, name);
    add_parts(&c, 2, n, in);
    if (!c.y.id)
        c.y =
            cgm_reshape(g, cgm_param(m->params, g, "bias", CGM_SHAPE(out), CGM_INIT_ZERO, 0), CGM_SHAPE(1, out, 1, 1));
    cgm_graph_pop(g);
    return c.y;
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
