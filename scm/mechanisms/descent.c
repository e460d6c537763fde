#include "scm/mechanisms/descent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/batches.h"
#include "graph/ops.h"
#include "io/params_state.h"
#include "scm/mechanisms/affine_flow.h"
#include "scm/train.h"

static const cgm_train_defaults train_defaults = {.clip = 200};

struct scm_descent {
    scm_descent_spec spec;
    cgm_batches *batches;
    cgm_program *program;
    cgm_workspace *ws;
    size_t batch, first, inputs; /* rows of a step; the first training row; features without the constant */
    double *y;                   /* [training rows]: standardised */
    double constant;             /* what standardising and the range add to the mean negative log-likelihood */
    scm_columns columns;
    cgm_real *input, *features, loss; /* [batch, 1], [batch, inputs] */
    cgm_optimizer_opts opts;
    cgm_optimizer_state optimizer;
    uint64_t step, per_epoch, total; /* steps */
    double epoch_loss;               /* sum over the steps of this epoch so far */
};

void cgm_scm_descent_destroy(scm_descent *d)
{
    if (!d) return;
    cgm_batches_destroy(d->batches);
    cgm_workspace_destroy(d->ws);
    cgm_program_destroy(d->program);
    cgm_free_aligned(d->input);
    cgm_free_aligned(d->features);
    free(d->y);
    free(d);
}

static cgm_status allocate(scm_descent *d, size_t rows)
{
    d->y = calloc(rows, sizeof *d->y);
    d->input = cgm_alloc_aligned(d->batch * sizeof *d->input);
    d->features = cgm_alloc_aligned((d->batch * d->inputs + 1) * sizeof *d->features);
    if (!d->y) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", rows);
    return d->input && d->features ? CGM_OK : CGM_E_MEMORY;
}

/* y of every training row, standardised, and the parents' scaling. */
static cgm_status standardise(scm_descent *d)
{
    const cgm_values *value = &d->columns.value;
    double log_slopes = 0;
    CGM_TRY(cgm_scm_affine_standardise(d->spec.variable, value, d->y, d->spec.standard));
    for (size_t i = 0; i < value->n; i++) log_slopes += cgm_scm_affine_log_slope(d->spec.variable, value->data[i]);
    d->constant = log(d->spec.standard[1]) - log_slopes / (double)value->n;
    cgm_scm_features_fit(d->spec.features, d->columns.parents);
    return CGM_OK;
}

/* Output 0 is the loss; its gradients follow. */
static cgm_status build(scm_descent *d, cgm_graph *g, int threads)
{
    int64_t n = (int64_t)d->batch;
    cgm_params *params = d->spec.params;
    size_t n_params = cgm_params_count(params);
    cgm_status status = CGM_OK;
    cgm_node *outputs = calloc(1 + n_params, sizeof *outputs), features = {0};
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    cgm_node y = cgm_input(g, "y", CGM_SHAPE(n, 1));
    if (d->inputs) features = cgm_input(g, "features", CGM_SHAPE(n, (int64_t)d->inputs));
    outputs[0] = d->spec.loss(d->spec.context, g, y, features);
    CGM_TRY_GOTO(cgm_params_gradients(params, g, outputs[0], outputs + 1), done);
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    CGM_TRY_GOTO(cgm_program_compile(g, 1 + n_params, outputs, &opts, &d->program), done);
    CGM_TRY_GOTO(cgm_workspace_create(d->program, &d->ws), done);
    cgm_params_bind(params, g, d->ws, cgm_params_values(params));
    cgm_params_bind_gradients(params, d->ws, 1);
    cgm_workspace_bind(d->ws, y, d->input);
    if (features.id) cgm_workspace_bind(d->ws, features, d->features);
    if (d->spec.bind) d->spec.bind(d->spec.context, d->ws);
    cgm_workspace_bind_output(d->ws, 0, &d->loss);
done:
    free(outputs);
    return status;
}

static void fill_report(const scm_descent *d, cgm_fit_report *report)
{
    report->done = d->step * d->batch;
    report->total = d->total * d->batch;
    report->unit = "rows";
    report->finished = d->step >= d->total;
    report->epoch_ended = d->step % d->per_epoch == 0;
}

static size_t memory_bytes(const scm_descent *d, size_t rows)
{
    return cgm_program_workspace_bytes(d->program) + cgm_params_bytes(d->spec.params) + rows * sizeof(double) +
           rows * sizeof(size_t) + d->batch * (d->inputs + 1) * sizeof(cgm_real);
}

