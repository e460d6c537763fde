/* The steps of a training, from the rows of a batch to the optimiser. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernels.h"
#include "scm/networks/training_priv.h"

/* ---- Beginning and ending ---- */

static void training_destroy(image_training *t)
{
    if (!t) return;
    cgm_image_validation_end(t);
    cgm_image_recovery_end(t);
    cgm_image_training_clear_programs(t);
    cgm_batches_destroy(t->batches);
    cgm_free_aligned(t->sum);
    free(t);
}

static void read_opts(image_training *t, const cgm_train_opts *train, size_t rows)
{
    t->opts = cgm_train_optimizer(train, &t->model.defaults);
    t->validation.rows = cgm_image_validation_rows(train, t->model.defaults.validation, rows);
    t->rows = rows - t->validation.rows;
    t->batch = cgm_train_batch(train, &t->model.defaults, t->rows);
    size_t most = t->batch ? t->rows / t->batch : 1, wanted = train->accumulate > 1 ? (size_t)train->accumulate : 1;
    t->accumulate = wanted < most ? wanted : most;
    t->augmentation = train->augment;
    t->beta = train->beta;
    t->beta_start = train->beta_start;
    t->free_bits = train->free_bits;
}

static cgm_status check_augmentation(const image_training *t)
{
    const network_parents *pa = t->model.parents;
    const char *key;
    return cgm_augmentation_check(&t->augmentation, t->model.variable, pa->n, pa->variable, &key);
}

static void count_steps(image_training *t, const cgm_train_opts *train)
{
    t->per_epoch = cgm_batches_per_epoch(t->batches);
    t->warmup = (uint64_t)train->beta_warmup * t->per_epoch;
    t->total = (uint64_t)train->epochs * t->per_epoch;
    t->opts.total = t->total;
}

static cgm_status prepare_params(image_training *t, const cgm_rng *rng)
{
    cgm_params *params = t->model.params;
    cgm_rng start = cgm_rng_split(rng, "parameters");
    if (!cgm_params_values(params)) CGM_TRY(cgm_params_init(params, &start));
    if (t->accumulate == 1) return CGM_OK;
    t->sum = cgm_alloc_aligned((cgm_params_flat_size(params) + 1) * sizeof *t->sum);
    return t->sum ? CGM_OK : CGM_E_MEMORY;
}

static size_t memory_bytes(const image_training *t)
{
    const network_parents *pa = t->model.parents;
    size_t row = cgm_variable_width(t->model.variable) + pa->features;
    size_t reals = t->batch * row + pa->features + t->in.n_noise;
    size_t others = cgm_image_validation_bytes(t) + cgm_image_recovery_bytes(t);
    if (t->sum) reals += cgm_params_flat_size(t->model.params);
    return cgm_program_workspace_bytes(t->gradients.program) + cgm_params_bytes(t->model.params) + others +
           reals * sizeof(cgm_real) + t->rows * sizeof(size_t);
}

static void fill_report(const image_training *t, cgm_fit_report *report)
{
    uint64_t images = t->batch * t->accumulate;
    report->done = t->step * images;
    report->total = t->total * images;
    report->unit = "images";
    report->finished = t->step >= t->total || cgm_image_validation_stops(t);
    report->epoch_ended = t->step % t->per_epoch == 0;
}

cgm_status cgm_image_training_begin(const image_model *model, const cgm_fit *fit, cgm_fit_report *report,
                                    image_training **out)
{
    cgm_status status = CGM_OK;
    size_t begin, rows;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &rows);
    image_training *t = calloc(1, sizeof *t);
    if (!t) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    t->model = *model;
    if (model->n_rows) rows = model->n_rows;
    cgm_rng order = cgm_rng_split(&fit->rng, "batches");
    t->noise = cgm_rng_split(&fit->rng, "eps");
    t->dropout = cgm_rng_split(&fit->rng, "dropout");
    read_opts(t, fit->train, rows);
    CGM_TRY_GOTO(check_augmentation(t), done);
    CGM_TRY_GOTO(cgm_network_parents_learn(model->parents, fit->data, model->first_row, t->rows), done);
    CGM_TRY_GOTO(prepare_params(t, &fit->rng), done);
    CGM_TRY_GOTO(
        cgm_batches_create_of(fit->data, model->first_row, t->rows, t->batch * t->accumulate, &order, &t->batches),
        done);
    CGM_TRY_GOTO(cgm_image_validation_begin(t, fit), done);
    CGM_TRY_GOTO(cgm_image_recovery_begin(t), done);
    CGM_TRY_GOTO(cgm_image_training_compile(t, fit->threads), done);
    count_steps(t, fit->train);
    t->layout = cgm_params_layout(model->params);
    *report = (cgm_fit_report){.memory_bytes = memory_bytes(t)};
    fill_report(t, report);
    *out = t;
