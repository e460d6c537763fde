#include "dip/restore.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dip/restore_priv.h"
#include "dip/scores.h"
#include "io/file.h"

static const char *const own_name = "deep image prior", *const measured_name = "measured";

/* ---- Before anything is computed ---- */

/* That a file can be written there. */
static cgm_status check_place(const char *path)
{
    cgm_atomic *atomic;
    FILE *stream;
    if (!path) return CGM_OK;
    CGM_TRY(cgm_atomic_open(path, &atomic, &stream));
    cgm_status status = cgm_atomic_close(atomic, false);
    return status;
}

static cgm_status check(const cgm_restore_opts *opts)
{
    if (!opts->out) return CGM_FAIL(CGM_E_ARG, "restore: expected a PNG file to write to");
    CGM_TRY(check_place(opts->out));
    CGM_TRY(check_place(opts->strip));
    return check_place(opts->history);
}

static cgm_status allocate(dip_restoring *r)
{
    int64_t n = r->options.fit.iterations, pixels = dip_problem_pixels(&r->m.problem), every = r->options.preview;
    const bool wanted[] = {[DIP_TRACE_LOSS] = true,
                           [DIP_TRACE_HELD_OUT] = r->options.fit.held_out > 0,
                           [DIP_TRACE_STOP] = r->options.fit.stop.rule != DIP_STOP_FIXED,
                           [DIP_TRACE_PSNR] = r->m.truth.pixels != NULL};
    for (int i = 0; i < DIP_TRACES; i++)
        if (wanted[i] && !(r->trace[i] = cgm_arena_array(&r->arena, (size_t)n, sizeof *r->trace[i])))
            return CGM_E_MEMORY;
    if (!every || !r->opts->history || n < every) return CGM_OK;
    r->preview = cgm_arena_array(&r->arena, (size_t)(n / every), (size_t)pixels * sizeof *r->preview);
    return r->preview ? CGM_OK : CGM_E_MEMORY;
}

/* ---- Results ---- */

cgm_status cgm_dip_result_add(dip_restoring *r, const char *name, dip_result **out)
{
    const dip_problem *p = &r->m.problem;
    *out = &r->result[r->n];
    **out = (dip_result){.name = name, .psnr = NAN, .ssim = NAN};
    CGM_TRY(cgm_dip_image_create(&r->arena, p->channels, p->height, p->width, &(*out)->image));
    (*out)->image.bits = r->m.bits;
    r->n++;
    return CGM_OK;
}

cgm_status cgm_dip_result_score(const dip_restoring *r, dip_result *result)
{
    const dip_image *truth = &r->m.truth;
    if (!truth->pixels) return CGM_OK;
    result->psnr = cgm_dip_psnr(dip_image_size(truth), result->image.pixels, truth->pixels);
    return cgm_dip_ssim(&result->image, truth, r->opts->threads, &result->ssim);
}

static cgm_status add_others(dip_restoring *r)
{
    dip_result *result;
    if (r->m.shown.pixels) {
        CGM_TRY(cgm_dip_result_add(r, measured_name, &result));
        memcpy(result->image.pixels, r->m.shown.pixels, (size_t)dip_image_size(&r->m.shown) * sizeof(double));
        CGM_TRY(cgm_dip_result_score(r, result));
    }
    for (int i = 0; i < DIP_BASELINES && r->options.baselines; i++) {
        const dip_baseline *b = cgm_dip_baselines[i];
        if (!b->applies(&r->m.problem)) continue;
        CGM_TRY(cgm_dip_result_add(r, b->name, &result));
        CGM_TRY(b->restore(&r->m.problem, r->opts->threads, result->image.pixels));
        CGM_TRY(cgm_dip_result_score(r, result));
    }
    return CGM_OK;
}

/* ---- The fit ---- */

static void keep(dip_restoring *r, const dip_fit *fit, const dip_fit_report *report)
{
    int64_t i = report->iteration - 1;
    const double values[] = {[DIP_TRACE_LOSS] = report->loss,
                             [DIP_TRACE_HELD_OUT] = report->held_out,
                             [DIP_TRACE_STOP] = report->stop_value};
    for (int k = 0; k < DIP_TRACE_PSNR; k++)
        if (r->trace[k]) r->trace[k][i] = values[k];
    if (r->trace[DIP_TRACE_PSNR])
        r->trace[DIP_TRACE_PSNR][i] =
            cgm_dip_psnr(dip_image_size(&r->m.truth), cgm_dip_fit_image(fit), r->m.truth.pixels);
    r->iterations = report->iteration;
    if (report->best) r->best = report->iteration;
}

static void tell(const dip_restoring *r, const dip_fit_report *report, double seconds)
{
    int64_t i = report->iteration - 1;
    cgm_progress progress = {.what = r->options.task == DIP_DENOISE ? "denoising" : "restoring",
                             .done = (uint64_t)report->iteration,
                             .total = (uint64_t)(report->finished ? report->iteration : r->options.fit.iterations),
                             .unit = "iterations",
                             .seconds = seconds};
    progress.metrics[progress.n_metrics++] = (cgm_metric){"loss", report->loss};
    if (r->trace[DIP_TRACE_HELD_OUT])
        progress.metrics[progress.n_metrics++] = (cgm_metric){"held_out", report->held_out};
    if (r->trace[DIP_TRACE_PSNR])
        progress.metrics[progress.n_metrics++] = (cgm_metric){"psnr", r->trace[DIP_TRACE_PSNR][i]};
    cgm_sink_progress(r->sink, &progress);
}

