#include "graph/ops/resampling.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    cgm_shape x = in[0];
    (void)n_in;
    if (attr->i[0] != CGM_POOL_MAX && attr->i[0] != CGM_POOL_ADAPTIVE_MAX)
        return cgm_shape_refuse(why, "windows are those of CGM_POOL_MAX or CGM_POOL_ADAPTIVE_MAX");
    if (!cgm_resampling_shape(x, attr, out, why)) return false;
    return cgm_shape_can_index(x.dim[x.rank - 2] * x.dim[x.rank - 1], why);
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    cgm_axis_map map[2];
    (void)threads;
    return cgm_resampling_maps(attr, in[0], shape, false, NULL, map);
}

static void run(const cgm_op_run *r)
{
    cgm_axis_map map[2];
    cgm_shape x = r->in_shape[0];
    cgm_resampling_maps(r->attr, x, r->shape, false, r->scratch, map);
    cgm_kernel_max_index(cgm_resampling_planes(x), x.dim[x.rank - 2], x.dim[x.rank - 1], &map[0], &map[1], r->in[0],
                         r->out, r->threads);
}

const cgm_op cgm_op_max_index = {
    .name = "max_index", .shape = shape_rule, .rows = cgm_rows_of_first, .run = run, .scratch = scratch};

/* x [..., H, W] -> [..., H', W'], row * W + column of each window's largest element: of equal ones the first, a NaN if
 * there is one. Pads count as smaller than anything. */
cgm_node cgm_max_index(cgm_graph *g, cgm_node x, cgm_resampling_opts opts)
{
    cgm_attr attr = cgm_resampling_attr(opts, 0, 0);
    return cgm_node_add(g, CGM_OP_max_index, 1, &x, &attr);
}
