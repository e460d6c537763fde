#include "nn/optimizer.h"

#include <math.h>

#include "kernels/kernels.h"

void cgm_optimizer_defaults(cgm_optimizer_opts *opts)
{
    *opts = (cgm_optimizer_opts){
        .rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01, .max_skips = 100};
}

static cgm_status check_opts(const cgm_optimizer_opts *o)
{
    if (!(o->rate >= 0 && isfinite(o->rate)))
        return CGM_FAIL(CGM_E_ARG, "learning rate %g: expected 0 or more", o->rate);
    if (!(o->beta1 >= 0 && o->beta1 < 1)) return CGM_FAIL(CGM_E_ARG, "beta1 = %g: expected 0 <= beta1 < 1", o->beta1);
    if (!(o->beta2 >= 0 && o->beta2 < 1)) return CGM_FAIL(CGM_E_ARG, "beta2 = %g: expected 0 <= beta2 < 1", o->beta2);
    if (!(o->epsilon > 0)) return CGM_FAIL(CGM_E_ARG, "epsilon = %g: expected more than 0", o->epsilon);
    if (!(o->weight_decay >= 0)) return CGM_FAIL(CGM_E_ARG, "weight decay %g: expected 0 or more", o->weight_decay);
    if (!(o->clip >= 0)) return CGM_FAIL(CGM_E_ARG, "clipping norm %g: expected 0 or more", o->clip);
    if (!(o->skip >= 0)) return CGM_FAIL(CGM_E_ARG, "skipping norm %g: expected 0 or more", o->skip);
    if (!(o->ema >= 0 && o->ema < 1)) return CGM_FAIL(CGM_E_ARG, "EMA decay %g: expected 0 <= decay < 1", o->ema);
    return CGM_OK;
}

static bool is_finite(const cgm_param_view *view, const cgm_real *flat)
{
    for (int64_t k = 0; k < cgm_shape_size(view->shape); k++)
        if (!isfinite(flat[view->offset + (size_t)k])) return false;
    return true;
}

static cgm_status skip(const cgm_optimizer_opts *opts, cgm_optimizer_state *state, cgm_params *p)
{
    int most = opts->max_skips > 0 ? opts->max_skips : 100;
    state->skipped++;
    state->consecutive_skips++;
    if (state->consecutive_skips < (uint64_t)most) return CGM_OK;
    for (size_t i = 0; i < cgm_params_count(p); i++) {
        const cgm_param_view *view = cgm_params_view(p, i);
        if (view->state || view->frozen) continue;
        bool value = is_finite(view, cgm_params_values(p));
        if (value && is_finite(view, cgm_params_gradient(p))) continue;
        return CGM_FAIL(CGM_E_NUMERIC, "%llu steps in a row were skipped: the %s of \"%s\" is not finite",
                        (unsigned long long)state->consecutive_skips, value ? "gradient" : "value", view->name);
    }
    return CGM_FAIL(CGM_E_NUMERIC,
                    "%llu steps in a row were skipped: the gradient's norm is %g, and %g or more is skipped",
                    (unsigned long long)state->consecutive_skips, state->last_norm, opts->skip);
}

static double gradient_norm(cgm_params *p, int threads)
{
    double squares = 0;
    for (size_t begin, end = 0; cgm_params_trained(p, &begin, &end);)
        squares += cgm_sum_squares(end - begin, cgm_params_gradient(p) + begin, threads);
    return sqrt(squares);
}

/* The rate of update t = 1, 2, ... */
static double rate_at(const cgm_optimizer_opts *opts, uint64_t t)
{
    return t < opts->warmup ? opts->rate * ((double)t / (double)opts->warmup) : opts->rate;
}

cgm_status cgm_optimizer_step(const cgm_optimizer_opts *opts, cgm_optimizer_state *state, cgm_params *p, int threads)
{
    CGM_TRY(check_opts(opts));
    if (!cgm_params_values(p))
        return CGM_FAIL(CGM_E_ARG, "the parameters have no values yet: cgm_params_init comes first");
    const double norm = gradient_norm(p, threads);
    state->last_norm = norm;
    state->last_rate = rate_at(opts, state->step + 1);
    if (!isfinite(norm) || (opts->skip > 0 && norm >= opts->skip)) return skip(opts, state, p);
    state->consecutive_skips = 0;
    const double t = (double)++state->step;
    cgm_adamw_step s = {.rate = state->last_rate,
                        .beta1 = opts->beta1,
                        .beta2 = opts->beta2,
                        .epsilon = opts->epsilon,
                        .weight_decay = opts->weight_decay,
                        .bias1 = 1 - pow(opts->beta1, t),
                        .bias2 = 1 - pow(opts->beta2, t),
                        .gradient_scale = 1,
                        .ema = fmin(opts->ema, (1 + t) / (10 + t))};
    /* The small term is PyTorch's, so that runs can be compared. */
    if (opts->clip > 0) s.gradient_scale = fmin(1, opts->clip / (norm + 1e-6));
    for (size_t at, end = 0; cgm_params_trained(p, &at, &end);)
        cgm_adamw(&s, end - at, cgm_params_gradient(p) + at, cgm_params_values(p) + at, cgm_params_moment(p, 0) + at,
                  cgm_params_moment(p, 1) + at, cgm_params_ema(p) + at, threads);
    return CGM_OK;
}
