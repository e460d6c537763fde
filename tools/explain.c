/* cgm explain: what a predictor goes by. */
#include <math.h>
#include <stdio.h>

#include "tools/result.h"

/* ---- The table of images, or of stages ---- */

static const tool_column image_columns[] = {
    {"row", "row", NULL, true},         {"truth", "true", NULL, true},     {"read", "read", NULL, true},
    {"level", "explained", NULL, true}, {"score", "score", "%.4g", false}, {"largest", "largest of map", "%.3g", true},
    {"figure", "figure", "%.4g", true}};
static const tool_column stage_columns[] = {{"layer", "drawn anew, down to", NULL, false},
                                            {"rank_correlation", "rank correlation", "%.3f", true},
                                            {"absolute", "of absolute values", "%.3f", true},
                                            {"maps", "maps", NULL, false}};

static json_t *value_json(const cgm_variable *v, const double *values, size_t i)
{
    char text[CGM_VALUE_TEXT];
    if (!values || isnan(values[i])) return json_null();
    return json_string(cgm_variable_text(v, values[i], text));
}

static double largest(const cgm_explanation *e, size_t i)
{
    size_t width = cgm_variable_width(e->image) / (size_t)e->image->channels * (size_t)e->map_channels;
    double most = 0;
    for (size_t j = 0; j < width; j++) most = fmax(most, fabs(e->map[i * width + j]));
    return most;
}

static json_t *image_rows(const cgm_explanation *e)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < e->n; i++)
        json_array_append_new(
            rows, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "row",
                            e->row ? json_integer((json_int_t)e->row[i]) : json_null(), "truth",
                            value_json(e->attribute, e->truth, i), "read", value_json(e->attribute, e->read, i),
                            "level", value_json(e->attribute, e->level, i), "score", tool_json_number(e->value[i]),
                            "largest", e->makes_images ? json_null() : tool_json_number(largest(e, i)), "figure",
                            e->figure_name ? tool_json_number(e->figure[i]) : json_null()));
    return rows;
}

static json_t *stage_rows(const cgm_explanation *e)
{
    json_t *rows = json_array();
    for (size_t k = 0; k < e->n_stages; k++) {
        const cgm_explain_stage *s = &e->stage[k];
        json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:I}", "layer", k ? s->layer : "none, as trained",
                                              "rank_correlation", tool_json_number(s->correlation), "absolute",
                                              tool_json_number(s->absolute), "maps", (json_int_t)s->n));
    }
    return rows;
}

/* ---- What is said besides ---- */

static void write_notes(const cgm_explanation *e, size_t size, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    if (e->layer) used += (size_t)snprintf(text, size, "layer %s", e->layer);
    if (e->figure_name && !e->n_stages && used < size)
        used += (size_t)snprintf(text + used, size - used, "%sfigure: %s", used ? "\n" : "", e->figure_name);
    if (e->n_stages && used < size)
        snprintf(
            text + used, size - used,
            "%srank correlation with the trained network's maps, mean over images: one that stays high says that the "
            "maps are not of what was learnt",
            used ? "\n" : "");
}

static json_t *question(const tool_options *options, const cgm_explanation *e)
{
    return json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:b}", "predictor", e->predictor, "method", e->method, "class",
                     options->class_name, "layer", e->layer, "split", options->split == CGM_TRAIN ? "train" : "test",
                     "randomise", e->n_stages > 0);
}

static json_t *facts_of(const tool_options *options, const cgm_explanation *e, uint64_t seed)
{
    json_t *facts = tool_result_facts("explain", question(options, e), seed);
    if (facts) json_object_set_new(facts, "score", json_string(e->score));
    if (facts && e->figure_name) json_object_set_new(facts, "figure", json_string(e->figure_name));
    return facts;
}

