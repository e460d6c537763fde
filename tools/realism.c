/* cgm realism: how like the data a model's images are. */
#include <stdio.h>
#include <string.h>

#include "tools/result.h"

#define MOST_NAMED 12 /* levels that no sample shows, by name */

static const tool_column columns[] = {
    {"measure", "", NULL, false},          {"level", "", NULL, true},
    {"samples", "samples", "%.4g", false}, {"samples_error", "std. error", "%.2g", true},
    {"data", "data", "%.4g", false},       {"data_error", "std. error", "%.2g", true}};
const tool_columns tool_realism_columns = {sizeof columns / sizeof *columns, columns};

static json_t *rows_of(const cgm_realism *r, bool all)
{
    json_t *rows = json_array();
    for (size_t k = 0; k < r->n_rows; k++) {
        const cgm_realism_row *row = &r->row[k];
        /* The printed table has of each level what it was asked for alone. */
        if (!all && row->level && strcmp(row->measure, "as asked") != 0) continue;
        json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "measure", row->measure, "level",
                                              row->level ? json_string(row->level) : json_null(), "samples",
                                              tool_json_number(row->samples), "samples_error",
                                              tool_json_number(row->samples_error), "data", tool_json_number(row->data),
                                              "data_error", tool_json_number(row->data_error)));
    }
    return rows;
}

/* "no sample shows 3, 5" on a line of its own. */
static void write_missing(const cgm_realism *r, size_t size, char *text)
{
    size_t used = 0, n = 0;
    text[0] = '\0';
    for (size_t k = 0; k < r->n_rows && used < size; k++) {
        const cgm_realism_row *row = &r->row[k];
        if (strcmp(row->measure, "shown") != 0 || row->samples > 0) continue;
        if (n == MOST_NAMED) {
            snprintf(text + used, size - used, ", ...");
            return;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s", n++ ? ", " : "\nno sample shows ", row->level);
    }
}

static void write_notes(const cgm_realism *r, size_t size, char *text)
{
    size_t used = (size_t)snprintf(
        text, size,
        "features: the %zu of the predictor \"%s\", trained on %zu rows of the data; distances are to %zu test images, "
        "data: of %zu training images to these",
        r->width, r->predictor, r->fitted, r->test, r->train);
    if (r->few)
        used += (size_t)snprintf(text + used, size - used,
                                 "\nFID: no more images than features, so it is far too large; KID is without bias");
    if (!r->asks)
        used += (size_t)snprintf(text + used, size - used, "\nnothing was asked: %s makes no difference to the samples",
                                 r->attribute);
    if (r->kid_subsets)
        used += (size_t)snprintf(text + used, size - used,
                                 "\nKID, subsets: the mean over %zu subsets of %zu images, and how far that depends on "
                                 "which; the error of KID itself is the jackknife's",
                                 r->kid_subsets, r->kid_size);
    if (r->scales)
        used += (size_t)snprintf(text + used, size - used, "\nMS-SSIM: of pairs, on %zu scale%s; lower: more diverse",
                                 r->scales, r->scales > 1 ? "s" : "");
    if (used < size) write_missing(r, size - used, text + used);
}

static json_t *question(const tool_options *options, const cgm_realism *r)
{
    return json_pack("{s:s, s:s, s:o, s:s, s:I, s:f, s:f}", "variable", r->image, "predictor", r->predictor, "do",
                     tool_texts_json(options->dos.n, options->dos.text), "parents",
                     options->parents == CGM_PARENTS_MODEL ? "model" : "data", "n", (json_int_t)r->samples,
                     "temperature", options->temperature, "pixel_temperature", options->pixel_temperature);
}

static json_t *facts_of(const tool_options *options, const cgm_realism *r, uint64_t seed)
{
    json_t *facts = tool_result_facts("realism", question(options, r), seed);
    json_t *more = json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:I, s:I}", "attribute", r->attribute,
                             "asked", r->asks, "features", (json_int_t)r->width, "fitted_rows", (json_int_t)r->fitted,
                             "samples", (json_int_t)r->samples, "test_images", (json_int_t)r->test, "training_images",
                             (json_int_t)r->train, "fid_of_few", r->few, "kid_subsets", (json_int_t)r->kid_subsets,
                             "kid_subset_size", (json_int_t)r->kid_size, "ms_ssim_scales", (json_int_t)r->scales);
    bool failed = !more || (facts && json_object_update(facts, more) != 0);
    json_decref(more);
    if (!failed) return facts;
    json_decref(facts);
    return NULL;
}

