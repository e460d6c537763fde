#include "dip/denoiser.h"

#include "dip/learned/training.h"
#include "io/file.h"

#define RECENT 100 /* iterations whose mean loss is reported */

static cgm_status collect(const cgm_denoiser_opts *opts, const dip_training_opts *o, const cgm_sink *sink,
                          dip_images *images)
{
    images->channels = o->channels;
    images->patch = o->patch;
    for (size_t i = 0; i < opts->n; i++) {
        dip_images_source source = {opts->images[i], o->limit, (uint64_t)o->problem.max_pixels, opts->threads, sink};
        CGM_TRY(cgm_dip_images_add(images, &source));
    }
    return images->n ? CGM_OK : CGM_FAIL(CGM_E_ARG, "denoiser: expected images to learn from");
}

static void tell(const dip_training *t, const cgm_sink *sink, double loss, double seconds)
{
    cgm_progress progress = {.what = t->opts.steps ? "unrolled descent" : "denoiser",
                             .done = (uint64_t)t->iteration,
                             .total = (uint64_t)t->opts.iterations,
                             .unit = "iterations",
                             .seconds = seconds,
                             .n_metrics = 1,
                             .metrics = {{"loss", loss}}};
    cgm_sink_progress(sink, &progress);
}

static cgm_status train(dip_training *t, const cgm_denoiser_opts *opts, const cgm_sink *sink,
                        cgm_denoiser_report *report)
{
    double recent[RECENT], began = cgm_seconds();
    while (t->iteration < t->opts.iterations && !(opts->stop && *opts->stop)) {
        CGM_TRY(cgm_dip_training_step(t));
        recent[(t->iteration - 1) % RECENT] = (double)t->loss;
        int64_t n = t->iteration < RECENT ? t->iteration : RECENT;
        report->loss = 0;
        for (int64_t i = 0; i < n; i++) report->loss += recent[i] / (double)n;
        tell(t, sink, report->loss, cgm_seconds() - began);
    }
    report->seconds = cgm_seconds() - began;
    report->iterations = t->iteration;
    return CGM_OK;
}

static cgm_status train_and_write(const cgm_denoiser_opts *opts, const dip_training_opts *o, const dip_images *images,
                                  const cgm_sink *sink, cgm_denoiser_report *report)
{
    dip_training *t = NULL;
    const char *config;
    cgm_rng root = cgm_rng_create(opts->seed), rng = cgm_rng_split(&root, "denoiser");
    CGM_TRY(cgm_dip_training_create(o, images, &rng, opts->threads, &t));
    report->images = images->n;
    report->steps = o->steps;
    report->parameters = cgm_params_elements(t->learned.params);
    report->memory_bytes = cgm_dip_training_bytes(t);
    cgm_sink_log(sink, CGM_LOG_INFO, "%zu images, a network of %zu numbers, %.0f MB", images->n, report->parameters,
                 (double)report->memory_bytes / 1e6);
    cgm_status status = train(t, opts, sink, report);
    if (status == CGM_OK) status = cgm_config_text(opts->config, &config);
    if (status == CGM_OK) status = cgm_dip_learned_write(&t->learned, opts->out, config);
    cgm_dip_training_destroy(t);
    return status;
}

/* That a file can be written there: better now than after the training. */
static cgm_status check_place(const char *path)
{
    cgm_file *file = NULL;
    if (!path) return CGM_FAIL(CGM_E_ARG, "denoiser: expected an HDF5 file to write to");
    CGM_TRY(cgm_file_create(path, &file));
    cgm_file_close(file);
    return CGM_OK;
}

cgm_status cgm_denoiser_train(const cgm_denoiser_opts *opts, const cgm_sink *sink, cgm_denoiser_report *report)
{
    dip_images images = {0};
    dip_training_opts o;
    cgm_denoiser_report made = {0};
    CGM_TRY(check_place(opts->out));
    CGM_TRY(cgm_dip_training_options_read(opts->config, &o));
    cgm_status status = collect(opts, &o, sink, &images);
    if (status == CGM_OK) status = train_and_write(opts, &o, &images, sink, &made);
    if (status == CGM_OK) *report = made;
    cgm_dip_images_clear(&images);
    return status;
}
