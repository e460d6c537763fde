#include "dip/learned/unrolled.h"

static cgm_node joined(cgm_graph *g, size_t n, const cgm_node *images)
{
    return n == 1 ? images[0] : cgm_concat(g, n, images, 0);
}

static cgm_node first(cgm_graph *g, const dip_unrolled_problem *p)
{
    cgm_node back = cgm_apply_linear(g, cgm_mul(g, p->weight, p->y), p->map, true);
    return cgm_affine(g, back, 1 / (p->norm * p->norm), 0);
}

/* x - eta / |A|^2 A'W(A x - y) of one image, eta of one number. */
static cgm_node step(cgm_graph *g, const dip_unrolled_problem *p, cgm_node x, cgm_node eta)
{
    cgm_node apart = cgm_mul(g, p->weight, cgm_sub(g, cgm_apply_linear(g, x, p->map, false), p->y));
    cgm_node slope = cgm_affine(g, cgm_apply_linear(g, apart, p->map, true), 1 / (p->norm * p->norm), 0);
    return cgm_sub(g, x, cgm_mul(g, slope, eta));
}

/* D of the images, whose channels may be more than the network's. */
static cgm_node denoised(const dip_denoiser_opts *denoiser, cgm_params *p, cgm_graph *g, cgm_node x)
{
    cgm_shape s = cgm_node_shape(g, x);
    if (s.dim[1] == denoiser->channels) return cgm_dip_denoise(denoiser, p, g, x, (cgm_node){0});
    int64_t rows = s.dim[0] * s.dim[1] / denoiser->channels;
    x = cgm_reshape(g, x, CGM_SHAPE(rows, denoiser->channels, s.dim[2], s.dim[3]));
    return cgm_reshape(g, cgm_dip_denoise(denoiser, p, g, x, (cgm_node){0}), s);
}

cgm_node cgm_dip_unroll(const dip_denoiser_opts *denoiser, int64_t steps, cgm_params *p, cgm_graph *g, size_t n,
                        const dip_unrolled_problem *problems)
{
    cgm_node each[DIP_MOST_UNROLLED];
    cgm_node eta = cgm_param(p, g, "eta", CGM_SHAPE(steps), CGM_INIT_ONE, 0);
    for (size_t i = 0; i < n; i++) each[i] = first(g, &problems[i]);
    cgm_node x = joined(g, n, each);
    for (int64_t t = 0; t < steps; t++) {
        cgm_node length = cgm_reshape(g, cgm_slice(g, eta, 0, t, 1), CGM_SHAPE(1, 1, 1, 1));
        for (size_t i = 0; i < n; i++)
            each[i] = step(g, &problems[i], n == 1 ? x : cgm_slice(g, x, 0, (int64_t)i, 1), length);
        x = denoised(denoiser, p, g, joined(g, n, each));
    }
    return x;
}
