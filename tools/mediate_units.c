/* cgm mediate in single rows. */
#include <math.h>
#include <stdio.h>

#include "tools/mediate.h"

static const tool_column columns[] = {{"row", "row", NULL, false},
                                      {"name", "", NULL, false},
                                      {"effect", "effect", "%.6g", false},
                                      {"size", "mean |.|", "%.6g", true}};

/* An effect's mean over the numbers of the outcome, and for an image that of its size. */
static void add_row(json_t *rows, json_t *number, const char *name, const double *value, size_t width)
{
    double sum = 0, size = 0;
    for (size_t i = 0; i < width; i++) {
        sum += value[i];
        size += fabs(value[i]);
    }
    json_array_append_new(rows, json_pack("{s:o, s:s, s:o, s:o}", "row", number, "name", name, "effect",
                                          tool_json_number(sum / (double)width), "size",
                                          width > 1 ? tool_json_number(size / (double)width) : json_null()));
}

static cgm_status add_means(const cgm_unit_effects *u, size_t n, json_t *rows)
{
    for (size_t k = 0; k < cgm_unit_effects_count(u); k++) {
        size_t width;
        const char *name;
        cgm_arena arena = {0};
        const double *value = cgm_unit_effects_get(u, k, &name, &width);
        double *mean = cgm_arena_array(&arena, width, sizeof *mean);
        if (!mean) return CGM_E_MEMORY;
        for (size_t i = 0; i < n * width; i++) mean[i % width] += value[i] / (double)n;
        add_row(rows, json_string("mean"), name, mean, width);
        cgm_arena_clear(&arena);
    }
    return CGM_OK;
}

static cgm_status give(const cgm_unit_effects *u, const cgm_mediation_opts *opts, const tool_options *options)
{
    size_t n, width = 1;
    char title[512];
    const char *name;
    const size_t *row = cgm_unit_effects_rows(u, &n);
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < cgm_unit_effects_count(u); k++) {
            const double *value = cgm_unit_effects_get(u, k, &name, &width);
            add_row(rows, json_integer((json_int_t)row[i]), name, value + i * width, width);
        }
    cgm_status status = add_means(u, n, rows);
    tool_mediate_title(opts, sizeof title, title);
    tool_result r = {.what = "unit effects",
                     .facts = tool_result_facts("mediate", tool_mediate_query(opts), opts->seed),
                     .rows = rows,
                     .columns = columns,
                     .n_columns = sizeof columns / sizeof *columns,
                     .title = title,
                     .notes =
                         "TE = NDE(0) + NIE(1) = NDE(1) + NIE(0); in general not NDE(0) + NIE(0). Effects in single "
                         "rows, with their abducted noise; of an image the mean over its pixels, and that of its "
                         "size."};
    tool_options print = *options;
    print.out = NULL; /* the file holds more than the table */
    cgm_status given = tool_result_give(&r, &print);
    return status == CGM_OK ? given : status;
}

cgm_status tool_mediate_units(cgm_run *run, cgm_mediation_opts *opts, const tool_options *options)
{
    const cgm_row_choice choice = {.split = (cgm_split)options->split,
                                   .n = options->n >= 0 ? (size_t)options->n : 0,
                                   .n_rows = options->n_rows,
                                   .rows = options->rows};
    cgm_unit_effects *u;
    if (opts->intervals.models)
        return CGM_FAIL(CGM_E_ARG, "mediate: effects in single rows have no intervals; expected none asked for");
    if (options->out && cgm_csv_is_named(options->out))
        return CGM_FAIL(CGM_E_ARG, "-o: effects in single rows are written as .h5, got \"%s\"", options->out);
    if (options->temperature >= 0) opts->temperature = options->temperature;
    CGM_TRY(cgm_run_mediate_units(run, opts, &choice, &u));
    cgm_status status = options->out ? cgm_unit_effects_save(u, options->out) : CGM_OK;
    if (status == CGM_OK && options->png) status = cgm_unit_effects_draw(u, options->png);
    if (status == CGM_OK) status = give(u, opts, options);
    if (status == CGM_OK && options->out && !options->json) printf("wrote %s (effects)\n", options->out);
    if (status == CGM_OK && options->png && !options->json) printf("wrote %s (picture)\n", options->png);
    cgm_unit_effects_destroy(u);
    return status;
}