static cgm_status give(const tool_options *options, const cgm_realism *r, uint64_t seed)
{
    char title[512], notes[2048];
    snprintf(title, sizeof title, "%s: %zu samples%s%.300s, %s", r->image, r->samples, r->heading ? " under " : "",
             r->heading ? r->heading : "",
             options->parents == CGM_PARENTS_MODEL ? "parents of the model" : "with the parents of test rows");
    write_notes(r, sizeof notes, notes);
    tool_result result = {.what = "realism",
                          .facts = facts_of(options, r, seed),
                          .rows = rows_of(r, true),
                          .table_rows = rows_of(r, false),
                          .columns = columns,
                          .n_columns = sizeof columns / sizeof *columns,
                          .title = title,
                          .notes = notes};
    CGM_TRY(tool_result_give(&result, options));
    if (options->png && !options->json) printf("wrote %s (picture)\n", options->png);
    return CGM_OK;
}

static cgm_realism_opts opts_of(const tool_options *options)
{
    cgm_realism_opts opts;
    cgm_realism_init(&opts);
    opts.predictor = options->predictor;
    opts.image = options->variable;
    opts.what = (cgm_do){options->dos.n, options->dos.text};
    opts.parents = (cgm_realism_parents)options->parents;
    if (options->n >= 0) opts.n = (size_t)options->n;
    if (options->seed >= 0) opts.seed = (uint64_t)options->seed;
    opts.temperature = options->temperature;
    opts.pixel_temperature = options->pixel_temperature;
    opts.png = options->png;
    return opts;
}

static cgm_status answer(cgm_run *run, const tool_options *options)
{
    cgm_realism r;
    const cgm_realism_opts opts = opts_of(options);
    tool_catch_signals();
    CGM_TRY(cgm_run_realism(run, &opts, &r));
    tool_end_line();
    tool_release_signals();
    cgm_status status = give(options, &r, opts.seed);
    cgm_realism_clear(&r);
    return status;
}

static cgm_status run_realism(const tool_options *options)
{
    return tool_ask(options, answer);
}

static cgm_status check_realism(cgm_run *run, const tool_options *options)
{
    const cgm_realism_opts opts = opts_of(options);
    CGM_TRY(tool_result_check(options->out));
    return cgm_run_check_realism(run, &opts);
}

static const tool_option takes[] = {{OPT_VARIABLE, NULL},
                                    {OPT_PREDICTOR, NULL},
                                    {OPT_N, "samples (1000)"},
                                    {OPT_DO, NULL},
                                    {OPT_PARENTS, NULL},
                                    {OPT_SEED, NULL},
                                    {OPT_TEMPERATURE, "factor on the deviation of latents, 0: their mean (1)"},
                                    {OPT_PIXEL_TEMPERATURE, NULL},
                                    {OPT_OUT, "file to write, .csv or .h5"},
                                    {OPT_PNG, "sheet of samples: a row for each level asked, wrong ones framed in red"},
                                    {OPT_JSON, NULL},
                                    {OPT_PATH, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_realism_row = {
    .name = "realism",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "how like the data a model's images are: FID, KID, labels, diversity",
    .doc = "Samples images, by default with the parents of test rows, and compares them with test images by what a "
           "predictor of the run makes of both: FID and KID of its features, the share that it labels as asked, which "
           "levels are shown; MS-SSIM of pairs and saturated pixels besides. Each stands beside what real images "
           "reach: training images for the distances, the test images for the rest. Such distances compare only with "
           "others in the same features and of as many images.",
    .options = takes,
    .run = run_realism,
    .check = check_realism,
};
