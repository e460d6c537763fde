/* Data sets made by a generator. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "data/store.h"

#define ROWS_A_TASK 64
#define ROWS_A_REPORT 4096

size_t cgm_generator_noise_width(const cgm_generator *generator)
{
    size_t width = 0;
    for (size_t i = 0; i < generator->n_noise; i++) width += generator->noise[i].width;
    return width;
}

cgm_status cgm_generator_prepare(const cgm_generator *generator, cgm_arena *arena, void **scratch)
{
    const cgm_variable *image = &generator->variables[generator->n_variables - 1];
    *scratch = NULL;
    if (!generator->prepare) return CGM_OK;
    return generator->prepare(arena, (size_t)image->height, (size_t)image->width, scratch);
}

void cgm_generated_row(const cgm_dataset *data, void *scratch, size_t row, const double *do_value, double *numbers,
                       uint8_t *pixels)
{
    const cgm_generator *g = data->generator;
    const double *noise = data->noise + row * cgm_generator_noise_width(g);
    size_t size = cgm_variable_width(&g->variables[g->n_variables - 1]);
    if (g->given)
        g->predict_given(scratch, data->given + row * size, noise, do_value, numbers, pixels);
    else
        g->predict(noise, do_value, numbers, pixels);
}

/* The columns are in the data set, empty; their numbers are those of the generator's variables. */
typedef struct job {
    cgm_dataset *data;
    cgm_rng rng;
    void **scratch;    /* of each worker */
    size_t begin, end; /* rows of this report */
} job;

static void generate_rows(void *context, size_t task, int worker)
{
    const job *j = context;
    cgm_dataset *data = j->data;
    const cgm_generator *g = data->generator;
    size_t width = cgm_generator_noise_width(g);
    const cgm_column *last = &data->column[g->n_variables - 1];
    double none[CGM_GENERATOR_MAX_VARIABLES], numbers[CGM_GENERATOR_MAX_NUMBERS];
    for (size_t v = 0; v < g->n_variables; v++) none[v] = NAN;
    size_t begin = j->begin + task * ROWS_A_TASK, end = begin + ROWS_A_TASK;
    for (size_t i = begin; i < end && i < j->end; i++) {
        cgm_rng row = cgm_rng_split_index(&j->rng, i);
        g->sample_noise(&row, data->noise + i * width);
        cgm_generated_row(data, j->scratch[worker], i, none, numbers,
                          last->pixels ? last->pixels + i * last->size : NULL);
        for (size_t v = 0; v < g->n_variables; v++) {
            const cgm_column *column = &data->column[v];
            if (column->values) memcpy(column->values + i * column->size, numbers + v, column->size * sizeof *numbers);
        }
    }
}

static void run_job(job *j, int threads, const cgm_sink *sink)
{
    size_t rows = j->data->rows, report = j->data->generator->given ? ROWS_A_TASK * (size_t)threads : ROWS_A_REPORT;
    cgm_progress progress = {.what = j->data->generator->name, .total = rows, .unit = "rows"};
    double start = cgm_seconds();
    for (j->begin = 0; j->begin < rows; j->begin = j->end) {
        j->end = j->begin + report < rows ? j->begin + report : rows;
        cgm_parallel(threads, (j->end - j->begin + ROWS_A_TASK - 1) / ROWS_A_TASK, generate_rows, j);
        progress.done = j->end;
        progress.seconds = cgm_seconds() - start;
        cgm_sink_progress(sink, &progress);
    }
}

static cgm_status generate(cgm_dataset *data, int threads, const cgm_sink *sink)
{
    cgm_arena arena = {0};
    cgm_status status = CGM_OK;
    size_t workers = threads > 1 ? (size_t)threads : 1;
    job j = {.data = data, .rng = cgm_rng_create((uint64_t)data->seed)};
    j.scratch = cgm_arena_array(&arena, workers, sizeof *j.scratch);
    if (!j.scratch) status = CGM_E_MEMORY;
    for (size_t w = 0; status == CGM_OK && w < workers; w++)
        status = cgm_generator_prepare(data->generator, &arena, &j.scratch[w]);
    if (status == CGM_OK) run_job(&j, (int)workers, sink);
    cgm_arena_clear(&arena);
    return status;
}

