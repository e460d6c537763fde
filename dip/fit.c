#include "dip/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph/program.h"
#include "nn/image_losses.h"
#include "nn/optimizer.h"

#define CHECKPOINT 100 /* iterations between two looks at whether the fit has fallen, as the authors do */

enum { LOSS, MISFIT, HELD_OUT, IMAGE, OUTPUTS };

struct dip_fit {
    const dip_problem *problem;
    dip_fit_opts opts;
    int threads;
    cgm_arena arena;
    cgm_params *params;
    cgm_program *program;
    cgm_workspace *ws;
    int64_t net_height, net_width, pixels, measured, inputs; /* numbers of the image, of y and of z */
    cgm_real *z, *noisy, *y, *weight, *held, *made;          /* made: the image as the program writes it */
    cgm_real value[IMAGE];
    double weights[2];              /* sums: of what the fit sees, and of what was held out */
    double *raw, *mean, *best;
    cgm_real *checkpoint, *kept;    /* parameters: of the last checkpoint; without the noise of this iteration */
    double checkpoint_loss;         /* NaN: there is none */
    int64_t iteration;
    dip_stopping stopping;
    cgm_optimizer_opts optimizer_opts;
    cgm_optimizer_state optimizer;
    cgm_rng input_noise, weight_noise;
};

/* ---- The graph ---- */

typedef struct nodes {
    cgm_node z, y, weight, held, out[OUTPUTS];
} nodes;

/* sum of weight * error / sum, a mean. */
static cgm_node mean_of(cgm_graph *g, cgm_node squares, cgm_node weight, double sum)
{
    return cgm_affine(g, cgm_sum_all(g, cgm_mul(g, squares, weight)), 1 / sum, 0);
}

/* The mean over pixels of squared differences to the right and below. */
static cgm_node roughness(cgm_graph *g, cgm_node x)
{
    cgm_node sum = {0};
    cgm_shape s = cgm_node_shape(g, x);
    for (int axis = 2; axis <= 3; axis++) {
        int64_t n = s.dim[axis] - 1;
        cgm_node apart = cgm_sub(g, cgm_slice(g, x, axis, 1, n), cgm_slice(g, x, axis, 0, n));
        cgm_node squares = cgm_sum_all(g, cgm_square(g, apart));
        sum = axis == 2 ? squares : cgm_add(g, sum, squares);
    }
    return cgm_affine(g, sum, 1 / (double)cgm_shape_size(s), 0);
}

static void build(dip_fit *f, cgm_graph *g, nodes *out)
{
    const dip_problem *p = f->problem;
    const dip_fit_opts *o = &f->opts;
    out->z = cgm_input(g, "z", CGM_SHAPE(1, o->network.input_depth, f->net_height, f->net_width));
    out->y = cgm_input(g, "y", p->op.map.range);
    out->weight = cgm_input(g, "weight", p->op.map.range);
    cgm_node x = cgm_dip_network_image(&o->network, f->params, g, out->z, p->channels, p->height, p->width);
    cgm_node measured = p->plain ? x : cgm_apply_linear(g, x, &p->op.map, false);
    cgm_node squares = cgm_square(g, cgm_sub(g, measured, out->y));
    cgm_node loss = mean_of(g, squares, out->weight, f->weights[0]);
    out->out[IMAGE] = x;
    out->out[MISFIT] = loss;
    out->out[HELD_OUT] = cgm_constant(g, NAN, CGM_SCALAR);
    if (f->held) {
        out->held = cgm_input(g, "held", p->op.map.range);
        out->out[HELD_OUT] = mean_of(g, squares, out->held, f->weights[1]);
    }
    if (o->tv > 0)
        loss = cgm_add(g, loss, cgm_affine(g, cgm_isotropic_total_variation(g, x), o->tv / (double)f->pixels, 0));
    if (o->tikhonov > 0) loss = cgm_add(g, loss, cgm_affine(g, roughness(g, x), o->tikhonov, 0));
    out->out[LOSS] = loss;
}

static cgm_status compile(dip_fit *f, cgm_graph *g, const nodes *n)
{
    size_t n_params = cgm_params_count(f->params);
    cgm_status status = CGM_OK;
    cgm_node *outputs = calloc(OUTPUTS + n_params, sizeof *outputs);
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the network's gradients");
    memcpy(outputs, n->out, sizeof n->out);
    cgm_compile_opts opts = {.threads = f->threads, .bound_outputs = true};
    CGM_TRY_GOTO(cgm_params_gradients(f->params, g, n->out[LOSS], outputs + OUTPUTS), done);
    CGM_TRY_GOTO(cgm_program_compile(g, OUTPUTS + n_params, outputs, &opts, &f->program), done);
    CGM_TRY_GOTO(cgm_workspace_create(f->program, &f->ws), done);
    cgm_params_bind(f->params, g, f->ws, cgm_params_values(f->params));
    cgm_params_bind_gradients(f->params, f->ws, OUTPUTS);
    cgm_workspace_bind(f->ws, n->z, f->noisy);
    cgm_workspace_bind(f->ws, n->y, f->y);
    cgm_workspace_bind(f->ws, n->weight, f->weight);
    if (f->held) cgm_workspace_bind(f->ws, n->held, f->held);
    for (int i = 0; i < IMAGE; i++) cgm_workspace_bind_output(f->ws, (size_t)i, &f->value[i]);
    cgm_workspace_bind_output(f->ws, IMAGE, f->made);
done:
    free(outputs);
    return status;
}

