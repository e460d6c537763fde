/* Training: every mechanism in topological order, then the predictors, then fine-tuning, step by step, with
 * checkpoints. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scm/runs/run_priv.h"

/* What one call of cgm_run_train knows about the fit under way. */
typedef struct fitting {
    cgm_run *run;
    const char *path;
    size_t i;      /* of the part */
    bool variable; /* or a predictor, or fine-tuning */
    cgm_mechanism *mechanism;
    cgm_part *part;
    cgm_fit fit;
    cgm_train_opts train; /* the run's or the part's own, without the clock, which is this file's business */
    double minutes;
    cgm_fit_report report;
    double began;          /* the training */
    double fit_began;      /* this fit */
    uint64_t done_before;  /* of this fit in earlier sessions */
    double seconds_before; /* on it, likewise */
    char what[128];
} fitting;

cgm_fit cgm_run_fit_of(const char *variable, const cgm_dataset *data, const cgm_train_opts *train, int threads)
{
    cgm_rng seed = cgm_rng_create((uint64_t)train->seed);
    return (cgm_fit){.data = data, .train = train, .rng = cgm_rng_split(&seed, variable), .threads = threads};
}

cgm_status cgm_scm_fit(cgm_scm *scm, size_t v, const cgm_dataset *data, const cgm_train_opts *train)
{
    cgm_mechanism *m = cgm_scm_mechanism(scm, v);
    cgm_fit fit = cgm_run_fit_of(cgm_scm_variable(scm, v)->name, data, train, 1);
    cgm_fit_report report;
    fit.resampled = true;
    CGM_TRY(m->methods->fit_begin(m, &fit, &report));
    cgm_status status = CGM_OK;
    while (status == CGM_OK && !report.finished) status = m->methods->fit_step(m, &fit, &report);
    m->methods->fit_end(m);
    return status;
}

static void fitting_init(fitting *f, cgm_run *run, const char *path, size_t i)
{
    char stream[128];
    const char *name = cgm_run_part_name(run, i);
    *f = (fitting){.run = run,
                   .path = path,
                   .i = i,
                   .variable = cgm_run_part_is_variable(run, i),
                   .mechanism = cgm_run_part_mechanism(run, i),
                   .part = &run->part[i],
                   .train = *cgm_run_part_train(run, i)};
    f->minutes = f->train.minutes;
    f->seconds_before = f->part->seconds;
    f->train.minutes = 0;
    /* A variable of that name has a stream of its own. */
    snprintf(stream, sizeof stream, "%s%s",
             f->variable                      ? ""
             : cgm_run_part_predictor(run, i) ? "predictors/"
                                              : "/",
             name);
    f->fit = cgm_run_fit_of(stream, run->data, &f->train, run->opts.threads);
    f->fit.sink = &run->opts.sink;
    snprintf(f->what, sizeof f->what, "%s (%s)", name, f->mechanism->methods->kind);
}

static cgm_status begin(fitting *f)
{
    cgm_status status = f->mechanism->methods->fit_begin(f->mechanism, &f->fit, &f->report);
    if (status != CGM_OK) return cgm_fail_context(status, "%s", f->what);
    f->part->fitting = true;
    return CGM_OK;
}

static void end(fitting *f)
{
    f->mechanism->methods->fit_end(f->mechanism);
    f->part->fitting = false;
}

cgm_status cgm_run_plan(cgm_run *run, size_t *bytes, int *part)
{
    size_t most = 0;
    int which = -1;
    CGM_TRY(cgm_run_load_data(run));
    for (size_t i = 0; i < run->n_parts; i++) {
        fitting f;
        if (run->part[i].finished) continue;
        fitting_init(&f, run, NULL, i);
        CGM_TRY(begin(&f));
        end(&f);
        if (which >= 0 && f.report.memory_bytes <= most) continue;
        most = f.report.memory_bytes;
        which = (int)i;
    }
    size_t available = cgm_machine_memory();
    if (most > available)
        return CGM_FAIL(CGM_E_MEMORY, "training %s needs %.0f MB of memory, but only %.0f MB are available: lower %s",
                        cgm_run_part_name(run, (size_t)which), (double)most / 1e6, (double)available / 1e6,
                        cgm_run_part_is_variable(run, (size_t)which) ? "train.batch" : "its batch");
    *bytes = most;
    *part = which;
    return CGM_OK;
}

