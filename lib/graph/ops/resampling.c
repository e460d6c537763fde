#include "graph/ops/resampling.h"

#include <math.h>

/* Up to this no index or size computed from extents, windows and pads overflows. */
#define MOST ((int64_t)1 << 28)

/* One axis of the options. */
typedef struct axis {
    cgm_resampling kind;
    int64_t in, out, size, stride, before, after;
} axis;

static axis axis_of(cgm_resampling_opts o, bool columns, int64_t in)
{
    if (columns) return (axis){o.kind, in, 0, o.size_w, o.stride_w, o.pad_left, o.pad_right};
    return (axis){o.kind, in, 0, o.size_h, o.stride_h, o.pad_top, o.pad_bottom};
}

static bool is_padding(cgm_resampling kind)
{
    return kind == CGM_PAD_REFLECT || kind == CGM_PAD_REPLICATE || kind == CGM_PAD_CIRCULAR;
}
static bool is_pooling(cgm_resampling kind)
{
    return kind == CGM_POOL_AVERAGE || kind == CGM_POOL_AVERAGE_INSIDE || kind == CGM_POOL_MAX;
}

cgm_attr cgm_resampling_attr(cgm_resampling_opts o, int64_t h, int64_t w)
{
    if (is_pooling(o.kind)) {
        if (!o.stride_h) o.stride_h = o.size_h;
        if (!o.stride_w) o.stride_w = o.size_w;
    }
    return (cgm_attr){.i = {o.kind, o.size_h, o.size_w, o.stride_h, o.stride_w, o.pad_top, o.pad_bottom, o.pad_left,
                            o.pad_right, h, w}};
}

cgm_resampling_opts cgm_resampling_opts_get(const cgm_attr *attr)
{
    const int64_t *i = attr->i;
    return (cgm_resampling_opts){(cgm_resampling)i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7], i[8]};
}

/* ---- Shapes ---- */

static bool pad_extent(axis *a, char why[CGM_WHY])
{
    int64_t most = a->kind == CGM_PAD_REFLECT ? a->in - 1 : a->kind == CGM_PAD_CIRCULAR ? a->in : MOST;
    if (a->before < 0 || a->after < 0 || a->before > most || a->after > most)
        return cgm_shape_refuse(why, "pads of %lld and %lld on an extent of %lld: %s", (long long)a->before,
                                (long long)a->after, (long long)a->in,
                                a->kind == CGM_PAD_REFLECT    ? "reflection goes as far as the other side at most"
                                : a->kind == CGM_PAD_CIRCULAR ? "one turn is the most"
                                                              : "they must lie between 0 and 2^28");
    a->out = a->before + a->in + a->after;
    return true;
}

static bool pool_extent(axis *a, char why[CGM_WHY])
{
    if (a->size < 1 || a->size > MOST || a->stride < 1 || a->stride > MOST)
        return cgm_shape_refuse(why, "windows of %lld at a stride of %lld: both must lie between 1 and 2^28",
                                (long long)a->size, (long long)a->stride);
    if (a->before < 0 || a->after < 0 || a->before >= a->size || a->after >= a->size)
        return cgm_shape_refuse(why, "pads of %lld and %lld: a window of %lld could see nothing else",
                                (long long)a->before, (long long)a->after, (long long)a->size);
    int64_t room = a->before + a->in + a->after - a->size;
    if (room < 0)
        return cgm_shape_refuse(why, "a window of %lld is larger than the padded extent of %lld", (long long)a->size,
                                (long long)room + a->size);
    a->out = room / a->stride + 1;
    return true;
}

static bool extent(axis *a, char why[CGM_WHY])
{
    if (a->in > MOST)
        return cgm_shape_refuse(why, "an extent of %lld is above %lld", (long long)a->in, (long long)MOST);
    if (is_padding(a->kind)) return pad_extent(a, why);
    if (is_pooling(a->kind)) return pool_extent(a, why);
    a->out = a->size;
    if (a->size < 1 || a->size > MOST)
        return cgm_shape_refuse(why, "a size of %lld: 1 to 2^28 are possible", (long long)a->size);
    return true;
}

bool cgm_resampling_shape(cgm_shape x, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    cgm_resampling_opts o = cgm_resampling_opts_get(attr);
    char text[CGM_SHAPE_TEXT];
    if (x.rank < 3) return cgm_shape_refuse(why, "%s has no planes behind an axis of samples", cgm_shape_text(x, text));
    *out = x;
    for (int k = 0; k < 2; k++) {
        axis a = axis_of(o, k, x.dim[x.rank - 2 + k]);
        if (!extent(&a, why)) return false;
        out->dim[x.rank - 2 + k] = a.out;
    }
    return true;
}

int64_t cgm_resampling_planes(cgm_shape shape)
{
    shape.rank -= 2;
    return cgm_shape_size(shape);
}

/* ---- What an element is made of ---- */