/* ---- What it is made of ---- */

static cgm_status allocate(dip_fit *f)
{
    size_t n = (size_t)f->pixels, m = (size_t)f->measured, k = (size_t)f->inputs;
    f->z = cgm_arena_array(&f->arena, k, sizeof *f->z);
    f->noisy = cgm_arena_array(&f->arena, k, sizeof *f->noisy);
    f->y = cgm_arena_array(&f->arena, m, sizeof *f->y);
    f->weight = cgm_arena_array(&f->arena, m, sizeof *f->weight);
    if (f->opts.held_out > 0) f->held = cgm_arena_array(&f->arena, m, sizeof *f->held);
    f->made = cgm_arena_array(&f->arena, n, sizeof *f->made);
    f->raw = cgm_arena_array(&f->arena, n, sizeof *f->raw);
    f->mean = cgm_arena_array(&f->arena, n, sizeof *f->mean);
    f->best = cgm_arena_array(&f->arena, n, sizeof *f->best);
    bool all = f->z && f->noisy && f->y && f->weight && (f->held || !(f->opts.held_out > 0)) && f->made && f->raw;
    if (!all || !f->mean || !f->best) return CGM_E_MEMORY;
    return cgm_dip_stopping_create(&f->opts.stop, f->pixels, &f->arena, &f->stopping);
}

/* Which measurements are held out is drawn: a share of those that count. */
static cgm_status share_out(dip_fit *f, const cgm_rng *rng)
{
    const dip_problem *p = f->problem;
    cgm_rng stream = cgm_rng_split(rng, "held out");
    for (int64_t i = 0; i < f->measured; i++) {
        bool apart = f->held && cgm_rng_uniform(&stream) < f->opts.held_out;
        f->y[i] = (cgm_real)p->y[i];
        f->weight[i] = apart ? 0 : (cgm_real)p->weight[i];
        f->weights[0] += apart ? 0 : p->weight[i];
        f->weights[1] += apart ? p->weight[i] : 0;
        if (f->held) f->held[i] = apart ? (cgm_real)p->weight[i] : 0;
    }
    if (f->weights[0] > 0 && (f->weights[1] > 0 || !f->held)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "too few measurements to hold out %g of them", f->opts.held_out);
}

/* The network's parameters, and the copies of them that the options ask for. */
static cgm_status initialise(dip_fit *f, const cgm_rng *rng)
{
    cgm_rng weights = cgm_rng_split(rng, "weights"), input = cgm_rng_split(rng, "input");
    CGM_TRY(cgm_params_init(f->params, &weights));
    size_t flat = cgm_params_flat_size(f->params);
    if (f->opts.rollback > 0 && !(f->checkpoint = cgm_arena_array(&f->arena, flat, sizeof *f->checkpoint)))
        return CGM_E_MEMORY;
    if (f->opts.weight_noise > 0 && !(f->kept = cgm_arena_array(&f->arena, flat, sizeof *f->kept)))
        return CGM_E_MEMORY;
    cgm_dip_network_input(&f->opts.network, &input, f->net_height, f->net_width, f->z);
    memcpy(f->noisy, f->z, (size_t)f->inputs * sizeof *f->z);
    return CGM_OK;
}

static cgm_status make(dip_fit *f, const cgm_rng *rng)
{
    cgm_graph *g = NULL;
    cgm_status status = CGM_OK;
    nodes n = {0};
    CGM_TRY(allocate(f));
    CGM_TRY(share_out(f, rng));
    CGM_TRY(cgm_params_create(&f->params));
    CGM_TRY(cgm_graph_create(&g));
    build(f, g, &n);
    CGM_TRY_GOTO(cgm_graph_status(g), done);
    CGM_TRY_GOTO(initialise(f, rng), done);
    CGM_TRY_GOTO(compile(f, g, &n), done);
done:
    cgm_graph_destroy(g);
    return status;
}

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
    cgm_optimizer_defaults(&f->optimizer_opts);
    f->optimizer_opts.rule = cgm_optimizer_usual(CGM_OPTIMIZER_ADAM);
    f->optimizer_opts.weight_decay = 0;
    f->optimizer_opts.rate = opts->rate;
    f->input_noise = cgm_rng_split(rng, "input noise");
    f->weight_noise = cgm_rng_split(rng, "weight noise");
    cgm_status status = make(f, rng);
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

/* ---- An iteration ---- */

static void disturb_input(dip_fit *f)
{
    size_t n = (size_t)f->inputs;
    if (!(f->opts.input_noise > 0)) return;
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
    double misfit = (double)f->value[MISFIT], fallen = 10 * log10(misfit / f->checkpoint_loss);
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
                               .loss = (double)f->value[MISFIT],
                               .held_out = f->held ? (double)f->value[HELD_OUT] : NAN};
    report->best = cgm_dip_stopping_look(&f->stopping, f->raw, report->held_out);
    if (report->best) memcpy(f->best, f->mean, (size_t)f->pixels * sizeof *f->best);
    report->stop_value = f->stopping.value;
    report->rolled_back = roll_back(f);
    if (!report->rolled_back)
        CGM_TRY(cgm_optimizer_step(&f->optimizer_opts, &f->optimizer, f->params, f->threads));
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
    size_t reals = (size_t)(2 * f->inputs + (f->held ? 3 : 2) * f->measured + f->pixels) + copies * flat;
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
