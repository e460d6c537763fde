#include "nn/optimizer.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/denormals.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "nn/optimizers/kind.h"

/* ---- The kinds ---- */

#define CLASS(upper, lower) [CGM_OPTIMIZER_##upper] = &cgm_optimizer_##lower,
static const cgm_optimizer_class *const classes[CGM_OPTIMIZER_KINDS] = {CGM_OPTIMIZER_TABLE(CLASS)};

const cgm_optimizer_class *cgm_optimizer_class_of(cgm_optimizer_kind kind)
{
    return (unsigned)kind < CGM_OPTIMIZER_KINDS ? classes[kind] : NULL;
}

cgm_optimizer_rule cgm_optimizer_usual(cgm_optimizer_kind kind)
{
    const cgm_optimizer_class *c = cgm_optimizer_class_of(kind);
    cgm_optimizer_rule rule = c ? c->usual : (cgm_optimizer_rule){0};
    if (c) rule.kind = kind;
    return rule;
}

double cgm_optimizer_usual_decay(cgm_optimizer_kind kind)
{
    const cgm_optimizer_class *c = cgm_optimizer_class_of(kind);
    return c ? c->usual_decay : 0;
}

const char *cgm_optimizer_name(cgm_optimizer_kind kind)
{
    const cgm_optimizer_class *c = cgm_optimizer_class_of(kind);
    return c ? c->name : "unknown";
}

/* ---- Options ---- */

void cgm_optimizer_defaults(cgm_optimizer_opts *opts)
{
    *opts = (cgm_optimizer_opts){.rule = cgm_optimizer_usual(CGM_OPTIMIZER_ADAMW),
                                 .rate = 1e-3,
                                 .weight_decay = cgm_optimizer_usual_decay(CGM_OPTIMIZER_ADAMW),
                                 .max_skips = 100};
}

static cgm_status check_rule(const cgm_optimizer_rule *rule)
{
    const cgm_optimizer_class *c = cgm_optimizer_class_of(rule->kind);
    if (!c) return CGM_FAIL(CGM_E_ARG, "there is no optimiser: cgm_optimizer_defaults comes first");
    const struct {
        const char *name;
        double value;
        bool is_epsilon;
    } number[] = {{"momentum", rule->momentum, false},
                  {"alpha", rule->alpha, false},
                  {"beta1", rule->beta1, false},
                  {"beta2", rule->beta2, false},
                  {"epsilon", rule->epsilon, true}};
    for (const char *const *read = c->reads; *read; read++)
        for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
            const char *name = number[i].name;
            double x = number[i].value;
            if (strcmp(*read, name) != 0) continue;
            if (number[i].is_epsilon && !(x > 0)) return CGM_FAIL(CGM_E_ARG, "%s = %g: expected more than 0", name, x);
            if (!(x >= 0 && x < 1)) return CGM_FAIL(CGM_E_ARG, "%s = %g: expected 0 <= %s < 1", name, x, name);
        }
    return CGM_OK;
}

/* Updates that a schedule over the whole training has. */
static uint64_t after_warmup(const cgm_optimizer_opts *o)
{
    return o->total > o->warmup ? o->total - o->warmup : o->total > 0;
}

static cgm_status check_opts(const cgm_optimizer_opts *o)
{
    CGM_TRY(check_rule(&o->rule));
    if (!(o->rate >= 0 && isfinite(o->rate)))
        return CGM_FAIL(CGM_E_ARG, "learning rate %g: expected 0 or more", o->rate);
    CGM_TRY(cgm_schedule_check(&o->schedule, o->rate, after_warmup(o)));
    if (!(o->weight_decay >= 0)) return CGM_FAIL(CGM_E_ARG, "weight decay %g: expected 0 or more", o->weight_decay);
    if (!(o->clip >= 0)) return CGM_FAIL(CGM_E_ARG, "clipping norm %g: expected 0 or more", o->clip);
    if (!(o->clip_value >= 0)) return CGM_FAIL(CGM_E_ARG, "clipping value %g: expected 0 or more", o->clip_value);
    if (!(o->skip >= 0)) return CGM_FAIL(CGM_E_ARG, "skipping norm %g: expected 0 or more", o->skip);
    if (!(o->ema >= 0 && o->ema < 1)) return CGM_FAIL(CGM_E_ARG, "EMA decay %g: expected 0 <= decay < 1", o->ema);
    return CGM_OK;
}