done:
    if (status != CGM_OK) training_destroy(t);
    return status;
}

void cgm_image_training_end(image_training *t)
{
    training_destroy(t);
}

void cgm_image_training_rows(const image_training *t, size_t *trained, size_t *held)
{
    *trained = t->rows;
    *held = t->validation.rows;
}

bool cgm_image_training_has_begun(const image_training *t)
{
    return t->step > 0;
}

cgm_status cgm_image_training_state(image_training *t, cgm_state *state)
{
    CGM_TRY(cgm_state_add_descent(state, &t->step, &t->opts, &t->optimizer));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &t->layout, "training/layout"));
    CGM_TRY(cgm_image_recovery_state(t, state));
    return cgm_image_validation_state(t, state);
}

cgm_status cgm_image_state(network_parents *parents, cgm_params *params, image_training *training, cgm_state *state)
{
    cgm_rng any = cgm_rng_create(0);
    if (!cgm_params_values(params)) CGM_TRY(cgm_params_init(params, &any));
    CGM_TRY(cgm_network_parents_state(parents, state));
    CGM_TRY(cgm_state_add_params(state, params, training != NULL));
    return training ? cgm_image_training_state(training, state) : CGM_OK;
}

/* ---- A step ---- */

/* From beta_start to beta over the first steps. */
static double kl_weight(const image_training *t)
{
    if (t->step >= t->warmup) return t->beta;
    return t->beta_start + (t->beta - t->beta_start) * (double)(t->step + 1) / (double)t->warmup;
}

/* 1, or 0 at the features of the parents that this batch drops. */
static void fill_mask(const image_training *t, uint64_t batch)
{
    const network_parents *pa = t->model.parents;
    cgm_rng rng = cgm_rng_split_index(&t->dropout, batch);
    bool drop = t->model.dropout > 0 && cgm_rng_uniform(&rng) < t->model.dropout;
    for (size_t i = 0; i < pa->n; i++) {
        size_t first, n = cgm_network_parents_place(pa, i, &first);
        for (size_t k = 0; k < n; k++) t->in.mask[first + k] = !(drop && t->model.dropped[i]);
    }
}

/* Fills in batch number `part` of the step. */
static void load_batch(image_training *t, size_t part, const cgm_fit *fit)
{
    size_t first = part * t->batch;
    uint64_t batch = t->step * t->accumulate + part;
    const size_t *rows = cgm_batches_rows(t->batches, t->step) + first;
    const network_parents *parents = t->model.parents;
    const double *gains = cgm_network_parents_gains(parents, t->batches, t->step, &t->augmentation);
    cgm_batches_images(t->batches, t->step, first, t->batch, t->model.variable->name, &t->augmentation, gains,
                       fit->threads, t->in.pixels);
    cgm_network_parents_fill_rows(parents, fit->data, t->batch, rows, gains ? gains + first : NULL, t->in.pa);
    fill_mask(t, batch);
    cgm_rng noise = cgm_rng_split_index(&t->noise, batch);
    cgm_rng_fill_normal_by(&noise, fit->threads, t->gradients.n_noise, t->in.noise);
    t->in.beta = (cgm_real)kl_weight(t);
}

/* What a step saw, sums over its images in nats. */
typedef struct seen {
    double nll, kl[IMAGE_MAX_GROUPS];
} seen;

/* The gradient of a step is the sum over its batches, in their order; each is already divided by all images. */
static cgm_status run_batches(image_training *t, const cgm_fit *fit, seen *sum)
{
    cgm_real *gradient = cgm_params_gradient(t->model.params);
    size_t n = cgm_params_flat_size(t->model.params);
    for (size_t part = 0; part < t->accumulate; part++) {
        load_batch(t, part, fit);
        CGM_TRY(cgm_program_run(t->gradients.program, t->gradients.ws));
        cgm_params_update_state(t->model.params);
        sum->nll += (double)t->nll;
        for (size_t j = 0; j < t->n_groups; j++) sum->kl[j] += (double)t->kl[j];
        if (t->accumulate == 1) continue;
        if (part == 0)
            memcpy(t->sum, gradient, n * sizeof *t->sum);
        else
            cgm_accumulate(n, gradient, t->sum, fit->threads);
    }
    if (t->accumulate > 1) memcpy(gradient, t->sum, n * sizeof *t->sum);
    return CGM_OK;
}

