/* Standard errors and intervals of mediation effects by the bootstrap: resampled rows, what the treatment moves fitted
 * anew in each. Resamples are tasks of their own, so results do not depend on the threads. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "scm/mediation_priv.h"

enum { E = CGM_MEDIATION_EFFECTS };

typedef struct failure {
    cgm_status status;
    size_t task;
    char message[512];
} failure;

typedef struct resampling {
    const mediation_plan *plan;
    const cgm_dataset *data;
    const cgm_train_opts *train;
    cgm_rng rng;
    size_t begin, n;  /* the training rows */
    size_t bootstrap; /* tasks 0..bootstrap-1 resample, the others leave one row out */
    size_t threads;
    cgm_scm **scm;     /* [threads]: models to fit */
    size_t **rows;     /* [threads]: [n] */
    failure *failures; /* [threads]: the first of each */
    double *effect;    /* [tasks, E] */
} resampling;

static size_t choose_rows(const resampling *r, size_t task, size_t *rows)
{
    if (task >= r->bootstrap) {
        size_t without = task - r->bootstrap, n = 0;
        for (size_t i = 0; i < r->n; i++)
            if (i != without) rows[n++] = r->begin + i;
        return n;
    }
    cgm_rng rng = cgm_rng_split_index(&r->rng, task);
    for (size_t i = 0; i < r->n; i++) rows[i] = r->begin + cgm_rng_below(&rng, r->n);
    return r->n;
}

static cgm_status fit_variable(const resampling *r, cgm_mechanism *m, const cgm_dataset *data, const char *name)
{
    cgm_rng seed = cgm_rng_create((uint64_t)r->train->seed);
    cgm_fit fit = {.data = data, .train = r->train, .rng = cgm_rng_split(&seed, name), .threads = 1};
    cgm_fit_report report;
    CGM_TRY(m->methods->fit_begin(m, &fit, &report));
    cgm_status status = CGM_OK;
    while (status == CGM_OK && !report.finished) status = m->methods->fit_step(m, &fit, &report);
    m->methods->fit_end(m);
    return status;
}

static cgm_status fit_and_measure(const resampling *r, size_t task, cgm_scm *scm, size_t *rows)
{
    cgm_dataset *sample = NULL;
    cgm_status status = CGM_OK;
    cgm_rng rng = cgm_rng_split_index(&r->rng, task), draws = cgm_rng_split(&rng, "draws");
    CGM_TRY(cgm_dataset_resample(r->data, choose_rows(r, task, rows), rows, &sample));
    for (size_t v = 0; v < scm->n && status == CGM_OK; v++)
        if (r->plan->refit[v])
            status = fit_variable(r, scm->variable[v].mechanism, sample, scm->variable[v].variable.name);
    if (status == CGM_OK) status = cgm_mediation_effects(r->plan, scm, sample, &draws, r->effect + task * E, NULL);
    cgm_dataset_destroy(sample);
    return status;
}

static void run_task(void *context, size_t task, int worker)
{
    resampling *r = context;
    failure *f = &r->failures[worker];
    if (f->status != CGM_OK) return;
    f->status = fit_and_measure(r, task, r->scm[worker], r->rows[worker]);
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
    free(r->effect);
}

static cgm_status init(resampling *r, cgm_run *run, size_t tasks)
{
    cgm_run_sections sections;
    CGM_TRY(cgm_run_read_sections(run->config, &sections));
    r->scm = calloc(r->threads, sizeof *r->scm);
    r->rows = calloc(r->threads, sizeof *r->rows);
    r->failures = calloc(r->threads, sizeof *r->failures);
    r->effect = calloc(tasks, E * sizeof *r->effect);
    if (!r->scm || !r->rows || !r->failures || !r->effect)
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu resamples", tasks);
    for (size_t t = 0; t < r->threads; t++) {
        if (!(r->rows[t] = calloc(r->n + 1, sizeof **r->rows)))
            return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", r->n);
        CGM_TRY(cgm_scm_from_sections(sections.graph, sections.hidden, run->data, &r->scm[t]));
    }
    return CGM_OK;
}

/* The bootstrap's and the jackknife's acceleration and bias correction: Efron 1987, "Better bootstrap confidence
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

/* column: room for the tasks' values of one effect. */
static void fill_interval(const resampling *r, size_t tasks, size_t k, double *column, cgm_estimate *out)
{
    double tail = (1 - r->plan->opts->level) / 2, p[2] = {tail, 1 - tail};
    for (size_t i = 0; i < tasks; i++) column[i] = r->effect[i * E + k];
    if (tasks > r->bootstrap) correct(column, r->bootstrap, column + r->bootstrap, tasks - r->bootstrap, out->value, p);
    out->standard_error = gsl_stats_sd(column, 1, r->bootstrap);
    gsl_sort(column, 1, r->bootstrap);
    out->low = gsl_stats_quantile_from_sorted_data(column, 1, r->bootstrap, p[0]);
    out->high = gsl_stats_quantile_from_sorted_data(column, 1, r->bootstrap, p[1]);
}

static cgm_status first_failure(const resampling *r)
{
    const failure *first = NULL;
    for (size_t t = 0; t < r->threads; t++) {
        const failure *f = &r->failures[t];
        if (f->status != CGM_OK && (!first || f->task < first->task)) first = f;
    }
    if (!first) return CGM_OK;
    return CGM_FAIL(first->status, "bootstrap, resample %zu: %s", first->task, first->message);
}

cgm_status cgm_mediation_bootstrap(const mediation_plan *plan, cgm_run *run, cgm_mediation *out)
{
    resampling r = {.plan = plan,
                    .data = run->data,
                    .train = &run->train,
                    .bootstrap = plan->opts->bootstrap,
                    .threads = (size_t)run->opts.threads};
    cgm_rng root = cgm_rng_create(plan->opts->seed);
    r.rng = cgm_rng_split(&root, "bootstrap");
    cgm_dataset_split(run->data, CGM_TRAIN, &r.begin, &r.n);
    size_t tasks = r.bootstrap + (plan->opts->interval == CGM_INTERVAL_BCA ? r.n : 0);
    if (r.bootstrap < 2) return CGM_FAIL(CGM_E_ARG, "mediation: %zu resamples; expected at least 2", r.bootstrap);
    double *column = calloc(tasks, sizeof *column);
    cgm_status status =
        column ? init(&r, run, tasks) : CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu resamples", tasks);
    if (status == CGM_OK) {
        cgm_parallel((int)r.threads, tasks, run_task, &r);
        status = first_failure(&r);
    }
    for (size_t k = 0; status == CGM_OK && k < out->n; k++) fill_interval(&r, tasks, k, column, &out->effect[k]);
    free(column);
    clear(&r);
    return status;
}
