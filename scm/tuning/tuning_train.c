/* Counterfactual fine-tuning: the graph of a step, and the steps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph/ops.h"
#include "io/params_state.h"
#include "scm/tuning/tuning.h"

#define MEASURED 64   /* batches, at most, that c is measured on */
#define NOISE_STEP 16 /* elements: inputs lie aligned */

enum { READ, BOUND, OBJECTIVE, LOSS, VALUES }; /* -sum of log q, the negative evidence bound, F, L */

struct tuning_fit {
    cgm_program *program;
    cgm_workspace *ws;
    cgm_real *pixels, *pa, *other, *seen[TUNING_MAX_PREDICTORS], *noise;
    size_t n_noise;
    cgm_real constraint, multiplier, value[VALUES];
    size_t batch, bytes;
    cgm_batches *batches;
    tuning_parents parents;
    cgm_rng noise_rng;
    cgm_optimizer_opts opts;
    cgm_optimizer_state optimizer;
    uint64_t step, total, layout;
    double moment[2]; /* of the multiplier's steps */
    uint64_t updates; /* of it */
};

/* ---- The graph ---- */

typedef struct nodes {
    cgm_graph *g;
    cgm_arena arena;
    cgm_node pixels, pa, other, seen[TUNING_MAX_PREDICTORS], constraint, multiplier, value[VALUES];
    image_bound bound;
} nodes;

static cgm_node features_input(const nodes *b, const char *name, int64_t n, const network_parents *parents)
{
    return cgm_batch_input(b->g, name, CGM_SHAPE(n, (int64_t)parents->features));
}

/* The mean over a batch of [n, 1]. */
static cgm_node mean(cgm_graph *g, cgm_node x, double numbers)
{
    return cgm_affine(g, cgm_sum_all(g, x), 1 / ((double)cgm_node_shape(g, x).dim[0] * numbers), 0);
}

static void build(const cgm_tuner *t, int64_t n, nodes *b)
{
    cgm_graph *g = b->g;
    const cgm_variable *v = t->model.variable;
    double numbers = (double)cgm_variable_width(v);
    b->bound = (image_bound){.mode = CGM_MODE_EVAL, .arena = &b->arena};
    b->pixels = cgm_batch_input(g, "pixels", CGM_SHAPE(n, v->channels, v->height, v->width));
    b->pa = features_input(b, "parents", n, t->model.parents);
    b->other = features_input(b, "other", n, t->model.parents);
    b->constraint = cgm_input(g, "constraint", CGM_SCALAR);
    b->multiplier = cgm_input(g, "multiplier", CGM_SCALAR);
    cgm_node x = t->model.counterfactual(t->model.context, g, b->pixels, b->pa, b->other, &b->bound);
    cgm_node kl = b->bound.kl[0], read = {0};
    for (size_t j = 1; j < b->bound.n_groups; j++) kl = cgm_add(g, kl, b->bound.kl[j]);
    for (size_t k = 0; k < t->n_predictors; k++) {
        const cgm_predictor *p = t->predictor[k];
        b->seen[k] = features_input(b, "seen", n, &p->seen);
        cgm_node loss = cgm_predictor_graph_loss(p, g, x, b->seen[k], CGM_MODE_EVAL);
        read = k ? cgm_add(g, read, loss) : loss;
    }
    b->value[READ] = mean(g, read, 1);
    b->value[BOUND] = mean(g, cgm_add(g, b->bound.nll, kl), numbers);
    b->value[OBJECTIVE] = mean(g, cgm_add(g, b->bound.nll, cgm_affine(g, kl, t->train.beta, 0)), numbers);
    cgm_node slack = cgm_sub(g, b->constraint, b->value[OBJECTIVE]);
    cgm_node damped = cgm_sub(g, b->multiplier, cgm_affine(g, cgm_stop_gradient(g, slack), t->damping, 0));
    b->value[LOSS] = cgm_sub(g, b->value[READ], cgm_mul(g, damped, slack));
}

/* ---- Memory ---- */