static double loss_numbers(const image_training *t)
{
    return (double)(t->model.numbers ? t->model.numbers : cgm_variable_width(t->model.variable));
}

/* Means over the step's images, what one looks at first in front: the evidence bound in nats and bits a number of the
 * image, its parts in nats an image. */
static void report_bound(const image_training *t, const seen *sum, cgm_fit_report *report)
{
    double images = (double)(t->batch * t->accumulate), numbers = (double)cgm_variable_width(t->model.variable);
    double nll = sum->nll / images, kl = 0;
    if (!t->n_groups) {
        cgm_fit_report_add(report, "loss", nll / loss_numbers(t));
        return;
    }
    for (size_t j = 0; j < t->n_groups; j++) kl += sum->kl[j] / images;
    cgm_fit_report_add(report, "nats_per_dim", -(nll + kl) / numbers);
    cgm_fit_report_add(report, "bits_per_dim", (nll + kl) / (numbers * M_LN2));
    cgm_fit_report_add(report, "nll", nll);
    cgm_fit_report_add(report, "kl", kl);
    for (size_t j = 0; j < t->n_groups && t->n_groups > 1; j++) {
        char name[sizeof report->metrics[0].name];
        snprintf(name, sizeof name, "kl_%s", t->model.group_name[j]);
        cgm_fit_report_add(report, name, sum->kl[j] / images);
    }
    cgm_fit_report_add(report, "elbo", -(nll + kl));
}

static void report_validation(const image_training *t, cgm_fit_report *report)
{
    if (t->n_groups)
        cgm_fit_report_add(report, "validation_elbo", t->validation.last);
    else
        cgm_fit_report_add(report, "validation_loss", -t->validation.last / loss_numbers(t));
}

/* A step of the optimiser, made or skipped; when too many in a row were skipped, back to where it was well. */
static cgm_status update(image_training *t, const cgm_fit *fit)
{
    cgm_optimizer_opts opts = t->opts;
    opts.rate = ldexp(opts.rate, -(int)t->good.lowered);
    opts.schedule.min_rate = ldexp(opts.schedule.min_rate, -(int)t->good.lowered);
    cgm_status status = cgm_optimizer_step(&opts, &t->optimizer, t->model.params, fit->threads);
    return status == CGM_E_NUMERIC ? cgm_image_recovery_go_back(t, fit->sink) : status;
}

static cgm_status end_epoch(image_training *t, const cgm_fit *fit, bool made)
{
    if (made) cgm_image_recovery_keep(t);
    if (t->validation.rows && t->model.settle) CGM_TRY(t->model.settle(t->model.context));
    return cgm_image_validation_run(t, fit);
}

cgm_status cgm_image_training_step(image_training *t, const cgm_fit *fit, cgm_fit_report *report)
{
    seen sum = {0};
    if (t->layout != cgm_params_layout(t->model.params))
        return CGM_FAIL(CGM_E_FORMAT,
                        "the training was begun by another version of cgm, whose parameters are in another "
                        "order: it cannot be gone on with");
    CGM_TRY(run_batches(t, fit, &sum));
    uint64_t updates = t->optimizer.step;
    CGM_TRY(update(t, fit));
    t->step++;
    bool epoch_ended = t->step % t->per_epoch == 0;
    if (epoch_ended) CGM_TRY(end_epoch(t, fit, t->optimizer.step > updates));
    report->n_metrics = 0;
    report_bound(t, &sum, report);
    cgm_fit_report_add(report, "skipped", (double)t->optimizer.skipped);
    if (epoch_ended && t->validation.rows) report_validation(t, report);
    cgm_fit_report_add(report, "norm", t->optimizer.last_norm);
    cgm_fit_report_add(report, "rate", t->optimizer.last_rate);
    cgm_fit_report_add(report, "lowered", (double)t->good.lowered);
    fill_report(t, report);
    return CGM_OK;
}
