#include "graph/ops/resampling.h"

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    (void)n_in;
    if (attr->i[0] == CGM_POOL_MAX || attr->i[0] == CGM_POOL_ADAPTIVE_MAX)
        return cgm_shape_refuse(why, "the largest elements are no linear map: see cgm_max_pool");
    return cgm_resampling_shape(in[0], attr, out, why);
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    cgm_axis_map map[2];
    int64_t w = in[0].dim[in[0].rank - 1];
    return cgm_resampling_maps(attr, in[0], shape, false, NULL, map) +
           (size_t)((threads > 1 ? threads : 1) * w) * sizeof(double);
}

static void run(const cgm_op_run *r)
{
    cgm_axis_map map[2];
    cgm_shape x = r->in_shape[0];
    size_t used = cgm_resampling_maps(r->attr, x, r->shape, false, r->scratch, map);
    cgm_kernel_separable(cgm_resampling_planes(x), x.dim[x.rank - 2], x.dim[x.rank - 1], &map[0], &map[1], r->in[0],
                         r->out, (double *)((char *)r->scratch + used), r->threads);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    dx[0] = cgm_resample2d_adjoint(g, dy, cgm_resampling_opts_get(&use->attr), use->attr.i[CGM_RESAMPLING_EXTENTS],
                                   use->attr.i[CGM_RESAMPLING_EXTENTS + 1]);
}

const cgm_op cgm_op_resample2d = {.name = "resample2d",
                                  .shape = shape_rule,
                                  .rows = cgm_rows_of_first,
                                  .run = run,
                                  .scratch = scratch,
                                  .gradient = gradient,
                                  .again = true};

/* x [..., H, W] -> [..., H', W']: each element is a weighted sum of some of its plane's, along rows and along columns;
 * cgm_resampling says which. */
cgm_node cgm_resample2d(cgm_graph *g, cgm_node x, cgm_resampling_opts opts)
{
    cgm_shape s = cgm_node_shape(g, x);
    bool planes = s.rank >= 2;
    cgm_attr attr = cgm_resampling_attr(opts, planes ? s.dim[s.rank - 2] : 0, planes ? s.dim[s.rank - 1] : 0);
    return cgm_node_add(g, CGM_OP_resample2d, 1, &x, &attr);
}