/* Begins a fit, or goes on with the one that the file to resume from holds. */
static cgm_status begin_or_resume(fitting *f)
{
    cgm_file *file;
    CGM_TRY(begin(f));
    if (f->part->steps == 0) return CGM_OK;
    cgm_status status = cgm_run_file_open(f->run->resume_path, &file);
    if (status == CGM_OK) {
        status = cgm_run_load_state(f->run, f->i, file);
        cgm_file_close(file);
    }
    if (status != CGM_OK) end(f);
    f->done_before = f->part->done;
    return status;
}

/* What the clock leaves: train.minutes are those of all variables, other parts have minutes of their own. */
static double seconds_left(const fitting *f)
{
    if (!(f->minutes > 0)) return INFINITY;
    if (!f->variable) return 60 * f->minutes - f->seconds_before - (cgm_seconds() - f->fit_began);
    return 60 * f->minutes - f->run->seconds_before - (cgm_seconds() - f->began);
}

/* Whether the recorded steps, or the clock, leave room for no more than a fit's last stage. */
static bool is_late(const fitting *f)
{
    if (f->part->limit > 0) return f->part->steps + f->report.last_steps >= f->part->limit;
    return seconds_left(f) <= 0;
}

/* The units that the fit will have done at its end, as far as one can tell: fewer than it plans when steps or time are
 * limited. */
static uint64_t expected_total(const fitting *f, double seconds)
{
    const cgm_fit_report *r = &f->report;
    double left = seconds_left(f), total = (double)r->total;
    if (r->finished) return r->done; /* it may have stopped early */
    if (r->last_stage) return r->total;
    if (f->part->limit > 0)
        total = (double)r->done * (double)f->part->limit / (double)f->part->steps;
    else if (isfinite(left))
        total = (double)r->done + (double)(r->done - f->done_before) / (seconds + 1e-9) * fmax(left, 0);
    return total < (double)r->total ? (uint64_t)total : r->total;
}

/* The last values of what this step has none of. */
static void add_earlier(const cgm_part *part, cgm_progress *p)
{
    cgm_metric latest[CGM_PROGRESS_METRICS];
    size_t n = cgm_part_latest(part, latest);
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < p->n_metrics && strcmp(p->metrics[k].name, latest[i].name) != 0) k++;
        if (k == p->n_metrics && k < CGM_PROGRESS_METRICS) p->metrics[p->n_metrics++] = latest[i];
    }
}

static void show_progress(const fitting *f)
{
    const cgm_fit_report *r = &f->report;
    double seconds = cgm_seconds() - f->fit_began;
    cgm_progress p = {.what = f->what,
                      .done = r->done,
                      .total = expected_total(f, seconds),
                      .unit = r->unit,
                      .seconds = seconds,
                      .done_at_start = f->done_before,
                      .n_metrics = r->n_metrics};
    memcpy(p.metrics, r->metrics, sizeof p.metrics);
    add_earlier(f->part, &p);
    cgm_sink_progress(&f->run->opts.sink, &p);
}

/* "run.h5" -> "run.image.png". */
static cgm_status write_film(const fitting *f)
{
    cgm_status status = CGM_E_MEMORY;
    cgm_arena arena = {0};
    const cgm_variable *x = cgm_scm_variable(f->run->scm, f->i);
    size_t length = strlen(f->path);
    if (length > 3 && strcmp(f->path + length - 3, ".h5") == 0) length -= 3;
    char *path = cgm_arena_printf(&arena, "%.*s.%s.png", (int)length, f->path, x->name);
    if (path) status = cgm_film_write_png(&f->part->film, x, f->run->data, path);
    cgm_arena_clear(&arena);
    return status;
}