/* Writes the image as it is now, and keeps it for the history. */
static cgm_status preview(dip_restoring *r, const dip_fit *fit)
{
    const dip_problem *p = &r->m.problem;
    const double *image = cgm_dip_fit_image(fit);
    int64_t n = dip_problem_pixels(p);
    if (r->preview)
        for (int64_t i = 0; i < n; i++) r->preview[r->previews * n + i] = (float)image[i];
    if (r->preview) r->previews++;
    return cgm_dip_image_write(r->opts->out,
                               &(dip_image){p->channels, p->height, p->width, r->m.bits, (double *)image});
}

static cgm_status iterate(dip_restoring *r, dip_fit *fit, cgm_restore_report *out)
{
    dip_fit_report report = {0};
    double began = cgm_seconds();
    dip_result *result;
    while (!report.finished) {
        CGM_TRY(cgm_dip_fit_step(fit, &report));
        keep(r, fit, &report);
        if (r->opts->stop && *r->opts->stop) report.finished = true;
        tell(r, &report, cgm_seconds() - began);
        if (r->options.preview && report.iteration % r->options.preview == 0) CGM_TRY(preview(r, fit));
    }
    out->seconds = cgm_seconds() - began;
    CGM_TRY(cgm_dip_result_add(r, own_name, &result));
    memcpy(result->image.pixels, cgm_dip_fit_best(fit), (size_t)dip_image_size(&result->image) * sizeof(double));
    return cgm_dip_result_score(r, result);
}

static cgm_status fit_network(dip_restoring *r, cgm_restore_report *report)
{
    dip_fit *fit = NULL;
    cgm_rng root = cgm_rng_create(r->opts->seed), rng = cgm_rng_split(&root, "fit");
    CGM_TRY(cgm_dip_fit_create(&r->m.problem, &r->options.fit, &rng, r->opts->threads, &fit));
    report->parameters = cgm_dip_fit_parameters(fit);
    report->memory_bytes = cgm_dip_fit_bytes(fit);
    cgm_sink_log(r->sink, CGM_LOG_INFO, "%lld x %lld pixels, a network of %zu numbers, %.0f MB",
                 (long long)r->m.problem.height, (long long)r->m.problem.width, report->parameters,
                 (double)report->memory_bytes / 1e6);
    cgm_status status = iterate(r, fit, report);
    cgm_dip_fit_destroy(fit);
    return status;
}

/* ---- All of it ---- */

static void fill(const dip_restoring *r, cgm_restore_report *out)
{
    const dip_problem *p = &r->m.problem;
    out->channels = p->channels;
    out->height = p->height;
    out->width = p->width;
    out->iterations = r->iterations;
    out->best = r->best ? r->best : r->iterations;
    out->sigma = 255 * p->sigma;
    out->n = r->n;
    for (size_t i = 0; i < r->n; i++) {
        snprintf(out->score[i].name, sizeof out->score[i].name, "%s", r->result[i].name);
        out->score[i].psnr = r->result[i].psnr;
        out->score[i].ssim = r->result[i].ssim;
    }
}

static cgm_status write_history(dip_restoring *r)
{
    cgm_file *file = NULL;
    if (!r->opts->history) return CGM_OK;
    CGM_TRY(cgm_file_create(r->opts->history, &file));
    cgm_status status = cgm_dip_history_write(r, file);
    if (status == CGM_OK) return cgm_file_commit(file);
    cgm_file_close(file);
    return status;
}

static cgm_status restore(dip_restoring *r, cgm_restore_report *report)
{
    CGM_TRY(cgm_dip_options_read(r->opts->config, &r->options));
    CGM_TRY(cgm_dip_measure(r->opts, &r->options, &r->m));
    CGM_TRY(cgm_dip_restore_open_learned(r));
    if (r->options.method == DIP_PRIOR) CGM_TRY(allocate(r));
    CGM_TRY(add_others(r));
    CGM_TRY(cgm_dip_restore_add_learned(r));
    if (r->options.method == DIP_PRIOR) CGM_TRY(fit_network(r, report));
    CGM_TRY(cgm_dip_image_write(r->opts->out, &r->result[r->n - 1].image));
    if (r->opts->strip) CGM_TRY(cgm_dip_strip_write(r));
    CGM_TRY(write_history(r));
    fill(r, report);
    return CGM_OK;
}

cgm_status cgm_restore(const cgm_restore_opts *opts, const cgm_sink *sink, cgm_restore_report *report)
{
    dip_restoring r = {.opts = opts, .sink = sink};
    cgm_restore_report made = {0};
    CGM_TRY(check(opts));
    cgm_status status = restore(&r, &made);
    if (status == CGM_OK) *report = made;
    cgm_dip_restore_close_learned(&r);
    cgm_dip_measurement_clear(&r.m);
    cgm_arena_clear(&r.arena);
    return status;
}
