/* True counterfactuals of generated data, and the data set as it would have been under interventions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/store.h"

/* Rows whose true values are drawn at a time. */
#define CHUNK 256

/* ---- Rows ---- */

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

bool cgm_dataset_knows_do(const cgm_dataset *data, const char *variable)
{
    if (!cgm_dataset_has_truth(data)) return false;
    size_t v = generator_find(data->generator, variable);
    return v < data->generator->n_variables && !data->generator->fixed[v];
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
        if (g->fixed[places[k]])
            return CGM_FAIL(CGM_E_UNSUPPORTED,
                            "do(%s): the images were given with it, so what another value gives is not known", name);
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
    double do_value[CGM_GENERATOR_MAX_VARIABLES], numbers[CGM_GENERATOR_MAX_NUMBERS];
    size_t width = cgm_variable_width(&data->variable[v]), place = generator_find(g, variable);
    cgm_arena arena = {0};
    void *scratch;
    uint8_t *pixels = cgm_arena_alloc(&arena, cgm_variable_width(last));
    cgm_status status = pixels ? cgm_generator_prepare(g, &arena, &scratch) : CGM_E_MEMORY;
    for (size_t i = 0; status == CGM_OK && i < n; i++) {
        for (size_t k = 0; k < g->n_variables; k++) do_value[k] = NAN;
        for (size_t k = 0; k < n_do; k++)
            do_value[places[k]] = interventions[k].values ? interventions[k].values[i] : interventions[k].value;
        bool numbers_alone = g->given && data->column[v].values;
        cgm_generated_row(data, scratch, rows[i], do_value, numbers, numbers_alone ? NULL : pixels);
        if (data->column[v].values)
            memcpy(out + i * width, numbers + place, width * sizeof *out);
        else
            cgm_pixels_pad(&data->column[v], last->channels, data->pad, pixels, out + i * width);
    }
    cgm_arena_clear(&arena);
    return status;
}

/* ---- All of it ---- */

/* The true values of one variable, all rows, as the readers would store them; one of *values and *pixels is set. */
static cgm_status true_column(const cgm_dataset *data, size_t n_do, const cgm_assignment *interventions,
                              const cgm_variable *v, double **values, uint8_t **pixels)
{
    cgm_status status;
    size_t width = cgm_variable_width(v), rows[CHUNK];
    double *chunk = NULL;
    void *all = NULL;
    bool image = v->type == CGM_IMAGE;
    CGM_TRY(cgm_store_alloc(data->rows * width, image ? 1 : sizeof(double), v->name, &all));
    CGM_TRY_GOTO(cgm_store_alloc(CHUNK * width, sizeof *chunk, v->name, (void **)&chunk), failed);
    for (size_t begin = 0; begin < data->rows; begin += CHUNK) {
        size_t n = data->rows - begin < CHUNK ? data->rows - begin : CHUNK;
        for (size_t i = 0; i < n; i++) rows[i] = begin + i;
        CGM_TRY_GOTO(cgm_dataset_truth(data, n_do, interventions, v->name, n, rows, chunk), failed);
        for (size_t i = 0; image && i < n * width; i++) ((uint8_t *)all)[begin * width + i] = (uint8_t)lrint(chunk[i]);
        if (!image) memcpy((double *)all + begin * width, chunk, n * width * sizeof *chunk);
    }
    free(chunk);
    *values = image ? NULL : all;
    *pixels = image ? all : NULL;
    return CGM_OK;
failed:
    free(chunk);
    free(all);
    return status;
}

cgm_status cgm_dataset_save_truth(const cgm_dataset *data, size_t n_do, const cgm_assignment *interventions,
                                  const char *path)
{
    cgm_status status = CGM_OK;
    cgm_dataset *truth;
    if (!cgm_dataset_has_truth(data))
        return CGM_FAIL(CGM_E_ARG, "%s: the true counterfactuals of these data are not known",
                        cgm_dataset_description(data));
    CGM_TRY(cgm_store_create(&truth));
    for (size_t i = 0; i < data->n_variables; i++) {
        double *values;
        uint8_t *pixels;
        const cgm_variable *v = &data->variable[i];
        CGM_TRY_GOTO(true_column(data, n_do, interventions, v, &values, &pixels), done);
        CGM_TRY_GOTO(cgm_store_add_take(truth, v, data->rows, values, pixels, v->name), done);
    }
    truth->train = data->train;
    CGM_TRY_GOTO(cgm_dataset_save(truth, path), done);
done:
    cgm_dataset_destroy(truth);
    return status;
}