static cgm_status checkpoint(const fitting *f)
{
    f->run->facts.seconds = f->run->seconds_before + cgm_seconds() - f->began;
    f->part->seconds = f->seconds_before + cgm_seconds() - f->fit_began;
    CGM_TRY(cgm_run_save(f->run, f->path));
    return f->part->film.frames ? write_film(f) : CGM_OK;
}

static cgm_status take_film(const fitting *f)
{
    cgm_film *film = &f->part->film;
    if (!f->variable) return CGM_OK;
    if (!film->every && cgm_film_suits(f->run->scm, f->i)) film->every = (uint64_t)f->run->train.film;
    return cgm_film_take(film, f->run->scm, f->i, f->run->data, f->run->train.seed, f->fit.threads, f->part->steps);
}

/* Whether the fit has been as long as it may, by its own count, by the recorded steps or by the clock. */
static cgm_status find_end(fitting *f, bool *over)
{
    const cgm_mechanism_class *methods = f->mechanism->methods;
    bool cut = !f->report.finished && is_late(f);
    if (cut && methods->fit_cut) {
        CGM_TRY(methods->fit_cut(f->mechanism, &f->fit, &f->report));
        cut = false;
    }
    *over = f->report.finished || cut;
    return CGM_OK;
}

static bool checkpoint_due(const fitting *f)
{
    int64_t every = f->run->train.checkpoint;
    return every > 0 ? f->part->steps % (uint64_t)every == 0 : f->report.epoch_ended;
}

static cgm_status steps(fitting *f)
{
    const volatile int *stop = f->run->opts.stop;
    bool over = false;
    do {
        cgm_status status = f->mechanism->methods->fit_step(f->mechanism, &f->fit, &f->report);
        if (status != CGM_OK) return cgm_fail_context(status, "%s", f->what);
        CGM_TRY(cgm_part_record(f->part, &f->report));
        CGM_TRY(take_film(f));
        show_progress(f);
        CGM_TRY(find_end(f, &over));
        if (over) return CGM_OK;
        if (stop && *stop) {
            CGM_TRY(checkpoint(f));
            return CGM_FAIL(CGM_E_INTERRUPTED, "stopped while training %s; %s holds what was done, --resume goes on",
                            f->what, f->path);
        }
        if (checkpoint_due(f)) CGM_TRY(checkpoint(f));
    } while (true);
}

static cgm_status train_one(cgm_run *run, const char *path, size_t i, double began)
{
    fitting f;
    fitting_init(&f, run, path, i);
    f.began = began;
    CGM_TRY(begin_or_resume(&f));
    f.fit_began = cgm_seconds();
    f.part->memory = f.report.memory_bytes;
    cgm_status status = steps(&f);
    end(&f);
    CGM_TRY(status);
    f.part->finished = true;
    f.part->seconds = f.seconds_before + cgm_seconds() - f.fit_began;
    /* A fit of one step is soon made again: no file for it, which a mistake in the next variable's data would leave. */
    return f.part->steps > 1 ? checkpoint(&f) : CGM_OK;
}

cgm_status cgm_run_train(cgm_run *run, const char *path)
{
    double began = cgm_seconds();
    CGM_TRY(cgm_run_load_data(run));
    bool trained = false;
    for (size_t i = 0; i < run->n_parts; i++) {
        if (run->part[i].finished) continue;
        CGM_TRY(train_one(run, path, i, began));
        trained = true;
    }
    char now[CGM_TIME_TEXT];
    if (!trained && run->facts.finished[0] && access(path, F_OK) == 0)
        return run->asks_anew ? cgm_run_save(run, path) : CGM_OK; /* a report goes by what was asked last */
    cgm_machine_time(now);
    const char *finished = cgm_arena_strdup(&run->arena, now);
    if (!finished) return CGM_E_MEMORY;
    run->facts.finished = finished;
    run->facts.seconds = run->seconds_before + cgm_seconds() - began;
    return cgm_run_save(run, path);
}