static cgm_status make_room(tuning_fit *f, size_t n, cgm_real **out)
{
    *out = cgm_alloc_aligned((n ? n : 1) * sizeof **out);
    f->bytes += n * sizeof **out;
    return *out ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status bind_input(tuning_fit *f, const nodes *b, cgm_node x, cgm_real **memory)
{
    CGM_TRY(make_room(f, (size_t)cgm_shape_size(cgm_node_shape(b->g, x)), memory));
    cgm_workspace_bind(f->ws, x, *memory);
    return CGM_OK;
}

static size_t noise_room(const nodes *b, size_t i)
{
    return ((size_t)cgm_shape_size(cgm_node_shape(b->g, b->bound.noise[i])) + NOISE_STEP - 1) / NOISE_STEP * NOISE_STEP;
}

static cgm_status bind_noise(tuning_fit *f, const nodes *b)
{
    for (size_t i = 0; i < b->bound.n_noise; i++) f->n_noise += noise_room(b, i);
    CGM_TRY(make_room(f, f->n_noise, &f->noise));
    const cgm_real *at = f->noise;
    for (size_t i = 0; i < b->bound.n_noise; i++) {
        cgm_workspace_bind(f->ws, b->bound.noise[i], at);
        at += noise_room(b, i);
    }
    return CGM_OK;
}

static cgm_status bind(const cgm_tuner *t, const nodes *b)
{
    tuning_fit *f = t->fit;
    cgm_params *params = t->model.params;
    cgm_params_bind(params, b->g, f->ws, cgm_params_values(params));
    cgm_params_bind_gradients(params, f->ws, VALUES);
    for (size_t k = 0; k < t->n_predictors; k++)
        cgm_params_bind(t->predictor[k]->params, b->g, f->ws, cgm_params_ema(t->predictor[k]->params));
    for (size_t i = 0; i < VALUES; i++) cgm_workspace_bind_output(f->ws, i, &f->value[i]);
    cgm_workspace_bind(f->ws, b->constraint, &f->constraint);
    cgm_workspace_bind(f->ws, b->multiplier, &f->multiplier);
    f->bytes += cgm_program_workspace_bytes(f->program) + cgm_params_bytes(params);
    CGM_TRY(bind_input(f, b, b->pixels, &f->pixels));
    CGM_TRY(bind_input(f, b, b->pa, &f->pa));
    CGM_TRY(bind_input(f, b, b->other, &f->other));
    for (size_t k = 0; k < t->n_predictors; k++) CGM_TRY(bind_input(f, b, b->seen[k], &f->seen[k]));
    return bind_noise(f, b);
}

static cgm_status compile(const cgm_tuner *t, const cgm_fit *fit, nodes *b)
{
    tuning_fit *f = t->fit;
    cgm_params *params = t->model.params;
    build(t, (int64_t)f->batch, b);
    CGM_TRY(cgm_graph_status(b->g));
    size_t n = cgm_params_count(params);
    cgm_node *outputs = calloc(VALUES + n, sizeof *outputs);
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for fine-tuning");
    memcpy(outputs, b->value, sizeof b->value);
    cgm_compile_opts opts = {.threads = fit->threads, .bound_outputs = true};
    cgm_status status = cgm_params_gradients(params, b->g, b->value[LOSS], outputs + VALUES);
    if (status == CGM_OK) status = cgm_program_compile(b->g, VALUES + n, outputs, &opts, &f->program);
    if (status == CGM_OK) status = cgm_workspace_create(f->program, &f->ws);
    if (status == CGM_OK) status = bind(t, b);
    free(outputs);
    return status;
}

/* ---- Beginning and ending ---- */

static cgm_status prepare(cgm_tuner *t, const cgm_fit *fit)
{
    tuning_fit *f = t->fit;
    size_t begin, rows;
    cgm_rng order = cgm_rng_split(&fit->rng, "batches"), other = cgm_rng_split(&fit->rng, "interventions");
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &rows);
    f->noise_rng = cgm_rng_split(&fit->rng, "eps");
    f->batch = cgm_train_batch(fit->train, &t->model.defaults, rows);
    f->opts = cgm_train_optimizer(fit->train, &t->model.defaults);
    CGM_CHECK(cgm_params_values(t->model.params)); /* a run's parts come in order, when they are planned too */
    CGM_TRY(cgm_batches_create(fit->data, f->batch, &order, &f->batches));
    size_t per_epoch = cgm_batches_per_epoch(f->batches);
    f->total = f->opts.total = (uint64_t)fit->train->epochs * per_epoch;
    f->layout = cgm_params_layout(t->model.params);
    CGM_TRY(cgm_tuning_parents_begin(t, f->batch, per_epoch, &other, &f->parents));
    nodes b = {0};
    CGM_TRY(cgm_graph_create(&b.g));
    cgm_status status = compile(t, fit, &b);
    cgm_graph_destroy(b.g);
    cgm_arena_clear(&b.arena);
    return status;
}

