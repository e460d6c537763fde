#include "graph/ops/resampling.h"

static cgm_shape shape_of_x(cgm_shape dy, const cgm_attr *attr)
{
    if (dy.rank < 2) return dy;
    dy.dim[dy.rank - 2] = attr->i[CGM_RESAMPLING_EXTENTS];
    dy.dim[dy.rank - 1] = attr->i[CGM_RESAMPLING_EXTENTS + 1];
    return dy;
}

static bool shape_rule(size_t n_in, const cgm_shape *in, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY])
{
    cgm_shape x = shape_of_x(in[0], attr), y;
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    (void)n_in;
    if (attr->i[0] == CGM_POOL_MAX || attr->i[0] == CGM_POOL_ADAPTIVE_MAX)
        return cgm_shape_refuse(why, "the largest elements are no linear map: see cgm_max_unpool");
    if (x.rank >= 2 && (x.dim[x.rank - 2] < 1 || x.dim[x.rank - 1] < 1))
        return cgm_shape_refuse(why, "planes of %lld x %lld", (long long)x.dim[x.rank - 2],
                                (long long)x.dim[x.rank - 1]);
    if (!cgm_resampling_shape(x, attr, &y, why)) return false;
    if (!cgm_shape_equal(y, in[0]))
        return cgm_shape_refuse(why, "%s is not what %s is taken to", cgm_shape_text(in[0], a), cgm_shape_text(x, b));
    *out = x;
    return true;
}

static size_t scratch(const cgm_shape *in, cgm_shape shape, const cgm_attr *attr, int threads)
{
    cgm_axis_map map[2];
    int64_t w = in[0].dim[in[0].rank - 1];
    return cgm_resampling_maps(attr, shape, in[0], true, NULL, map) +
           (size_t)((threads > 1 ? threads : 1) * w) * sizeof(double);
}

static void run(const cgm_op_run *r)
{
    cgm_axis_map map[2];
    cgm_shape dy = r->in_shape[0];
    size_t used = cgm_resampling_maps(r->attr, r->shape, dy, true, r->scratch, map);
    cgm_kernel_separable(cgm_resampling_planes(dy), dy.dim[dy.rank - 2], dy.dim[dy.rank - 1], &map[0], &map[1],
                         r->in[0], r->out, (double *)((char *)r->scratch + used), r->threads);
}

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dx_of_x, cgm_node *dx)
{
    dx[0] = cgm_resample2d(g, dx_of_x, cgm_resampling_opts_get(&use->attr));
}

const cgm_op cgm_op_resample2d_adjoint = {.name = "resample2d_adjoint",
                                          .shape = shape_rule,
                                          .rows = cgm_rows_of_first,
                                          .run = run,
                                          .scratch = scratch,
                                          .gradient = gradient};

/* The adjoint of resample2d: dy [..., H', W'] -> [..., h, w]. */
cgm_node cgm_resample2d_adjoint(cgm_graph *g, cgm_node dy, cgm_resampling_opts opts, int64_t h, int64_t w)
{
    cgm_attr attr = cgm_resampling_attr(opts, h, w);
    return cgm_node_add(g, CGM_OP_resample2d_adjoint, 1, &dy, &attr);
}
