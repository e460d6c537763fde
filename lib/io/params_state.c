#include "io/params_state.h"

#define REAL_DTYPE (sizeof(cgm_real) == 4 ? CGM_F32 : CGM_F64)

static cgm_status add(cgm_state *state, cgm_params *params, const char *group, cgm_real *flat)
{
    for (size_t i = 0; i < cgm_params_count(params); i++) {
        const cgm_param_view *view = cgm_params_view(params, i);
        CGM_TRY(cgm_state_add(state, REAL_DTYPE, view->shape, flat + view->offset, "%s/%s", group, view->name));
    }
    return CGM_OK;
}

cgm_status cgm_state_add_params(cgm_state *state, cgm_params *params, bool training)
{
    CGM_TRY(add(state, params, "parameters", cgm_params_ema(params)));
    if (!training) return CGM_OK;
    CGM_TRY(add(state, params, "training/values", cgm_params_values(params)));
    CGM_TRY(add(state, params, "training/moment1", cgm_params_moment(params, 0)));
    return add(state, params, "training/moment2", cgm_params_moment(params, 1));
}

cgm_status cgm_state_add_flat(cgm_state *state, cgm_params *params, const char *name, cgm_real *flat)
{
    return cgm_state_add(state, REAL_DTYPE, CGM_SHAPE((int64_t)cgm_params_flat_size(params)), flat, "%s", name);
}

static cgm_status add_plateau(cgm_state *state, const char *group, cgm_plateau *plateau)
{
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &plateau->judged, "%s/plateau/judged", group));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SCALAR, &plateau->best, "%s/plateau/best", group));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &plateau->waited, "%s/plateau/waited", group));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &plateau->resting, "%s/plateau/resting", group));
    return cgm_state_add(state, CGM_U64, CGM_SCALAR, &plateau->lowered, "%s/plateau/lowered", group);
}

cgm_status cgm_state_add_optimizer(cgm_state *state, const char *group, const cgm_optimizer_opts *opts,
                                   cgm_optimizer_state *optimizer)
{
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &optimizer->step, "%s/updates", group));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &optimizer->skipped, "%s/skipped", group));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &optimizer->consecutive_skips, "%s/consecutive_skips", group));
    return opts->schedule.kind == CGM_SCHEDULE_PLATEAU ? add_plateau(state, group, &optimizer->plateau) : CGM_OK;
}

cgm_status cgm_state_add_descent(cgm_state *state, uint64_t *step, const cgm_optimizer_opts *opts,
                                 cgm_optimizer_state *optimizer)
{
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, step, "training/step"));
    return cgm_state_add_optimizer(state, "training", opts, optimizer);
}