static void fill_report(const tuning_fit *f, cgm_fit_report *report)
{
    report->done = f->step * f->batch;
    report->total = f->total * f->batch;
    report->unit = "images";
    report->finished = f->step >= f->total;
    report->epoch_ended = f->step % f->parents.per_epoch == 0;
}

cgm_status cgm_tuning_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    cgm_tuner *t = (cgm_tuner *)base;
    t->fit = calloc(1, sizeof *t->fit);
    if (!t->fit) return CGM_FAIL(CGM_E_MEMORY, "out of memory for fine-tuning");
    cgm_status status = prepare(t, fit);
    if (status != CGM_OK) {
        cgm_tuning_fit_end(base);
        return status;
    }
    *report = (cgm_fit_report){.memory_bytes = t->fit->bytes + cgm_tuning_parents_bytes(&t->fit->parents)};
    fill_report(t->fit, report);
    return CGM_OK;
}

void cgm_tuning_fit_end(cgm_mechanism *base)
{
    cgm_tuner *t = (cgm_tuner *)base;
    tuning_fit *f = t->fit;
    if (!f) return;
    cgm_workspace_destroy(f->ws);
    cgm_program_destroy(f->program);
    cgm_batches_destroy(f->batches);
    cgm_tuning_parents_clear(&f->parents);
    cgm_free_aligned(f->pixels);
    cgm_free_aligned(f->pa);
    cgm_free_aligned(f->other);
    for (size_t k = 0; k < t->n_predictors; k++) cgm_free_aligned(f->seen[k]);
    cgm_free_aligned(f->noise);
    free(f);
    t->fit = NULL;
}

cgm_status cgm_tuning_fit_state(cgm_tuner *t, cgm_state *state)
{
    tuning_fit *f = t->fit;
    cgm_params *params = t->model.params;
    CGM_TRY(cgm_state_add_descent(state, &f->step, &f->opts, &f->optimizer));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &f->layout, "training/layout"));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(2), f->moment, "training/multiplier_moments"));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &f->updates, "training/multiplier_updates"));
    CGM_TRY(cgm_state_add_flat(state, params, "training/values", cgm_params_values(params)));
    CGM_TRY(cgm_state_add_flat(state, params, "training/average", cgm_params_ema(params)));
    CGM_TRY(cgm_state_add_flat(state, params, "training/moment1", cgm_params_moment(params, 0)));
    return cgm_state_add_flat(state, params, "training/moment2", cgm_params_moment(params, 1));
}

/* ---- Steps ---- */

static cgm_status run(cgm_tuner *t, const cgm_fit *fit, uint64_t step)
{
    tuning_fit *f = t->fit;
    const cgm_variable *v = t->model.variable;
    CGM_TRY(cgm_tuning_parents_get(t, &f->parents, f->batches, fit->data, step, fit->threads));
    const size_t *rows = cgm_batches_rows(f->batches, step);
    const double *gains = cgm_tuning_gains(t, f->batches, step);
    cgm_network_parents_fill_rows(t->model.parents, fit->data, f->batch, rows, gains, f->pa);
    cgm_tuning_parents_fill(&f->parents, t->model.parents, step, f->other);
    for (size_t k = 0; k < t->n_predictors; k++)
        cgm_tuning_parents_fill(&f->parents, &t->predictor[k]->seen, step, f->seen[k]);
    cgm_batches_images(f->batches, step, 0, f->batch, v->name, &t->train.augment, gains, fit->threads, f->pixels);
    cgm_rng noise = cgm_rng_split_index(&f->noise_rng, step);
    cgm_rng_fill_normal_by(&noise, fit->threads, f->n_noise, f->noise);
    f->constraint = (cgm_real)t->constraint;
    f->multiplier = (cgm_real)t->multiplier;
    return cgm_program_run(f->program, f->ws);
}

