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