static cgm_status begin(scm_descent *d, const cgm_fit *fit, size_t rows)
{
    cgm_graph *g = NULL;
    cgm_status status = CGM_OK;
    cgm_rng order = cgm_rng_split(&fit->rng, "batches");
    CGM_TRY_GOTO(cgm_scm_columns_get(fit->data, d->spec.variable, d->spec.features, &d->columns), done);
    CGM_TRY_GOTO(allocate(d, rows), done);
    CGM_TRY_GOTO(standardise(d), done);
    CGM_TRY_GOTO(cgm_batches_create(fit->data, d->batch, &order, &d->batches), done);
    CGM_TRY_GOTO(cgm_graph_create(&g), done);
    CGM_TRY_GOTO(build(d, g, fit->threads), done);
done:
    cgm_graph_destroy(g);
    return status;
}

cgm_status cgm_scm_descent_begin(const scm_descent_spec *spec, const cgm_fit *fit, cgm_fit_report *report,
                                 scm_descent **out)
{
    size_t rows;
    scm_descent *d = calloc(1, sizeof *d);
    if (!d) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    d->spec = *spec;
    d->inputs = spec->features->n - 1;
    cgm_dataset_split(fit->data, CGM_TRAIN, &d->first, &rows);
    d->batch = cgm_train_batch(fit->train, &train_defaults, rows);
    if (spec->options.batch > 0) d->batch = (size_t)spec->options.batch < rows ? (size_t)spec->options.batch : rows;
    d->opts = cgm_train_optimizer(fit->train, &train_defaults);
    if (spec->options.rate > 0) d->opts.rate = spec->options.rate;
    cgm_status status = begin(d, fit, rows);
    if (status != CGM_OK) {
        cgm_scm_descent_destroy(d);
        return status;
    }
    d->per_epoch = cgm_batches_per_epoch(d->batches);
    d->total = (uint64_t)(spec->options.epochs > 0 ? spec->options.epochs : fit->train->epochs) * d->per_epoch;
    d->opts.total = d->total;
    *report = (cgm_fit_report){.memory_bytes = memory_bytes(d, rows)};
    fill_report(d, report);
    *out = d;
    return CGM_OK;
}

static void load_batch(scm_descent *d)
{
    const size_t *rows = cgm_batches_rows(d->batches, d->step);
    size_t at[SCM_MAX_ROW];
    double value[SCM_MAX_ROW];
    if (d->inputs) memset(d->features, 0, d->batch * d->inputs * sizeof *d->features);
    for (size_t k = 0; k < d->batch; k++) {
        size_t row = rows[k] - d->first, n = cgm_scm_features_row(d->spec.features, d->columns.parents, row, at, value);
        d->input[k] = (cgm_real)d->y[row];
        for (size_t f = 1; f < n; f++) d->features[k * d->inputs + at[f] - 1] = (cgm_real)value[f];
    }
}

/* A plateau schedule sees the mean loss of each epoch. */
static void judge(scm_descent *d)
{
    if (d->opts.schedule.kind != CGM_SCHEDULE_PLATEAU) return;
    d->epoch_loss += (double)d->loss;
    if (d->step % d->per_epoch != 0) return;
    cgm_plateau_judge(&d->opts.schedule, &d->optimizer.plateau, d->epoch_loss / (double)d->per_epoch);
    d->epoch_loss = 0;
}

cgm_status cgm_scm_descent_step(scm_descent *d, const cgm_fit *fit, cgm_fit_report *report)
{
    load_batch(d);
    CGM_TRY(cgm_program_run(d->program, d->ws));
    cgm_params_update_state(d->spec.params);
    CGM_TRY(cgm_optimizer_step(&d->opts, &d->optimizer, d->spec.params, fit->threads));
    d->step++;
    judge(d);
    fill_report(d, report);
    report->n_metrics = 3;
    report->metrics[0] = (cgm_metric){.value = (double)d->loss + (d->spec.is_nll ? d->constant : 0)};
    strncpy(report->metrics[0].name, d->spec.metric, sizeof report->metrics[0].name - 1);
    report->metrics[1] = (cgm_metric){"norm", d->optimizer.last_norm};
    report->metrics[2] = (cgm_metric){"skipped", (double)d->optimizer.skipped};
    return CGM_OK;
}

cgm_status cgm_scm_descent_state(scm_descent *d, cgm_state *state)
{
    if (d->opts.schedule.kind == CGM_SCHEDULE_PLATEAU)
        CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SCALAR, &d->epoch_loss, "training/epoch_loss"));
    return cgm_state_add_descent(state, &d->step, &d->opts, &d->optimizer);
}

const scm_columns *cgm_scm_descent_columns(const scm_descent *d)
{
    return &d->columns;
}

const double *cgm_scm_descent_target(const scm_descent *d)
{
    return d->y;
}
