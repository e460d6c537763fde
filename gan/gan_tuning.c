#include "gan/gan_tuning.h"

#include <stdlib.h>
#include <string.h>

#include "gan/gan_tuning_priv.h"
#include "io/params_state.h"

/* ---- Beginning ---- */

static cgm_status prepare(gan *m, const cgm_fit *fit)
{
    gan_tuning *t = m->tuning;
    const gan_tuning_options *o = &m->options.finetune;
    cgm_train_defaults usual = cgm_gan_usual_training(m);
    cgm_rng own = cgm_rng_split(&fit->rng, "finetune"), order = cgm_rng_split(&own, "batches");
    size_t begin, rows;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &rows);
    t->noise = cgm_rng_split(&own, "noise");
    t->batch = cgm_train_batch(fit->train, &usual, rows);
    t->augmentation = fit->train->augment;
    t->opts = cgm_train_optimizer(fit->train, &usual);
    if (o->rate != GAN_UNSAID) t->opts.rate = o->rate;
    CGM_TRY(cgm_batches_create(fit->data, t->batch, &order, &t->batches));
    t->total = t->opts.total = (uint64_t)o->epochs * cgm_batches_per_epoch(t->batches);
    t->threads = fit->threads;
    t->n_maps = m->networks.kind->maps ? (size_t)m->networks.kind->maps(m->networks.levels - 1) : 0;
    CGM_TRY(cgm_gan_tuning_declare(m));
    return cgm_gan_tuning_compile(m, (gan_phase){m->networks.levels - 1, 1});
}

cgm_status cgm_gan_tuning_begin(gan *m, const cgm_fit *fit)
{
    if (!m->options.finetune.epochs) return CGM_OK;
    m->tuning = calloc(1, sizeof *m->tuning);
    if (!m->tuning) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    return prepare(m, fit);
}

void cgm_gan_tuning_end(gan *m)
{
    gan_tuning *t = m->tuning;
    if (!t) return;
    cgm_gan_tuning_clear(t);
    cgm_batches_destroy(t->batches);
    cgm_params_destroy(t->params);
    free(t);
    m->tuning = NULL;
}

/* ---- The stage ---- */

/* Parameter i of the encoder among the generator's. */
static cgm_real *counterpart(const gan *m, size_t i)
{
    cgm_params *all = m->networks.generator;
    const char *name = cgm_params_view(m->tuning->params, i)->name;
    for (size_t k = 0; k < cgm_params_count(all); k++)
        if (strcmp(cgm_params_view(all, k)->name, name) == 0)
            return cgm_params_ema(all) + cgm_params_view(all, k)->offset;
    CGM_CHECK(!"the encoder's parameters are among the generator's");
    return NULL;
}

bool cgm_gan_tuning_has_started(const gan *m)
{
    return m->tuning && m->tuning->started;
}

void cgm_gan_tuning_start(gan *m)
{
    gan_tuning *t = m->tuning;
    cgm_gan_standing_run(m);
    for (size_t i = 0; i < cgm_params_count(t->params); i++) {
        const cgm_param_view *view = cgm_params_view(t->params, i);
        size_t bytes = (size_t)cgm_shape_size(view->shape) * sizeof(cgm_real);
        const cgm_real *from = counterpart(m, i);
        memcpy(cgm_params_values(t->params) + view->offset, from, bytes);
        memcpy(cgm_params_ema(t->params) + view->offset, from, bytes);
    }
    t->started = 1;
}

/* What answers is the average. */
static void adopt(const gan *m)
{
    const gan_tuning *t = m->tuning;
    for (size_t i = 0; i < cgm_params_count(t->params); i++) {
        const cgm_param_view *view = cgm_params_view(t->params, i);
        memcpy(counterpart(m, i), cgm_params_ema(t->params) + view->offset,
               (size_t)cgm_shape_size(view->shape) * sizeof(cgm_real));
    }
}

