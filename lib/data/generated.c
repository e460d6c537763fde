/* Data sets made by a generator, and their true counterfactuals. */
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

/* The columns are in the data set, empty; their numbers are those of the generator's variables. */
typedef struct job {
    cgm_dataset *data;
    cgm_rng rng;
    size_t begin, end; /* rows of this report */
} job;

static void generate_rows(void *context, size_t task, int worker)
{
    (void)worker;
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
        g->predict(data->noise + i * width, none, numbers, last->pixels ? last->pixels + i * last->size : NULL);
        for (size_t v = 0; v < g->n_variables; v++) {
            const cgm_column *column = &data->column[v];
            if (column->values) memcpy(column->values + i * column->size, numbers + v, column->size * sizeof *numbers);
        }
    }
}

static void generate(cgm_dataset *data, int threads, const cgm_sink *sink)
{
    job j = {.data = data, .rng = cgm_rng_create((uint64_t)data->seed)};
    cgm_progress progress = {.what = data->generator->name, .total = data->rows, .unit = "rows"};
    double start = cgm_seconds();
    for (j.begin = 0; j.begin < data->rows; j.begin = j.end) {
        j.end = j.begin + ROWS_A_REPORT < data->rows ? j.begin + ROWS_A_REPORT : data->rows;
        cgm_parallel(threads, (j.end - j.begin + ROWS_A_TASK - 1) / ROWS_A_TASK, generate_rows, &j);
        progress.done = j.end;
        progress.seconds = cgm_seconds() - start;
        cgm_sink_progress(sink, &progress);
    }
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
    generate(data, threads, sink);
    digest(data);
    return CGM_OK;
}

bool cgm_dataset_has_truth(const cgm_dataset *data)
{
    return data->generator && data->noise;
}

static size_t generator_find(const cgm_generator *g, const char *name)
{
    size_t v = 0;
    while (v < g->n_variables && strcmp(g->variables[v].name, name)) v++;
    return v;
}

/* The generator's numbers of the intervened variables. */
static cgm_status check_interventions(const cgm_generator *g, size_t n_do, const cgm_assignment *interventions,
                                      size_t n, size_t *places)
{
    for (size_t k = 0; k < n_do; k++) {
        const char *name = interventions[k].variable;
        places[k] = generator_find(g, name);
        if (places[k] == g->n_variables)
            return CGM_FAIL(CGM_E_ARG, "do(%s): the generator %s has no such variable", name, g->name);
        const cgm_variable *variable = &g->variables[places[k]];
        if (!cgm_variable_is_scalar(variable))
            return CGM_FAIL(CGM_E_UNSUPPORTED, "do(%s): %s cannot be set to a number", name,
                            cgm_variable_noun(variable));
        for (size_t i = 0; i < k; i++)
            if (places[i] == places[k]) return CGM_FAIL(CGM_E_ARG, "do(%s): given twice", name);
        for (size_t i = 0; i < (interventions[k].values ? n : 1); i++) {
            double x = interventions[k].values ? interventions[k].values[i] : interventions[k].value;
            bool level = !cgm_variable_has_levels(variable) || (x == floor(x) && x >= 0 && x < variable->levels);
            if (!isfinite(x) || !level)
                return CGM_FAIL(CGM_E_ARG, "do(%s=%g): expected %s", name, x,
                                cgm_variable_has_levels(variable) ? "a level of the variable" : "a finite number");
        }
    }
    return CGM_OK;
}

/* One row's true values under do_value. */
static void predict_row(const cgm_dataset *data, size_t row, const double *do_value, double *numbers, uint8_t *pixels)
{
    const cgm_generator *g = data->generator;
    g->predict(data->noise + row * cgm_generator_noise_width(g), do_value, numbers, pixels);
}

cgm_status cgm_dataset_truth(const cgm_dataset *data, size_t n_do, const cgm_assignment *interventions,
                             const char *variable, size_t n, const size_t *rows, double *out)
{
    if (!cgm_dataset_has_truth(data))
        return CGM_FAIL(CGM_E_UNSUPPORTED,
                        "%s: the true counterfactuals are not known, since no generator made these data",
                        data->description);
    const cgm_generator *g = data->generator;
    size_t places[CGM_GENERATOR_MAX_VARIABLES], v;
    if (n_do > g->n_variables) return CGM_FAIL(CGM_E_ARG, "%zu interventions on %zu variables", n_do, g->n_variables);
    CGM_TRY(cgm_store_find(data, variable, &v));
    CGM_TRY(cgm_store_check_rows(data, n, rows));
    CGM_TRY(check_interventions(g, n_do, interventions, n, places));
    const cgm_variable *last = &g->variables[g->n_variables - 1];
    uint8_t *pixels;
    CGM_TRY(cgm_store_alloc(1, cgm_variable_width(last), g->name, (void **)&pixels));
    double do_value[CGM_GENERATOR_MAX_VARIABLES], numbers[CGM_GENERATOR_MAX_NUMBERS];
    size_t width = cgm_variable_width(&data->variable[v]), place = generator_find(g, variable);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < g->n_variables; k++) do_value[k] = NAN;
        for (size_t k = 0; k < n_do; k++)
            do_value[places[k]] = interventions[k].values ? interventions[k].values[i] : interventions[k].value;
        predict_row(data, rows[i], do_value, numbers, pixels);
        if (data->column[v].values)
            memcpy(out + i * width, numbers + place, width * sizeof *out);
        else
            cgm_pixels_pad(&data->column[v], last->channels, data->pad, pixels, out + i * width);
    }
    free(pixels);
    return CGM_OK;
}

static bool is_near(double value, double expected)
{
    return fabs(value - expected) <= 1e-6 * (1 + fabs(expected));
}

/* Whether the row's noise gives the row's values, but for the last digits of another processor. */
static bool row_agrees(const cgm_dataset *data, size_t row, uint8_t *pixels)
{
    const cgm_generator *g = data->generator;
    double none[CGM_GENERATOR_MAX_VARIABLES], numbers[CGM_GENERATOR_MAX_NUMBERS];
    for (size_t v = 0; v < g->n_variables; v++) none[v] = NAN;
    predict_row(data, row, none, numbers, pixels);
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
    uint8_t *pixels = malloc(cgm_variable_width(&g->variables[g->n_variables - 1]));
    if (!pixels) return false;
    bool agrees = true;
    for (size_t i = 0; i < 16 && agrees; i++) agrees = row_agrees(data, i * (data->rows - 1) / 15, pixels);
    free(pixels);
    return agrees;
}
