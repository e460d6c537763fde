/* The functions of spline_block.h for one instruction set.
 *
 * A block's array `out` holds, in rows of SCM_BLOCK: location, log-scale, widths [bins], heights [bins], slopes
 * [bins - 1], cuts [bins]. What is constant in a call is passed as a constant to functions that are inlined, so that
 * loops over the bins are unrolled and their values stay in registers. */
#include "kernels/double_isa.h"

#define UNROLL _Pragma("GCC unroll 16")

/* ---- the network ---- */

#if X86_LEVEL == 4
#define TILE_VECTORS 4
#define TILE_UNITS 6
#else
#define TILE_VECTORS 2
#define TILE_UNITS 4
#endif

VECTOR_FN void ISA(hidden_unit)(const scm_block_network *net, size_t k, size_t n, const size_t *column,
                                const double *features, bool started, double *hidden)
{
    const double *weight = net->weight + k * net->inputs;
    VECTOR z[TILE_VECTORS];
    UNROLL for (int v = 0; v < TILE_VECTORS; v++) z[v] =
        started ? ISA(load)(hidden + v * LANES) : ISA(all)(net->bias[k]);
    for (size_t f = 0; f < n; f++) {
        double w = weight[column[f]];
        UNROLL for (int v = 0; v < TILE_VECTORS; v++) z[v] += w * ISA(load)(features + f * SCM_BLOCK + v * LANES);
    }
    UNROLL for (int v = 0; v < TILE_VECTORS; v++) ISA(store)(hidden + v * LANES, ISA(tanh)(z[v]));
}

VECTOR_FN void ISA(out_units)(const int units, const scm_block_network *net, size_t j, const double *hidden,
                              double *out)
{
    VECTOR sum[TILE_UNITS * TILE_VECTORS];
    const double *weight = net->out_weight + j * net->hidden;
    UNROLL for (int u = 0; u < units; u++)
    {
        UNROLL for (int v = 0; v < TILE_VECTORS; v++) sum[u * TILE_VECTORS + v] = ISA(all)(net->out_bias[j + u]);
    }
    for (size_t k = 0; k < net->hidden; k++) {
        VECTOR h[TILE_VECTORS];
        UNROLL for (int v = 0; v < TILE_VECTORS; v++) h[v] = ISA(load)(hidden + k * SCM_BLOCK + v * LANES);
        UNROLL for (int u = 0; u < units; u++)
        {
            VECTOR w = ISA(all)(weight[u * net->hidden + k]);
            UNROLL for (int v = 0; v < TILE_VECTORS; v++) sum[u * TILE_VECTORS + v] += w * h[v];
        }
    }
    UNROLL for (int u = 0; u < units; u++)
    {
        UNROLL for (int v = 0; v < TILE_VECTORS; v++)
            ISA(store)(out + (j + u) * SCM_BLOCK + v * LANES, sum[u * TILE_VECTORS + v]);
    }
}

/* As many units as fit into registers, in tiles of as equal a size as can be. */
VECTOR_FN void ISA(out_layer)(const scm_block_network *net, const double *hidden, double *out)
{
    size_t tiles = (net->outputs + TILE_UNITS - 1) / TILE_UNITS;
    for (size_t j = 0; tiles > 0; tiles--) {
        size_t units = (net->outputs - j + tiles - 1) / tiles;
        if (units == 1) ISA(out_units)(1, net, j, hidden, out);
        if (units == 2) ISA(out_units)(2, net, j, hidden, out);
        if (units == 3) ISA(out_units)(3, net, j, hidden, out);
        if (units == 4) ISA(out_units)(4, net, j, hidden, out);
#if TILE_UNITS > 4
        if (units == 5) ISA(out_units)(5, net, j, hidden, out);
        if (units == 6) ISA(out_units)(6, net, j, hidden, out);
#endif
        j += units;
    }
}

static void ISA(network)(const scm_block_network *net, size_t n, const size_t *column, const double *features,
                         bool started, double *hidden, double *out)
{
    for (size_t at = 0; at < SCM_BLOCK; at += TILE_VECTORS * LANES) {
        for (size_t k = 0; k < net->hidden; k++)
            ISA(hidden_unit)(net, k, n, column, features + at, started, hidden + k * SCM_BLOCK + at);
        ISA(out_layer)(net, hidden + at, out + at);
    }
}

/* ---- the spline ---- */

/* Distances of knots from a softmax of `raw`, in place, each at least the least one. */
VECTOR_FN void ISA(distances)(const size_t bins, double bound, double *raw)
{
    VECTOR e[SCM_SPLINE_MAX_BINS], most = ISA(load)(raw), sum = {0};
    for (size_t k = 1; k < bins; k++) most = ISA(max)(most, ISA(load)(raw + k * SCM_BLOCK));
    for (size_t k = 0; k < bins; k++) {
        e[k] = ISA(exp_negative)(ISA(load)(raw + k * SCM_BLOCK) - most);
        sum += e[k];
    }
    VECTOR scale = 2 * bound * (1 - SCM_SPLINE_MIN_BIN * (double)bins) / sum;
    for (size_t k = 0; k < bins; k++) ISA(store)(raw + k * SCM_BLOCK, e[k] * scale + 2 * bound * SCM_SPLINE_MIN_BIN);
}

