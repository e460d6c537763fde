/* Fitting spline flows by maximum likelihood: AdamW on shuffled batches. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/batches.h"
#include "nn/optimizer.h"
#include "scm/mechanisms/affine_flow.h"
#include "scm/mechanisms/spline_flow.h"

struct scm_spline_training {
    cgm_batches *batches;
    cgm_program *program;
    cgm_workspace *ws;
    size_t batch, first; /* rows of a step; the first training row */
    double *y;           /* [training rows]: standardised */
    double constant;     /* what standardising and the range add to the mean negative log-likelihood */
    scm_columns columns;
    cgm_real *input, *features, *triangle, loss; /* [batch, 1], [batch, inputs], [bins, bins + 1] */
    cgm_optimizer_opts opts;
    cgm_optimizer_state optimizer;
    uint64_t step, per_epoch, total; /* steps */
};

static void training_destroy(scm_spline_training *t)
{
    if (!t) return;
    cgm_batches_destroy(t->batches);
    cgm_workspace_destroy(t->ws);
    cgm_program_destroy(t->program);
    cgm_free_aligned(t->input);
    cgm_free_aligned(t->features);
    cgm_free_aligned(t->triangle);
    free(t->y);
    free(t);
}

static cgm_status allocate(const scm_spline_flow *m, scm_spline_training *t, size_t rows)
{
    size_t bins = (size_t)m->options.bins;
    t->y = calloc(rows, sizeof *t->y);
    t->input = cgm_alloc_aligned(t->batch * sizeof *t->input);
    t->features = cgm_alloc_aligned((t->batch * m->inputs + 1) * sizeof *t->features);
    t->triangle = cgm_alloc_aligned(bins * (bins + 1) * sizeof *t->triangle);
    if (!t->y) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", rows);
    if (!t->input || !t->features || !t->triangle) return CGM_E_MEMORY;
    for (size_t i = 0; i < bins; i++)
        for (size_t j = i + 1; j <= bins; j++) t->triangle[i * (bins + 1) + j] = 1;
    return CGM_OK;
}

/* y of every training row, standardised, and the parents' scaling. */
static cgm_status standardise(scm_spline_flow *m, scm_spline_training *t)
{
    const cgm_values *value = &t->columns.value;
    double sum = 0, squares = 0, log_slopes = 0, n = (double)value->n;
    for (size_t i = 0; i < value->n; i++) {
        sum += t->y[i] = cgm_scm_affine_unsquash(m->variable, value->data[i]);
        log_slopes += cgm_scm_affine_log_slope(m->variable, value->data[i]);
    }
    for (size_t i = 0; i < value->n; i++) squares += (t->y[i] - sum / n) * (t->y[i] - sum / n);
    double sd = sqrt(squares / n);
    if (!(sd > 0) || !(sd > 1e-12 * fabs(sum / n)))
        return CGM_FAIL(CGM_E_ARG,
                        "variable '%s': its %zu training values are all the same, so that it has no density; expected "
                        "some scatter",
                        m->variable->name, value->n);
    m->standard[0] = sum / n;
    m->standard[1] = sd;
    t->constant = log(sd) - log_slopes / n;
    for (size_t i = 0; i < value->n; i++) t->y[i] = (t->y[i] - m->standard[0]) / sd;
    cgm_scm_features_fit(&m->features, t->columns.parents);
    return CGM_OK;
}

/* Output 0 is the mean negative log-likelihood; its gradients follow. */
static cgm_status build(scm_spline_flow *m, scm_spline_training *t, cgm_graph *g, int threads)
{
    int64_t n = (int64_t)t->batch, bins = m->options.bins;
    size_t n_params = cgm_params_count(m->params);
    cgm_status status = CGM_OK;
    cgm_node *outputs = calloc(1 + n_params, sizeof *outputs), features = {0};
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    cgm_node y = cgm_input(g, "y", CGM_SHAPE(n, 1)), triangle = cgm_input(g, "triangle", CGM_SHAPE(bins, bins + 1));
    if (m->inputs) features = cgm_input(g, "features", CGM_SHAPE(n, (int64_t)m->inputs));
    outputs[0] = cgm_scm_spline_loss(m, g, y, cgm_scm_spline_network(m, g, features), triangle);
    CGM_TRY_GOTO(cgm_params_gradients(m->params, g, outputs[0], outputs + 1), done);
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    CGM_TRY_GOTO(cgm_program_compile(g, 1 + n_params, outputs, &opts, &t->program), done);
    CGM_TRY_GOTO(cgm_workspace_create(t->program, &t->ws), done);
    cgm_params_bind(m->params, g, t->ws, cgm_params_values(m->params));
    cgm_params_bind_gradients(m->params, t->ws, 1);
    cgm_workspace_bind(t->ws, y, t->input);
    cgm_workspace_bind(t->ws, triangle, t->triangle);
    if (features.id) cgm_workspace_bind(t->ws, features, t->features);
    cgm_workspace_bind_output(t->ws, 0, &t->loss);
done:
    free(outputs);
    return status;
}

