/* Standard errors and intervals by the bootstrap: resampled rows, mechanisms fitted anew in each. Resamples are tasks
 * of their own, so results do not depend on the threads. */
#include "scm/queries/intervals.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/threads.h"
#include "scm/object.h"
#include "scm/queries/posterior.h"
#include "scm/runs/run_priv.h"

typedef struct failure {
    cgm_status status;
    size_t task;
    char message[512];
} failure;

typedef struct resampling {
    const cgm_run *run;
    const cgm_statistic *statistic;
    const cgm_interval_opts *opts;
    cgm_rng rng;
    size_t begin, n;         /* the training rows */
    size_t tasks;            /* the first opts->models resample or draw, the others leave one row out */
    scm_posterior posterior; /* where models are drawn */
    size_t threads;
    cgm_scm **scm;     /* [threads]: models to fit */
    size_t **rows;     /* [threads]: [n] */
    failure *failures; /* [threads]: the first of each */
    double *value;     /* [tasks, statistic->n] */
} resampling;

static size_t choose_rows(const resampling *r, size_t task, size_t *rows)
{
    if (task >= r->opts->models) {
        size_t without = task - r->opts->models, n = 0;
        for (size_t i = 0; i < r->n; i++)
            if (i != without) rows[n++] = r->begin + i;
        return n;
    }
    cgm_rng rng = cgm_rng_split_index(&r->rng, task);
    for (size_t i = 0; i < r->n; i++) rows[i] = r->begin + cgm_rng_below(&rng, r->n);
    return r->n;
}

static cgm_status fit_and_measure(const resampling *r, size_t task, cgm_scm *scm, size_t *rows)
{
    const cgm_statistic *s = r->statistic;
    cgm_dataset *sample = NULL;
    cgm_status status = CGM_OK;
    cgm_rng rng = cgm_rng_split_index(&r->rng, task), draws = cgm_rng_split(&rng, "draws");
    CGM_TRY(cgm_dataset_resample(r->run->data, choose_rows(r, task, rows), rows, &sample));
    for (size_t v = 0; v < scm->n && status == CGM_OK; v++)
        if (!s->refit || s->refit[v]) status = cgm_scm_fit(scm, v, sample, &r->run->train);
    if (status == CGM_OK) status = s->compute(s->context, scm, sample, &draws, r->value + task * s->n);
    cgm_dataset_destroy(sample);
    return status;
}

static cgm_status draw_and_measure(const resampling *r, size_t task, cgm_scm *scm)
{
    const cgm_statistic *s = r->statistic;
    cgm_rng rng = cgm_rng_split_index(&r->rng, task), draws = cgm_rng_split(&rng, "draws");
    CGM_TRY(cgm_scm_posterior_draw(&r->posterior, &rng, scm));
    return s->compute(s->context, scm, r->run->data, &draws, r->value + task * s->n);
}

static void run_task(void *context, size_t task, int worker)
{
    resampling *r = context;
    failure *f = &r->failures[worker];
    if (f->status != CGM_OK) return;
    f->status = r->opts->kind == CGM_INTERVAL_QUASI_BAYESIAN
                    ? draw_and_measure(r, task, r->scm[worker])
                    : fit_and_measure(r, task, r->scm[worker], r->rows[worker]);
    f->task = task;
    if (f->status != CGM_OK) snprintf(f->message, sizeof f->message, "%s", cgm_error_message());
}

static void clear(resampling *r)
{
    for (size_t t = 0; r->scm && t < r->threads; t++) cgm_scm_destroy(r->scm[t]);
    for (size_t t = 0; r->rows && t < r->threads; t++) free(r->rows[t]);
    free(r->scm);
    free(r->rows);
    free(r->failures);
    free(r->value);
    cgm_scm_posterior_clear(&r->posterior);
}

static cgm_status init(resampling *r)
{
    cgm_run_sections sections;
    bool draws = r->opts->kind == CGM_INTERVAL_QUASI_BAYESIAN;
    CGM_TRY(cgm_run_read_sections(r->run->config, &sections));
    if (draws) CGM_TRY(cgm_scm_posterior_init(r->run->scm, r->statistic->refit, &r->posterior));
    r->scm = calloc(r->threads, sizeof *r->scm);
    r->rows = calloc(r->threads, sizeof *r->rows);
    r->failures = calloc(r->threads, sizeof *r->failures);
    r->value = calloc(r->tasks, r->statistic->n * sizeof *r->value);
    if (!r->scm || !r->rows || !r->failures || !r->value)
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu resamples", r->tasks);
    for (size_t t = 0; t < r->threads; t++) {
        if (!(r->rows[t] = calloc(r->n + 1, sizeof **r->rows)))
            return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", r->n);
        CGM_TRY(cgm_scm_from_sections(sections.graph, sections.hidden, r->run->data, &r->scm[t]));
        if (draws) CGM_TRY(cgm_scm_posterior_copy(&r->posterior, r->scm[t]));
    }
    return CGM_OK;
}