static cgm_status fill(gan *m, const cgm_fit *fit)
{
    gan_tuning *t = m->tuning;
    cgm_rng noise = cgm_rng_split_index(&t->noise, t->step);
    const size_t *rows = cgm_batches_rows(t->batches, t->step);
    const double *gains = cgm_network_parents_gains(&m->parents, t->batches, t->step, &t->augmentation);
    if (t->pa) cgm_network_parents_fill_rows(&m->parents, fit->data, t->batch, rows, gains, t->pa);
    cgm_rng_fill_normal_by(&noise, fit->threads, t->batch * (size_t)m->options.latent, t->z);
    if (t->maps) cgm_rng_fill_normal_by(&noise, fit->threads, t->batch * t->n_maps, t->maps);
    if (m->scale.n) return cgm_network_scale_fill_rows(&m->scale, fit->data, t->batch, rows, t->x);
    cgm_batches_images(t->batches, t->step, 0, t->batch, m->variable->name, &t->augmentation, gains, fit->threads,
                       t->x);
    return CGM_OK;
}

/* The game may have ended before networks that grow were whole. */
static cgm_status follow_growth(const gan *m)
{
    gan_phase now;
    CGM_TRY(cgm_gan_phase(m, &now));
    const gan_phase *at = &m->tuning->phase;
    return now.level == at->level && now.alpha == at->alpha ? CGM_OK : cgm_gan_tuning_compile(m, now);
}

cgm_status cgm_gan_tuning_step(gan *m, const cgm_fit *fit, cgm_fit_report *report)
{
    static const char *const names[GAN_TUNING_VALUES] = {"finetune", "image_cycle", "latent_cycle"};
    gan_tuning *t = m->tuning;
    if (t->layout != cgm_params_layout(t->params))
        return CGM_FAIL(CGM_E_FORMAT,
                        "the encoder's training was begun by another version of cgm, whose parameters are "
                        "in another order: it cannot be gone on with");
    CGM_TRY(follow_growth(m));
    CGM_TRY(fill(m, fit));
    CGM_TRY(cgm_program_run(t->program, t->ws));
    cgm_params_update_state(t->params);
    cgm_status status = cgm_optimizer_step(&t->opts, &t->optimizer, t->params, fit->threads);
    if (status == CGM_E_NUMERIC)
        return CGM_FAIL(CGM_E_NUMERIC, "%s: after %llu steps of the encoder alone: %s", m->variable->name,
                        (unsigned long long)t->step, cgm_error_message());
    CGM_TRY(status);
    adopt(m);
    t->step++;
    report->n_metrics = 0;
    for (size_t i = 0; i < GAN_TUNING_VALUES; i++) cgm_fit_report_add(report, names[i], (double)t->value[i]);
    cgm_fit_report_add(report, "finetune_norm", t->optimizer.last_norm);
    cgm_fit_report_add(report, "finetune_rate", t->optimizer.last_rate);
    cgm_fit_report_add(report, "finetune_skipped", (double)t->optimizer.skipped);
    return CGM_OK;
}

void cgm_gan_tuning_report(const gan *m, cgm_fit_report *report)
{
    const gan_tuning *t = m->tuning;
    if (!t) return;
    report->last_steps = t->total;
    report->last_stage = t->started;
    report->finished = t->started && t->step >= t->total;
    if (t->started) {
        report->total = report->done;
        report->done += t->step * t->batch;
        report->epoch_ended = t->step % cgm_batches_per_epoch(t->batches) == 0;
    }
    report->total += t->total * t->batch;
}

size_t cgm_gan_tuning_bytes(const gan *m)
{
    return m->tuning ? m->tuning->bytes : 0;
}

cgm_status cgm_gan_tuning_state(gan *m, cgm_state *state)
{
    static const char *const group = "training/finetune";
    gan_tuning *t = m->tuning;
    if (!t) return CGM_OK;
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &t->started, "%s/started", group));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &t->step, "%s/step", group));
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &t->layout, "%s/layout", group));
    CGM_TRY(cgm_state_add_optimizer(state, group, &t->opts, &t->optimizer));
    CGM_TRY(cgm_state_add_flat(state, t->params, "training/finetune/values", cgm_params_values(t->params)));
    CGM_TRY(cgm_state_add_flat(state, t->params, "training/finetune/average", cgm_params_ema(t->params)));
    CGM_TRY(cgm_state_add_flat(state, t->params, "training/finetune/moment1", cgm_params_moment(t->params, 0)));
    return cgm_state_add_flat(state, t->params, "training/finetune/moment2", cgm_params_moment(t->params, 1));
}
