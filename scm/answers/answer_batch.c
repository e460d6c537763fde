/* One batch of an answer: factual rows, their noise, and what would have been. A batch is what bounds the memory of a
 * query; the answer does not depend on its size. */
#include <math.h>
#include <string.h>

#include "scm/answers/answer_priv.h"
#include "scm/interventions/intervention.h"
#include "scm/runs/run_priv.h"

/* What the worlds of a batch take, where that is BATCH_ROWS or more: image models work on so many rows at a time, so
 * that with fewer they would work in vain. Where these take more than the second number, fewer they are. */
#define BATCH_BYTES 64e6
#define BATCH_ROWS 32
#define BATCH_MOST_BYTES 1e9

size_t cgm_answer_world_numbers(const cgm_scm *scm)
{
    size_t numbers = 0;
    for (size_t node = 0; node < cgm_scm_nodes(scm); node++)
        numbers += cgm_scm_node(scm, node)->width + cgm_scm_node(scm, node)->noise_width;
    return numbers;
}

static double bytes_a_row(const cgm_answer *answer)
{
    const cgm_scm *scm = answer->run->scm;
    double factual = answer->query.kind == CGM_COUNTERFACTUAL, columns = (double)answer->n_columns, values = 0;
    double spare = answer->query.particles > 1 || answer->query.cycles > 0 ? 2 : answer->query.denoise > 0;
    spare += (double)answer->query.spare;
    for (size_t v = 0; v < cgm_scm_count(scm); v++) values += (double)cgm_variable_width(cgm_scm_variable(scm, v));
    double numbers = (factual + columns + spare) * (double)cgm_answer_world_numbers(scm);
    if (answer->run->data && cgm_dataset_has_truth(answer->run->data)) numbers += columns * values;
    if (answer->query.particles > 1) numbers += columns * (double)cgm_answer_particle_numbers(answer);
    return numbers * sizeof(double);
}

/* Whole chunks of the engine, or a part of one: a power of two, so that no batch lies in two of them. */
size_t cgm_answer_usual_batch(double row_bytes)
{
    double fit = fmax(BATCH_BYTES / row_bytes, fmin(BATCH_ROWS, BATCH_MOST_BYTES / row_bytes));
    size_t rows = (size_t)fmin(fmax(fit, 1), 1e9), batch = 1;
    if (rows >= SCM_CHUNK) return rows / SCM_CHUNK * SCM_CHUNK;
    while (2 * batch <= rows) batch *= 2;
    return batch;
}

/* Better said now than by the kernel, which would end the process. */
cgm_status cgm_answer_plan(cgm_answer *answer)
{
    double row_bytes = bytes_a_row(answer), available = (double)cgm_machine_memory();
    answer->batch = answer->query.batch ? answer->query.batch : cgm_answer_usual_batch(row_bytes);
    if (answer->batch > answer->n) answer->batch = answer->n;
    double bytes = row_bytes * (double)answer->batch;
    if (bytes <= available) return CGM_OK;
    return CGM_FAIL(CGM_E_MEMORY, "%zu rows at a time need %.1f GB of memory, but only %.1f GB are available",
                    answer->batch, bytes / 1e9, available / 1e9);
}

/* A world of the batch's rows. */
static cgm_status prepare_world(const cgm_answer *answer, cgm_world **world)
{
    if (!*world || (*world)->n != answer->count) {
        cgm_world_destroy(*world);
        *world = NULL;
        CGM_TRY(cgm_world_create(answer->run->scm, answer->count, world));
    }
    (*world)->first = answer->begin;
    return CGM_OK;
}

cgm_status cgm_answer_copy_factual(const cgm_answer *answer, cgm_world **out)
{
    const cgm_scm *scm = answer->run->scm;
    cgm_world *world = NULL;
    CGM_TRY(prepare_world(answer, &world));
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        const cgm_values *value = &answer->factual->value[cgm_scm_node_of(scm, v)];
        memcpy(world->value[cgm_scm_node_of(scm, v)].data, value->data, value->n * value->width * sizeof(double));
    }
    *out = world;
    return CGM_OK;
}

/* Values that interventions set row by row begin at the batch's first row. */
static void shift_interventions(const cgm_answer *answer, cgm_answer_column *column)
{
    for (size_t k = 0; k < column->n_do; k++) {
        column->here[k] = column->interventions[k];
        if (column->here[k].values) column->here[k].values += answer->begin;
    }
}

static cgm_status compute_counterfactual(cgm_answer *answer)
{
    const cgm_run *run = answer->run;
    cgm_rng root = cgm_rng_create(answer->query.seed), rng = cgm_rng_split(&root, "abduct");
    CGM_TRY(prepare_world(answer, &answer->factual));
    CGM_TRY(cgm_world_read(run->scm, run->data, answer->rows + answer->begin, answer->factual));
    CGM_TRY(cgm_scm_abduct(run->scm, &rng, &answer->opts, answer->factual));
    for (size_t c = 0; c < answer->n_columns; c++) {
        cgm_answer_column *column = &answer->column[c];
        shift_interventions(answer, column);
        CGM_TRY(prepare_world(answer, &column->world));
        CGM_TRY(cgm_scm_predict(run->scm, answer->factual, column->n_do, column->here, &answer->opts, column->world));
        if (column->has_truth) CGM_TRY(cgm_answer_read_truth(answer, column));
    }
    if (answer->query.particles <= 1) return CGM_OK;
    CGM_TRY(prepare_world(answer, &answer->again));
    CGM_TRY(prepare_world(answer, &answer->beside));
    return cgm_answer_compute_particles(answer);
}

static cgm_status compute_sample(cgm_answer *answer)
{
    cgm_answer_column *column = &answer->column[0];
    shift_interventions(answer, column);
    CGM_TRY(prepare_world(answer, &column->world));
    return cgm_scm_sample(answer->run->scm, &answer->opts.draws, column->n_do, column->here, &answer->opts,
                          column->world);
}

cgm_status cgm_answer_compute(cgm_answer *answer)
{
    return answer->query.kind == CGM_SAMPLE ? compute_sample(answer) : compute_counterfactual(answer);
}

cgm_status cgm_answer_progress(const cgm_answer *answer, size_t particles)
{
    const cgm_run_opts *opts = &answer->run->opts;
    size_t each = answer->query.particles;
    if (answer->count < answer->n || each > 1) {
        cgm_progress p = {.what = answer->query.kind == CGM_SAMPLE ? "sample" : "counterfactual",
                          .done = answer->begin * each + answer->count * particles,
                          .total = answer->n * each,
                          .unit = each > 1 ? "draws" : "rows",
                          .seconds = cgm_seconds() - answer->started};
        cgm_sink_progress(&opts->sink, &p);
    }
    if (!opts->stop || !*opts->stop) return CGM_OK;
    return CGM_FAIL(CGM_E_INTERRUPTED, "stopped within %zu of %zu rows: nothing is written",
                    answer->begin + answer->count, answer->n);
}