static void ISA(prepare)(const scm_block_flow *flow, double *out)
{
    for (size_t at = 0; at < SCM_BLOCK; at += LANES)
        for (size_t axis = 0; axis < 2; axis++) {
            double *raw = out + (2 + axis * flow->bins) * SCM_BLOCK + at;
            if (flow->bins == 8)
                ISA(distances)(8, flow->bound, raw);
            else
                ISA(distances)(flow->bins, flow->bound, raw);
        }
}

/* The bin that holds v: its lower left corner and extent, and the raw parameters of its slopes and its cut. */
typedef struct ISA(bin) {
    VECTOR x, y, w, h, d0, d1, cut;
} ISA(bin);

VECTOR_FN ISA(bin)
    ISA(find)(const scm_spline_kind kind, const size_t bins, double bound, const double *out, VECTOR v, const bool by_y)
{
    const double *width = out + 2 * SCM_BLOCK, *height = width + bins * SCM_BLOCK, *slope = height + bins * SCM_BLOCK,
                 *cut = slope + (bins - 1) * SCM_BLOCK;
    VECTOR x = ISA(all)(-bound), y = x, last = {0};
    ISA(bin) b = {x, y, ISA(load)(width), ISA(load)(height), last, bins > 1 ? ISA(load)(slope) : last, last};
    if (kind == SCM_SPLINE_LR) b.cut = ISA(load)(cut);
    for (size_t k = 1; k < bins; k++) {
        VECTOR left = ISA(load)(slope + (k - 1) * SCM_BLOCK);
        x += ISA(load)(width + (k - 1) * SCM_BLOCK);
        y += ISA(load)(height + (k - 1) * SCM_BLOCK);
        MASK here = ISA(at_least)(v, by_y ? y : x);
        b.x = ISA(pick)(here, x, b.x);
        b.y = ISA(pick)(here, y, b.y);
        b.w = ISA(pick)(here, ISA(load)(width + k * SCM_BLOCK), b.w);
        b.h = ISA(pick)(here, ISA(load)(height + k * SCM_BLOCK), b.h);
        b.d0 = ISA(pick)(here, left, b.d0);
        b.d1 = ISA(pick)(here, k + 1 < bins ? ISA(load)(slope + k * SCM_BLOCK) : last, b.d1);
        if (kind == SCM_SPLINE_LR) b.cut = ISA(pick)(here, ISA(load)(cut + k * SCM_BLOCK), b.cut);
    }
    const double shift = SCM_SPLINE_SLOPE_SHIFT;
    b.d0 = SCM_SPLINE_MIN_SLOPE + ISA(softplus)(b.d0 + shift);
    b.d1 = SCM_SPLINE_MIN_SLOPE + ISA(softplus)(b.d1 + shift);
    if (kind == SCM_SPLINE_LR) b.cut = SCM_SPLINE_MIN_CUT + (1 - 2 * SCM_SPLINE_MIN_CUT) / (1 + ISA(exp)(-b.cut));
    return b;
}

/* spline.h's functions of the same names, with equations 4 to 8. */
VECTOR_FN VECTOR ISA(quadratic_forward)(const ISA(bin) * b, VECTOR x, VECTOR *slope)
{
    VECTOR per_width = 1 / b->w, m = b->h * per_width, t = (x - b->x) * per_width, s = 1 - t, mixed = t * s;
    VECTOR denominator = 1 / (m + (b->d1 + b->d0 - 2 * m) * mixed), steep = m * denominator;
    *slope = steep * steep * (b->d1 * t * t + 2 * m * mixed + b->d0 * s * s);
    return b->y + b->h * (m * t * t + b->d0 * mixed) * denominator;
}

VECTOR_FN VECTOR ISA(quadratic_inverse)(const ISA(bin) * b, VECTOR y)
{
    VECTOR m = b->h / b->w, up = y - b->y, bend = b->d1 + b->d0 - 2 * m;
    VECTOR p = b->h * (m - b->d0) + up * bend, q = b->h * b->d0 - up * bend, r = m * up;
    VECTOR root = ISA(sqrt)(ISA(max)(ISA(all)(0), q * q + 4 * p * r));
    return b->x + b->w * (2 * r / (q + root));
}

/* The part of the bin that holds v: y = (a y0 (1 - t) + b y1 t) / (a (1 - t) + b t) from (x, y) over (w, h). */
typedef struct ISA(part) {
    VECTOR x, y, w, h, a, b;
} ISA(part);

