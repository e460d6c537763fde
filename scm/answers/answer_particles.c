/* Uncertainty of counterfactuals: what abduction draws, an image's latent say, is drawn again and again, each time all
 * is predicted from it, and the draws' mean and standard deviation are taken number by number. What interventions draw
 * stays as it is. */
#include <string.h>

#include "scm/answers/answer_priv.h"
#include "scm/runs/run_priv.h"

/* Means of levels say nothing. */
static bool has_mean(const cgm_variable *v)
{
    return !cgm_variable_has_levels(v);
}

size_t cgm_answer_particle_numbers(const cgm_answer *answer)
{
    const cgm_scm *scm = answer->run->scm;
    size_t numbers = 0;
    for (size_t v = 0; v < cgm_scm_count(scm); v++)
        if (has_mean(cgm_scm_variable(scm, v))) numbers += 2 * cgm_variable_width(cgm_scm_variable(scm, v));
    return numbers;
}

static cgm_status make_room(cgm_answer *answer, cgm_answer_column *column)
{
    const cgm_scm *scm = answer->run->scm;
    size_t n = cgm_scm_count(scm);
    if (column->mean) return CGM_OK;
    column->variance = cgm_arena_array(&answer->arena, n, sizeof *column->variance);
    column->mean = cgm_arena_array(&answer->arena, n, sizeof *column->mean);
    if (!column->mean || !column->variance) return CGM_E_MEMORY;
    for (size_t v = 0; v < n; v++) {
        size_t width = cgm_variable_width(cgm_scm_variable(scm, v));
        if (!has_mean(cgm_scm_variable(scm, v))) continue;
        column->mean[v] = cgm_arena_array(&answer->arena, answer->batch, width * sizeof(double));
        column->variance[v] = cgm_arena_array(&answer->arena, answer->batch, width * sizeof(double));
        if (!column->mean[v] || !column->variance[v]) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

/* Welford's running mean and sum of squares: particle number k, from 1, of each of n numbers. */
static void add_particle(double k, size_t n, const double *x, double *mean, double *squares)
{
    if (k == 1) {
        memset(mean, 0, n * sizeof *mean);
        memset(squares, 0, n * sizeof *squares);
    }
    for (size_t i = 0; i < n; i++) {
        double before = x[i] - mean[i];
        mean[i] += before / k;
        squares[i] += before * (x[i] - mean[i]);
    }
}

static void add_world(const cgm_answer *answer, double k, const cgm_world *world, cgm_answer_column *column)
{
    const cgm_scm *scm = answer->run->scm;
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        const cgm_values *x = &world->value[cgm_scm_node_of(scm, v)];
        if (column->mean[v]) add_particle(k, x->n * x->width, x->data, column->mean[v], column->variance[v]);
    }
}

/* From sums of squares to variances. */
static void divide(const cgm_answer *answer, cgm_answer_column *column)
{
    const cgm_scm *scm = answer->run->scm;
    double degrees = (double)answer->query.particles - 1;
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        size_t n = column->variance[v] ? answer->count * cgm_variable_width(cgm_scm_variable(scm, v)) : 0;
        for (size_t i = 0; i < n; i++) column->variance[v][i] /= degrees;
    }
}

cgm_status cgm_answer_compute_particles(cgm_answer *answer)
{
    const cgm_run *run = answer->run;
    cgm_rng root = cgm_rng_create(answer->query.seed), first = cgm_rng_split(&root, "abduct");
    for (size_t c = 0; c < answer->n_columns; c++) {
        CGM_TRY(make_room(answer, &answer->column[c]));
        add_world(answer, 1, answer->column[c].world, &answer->column[c]);
    }
    CGM_TRY(cgm_world_read(run->scm, run->data, answer->rows + answer->begin, answer->again));
    for (size_t k = 1; k < answer->query.particles; k++) {
        cgm_rng rng = cgm_rng_split_index(&first, k);
        CGM_TRY(cgm_answer_progress(answer, k));
        CGM_TRY(cgm_scm_abduct(run->scm, &rng, &answer->opts, answer->again));
        for (size_t c = 0; c < answer->n_columns; c++) {
            cgm_answer_column *column = &answer->column[c];
            CGM_TRY(
                cgm_scm_predict(run->scm, answer->again, column->n_do, column->here, &answer->opts, answer->beside));
            add_world(answer, (double)k + 1, answer->beside, column);
        }
    }
    for (size_t c = 0; c < answer->n_columns; c++) divide(answer, &answer->column[c]);
    return CGM_OK;
}
