/* Few pixels enlarged by cubic interpolation (Keys 1981). */
#include "dip/baselines/baseline.h"
#include "dip/operators/axis.h"

static bool applies(const dip_problem *p)
{
    return p->kind == &cgm_dip_operator_downsample;
}

static cgm_status enlarge(const dip_problem *p, cgm_arena *arena, int threads, double *out)
{
    dip_axis vertical, horizontal;
    dip_operator op;
    int64_t f = p->opts.factor;
    CGM_TRY(cgm_dip_axis_create(arena, p->height / f, p->height, 1, &cgm_dip_cubic, &vertical));
    CGM_TRY(cgm_dip_axis_create(arena, p->width / f, p->width, 1, &cgm_dip_cubic, &horizontal));
    CGM_TRY(cgm_dip_axes_operator(arena, p->channels, &vertical, &horizontal, &op));
    void *scratch = cgm_arena_alloc(arena, op.map.scratch_bytes);
    if (!scratch) return CGM_E_MEMORY;
    cgm_dip_apply(&op, p->y, out, scratch, threads);
    return CGM_OK;
}

static cgm_status restore(const dip_problem *p, int threads, double *out)
{
    cgm_arena arena = {0};
    cgm_status status = enlarge(p, &arena, threads, out);
    cgm_arena_clear(&arena);
    return status;
}

const dip_baseline cgm_dip_baseline_bicubic = {"bicubic", applies, restore};
