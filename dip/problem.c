#include "dip/problem.h"

#include <math.h>
#include <stdlib.h>

cgm_status cgm_dip_problem_create(const dip_operator_class *op, const dip_operator_opts *opts, cgm_arena *arena,
                                  dip_problem *out)
{
    *out = (dip_problem){
        .channels = opts->channels, .height = opts->height, .width = opts->width, .kind = op, .opts = *opts};
    CGM_TRY(op->create(opts, arena, &out->op));
    size_t m = (size_t)cgm_shape_size(out->op.map.range);
    out->y = cgm_arena_array(arena, m, sizeof *out->y);
    out->weight = cgm_arena_array(arena, m, sizeof *out->weight);
    if (!out->y || !out->weight) {
        cgm_dip_problem_clear(out);
        return CGM_E_MEMORY;
    }
    for (size_t i = 0; i < m; i++) out->weight[i] = out->op.measured ? out->op.measured[i] : 1;
    return CGM_OK;
}

void cgm_dip_problem_clear(dip_problem *p)
{
    cgm_dip_operator_clear(&p->op);
    *p = (dip_problem){0};
}

void cgm_dip_problem_degrade(dip_problem *p, const double *x, double sigma, cgm_rng *rng, void *scratch, int threads)
{
    int64_t m = cgm_shape_size(p->op.map.range);
    cgm_dip_apply(&p->op, x, p->y, scratch, threads);
    for (int64_t i = 0; i < m; i++) p->y[i] += sigma * p->weight[i] * cgm_rng_normal(rng);
    p->sigma = sigma;
}

cgm_status cgm_dip_problem_simulate(dip_problem *p, const double *x, double sigma, const cgm_rng *rng, int threads)
{
    cgm_rng stream = cgm_rng_split(rng, "noise");
    void *scratch = cgm_alloc_aligned(p->op.map.scratch_bytes + 1);
    if (!scratch) return CGM_E_MEMORY;
    cgm_dip_problem_degrade(p, x, sigma, &stream, scratch, threads);
    cgm_free_aligned(scratch);
    return CGM_OK;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

cgm_status cgm_dip_noise_estimate(const dip_problem *p, double *sigma)
{
    int64_t h = p->height / 2, w = p->width / 2, n = 0;
    double *detail = malloc((size_t)(p->channels * h * w + 1) * sizeof *detail);
    if (!detail) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the noise's estimate");
    for (int64_t c = 0; c < p->channels; c++)
        for (int64_t y = 0; y < h; y++)
            for (int64_t x = 0; x < w; x++) {
                const double *at = p->y + (c * p->height + 2 * y) * p->width + 2 * x;
                detail[n++] = fabs(at[0] - at[1] - at[p->width] + at[p->width + 1]) / 2;
            }
    qsort(detail, (size_t)n, sizeof *detail, rising);
    *sigma = n ? detail[n / 2] / 0.6745 : 0;
    free(detail);
    return CGM_OK;
}
