#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dip/fit_priv.h"

#define CHECKPOINT 100 /* iterations between two looks at whether the fit has fallen, as the authors do */

cgm_status cgm_dip_fit_create(const dip_problem *problem, const dip_fit_opts *opts, const cgm_rng *rng, int threads,
                              dip_fit **out)
{
    CGM_TRY(cgm_dip_network_check(&opts->network, problem->height, problem->width));
    dip_fit *f = calloc(1, sizeof *f);
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the fit");
    f->problem = problem;
    f->opts = *opts;
    f->threads = threads;
    f->net_height = problem->height;
    f->net_width = problem->width;
    cgm_dip_network_size(&opts->network, &f->net_height, &f->net_width);
    f->pixels = dip_problem_pixels(problem);
    f->measured = cgm_shape_size(problem->op.map.range);
    f->inputs = opts->network.input_depth * f->net_height * f->net_width;
    f->checkpoint_loss = NAN;
    f->opts.stop.variance = problem->sigma * problem->sigma;
    f->opts.stop.after = opts->ema > 0 ? lrint(1 / (1 - opts->ema)) : 0;
    cgm_optimizer_defaults(&f->optimizer_opts);
    f->optimizer_opts.rule = cgm_optimizer_usual(CGM_OPTIMIZER_ADAM);
    f->optimizer_opts.weight_decay = 0;
    f->optimizer_opts.rate = opts->rate;
    f->input_noise = cgm_rng_split(rng, "input noise");
    f->weight_noise = cgm_rng_split(rng, "weight noise");
    cgm_status status = cgm_dip_fit_make(f, rng);
    if (status != CGM_OK) {
        cgm_dip_fit_destroy(f);
        return status;
    }
    *out = f;
    return CGM_OK;
}

void cgm_dip_fit_destroy(dip_fit *f)
{
    if (!f) return;
    cgm_workspace_destroy(f->ws);
    cgm_program_destroy(f->program);
    cgm_params_destroy(f->params);
    cgm_arena_clear(&f->arena);
    free(f);
}

static void disturb_input(dip_fit *f)
{
    size_t n = (size_t)f->inputs;
    if (!f->noisy) return;
    cgm_rng_fill_normal_by(&f->input_noise, f->threads, n, f->noisy);
    for (size_t i = 0; i < n; i++) f->noisy[i] = f->z[i] + (cgm_real)f->opts.input_noise * f->noisy[i];
}

/* The standard deviation of a parameter's numbers. */
static double deviation(size_t n, const cgm_real *x)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) mean += (double)x[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    return sqrt(squares / (double)n);
}

/* Of filters alone. */
static void disturb_weights(dip_fit *f)
{
    cgm_real *values = cgm_params_values(f->params);
    if (!f->kept) return;
    memcpy(f->kept, values, cgm_params_flat_size(f->params) * sizeof *values);
    for (size_t k = 0; k < cgm_params_count(f->params); k++) {
        const cgm_param_view *view = cgm_params_view(f->params, k);
        size_t n = (size_t)cgm_shape_size(view->shape);
        if (view->shape.rank != 4) continue;
        cgm_real *x = values + view->offset;
        double scale = f->opts.weight_noise * deviation(n, x);
        for (size_t i = 0; i < n; i++) x[i] += (cgm_real)(scale * cgm_rng_normal(&f->weight_noise));
    }
}

/* Whether the fit fell since the last checkpoint, which the weights then go back to; else there is a new one. */
static bool roll_back(dip_fit *f)
{
    size_t flat = cgm_params_flat_size(f->params);
    cgm_real *values = cgm_params_values(f->params);
    if (!f->checkpoint || f->iteration % CHECKPOINT != 0) return false;
    double misfit = (double)f->value[DIP_MISFIT], fallen = 10 * log10(misfit / f->checkpoint_loss);
    if (fallen > f->opts.rollback) {
        memcpy(values, f->checkpoint, flat * sizeof *values);
        return true;
    }
    memcpy(f->checkpoint, values, flat * sizeof *values);
    f->checkpoint_loss = misfit;
    return false;
}

static void take_image(dip_fit *f)
{
    double decay = f->iteration == 1 ? 0 : f->opts.ema;
    for (int64_t i = 0; i < f->pixels; i++) {
        f->raw[i] = (double)f->made[i];
        f->mean[i] = decay * f->mean[i] + (1 - decay) * f->raw[i];
    }
}

cgm_status cgm_dip_fit_step(dip_fit *f, dip_fit_report *report)
{
    disturb_input(f);
    disturb_weights(f);
    CGM_TRY(cgm_program_run(f->program, f->ws));
    if (f->kept) memcpy(cgm_params_values(f->params), f->kept, cgm_params_flat_size(f->params) * sizeof *f->kept);
    f->iteration++;
    take_image(f);
    *report = (dip_fit_report){.iteration = f->iteration,
                               .loss = (double)f->value[DIP_MISFIT],
                               .held_out = f->held ? (double)f->value[DIP_HELD] : NAN};
    report->best = cgm_dip_stopping_look(&f->stopping, f->raw, report->loss, report->held_out);
    if (report->best) memcpy(f->best, f->mean, (size_t)f->pixels * sizeof *f->best);
    report->stop_value = f->stopping.value;
    report->rolled_back = roll_back(f);
    if (!report->rolled_back) CGM_TRY(cgm_optimizer_step(&f->optimizer_opts, &f->optimizer, f->params, f->threads));
    report->finished = f->iteration >= f->opts.iterations || cgm_dip_stopping_says_so(&f->stopping);
    return CGM_OK;
}

const double *cgm_dip_fit_raw(const dip_fit *f)
{
    return f->raw;
}

const double *cgm_dip_fit_image(const dip_fit *f)
{
    return f->mean;
}

const double *cgm_dip_fit_best(const dip_fit *f)
{
    return f->stopping.best ? f->best : f->mean;
}

size_t cgm_dip_fit_parameters(const dip_fit *f)
{
    return cgm_params_elements(f->params);
}

size_t cgm_dip_fit_bytes(const dip_fit *f)
{
    size_t flat = cgm_params_flat_size(f->params), copies = (f->checkpoint ? 1 : 0) + (f->kept ? 1 : 0);
    size_t ring = f->stopping.ring ? (size_t)((f->opts.stop.window + 1) * f->pixels) : 0;
    size_t reals =
        (size_t)((f->noisy ? 2 : 1) * f->inputs + (f->held ? 3 : 2) * f->measured + f->pixels) + copies * flat;
    return cgm_program_workspace_bytes(f->program) + cgm_params_bytes(f->params) + reals * sizeof(cgm_real) +
           ((size_t)(3 * f->pixels) + ring) * sizeof(double);
}

cgm_params *cgm_dip_fit_params(dip_fit *f)
{
    return f->params;
}

cgm_real *cgm_dip_fit_input(dip_fit *f, int64_t *size)
{
    *size = f->inputs;
    return f->z;
}