/* ---- A step ---- */

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

double cgm_optimizer_rate(const cgm_optimizer_opts *opts, const cgm_optimizer_state *state)
{
    uint64_t done = state->step;
    if (done < opts->warmup) return opts->rate * ((double)(done + 1) / (double)opts->warmup);
    return cgm_schedule_rate(&opts->schedule, opts->rate, after_warmup(opts), &state->plateau, done - opts->warmup);
}

#define TASK_ELEMENTS 16384

typedef struct pass {
    const cgm_optimizer_update *u;
    size_t n;
    const cgm_real *gradient;
    cgm_real *value, *moment1, *moment2, *ema;
} pass;

static void pass_task(void *context, size_t index, int worker)
{
    (void)worker;
    const pass *a = context;
    size_t at = index * TASK_ELEMENTS, left = a->n - at;
    cgm_optimizer_class_of(a->u->rule.kind)
        ->update(a->u, left < TASK_ELEMENTS ? left : TASK_ELEMENTS, a->gradient + at, a->value + at, a->moment1 + at,
                 a->moment2 + at, a->ema + at);
}

/* Elements begin to end of the flat buffers. */
static void update_range(const cgm_optimizer_update *u, cgm_params *p, size_t begin, size_t end, int threads)
{
    pass a = {.u = u,
              .n = end - begin,
              .gradient = cgm_params_gradient(p) + begin,
              .value = cgm_params_values(p) + begin,
              .moment1 = cgm_params_moment(p, 0) + begin,
              .moment2 = cgm_params_moment(p, 1) + begin,
              .ema = cgm_params_ema(p) + begin};
    cgm_fp_mode mode = cgm_fp_flush_denormals(); /* second moments of what no longer changes */
    cgm_parallel(threads, (a.n + TASK_ELEMENTS - 1) / TASK_ELEMENTS, pass_task, &a);
    cgm_fp_set(mode);
}

void cgm_optimizer_restart(cgm_optimizer_state *state, cgm_params *p)
{
    state->restarted = state->step;
    for (int which = 0; which < 2 && cgm_params_values(p); which++)
        memset(cgm_params_moment(p, which), 0, cgm_params_flat_size(p) * sizeof(cgm_real));
}

cgm_status cgm_optimizer_step(const cgm_optimizer_opts *opts, cgm_optimizer_state *state, cgm_params *p, int threads)
{
    CGM_TRY(check_opts(opts));
    if (!cgm_params_values(p))
        return CGM_FAIL(CGM_E_ARG, "the parameters have no values yet: cgm_params_init comes first");
    const double norm = gradient_norm(p, threads);
    state->last_norm = norm;
    state->last_rate = cgm_optimizer_rate(opts, state);
    if (!isfinite(norm) || (opts->skip > 0 && norm >= opts->skip)) return skip(opts, state, p);
    state->consecutive_skips = 0;
    const double t = (double)++state->step, seen = t - (double)state->restarted;
    cgm_optimizer_update u = {.rule = opts->rule,
                              .rate = state->last_rate,
                              .weight_decay = opts->weight_decay,
                              .bias1 = 1 - pow(opts->rule.beta1, seen),
                              .bias2 = 1 - pow(opts->rule.beta2, seen),
                              .gradient_scale = 1,
                              .gradient_limit = opts->clip_value > 0 ? opts->clip_value : INFINITY,
                              .ema = fmin(opts->ema, (1 + t) / (10 + t))};
    /* The small term is PyTorch's, so that runs can be compared. */
    if (opts->clip > 0) u.gradient_scale = fmin(1, opts->clip / (norm + 1e-6));
    for (size_t begin, end = 0; cgm_params_trained(p, &begin, &end);) update_range(&u, p, begin, end, threads);
    return CGM_OK;
}