/* SHA-256 of the lines "DIGEST  NAME" of the variables. */
static void digest(cgm_dataset *data)
{
    char list[CGM_GENERATOR_MAX_VARIABLES * (64 + 2 + CGM_DATA_MAX_NAME + 1) + 1];
    size_t used = 0;
    for (size_t v = 0; v < data->n_variables; v++) {
        const cgm_column *column = &data->column[v];
        char hex[65];
        if (column->values)
            cgm_sha256(column->values, data->rows * column->size * sizeof *column->values, hex);
        else
            cgm_sha256(column->pixels, data->rows * column->size, hex);
        used += (size_t)snprintf(list + used, sizeof list - used, "%s  %s\n", hex, data->variable[v].name);
    }
    cgm_sha256(list, used, data->sha256);
}

cgm_status cgm_generate_dataset(const cgm_generator *generator, size_t n, int64_t seed, int threads,
                                const cgm_sink *sink, cgm_dataset *data)
{
    const cgm_variable *last = &generator->variables[generator->n_variables - 1];
    CGM_CHECK(generator->n_variables <= CGM_GENERATOR_MAX_VARIABLES);
    CGM_CHECK(last->type == CGM_IMAGE ||
              generator->n_variables - 1 + cgm_variable_width(last) <= CGM_GENERATOR_MAX_NUMBERS);
    data->generator = generator;
    data->seed = seed;
    data->description = cgm_arena_printf(&data->arena, "%s, seed %lld", generator->name, (long long)seed);
    if (!data->description) return CGM_E_MEMORY;
    if (!data->noise)
        CGM_TRY(cgm_store_alloc(n, cgm_generator_noise_width(generator) * sizeof *data->noise, generator->name,
                                (void **)&data->noise));
    for (size_t v = 0; v < generator->n_variables; v++) {
        const cgm_variable *variable = &generator->variables[v];
        bool image = variable->type == CGM_IMAGE;
        void *memory;
        CGM_TRY(
            cgm_store_alloc(n, cgm_variable_width(variable) * (image ? 1 : sizeof(double)), generator->name, &memory));
        CGM_TRY(cgm_store_add_take(data, variable, n, image ? NULL : memory, image ? memory : NULL, generator->name));
    }
    CGM_TRY(generate(data, threads, sink));
    digest(data);
    return CGM_OK;
}

static bool is_near(double value, double expected)
{
    return fabs(value - expected) <= 1e-6 * (1 + fabs(expected));
}

/* Whether the row's noise gives the row's values, but for the last digits of another processor. */
static bool row_agrees(const cgm_dataset *data, void *scratch, size_t row, uint8_t *pixels)
{
    const cgm_generator *g = data->generator;
    double none[CGM_GENERATOR_MAX_VARIABLES], numbers[CGM_GENERATOR_MAX_NUMBERS];
    for (size_t v = 0; v < g->n_variables; v++) none[v] = NAN;
    cgm_generated_row(data, scratch, row, none, numbers, pixels);
    for (size_t k = 0; k < g->n_variables; k++) {
        size_t v;
        if (cgm_store_find(data, g->variables[k].name, &v) != CGM_OK) return false;
        const cgm_column *column = &data->column[v];
        for (size_t i = 0; i < column->size; i++) {
            size_t at = row * column->size + i;
            if (column->values ? !is_near(column->values[at], numbers[k + i]) : abs(column->pixels[at] - pixels[i]) > 1)
                return false;
        }
    }
    return true;
}

bool cgm_generated_agrees(const cgm_dataset *data)
{
    const cgm_generator *g = data->generator;
    if (data->n_variables != g->n_variables) return false;
    for (size_t k = 0; k < g->n_variables; k++) {
        const cgm_variable *have = cgm_dataset_find(data, g->variables[k].name);
        if (!have || have->type != g->variables[k].type ||
            cgm_variable_width(have) != cgm_variable_width(&g->variables[k]))
            return false;
    }
    cgm_arena arena = {0};
    void *scratch;
    uint8_t *pixels = cgm_arena_alloc(&arena, cgm_variable_width(&g->variables[g->n_variables - 1]));
    bool agrees = pixels && cgm_generator_prepare(g, &arena, &scratch) == CGM_OK;
    for (size_t i = 0; i < 16 && agrees; i++) agrees = row_agrees(data, scratch, i * (data->rows - 1) / 15, pixels);
    cgm_arena_clear(&arena);
    return agrees;
}