static cgm_status give(const tool_options *options, const cgm_explanation *e, uint64_t seed)
{
    char title[512], notes[512];
    bool stages = e->n_stages > 0;
    tool_options printed = *options;
    printed.out = NULL; /* which is no table */
    snprintf(title, sizeof title, "what %.100s goes by: %s, %zu image%s, score: %s", e->predictor, e->method, e->n,
             e->n == 1 ? "" : "s", e->score);
    write_notes(e, sizeof notes, notes);
    tool_result result = {.what = "explanations",
                          .facts = facts_of(options, e, seed),
                          .rows = stages ? stage_rows(e) : image_rows(e),
                          .columns = stages ? stage_columns : image_columns,
                          .n_columns = stages ? sizeof stage_columns / sizeof *stage_columns
                                              : sizeof image_columns / sizeof *image_columns,
                          .title = title,
                          .notes = notes[0] ? notes : NULL};
    CGM_TRY(tool_result_give(&result, &printed));
    if (options->out && !options->json) printf("wrote %s (maps)\n", options->out);
    if (options->png && !options->json) printf("wrote %s (picture)\n", options->png);
    return CGM_OK;
}

/* ---- The command ---- */

static cgm_explain_opts opts_of(const tool_options *options)
{
    cgm_explain_opts opts;
    cgm_explain_init(&opts);
    opts.predictor = options->predictor;
    opts.method = options->method_name;
    opts.rows = (cgm_row_choice){.split = (cgm_split)options->split,
                                 .n = options->n > 0 ? (size_t)options->n : 0,
                                 .n_rows = options->n_rows,
                                 .rows = options->rows};
    opts.level = options->class_name;
    opts.layer = options->layer;
    opts.patch = (size_t)options->patch;
    opts.samples = (size_t)options->samples;
    opts.iterations = (size_t)options->rounds;
    opts.baseline = options->baseline;
    opts.smoothness = options->smoothness;
    opts.parts = (cgm_explain_parts)options->parts;
    opts.randomise = options->randomise;
    if (options->seed >= 0) opts.seed = (uint64_t)options->seed;
    opts.out = options->out;
    opts.png = options->png;
    return opts;
}

static cgm_status answer(cgm_run *run, const tool_options *options)
{
    cgm_explanation e;
    const cgm_explain_opts opts = opts_of(options);
    tool_catch_signals();
    cgm_status status = cgm_run_explain(run, &opts, &e);
    tool_release_signals();
    if (status != CGM_OK) return status;
    status = give(options, &e, opts.seed);
    cgm_explanation_clear(&e);
    return status;
}

static cgm_status run_explain(const tool_options *options)
{
    cgm_run *run = NULL;
    CGM_TRY(tool_open(options->argument[0], options, &run));
    cgm_status status = answer(run, options);
    cgm_run_destroy(run);
    return status;
}

static cgm_status check_explain(cgm_run *run, const tool_options *options)
{
    const cgm_explain_opts opts = opts_of(options);
    return cgm_run_check_explain(run, &opts);
}

static void print_methods(void)
{
    const char *name;
    printf("\nMethods:\n");
    for (size_t i = 0; (name = cgm_explain_method(i)); i++) printf("  %-25s %s\n", name, cgm_explain_method_doc(i));
}

static const tool_option takes[] = {{OPT_PREDICTOR, "which one (the run's only one)"},
                                    {OPT_METHOD_NAME, "which of those below"},
                                    {OPT_SPLIT, NULL},
                                    {OPT_N, "images: the first N of the split (8)"},
                                    {OPT_INDEX, NULL},
                                    {OPT_CLASS, NULL},
                                    {OPT_LAYER, NULL},
                                    {OPT_PATCH, NULL},
                                    {OPT_PARTS, NULL},
                                    {OPT_SAMPLES, "lime: images without some parts (1000); shap: pairs of orders (32)"},
                                    {OPT_BASELINE, NULL},
                                    {OPT_ROUNDS, NULL},
                                    {OPT_SMOOTHNESS, NULL},
                                    {OPT_RANDOMISE, NULL},
                                    {OPT_SEED, NULL},
                                    {OPT_OUT, "file of maps to write, .h5"},
                                    {OPT_PNG, "picture of images and maps to draw"},
                                    {OPT_JSON, NULL},
                                    {OPT_PATH, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_explain_row = {
    .name = "explain",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "what a predictor goes by: maps of images, and images that it would read so",
    .doc =
        "A predictor that goes by something else than the attribute makes counterfactuals seem effective that are not. "
        "Explains, in each image, the score of the level that is read or of --class: the logit, the log odds, the log "
        "probability of an ordinal level, the mean of a continuous attribute. Red raises it, blue lowers it. "
        "--randomise asks whether the maps are of what was learnt at all (Adebayo et al. 2018).",
    .options = takes,
    .run = run_explain,
    .check = check_explain,
    .print_more = print_methods,
};
