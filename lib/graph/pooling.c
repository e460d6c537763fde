/* Pooling, and its ways back, made of table operations. */
#include "graph/op.h"

static cgm_resampling_opts windows(cgm_resampling kind, cgm_pool_opts o)
{
    return (cgm_resampling_opts){kind,      o.h,          o.w,        o.stride_h, o.stride_w,
                                 o.pad_top, o.pad_bottom, o.pad_left, o.pad_right};
}

cgm_node cgm_average_pool(cgm_graph *g, cgm_node x, cgm_pool_opts opts)
{
    return cgm_resample2d(g, x, windows(opts.exclude_pads ? CGM_POOL_AVERAGE_INSIDE : CGM_POOL_AVERAGE, opts));
}

cgm_node cgm_adaptive_average_pool(cgm_graph *g, cgm_node x, int64_t h, int64_t w)
{
    return cgm_resample2d(g, x, (cgm_resampling_opts){.kind = CGM_POOL_ADAPTIVE_AVERAGE, .size_h = h, .size_w = w});
}

/* The last two axes as one. */
static cgm_node flatten(cgm_graph *g, cgm_node x)
{
    cgm_shape s = cgm_node_shape(g, x);
    if (!x.id || s.rank < 2) return (cgm_node){0};
    s.rank--;
    s.dim[s.rank - 1] *= s.dim[s.rank];
    return cgm_reshape(g, x, s);
}

cgm_node cgm_pool_by_index(cgm_graph *g, cgm_node x, cgm_node index)
{
    return cgm_reshape(g, cgm_gather(g, flatten(g, x), flatten(g, index)), cgm_node_shape(g, index));
}

cgm_node cgm_max_pool(cgm_graph *g, cgm_node x, cgm_pool_opts opts)
{
    return cgm_pool_by_index(g, x, cgm_max_index(g, x, windows(CGM_POOL_MAX, opts)));
}

cgm_node cgm_adaptive_max_pool(cgm_graph *g, cgm_node x, int64_t h, int64_t w)
{
    cgm_resampling_opts opts = {.kind = CGM_POOL_ADAPTIVE_MAX, .size_h = h, .size_w = w};
    return cgm_pool_by_index(g, x, cgm_max_index(g, x, opts));
}

cgm_node cgm_max_pool_index(cgm_graph *g, cgm_node x, cgm_pool_opts opts)
{
    return cgm_max_index(g, x, windows(CGM_POOL_MAX, opts));
}

cgm_node cgm_max_unpool(cgm_graph *g, cgm_node y, cgm_node index, int64_t h, int64_t w)
{
    cgm_shape s = cgm_node_shape(g, y);
    if (!y.id || !index.id) return (cgm_node){0};
    if (s.rank < 3 || h < 1 || w < 1 || h > INT64_MAX / w)
        return cgm_graph_fail(g, CGM_E_SHAPE, "max_unpool: planes of %lld x %lld from a tensor of %d axes",
                              (long long)h, (long long)w, s.rank);
    cgm_node x = cgm_scatter_add(g, flatten(g, y), flatten(g, index), h * w);
    s.dim[s.rank - 2] = h, s.dim[s.rank - 1] = w;
    return cgm_reshape(g, x, s);
}

cgm_node cgm_bed_of_nails(cgm_graph *g, cgm_node x, int64_t factor)
{
    cgm_shape s = cgm_node_shape(g, x);
    char text[CGM_SHAPE_TEXT];
    if (!x.id) return x;
    if (s.rank != 4 || factor < 1 || factor >> 30 || (s.dim[2] | s.dim[3]) >> 30)
        return cgm_graph_fail(g, CGM_E_SHAPE, "bed_of_nails: cannot enlarge %s by %lld", cgm_shape_text(s, text),
                              (long long)factor);
    x = cgm_spread(g, x, 2, 0, factor, s.dim[2] * factor);
    return cgm_spread(g, x, 3, 0, factor, s.dim[3] * factor);
}