static void read_opts(const scm_spline_flow *m, scm_spline_training *t, const cgm_train_opts *train)
{
    cgm_optimizer_defaults(&t->opts);
    t->opts.rate = m->options.rate > 0 ? m->options.rate : train->rate;
    t->opts.weight_decay = train->weight_decay;
    t->opts.warmup = (uint64_t)train->warmup;
    t->opts.clip = train->clip;
    t->opts.ema = train->ema;
}

static void fill_report(const scm_spline_training *t, cgm_fit_report *report)
{
    report->done = t->step * t->batch;
    report->total = t->total * t->batch;
    report->unit = "rows";
    report->finished = t->step >= t->total;
    report->epoch_ended = t->step % t->per_epoch == 0;
}

static size_t memory_bytes(const scm_spline_flow *m, const scm_spline_training *t, size_t rows)
{
    return cgm_program_workspace_bytes(t->program) + cgm_params_bytes(m->params) + rows * sizeof(double) +
           rows * sizeof(size_t) + t->batch * (m->inputs + 1) * sizeof(cgm_real);
}

static cgm_status begin(scm_spline_flow *m, scm_spline_training *t, const cgm_fit *fit, size_t rows)
{
    cgm_graph *g = NULL;
    cgm_status status = CGM_OK;
    cgm_rng start = cgm_rng_split(&fit->rng, "parameters"), order = cgm_rng_split(&fit->rng, "batches");
    CGM_TRY_GOTO(cgm_scm_columns_get(fit->data, m->variable, &m->features, &t->columns), done);
    CGM_TRY_GOTO(allocate(m, t, rows), done);
    CGM_TRY_GOTO(standardise(m, t), done);
    CGM_TRY_GOTO(cgm_scm_spline_initialise(m, &start), done);
    CGM_TRY_GOTO(cgm_batches_create(fit->data, t->batch, &order, &t->batches), done);
    CGM_TRY_GOTO(cgm_graph_create(&g), done);
    CGM_TRY_GOTO(build(m, t, g, fit->threads), done);
done:
    cgm_graph_destroy(g);
    return status;
}

cgm_status cgm_scm_spline_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_spline_flow *m = (scm_spline_flow *)base;
    size_t rows;
    scm_spline_training *t = calloc(1, sizeof *t);
    if (!t) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    cgm_dataset_split(fit->data, CGM_TRAIN, &t->first, &rows);
    size_t batch = (size_t)(m->options.batch > 0 ? m->options.batch : fit->train->batch);
    t->batch = batch < rows ? batch : rows;
    read_opts(m, t, fit->train);
    cgm_status status = begin(m, t, fit, rows);
    if (status != CGM_OK) {
        training_destroy(t);
        return status;
    }
    t->per_epoch = cgm_batches_per_epoch(t->batches);
    t->total = (uint64_t)(m->options.epochs > 0 ? m->options.epochs : fit->train->epochs) * t->per_epoch;
    *report = (cgm_fit_report){.memory_bytes = memory_bytes(m, t, rows)};
    fill_report(t, report);
    m->training = t;
    return CGM_OK;
}

static void load_batch(const scm_spline_flow *m, scm_spline_training *t)
{
    const size_t *rows = cgm_batches_rows(t->batches, t->step);
    size_t at[CGM_MAX_PARENTS + 1];
    double value[CGM_MAX_PARENTS + 1];
    if (m->inputs) memset(t->features, 0, t->batch * m->inputs * sizeof *t->features);
    for (size_t k = 0; k < t->batch; k++) {
        size_t row = rows[k] - t->first, n = cgm_scm_features_row(&m->features, t->columns.parents, row, at, value);
        t->input[k] = (cgm_real)t->y[row];
        for (size_t f = 1; f < n; f++) t->features[k * m->inputs + at[f] - 1] = (cgm_real)value[f];
    }
}

cgm_status cgm_scm_spline_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_spline_flow *m = (scm_spline_flow *)base;
    scm_spline_training *t = m->training;
    load_batch(m, t);
    CGM_TRY(cgm_program_run(t->program, t->ws));
    CGM_TRY(cgm_optimizer_step(&t->opts, &t->optimizer, m->params, fit->threads));
    t->step++;
    fill_report(t, report);
    report->n_metrics = 3;
    report->metrics[0] = (cgm_metric){"nll", (double)t->loss + t->constant};
    report->metrics[1] = (cgm_metric){"norm", t->optimizer.last_norm};
    report->metrics[2] = (cgm_metric){"skipped", (double)t->optimizer.skipped};
    return CGM_OK;
}

void cgm_scm_spline_fit_end(cgm_mechanism *base)
{
    scm_spline_flow *m = (scm_spline_flow *)base;
    training_destroy(m->training);
    m->training = NULL;
}

cgm_status cgm_scm_spline_training_state(scm_spline_flow *m, cgm_state *state)
{
    scm_spline_training *t = m->training;
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &t->step, "training/step"));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &t->optimizer.step, "training/updates"));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &t->optimizer.skipped, "training/skipped"));
    return cgm_state_add(state, CGM_U64, CGM_SCALAR, &t->optimizer.consecutive_skips, "training/consecutive_skips");
}
