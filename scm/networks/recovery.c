/* Going back from divergence. */
#include <math.h>
#include <string.h>

#include "scm/networks/training_priv.h"

#define MOST_LOWERINGS 3

cgm_status cgm_image_recovery_begin(image_training *t)
{
    size_t bytes = (cgm_params_flat_size(t->model.params) + 1) * sizeof(cgm_real);
    image_recovery *r = &t->good;
    r->values = cgm_alloc_aligned(bytes);
    r->ema = cgm_alloc_aligned(bytes);
    r->moment1 = cgm_alloc_aligned(bytes);
    r->moment2 = cgm_alloc_aligned(bytes);
    if (!r->values || !r->ema || !r->moment1 || !r->moment2) return CGM_E_MEMORY;
    cgm_image_recovery_keep(t);
    return CGM_OK;
}

void cgm_image_recovery_end(image_training *t)
{
    cgm_free_aligned(t->good.values);
    cgm_free_aligned(t->good.ema);
    cgm_free_aligned(t->good.moment1);
    cgm_free_aligned(t->good.moment2);
}

size_t cgm_image_recovery_bytes(const image_training *t)
{
    return 4 * cgm_params_flat_size(t->model.params) * sizeof(cgm_real);
}

void cgm_image_recovery_keep(image_training *t)
{
    cgm_params *p = t->model.params;
    size_t bytes = cgm_params_flat_size(p) * sizeof(cgm_real);
    memcpy(t->good.values, cgm_params_values(p), bytes);
    memcpy(t->good.ema, cgm_params_ema(p), bytes);
    memcpy(t->good.moment1, cgm_params_moment(p, 0), bytes);
    memcpy(t->good.moment2, cgm_params_moment(p, 1), bytes);
    t->good.step = t->step;
    t->good.updates = t->optimizer.step;
}

cgm_status cgm_image_recovery_go_back(image_training *t, const cgm_sink *sink)
{
    cgm_params *p = t->model.params;
    size_t bytes = cgm_params_flat_size(p) * sizeof(cgm_real);
    unsigned long long step = t->step, good = t->good.step;
    if (t->good.lowered == MOST_LOWERINGS)
        return cgm_fail_context(CGM_E_NUMERIC, "step %llu, after the rate was halved %d times, last from step %llu on",
                                step + 1, MOST_LOWERINGS, good);
    memcpy(cgm_params_values(p), t->good.values, bytes);
    memcpy(cgm_params_ema(p), t->good.ema, bytes);
    memcpy(cgm_params_moment(p, 0), t->good.moment1, bytes);
    memcpy(cgm_params_moment(p, 1), t->good.moment2, bytes);
    t->optimizer.step = t->good.updates;
    t->optimizer.consecutive_skips = 0;
    t->good.lowered++;
    cgm_sink_log(
        sink, CGM_LOG_WARNING, "%s: step %llu: %s; back to the parameters of step %llu with half the rate, %.3g",
        t->model.variable->name, step + 1, cgm_error_message(), good, ldexp(t->opts.rate, -(int)t->good.lowered));
    return CGM_OK;
}

cgm_status cgm_image_recovery_state(image_training *t, cgm_state *state)
{
    image_recovery *r = &t->good;
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &r->step, "training/good_step"));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &r->updates, "training/good_updates"));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &r->lowered, "training/lowered"));
    CGM_TRY(cgm_state_add_flat(state, t->model.params, "training/good_values", r->values));
    CGM_TRY(cgm_state_add_flat(state, t->model.params, "training/good_ema", r->ema));
    CGM_TRY(cgm_state_add_flat(state, t->model.params, "training/good_moment1", r->moment1));
    return cgm_state_add_flat(state, t->model.params, "training/good_moment2", r->moment2);
}