/* Where the element i places from the first one is taken from, i outside 0..n-1 too. */
static int64_t source(cgm_resampling kind, int64_t i, int64_t n)
{
    if (kind == CGM_PAD_CIRCULAR) return i < 0 ? i + n : i >= n ? i - n : i;
    if (kind == CGM_PAD_REFLECT) return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

/* Writes the inputs of output i, at most most_taps, and their weights; returns how many. */
static int64_t taps_of(const axis *a, int64_t i, int64_t *index, double *weight)
{
    int64_t begin, end;
    if (is_padding(a->kind) || a->kind == CGM_RESIZE_NEAREST) {
        index[0] = is_padding(a->kind) ? source(a->kind, i - a->before, a->in) : i * a->in / a->out;
        weight[0] = 1;
        return 1;
    }
    if (a->kind == CGM_RESIZE_BILINEAR || a->kind == CGM_RESIZE_BILINEAR_ALIGNED) {
        double at = a->kind == CGM_RESIZE_BILINEAR ? ((double)i + 0.5) * ((double)a->in / (double)a->out) - 0.5
                    : a->out > 1                   ? (double)i * ((double)(a->in - 1) / (double)(a->out - 1))
                                                   : 0;
        at = fmin(fmax(at, 0), (double)(a->in - 1));
        index[0] = (int64_t)at;
        index[1] = index[0] + 1 < a->in ? index[0] + 1 : index[0];
        weight[1] = at - (double)index[0];
        weight[0] = 1 - weight[1];
        return 2;
    }
    if (is_pooling(a->kind)) {
        begin = i * a->stride - a->before, end = begin + a->size;
        if (begin < 0) begin = 0;
        if (end > a->in) end = a->in;
    } else {
        begin = i * a->in / a->out, end = ((i + 1) * a->in + a->out - 1) / a->out;
    }
    for (int64_t j = begin; j < end; j++) {
        index[j - begin] = j;
        weight[j - begin] = 1 / (double)(a->kind == CGM_POOL_AVERAGE ? a->size : end - begin);
    }
    return end - begin;
}

/* How many inputs all outputs have together, at most. */
static int64_t most_taps(const axis *a)
{
    if (is_pooling(a->kind)) return a->out * (a->size < a->in ? a->size : a->in);
    return a->kind == CGM_POOL_ADAPTIVE_AVERAGE || a->kind == CGM_POOL_ADAPTIVE_MAX ? a->in + 2 * a->out : 2 * a->out;
}

/* The memory of a map: n + 1 borders, and the taps. */
static size_t place(cgm_axis_map *map, int64_t n, int64_t taps, char *memory)
{
    *map = (cgm_axis_map){.n = n};
    if (memory) {
        map->weight = (double *)memory;
        map->index = (int64_t *)(map->weight + taps);
        map->first = map->index + taps;
    }
    return (size_t)(2 * taps + n + 1) * sizeof(int64_t);
}

static void fill(const axis *a, cgm_axis_map *map)
{
    map->first[0] = 0;
    for (int64_t i = 0, at = 0; i < a->out; i++)
        map->first[i + 1] = at += taps_of(a, i, map->index + at, map->weight + at);
}

/* The inputs' outputs, in ascending order. */
static void transpose(const cgm_axis_map *map, cgm_axis_map *to)
{
    for (int64_t j = 0; j <= to->n; j++) to->first[j] = 0;
    for (int64_t q = 0; q < map->first[map->n]; q++) to->first[map->index[q] + 1]++;
    for (int64_t j = 0; j < to->n; j++) to->first[j + 1] += to->first[j];
    for (int64_t i = 0; i < map->n; i++)
        for (int64_t q = map->first[i]; q < map->first[i + 1]; q++) {
            int64_t at = to->first[map->index[q]]++;
            to->index[at] = i, to->weight[at] = map->weight[q];
        }
    for (int64_t j = to->n; j > 0; j--) to->first[j] = to->first[j - 1];
    to->first[0] = 0;
}

size_t cgm_resampling_maps(const cgm_attr *attr, cgm_shape x, cgm_shape y, bool adjoint, void *scratch,
                           cgm_axis_map map[2])
{
    cgm_resampling_opts o = cgm_resampling_opts_get(attr);
    char *memory = scratch;
    size_t used = 0;
    for (int k = 0; k < 2; k++) {
        axis a = axis_of(o, k, x.dim[x.rank - 2 + k]);
        cgm_axis_map forward;
        a.out = y.dim[y.rank - 2 + k];
        int64_t taps = most_taps(&a);
        if (adjoint) used += place(&map[k], a.in, taps, memory ? memory + used : NULL);
        used += place(&forward, a.out, taps, memory ? memory + used : NULL);
        if (memory) fill(&a, &forward);
        if (memory && adjoint) transpose(&forward, &map[k]);
        if (!adjoint) map[k] = forward;
    }
    return used;
}