VECTOR_FN ISA(part) ISA(part_of)(const ISA(bin) * b, VECTOR v, const bool by_y)
{
    VECTOR left = b->cut, right = 1 - left, end = ISA(sqrt)(b->d0 / b->d1);
    VECTOR middle = (left * b->d0 + right * end * b->d1) * b->w / b->h;
    VECTOR w = left * b->w, h = b->h * (left * end / (right + left * end));
    VECTOR x = b->x + w, y = b->y + h;
    MASK first = ISA(at_least)(by_y ? y : x, v);
    return (ISA(part)){ISA(pick)(first, b->x, x),
                       ISA(pick)(first, b->y, y),
                       ISA(pick)(first, w, b->w - w),
                       ISA(pick)(first, h, b->h - h),
                       ISA(pick)(first, ISA(all)(1), middle),
                       ISA(pick)(first, middle, end)};
}

VECTOR_FN VECTOR ISA(linear_forward)(const ISA(bin) * b, VECTOR x, VECTOR *slope)
{
    ISA(part) p = ISA(part_of)(b, x, false);
    VECTOR t = (x - p.x) / p.w, denominator = p.a * (1 - t) + p.b * t;
    *slope = p.a * p.b * p.h / (p.w * denominator * denominator);
    return p.y + p.h * p.b * t / denominator;
}

VECTOR_FN VECTOR ISA(linear_inverse)(const ISA(bin) * b, VECTOR y)
{
    ISA(part) p = ISA(part_of)(b, y, true);
    VECTOR below = p.a * (y - p.y), above = p.b * (p.y + p.h - y);
    return p.x + p.w * below / (below + above);
}

/* ---- the flow ---- */

VECTOR_FN void ISA(noise_of)(const scm_spline_kind kind, const size_t bins, const scm_block_flow *flow,
                             const double *out, const double *y, double *u, double *log_slope)
{
    for (size_t at = 0; at < SCM_BLOCK; at += LANES) {
        VECTOR location = ISA(load)(out + at), log_scale = ISA(load)(out + SCM_BLOCK + at), slope;
        VECTOR z = ((ISA(load)(y + at) - flow->mean) / flow->sd - location) * ISA(exp)(-log_scale);
        ISA(bin) b = ISA(find)(kind, bins, flow->bound, out + at, z, false);
        MASK outside = ISA(at_least)(ISA(abs)(z), ISA(all)(flow->bound));
        VECTOR g = kind == SCM_SPLINE_RQ ? ISA(quadratic_forward)(&b, z, &slope) : ISA(linear_forward)(&b, z, &slope);
        ISA(store)(u + at, ISA(pick)(outside, z, g));
        if (log_slope)
            ISA(store)(log_slope + at, ISA(log)(ISA(pick)(outside, ISA(all)(1), slope)) - log_scale - log(flow->sd));
    }
}

VECTOR_FN void ISA(value_of)(const scm_spline_kind kind, const size_t bins, const scm_block_flow *flow,
                             const double *out, const double *u, double *y)
{
    for (size_t at = 0; at < SCM_BLOCK; at += LANES) {
        VECTOR location = ISA(load)(out + at), scale = ISA(exp)(ISA(load)(out + SCM_BLOCK + at));
        VECTOR v = ISA(load)(u + at);
        ISA(bin) b = ISA(find)(kind, bins, flow->bound, out + at, v, true);
        MASK outside = ISA(at_least)(ISA(abs)(v), ISA(all)(flow->bound));
        VECTOR z = kind == SCM_SPLINE_RQ ? ISA(quadratic_inverse)(&b, v) : ISA(linear_inverse)(&b, v);
        ISA(store)(y + at, flow->mean + flow->sd * (location + scale * ISA(pick)(outside, v, z)));
    }
}

/* Eight bins are what configs get that say nothing. */
static void ISA(to_noise)(const scm_block_flow *flow, const double *out, const double *y, double *u, double *log_slope)
{
    if (flow->kind == SCM_SPLINE_LR)
        ISA(noise_of)(SCM_SPLINE_LR, flow->bins, flow, out, y, u, log_slope);
    else if (flow->bins != 8)
        ISA(noise_of)(SCM_SPLINE_RQ, flow->bins, flow, out, y, u, log_slope);
    else if (log_slope)
        ISA(noise_of)(SCM_SPLINE_RQ, 8, flow, out, y, u, log_slope);
    else
        ISA(noise_of)(SCM_SPLINE_RQ, 8, flow, out, y, u, NULL);
}

static void ISA(to_value)(const scm_block_flow *flow, const double *out, const double *u, double *y)
{
    if (flow->kind == SCM_SPLINE_LR)
        ISA(value_of)(SCM_SPLINE_LR, flow->bins, flow, out, u, y);
    else if (flow->bins != 8)
        ISA(value_of)(SCM_SPLINE_RQ, flow->bins, flow, out, u, y);
    else
        ISA(value_of)(SCM_SPLINE_RQ, 8, flow, out, u, y);
}

#define NAME_TEXT(name) #name
#define NAME_OF(name) NAME_TEXT(name)
static const scm_block_kernels ISA(kernels) = {
    .name = NAME_OF(ISA(kernels)),
    .network = ISA(network),
    .prepare = ISA(prepare),
    .to_noise = ISA(to_noise),
    .to_value = ISA(to_value),
};
#undef NAME_OF
#undef NAME_TEXT
#undef UNROLL
#undef TILE_VECTORS
#undef TILE_UNITS