static cgm_status first_failure(const resampling *r)
{
    const failure *first = NULL;
    for (size_t t = 0; t < r->threads; t++) {
        const failure *f = &r->failures[t];
        if (f->status != CGM_OK && (!first || f->task < first->task)) first = f;
    }
    if (!first) return CGM_OK;
    return CGM_FAIL(first->status, "%s %zu: %s",
                    r->opts->kind == CGM_INTERVAL_QUASI_BAYESIAN ? "quasi-Bayesian draw" : "bootstrap, resample",
                    first->task, first->message);
}

/* The bootstrap's bias correction and the jackknife's acceleration: Efron 1987, "Better bootstrap confidence
 * intervals", equations 2.8 and 6.6. Moves the interval's two probabilities. */
static void correct(const double *boot, size_t n_boot, const double *jack, size_t n_jack, double value, double p[2])
{
    double mean = gsl_stats_mean(jack, 1, n_jack), cubes = 0, squares = 0;
    size_t below = 0;
    for (size_t i = 0; i < n_jack; i++) {
        double d = mean - jack[i];
        squares += d * d;
        cubes += d * d * d;
    }
    for (size_t i = 0; i < n_boot; i++) below += boot[i] < value;
    double a = squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
    double share = ((double)below + 0.5) / ((double)n_boot + 1), z0 = gsl_cdf_ugaussian_Pinv(share);
    for (int k = 0; k < 2; k++) {
        double z = z0 + gsl_cdf_ugaussian_Pinv(p[k]);
        p[k] = gsl_cdf_ugaussian_P(z0 + z / (1 - a * z));
    }
}

/* The interval of number k. column: room for [tasks]. A number that some resample does not have has none. */
static void fill_interval(const resampling *r, size_t k, double *column, cgm_estimate *out)
{
    size_t models = r->opts->models;
    double tail = (1 - r->opts->level) / 2, p[2] = {tail, 1 - tail};
    bool known = true;
    for (size_t i = 0; i < r->tasks; i++) {
        column[i] = r->value[i * r->statistic->n + k];
        known = known && isfinite(column[i]);
    }
    out->standard_error = out->low = out->high = NAN;
    if (!known) return;
    if (r->tasks > models) correct(column, models, column + models, r->tasks - models, out->value, p);
    out->standard_error = gsl_stats_sd(column, 1, models);
    gsl_sort(column, 1, models);
    out->low = gsl_stats_quantile_from_sorted_data(column, 1, models, p[0]);
    out->high = gsl_stats_quantile_from_sorted_data(column, 1, models, p[1]);
}

static cgm_status check(const cgm_interval_opts *opts)
{
    if (opts->models < 2) return CGM_FAIL(CGM_E_ARG, "intervals: %zu resamples; expected at least 2", opts->models);
    if (opts->level > 0 && opts->level < 1) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "intervals: level %g; expected one between 0 and 1", opts->level);
}

cgm_status cgm_run_intervals(cgm_run *run, const cgm_statistic *statistic, const cgm_interval_opts *opts, uint64_t seed,
                             cgm_estimate *estimate)
{
    CGM_TRY(check(opts));
    CGM_TRY(cgm_run_load_data(run));
    resampling r = {.run = run, .statistic = statistic, .opts = opts, .threads = (size_t)run->opts.threads};
    cgm_rng root = cgm_rng_create(seed);
    r.rng = cgm_rng_split(&root, "bootstrap");
    cgm_dataset_split(run->data, CGM_TRAIN, &r.begin, &r.n);
    r.tasks = opts->models + (opts->kind == CGM_INTERVAL_BCA ? r.n : 0);
    double *column = calloc(r.tasks, sizeof *column);
    cgm_status status = column ? init(&r) : CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu resamples", r.tasks);
    if (status == CGM_OK) {
        cgm_parallel((int)r.threads, r.tasks, run_task, &r);
        status = first_failure(&r);
    }
    for (size_t k = 0; status == CGM_OK && k < statistic->n; k++) fill_interval(&r, k, column, &estimate[k]);
    free(column);
    clear(&r);
    return status;
}
