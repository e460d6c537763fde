/* Log-probabilities of rows of data. */
#include "scm/queries/likelihood.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "scm/object.h"

static cgm_status choose_rows(const cgm_dataset *data, const cgm_likelihood_opts *opts, cgm_likelihood *out)
{
    const cgm_row_choice choice = {.split = opts->split, .n = opts->n, .n_rows = opts->n_rows, .rows = opts->rows};
    size_t *rows = NULL;
    CGM_TRY(cgm_dataset_choose(data, &choice, SIZE_MAX, &out->arena, &out->n, &rows));
    out->rows = rows;
    return CGM_OK;
}

static cgm_log_prob_mean summarise(size_t n, const double *log_prob, bool bound)
{
    double sd = n > 1 ? gsl_stats_sd(log_prob, 1, n) : (double)NAN;
    return (cgm_log_prob_mean){gsl_stats_mean(log_prob, 1, n), sd / sqrt((double)n), bound};
}

/* Images make rows wide, so that they are read and measured some at a time. */
enum { BATCH = 4096 };

static cgm_status measure(const cgm_scm *scm, const cgm_dataset *data, const cgm_rng *rng, cgm_likelihood *out)
{
    cgm_status status = CGM_OK;
    cgm_world *world = NULL;
    double **here = cgm_arena_array(&out->arena, scm->n, sizeof *here);
    if (!here) return CGM_E_MEMORY;
    for (size_t begin = 0; begin < out->n && status == CGM_OK; begin += BATCH) {
        size_t n = out->n - begin < BATCH ? out->n - begin : BATCH;
        cgm_rng batch = cgm_rng_split_index(rng, begin / BATCH);
        for (size_t v = 0; v < scm->n; v++) here[v] = out->log_prob[v] + begin;
        status = cgm_world_create(scm, n, &world);
        if (status == CGM_OK) status = cgm_world_read(scm, data, out->rows + begin, world);
        if (status == CGM_OK) status = cgm_scm_log_prob(scm, &batch, world, here);
        cgm_world_destroy(world);
        world = NULL;
    }
    return status;
}

static cgm_status likelihood(const cgm_scm *scm, const cgm_dataset *data, const cgm_likelihood_opts *opts,
                             cgm_likelihood *out)
{
    cgm_rng root = cgm_rng_create(opts->seed), rng = cgm_rng_split(&root, "likelihood");
    CGM_TRY(choose_rows(data, opts, out));
    double **log_prob = cgm_arena_array(&out->arena, scm->n, sizeof *log_prob);
    double *total = cgm_arena_array(&out->arena, out->n, sizeof *total);
    out->variable = cgm_arena_array(&out->arena, scm->n, sizeof *out->variable);
    if (!log_prob || !total || !out->variable) return CGM_E_MEMORY;
    for (size_t v = 0; v < scm->n; v++)
        if (!(log_prob[v] = cgm_arena_array(&out->arena, out->n, sizeof **log_prob))) return CGM_E_MEMORY;
    out->log_prob = log_prob;
    out->n_variables = scm->n;
    CGM_TRY(measure(scm, data, &rng, out));
    bool any = false;
    for (size_t v = 0; v < scm->n; v++) {
        bool bound = !(scm->variable[v].methods->capabilities & CGM_CAN_LOG_PROB);
        any = any || bound;
        for (size_t i = 0; i < out->n; i++) total[i] += log_prob[v][i];
        out->variable[v] = summarise(out->n, log_prob[v], bound);
    }
    out->total = total;
    out->all = summarise(out->n, total, any);
    return CGM_OK;
}

cgm_status cgm_scm_likelihood(const cgm_scm *scm, const cgm_dataset *data, const cgm_likelihood_opts *opts,
                              cgm_likelihood *out)
{
    cgm_likelihood result = {0};
    if (!scm->finished) return CGM_FAIL(CGM_E_ARG, "the model is not finished");
    cgm_status status = likelihood(scm, data, opts, &result);
    if (status == CGM_OK)
        *out = result;
    else
        cgm_likelihood_clear(&result);
    return status;
}

void cgm_likelihood_clear(cgm_likelihood *likelihood)
{
    cgm_arena_clear(&likelihood->arena);
    *likelihood = (cgm_likelihood){0};
}
