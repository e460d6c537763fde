/* cgm mediate in single rows. */
#include <math.h>
#include <stdio.h>

#include "tools/mediate.h"

enum { IMAGE_RESAMPLES = 200 }; /* if nothing else is said */

static const tool_column columns[] = {{"row", "row", NULL, false},
                                      {"name", "", NULL, false},
                                      {"effect", "effect", "%.6g", false},
                                      {"low", "low", "%.4g", true},
                                      {"high", "high", "%.4g", true},
                                      {"size", "mean |.|", "%.6g", true},
                                      {"beside_zero", "beside 0", "%.3g", true}};

static double mean_size(const double *value, size_t width)
{
    double size = 0;
    for (size_t i = 0; i < width; i++) size += fabs(value[i]);
    return size / (double)width;
}

/* An effect's mean over the numbers of the outcome, and for an image that of its size. */
static void add_row(json_t *rows, size_t row, const char *name, const double *value, size_t width)
{
    double sum = 0;
    for (size_t i = 0; i < width; i++) sum += value[i];
    json_array_append_new(rows, json_pack("{s:I, s:s, s:o, s:o}", "row", (json_int_t)row, "name", name, "effect",
                                          tool_json_number(sum / (double)width), "size",
                                          width > 1 ? tool_json_number(mean_size(value, width)) : json_null()));
}

/* The share of an image's pixels whose interval does not cover 0. */
static json_t *share_beside_zero(const cgm_unit_mean *mean, size_t width)
{
    size_t n = 0;
    if (!mean->low || width == 1) return json_null();
    for (size_t i = 0; i < width; i++) n += mean->low[i] > 0 || mean->high[i] < 0;
    return json_real((double)n / (double)width);
}

static void add_mean(json_t *rows, const cgm_unit_mean *mean, size_t width)
{
    json_t *size = width > 1 ? tool_json_number(mean_size(mean->mean, width)) : json_null();
    json_array_append_new(rows, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "row", "mean", "name",
                                          mean->whole.name, "effect", tool_json_number(mean->whole.value), "low",
                                          tool_json_number(mean->whole.low), "high", tool_json_number(mean->whole.high),
                                          "size", size, "beside_zero", share_beside_zero(mean, width)));
}

static cgm_status give(const cgm_unit_effects *u, const tool_options *options)
{
    const cgm_mediation_opts *opts = cgm_unit_effects_opts(u);
    size_t n, kept, width = 1;
    char title[512], line[640], notes[640];
    const char *name;
    const size_t *row = cgm_unit_effects_rows(u, &n, &kept);
    json_t *rows = json_array();
    for (size_t i = 0; i < kept; i++)
        for (size_t k = 0; k < cgm_unit_effects_count(u); k++) {
            const double *value = cgm_unit_effects_get(u, k, &name, &width);
            add_row(rows, row[i], name, value + i * width, width);
        }
    for (size_t k = 0; k < cgm_unit_effects_count(u); k++) add_mean(rows, cgm_unit_effects_mean(u, k), width);
    tool_mediate_title(opts, sizeof title, title);
    snprintf(line, sizeof line, "%s; %zu rows", title, n);
    size_t used = tool_write_intervals(&opts->intervals, opts->seed, sizeof notes, notes);
    snprintf(notes + used, sizeof notes - used, "%s%s", used ? "; rows are resampled, the model stays as it is\n" : "",
             "TE = NDE(0) + NIE(1) = NDE(1) + NIE(0); in general not NDE(0) + NIE(0). Effects in single rows, with "
             "their abducted noise; of an image the mean over its pixels, that of its size, and for the rows' mean the "
             "share of pixels whose own interval does not cover 0.");
    tool_result r = {.what = "unit effects",
                     .facts = tool_result_facts("mediate", tool_mediate_query(opts), opts->seed),
                     .rows = rows,
                     .columns = columns,
                     .n_columns = sizeof columns / sizeof *columns,
                     .title = line,
                     .notes = notes};
    if (r.facts) json_object_set_new(r.facts, "rows", json_integer((json_int_t)n));
    tool_options print = *options;
    print.out = NULL; /* the file holds more than the table */
    return tool_result_give(&r, &print);
}

static cgm_status draw(const cgm_unit_effects *u, const tool_options *options)
{
    if (options->png) CGM_TRY(cgm_unit_effects_draw(u, options->png));
    return options->mean_png ? cgm_unit_effects_draw_means(u, options->mean_png) : CGM_OK;
}

static void say_written(const tool_options *options)
{
    if (options->out) printf("wrote %s (effects)\n", options->out);
    if (options->png) printf("wrote %s (picture)\n", options->png);
    if (options->mean_png) printf("wrote %s (picture of the means)\n", options->mean_png);
}

cgm_status tool_mediate_units(cgm_run *run, bool image, cgm_mediation_opts *opts, const tool_options *options)
{
    const cgm_unit_query query = {.choice = {.split = (cgm_split)options->split,
                                             .n = options->n >= 0 ? (size_t)options->n : 0,
                                             .n_rows = options->n_rows,
                                             .rows = options->rows},
                                  .n_given = options->givens.n,
                                  .given = options->givens.text,
                                  .out = options->out};
    cgm_unit_effects *u;
    if (options->out && cgm_csv_is_named(options->out))
        return CGM_FAIL(CGM_E_ARG, "-o: effects in single rows are written as .h5, got \"%s\"", options->out);
    if (!image && (options->png || options->mean_png))
        return CGM_FAIL(CGM_E_ARG, "--%s: the outcome, '%s', is no image to draw", options->png ? "png" : "mean-png",
                        opts->outcome ? opts->outcome : "");
    if (image && options->bootstrap < 0 && opts->intervals.kind == CGM_INTERVAL_PERCENTILE)
        opts->intervals.models = IMAGE_RESAMPLES;
    if (options->temperature >= 0) opts->temperature = options->temperature;
    tool_catch_signals();
    CGM_TRY(cgm_run_mediate_units(run, opts, &query, &u));
    tool_end_line();
    tool_release_signals();
    cgm_status status = draw(u, options);
    if (status == CGM_OK) status = give(u, options);
    if (status == CGM_OK && !options->json) say_written(options);
    cgm_unit_effects_destroy(u);
    return status;
}
