#include <math.h>
#include <stdio.h>

#include "dip/networks/network.h"
#include "nn/normalization.h"

#define SLOPE 0.2
#define NOISE 0.1 /* the largest number of an input of noise */

#define NAME(name) #name,
const char *const cgm_dip_network_names[] = {CGM_DIP_NETWORK_TABLE(NAME) NULL};
#undef NAME

/* clang-format off */
#define ROW(name) &cgm_dip_network_##name,
static const dip_network *const networks[] = {CGM_DIP_NETWORK_TABLE(ROW)};
#undef ROW
/* clang-format on */

static int64_t rounded_up(int64_t side, int64_t depth)
{
    int64_t unit = (int64_t)1 << depth;
    return (side + unit - 1) / unit * unit;
}

void cgm_dip_network_size(const dip_network_opts *o, int64_t *height, int64_t *width)
{
    *height = rounded_up(*height, o->depth);
    *width = rounded_up(*width, o->depth);
}

cgm_status cgm_dip_network_check(const dip_network_opts *o, int64_t height, int64_t width)
{
    int64_t side = height < width ? height : width, fits = 0;
    while (fits < DIP_MAX_DEPTH && rounded_up(side, fits + 1) >> (fits + 1) >= 2) fits++;
    if (fits == 0)
        return CGM_FAIL(CGM_E_ARG, "an image of %lld x %lld pixels; expected at least 3 x 3", (long long)height,
                        (long long)width);
    if (o->depth > fits)
        return CGM_FAIL(
            CGM_E_ARG,
            "an image of %lld x %lld pixels is too small for a network of depth %lld; network.depth=%lld fits",
            (long long)height, (long long)width, (long long)o->depth, (long long)fits);
    if (o->input == DIP_INPUT_MESH && o->input_depth % 2)
        return CGM_FAIL(CGM_E_ARG, "network.input_depth: %lld; expected an even number, as a mesh has pairs of planes",
                        (long long)o->input_depth);
    return CGM_OK;
}

cgm_node cgm_dip_network_image(const dip_network_opts *o, cgm_params *p, cgm_graph *g, cgm_node z, int64_t channels,
                               int64_t height, int64_t width)
{
    cgm_shape s = cgm_node_shape(g, z);
    cgm_graph_push(g, networks[o->kind]->name);
    cgm_node x = networks[o->kind]->build(o, p, g, z, channels);
    cgm_graph_pop(g);
    if (s.dim[2] != height) x = cgm_slice(g, x, 2, (s.dim[2] - height) / 2, height);
    if (s.dim[3] != width) x = cgm_slice(g, x, 3, (s.dim[3] - width) / 2, width);
    return cgm_sigmoid(g, x);
}

static double mesh_at(int64_t plane, double x, double y)
{
    double at = plane % 2 ? y : x;
    return plane < 2 ? at : cos(M_PI * ldexp(at, (int)(plane / 2 - 1)));
}

void cgm_dip_network_input(const dip_network_opts *o, const cgm_rng *rng, int64_t height, int64_t width, cgm_real *z)
{
    size_t n = (size_t)(o->input_depth * height * width);
    cgm_rng stream = *rng;
    if (o->input == DIP_INPUT_NOISE) {
        cgm_rng_fill_uniform(&stream, n, z);
        for (size_t i = 0; i < n; i++) z[i] *= (cgm_real)NOISE;
        return;
    }
    for (int64_t k = 0; k < o->input_depth; k++)
        for (int64_t y = 0; y < height; y++)
            for (int64_t x = 0; x < width; x++)
                *z++ = (cgm_real)mesh_at(k, (double)x / (double)(width - 1), (double)y / (double)(height - 1));
}

/* PyTorch's: uniform, with the bound 1 / sqrt(fan in). */
static cgm_weight_opts weight_of(int64_t in, int64_t size, bool bias)
{
    return (cgm_weight_opts){.init = CGM_INIT_UNIFORM, .gain = 1 / sqrt((double)(in * size * size)), .no_bias = !bias};
}

cgm_node cgm_dip_conv(const dip_network_opts *o, cgm_params *p, cgm_graph *g, const char *name, cgm_node x, int64_t out,
                      int64_t size, int64_t stride, bool bias)
{
    int64_t pad = size / 2;
    cgm_conv_opts opts = {.stride = stride};
    cgm_weight_opts weight = weight_of(cgm_node_shape(g, x).dim[1], size, bias);
    if (pad && o->pad == DIP_PAD_REFLECTION)
        x = cgm_pad2d(g, x, CGM_PAD_REFLECT, pad, pad, pad, pad);
    else
        opts.pad_top = opts.pad_bottom = opts.pad_left = opts.pad_right = pad;
    return cgm_conv_layer_of(p, g, name, x, out, size, opts, &weight);
}

cgm_node cgm_dip_norm(cgm_params *p, cgm_graph *g, const char *name, cgm_node x)
{
    return cgm_normalize(p, g, name, x, &(cgm_norm_opts){.kind = CGM_NORM_INSTANCE}, CGM_MODE_TRAIN);
}

cgm_node cgm_dip_block(const dip_network_opts *o, cgm_params *p, cgm_graph *g, const char *name, cgm_node x,
                       int64_t out, int64_t size, int64_t stride)
{
    char norm[64];
    snprintf(norm, sizeof norm, "%s_norm", name);
    x = cgm_dip_conv(o, p, g, name, x, out, size, stride, false);
    return cgm_leaky_relu(g, cgm_dip_norm(p, g, norm, x), SLOPE);
}

cgm_node cgm_dip_enlarge(const dip_network_opts *o, cgm_graph *g, cgm_node x)
{
    cgm_shape s = cgm_node_shape(g, x);
    if (o->upsampling == DIP_UPSAMPLING_NEAREST) return cgm_upsample_nearest(g, x, 2);
    return cgm_resize2d(g, x, CGM_RESIZE_BILINEAR, 2 * s.dim[2], 2 * s.dim[3]);
}