/* What was trained before, its average, is where this begins, and what its bound is held against. */
static cgm_status start(cgm_tuner *t, const cgm_fit *fit)
{
    tuning_fit *f = t->fit;
    cgm_params *params = t->model.params;
    size_t bytes = cgm_params_flat_size(params) * sizeof(cgm_real), n = f->parents.per_epoch;
    double sum = 0;
    memcpy(cgm_params_values(params), cgm_params_ema(params), bytes);
    memset(cgm_params_moment(params, 0), 0, bytes);
    memset(cgm_params_moment(params, 1), 0, bytes);
    if (n > MEASURED) n = MEASURED;
    for (size_t i = 0; i < n; i++) {
        CGM_TRY(run(t, fit, i));
        sum += (double)f->value[OBJECTIVE];
    }
    t->constraint = sum / (double)n;
    t->multiplier = 0;
    return isfinite(t->constraint) ? CGM_OK
                                   : CGM_FAIL(CGM_E_NUMERIC, "the training objective is not finite to begin with");
}

/* Ascent by Adam (Kingma and Ba 2015), to no less than 0. */
static void move_multiplier(cgm_tuner *t)
{
    static const double beta1 = 0.9, beta2 = 0.999, tiny = 1e-8;
    tuning_fit *f = t->fit;
    double slope = (double)f->value[OBJECTIVE] - t->constraint;
    f->updates++;
    f->moment[0] = beta1 * f->moment[0] + (1 - beta1) * slope;
    f->moment[1] = beta2 * f->moment[1] + (1 - beta2) * slope * slope;
    double mean1 = f->moment[0] / (1 - pow(beta1, (double)f->updates));
    double mean2 = f->moment[1] / (1 - pow(beta2, (double)f->updates));
    t->multiplier = fmax(t->multiplier + t->multiplier_rate * mean1 / (sqrt(mean2) + tiny), 0);
}

cgm_status cgm_tuning_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    cgm_tuner *t = (cgm_tuner *)base;
    tuning_fit *f = t->fit;
    cgm_params *params = t->model.params;
    if (f->layout != cgm_params_layout(params))
        return CGM_FAIL(CGM_E_FORMAT, "fine-tuning was begun by another version of cgm, whose parameters are in "
                                      "another order: it cannot be gone on with");
    if (f->step == 0) CGM_TRY(start(t, fit));
    CGM_TRY(run(t, fit, f->step));
    uint64_t updates = f->optimizer.step;
    cgm_status status = cgm_optimizer_step(&f->opts, &f->optimizer, params, fit->threads);
    if (status == CGM_E_NUMERIC)
        return CGM_FAIL(CGM_E_NUMERIC, "%s: after %llu steps of fine-tuning: %s", t->model.variable->name,
                        (unsigned long long)f->step, cgm_error_message());
    CGM_TRY(status);
    if (f->optimizer.step > updates) move_multiplier(t);
    f->step++;
    report->n_metrics = 0;
    cgm_fit_report_add(report, "predictors", (double)f->value[READ]);
    cgm_fit_report_add(report, "nats_per_dim", -(double)f->value[BOUND]);
    cgm_fit_report_add(report, "objective", (double)f->value[OBJECTIVE]);
    cgm_fit_report_add(report, "multiplier", t->multiplier);
    cgm_fit_report_add(report, "loss", (double)f->value[LOSS]);
    cgm_fit_report_add(report, "skipped", (double)f->optimizer.skipped);
    cgm_fit_report_add(report, "norm", f->optimizer.last_norm);
    cgm_fit_report_add(report, "rate", f->optimizer.last_rate);
    fill_report(f, report);
    return CGM_OK;
}
