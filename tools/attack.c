/* cgm attack: what little change of an image makes a predictor read something else. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/result.h"

static const tool_column columns[] = {
    {"images", "images", NULL, false},          {"accuracy_before", "accuracy before", "%.4f", true},
    {"accuracy_after", "after", "%.4f", false}, {"success", "success", "%.4f", false},
    {"l2_mean", "L2 mean", "%.4g", false},      {"l2_median", "median", "%.4g", false},
    {"linf_mean", "Linf mean", "%.4g", false},  {"linf_median", "median", "%.4g", false}};
static const tool_column error_columns[] = {
    {"images", "images", NULL, false},       {"error_before", "error before", "%.4g", false},
    {"error_after", "after", "%.4g", false}, {"l2_mean", "L2 mean", "%.4g", false},
    {"l2_median", "median", "%.4g", false},  {"linf_mean", "Linf mean", "%.4g", false},
    {"linf_median", "median", "%.4g", false}};
enum { N_COLUMNS = sizeof columns / sizeof *columns, N_ERROR_COLUMNS = sizeof error_columns / sizeof *error_columns };

static bool has_levels(const cgm_attack_report *r)
{
    return strcmp(r->measure, "accuracy") == 0;
}

static json_t *rows_of(const cgm_attack_report *r)
{
    char before[64], after[64];
    snprintf(before, sizeof before, "%s_before", r->measure);
    snprintf(after, sizeof after, "%s_after", r->measure);
    json_t *row = json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "images", (json_int_t)r->n, before,
                            tool_json_number(r->before), after, tool_json_number(r->after), "success",
                            tool_json_number(r->success), "l2_mean", tool_json_number(r->l2_mean), "l2_median",
                            tool_json_number(r->l2_median), "linf_mean", tool_json_number(r->linf_mean), "linf_median",
                            tool_json_number(r->linf_median));
    return row ? json_pack("[o]", row) : NULL;
}

static void write_title(const cgm_attack_report *r, const tool_options *options, size_t size, char *text)
{
    int used = snprintf(text, size, "%s on the predictor \"%s\" of %s", r->method, r->predictor, r->attribute);
    if (used > 0 && (size_t)used < size && r->epsilon > 0)
        used += snprintf(text + used, size - (size_t)used, ", pixels changed by at most %g", r->epsilon);
    if (used > 0 && (size_t)used < size && r->iterations > 0)
        used += snprintf(text + used, size - (size_t)used, ", %zu steps", r->iterations);
    if (used > 0 && (size_t)used < size && options->targets.n)
        snprintf(text + used, size - (size_t)used, ", so that %s is read", options->targets.text[0]);
}

static void write_notes(const cgm_attack_report *r, const tool_options *options, size_t size, char *text)
{
    int used;
    if (has_levels(r))
        used =
            snprintf(text, size,
                     "success: of %zu images that were read %s, %zu are %s; norms are of their changes, in grey levels",
                     r->tried, options->targets.n ? "otherwise" : "right", r->succeeded,
                     options->targets.n ? "read so" : "read wrong");
    else
        used = snprintf(text, size,
                        "error: mean absolute error of what is read; norms are of the changes, in grey levels");
    if (used > 0 && (size_t)used < size && strcmp(r->method, "surrogate") == 0)
        used += r->surrogate[0]
                    ? snprintf(text + used, size - (size_t)used, "\nmade for the predictor \"%s\"", r->surrogate)
                    : snprintf(text + used, size - (size_t)used, "\nmade for a network that is fitted to its answers");
    if (used > 0 && (size_t)used < size && r->shown > 0)
        snprintf(text + used, size - (size_t)used, "\nthe predictor was asked about %.4g images for each", r->shown);
}

static json_t *question(const tool_options *options, const cgm_attack_report *r)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:f, s:I}", "predictor", r->predictor, "method", r->method, "split",
                     options->split == CGM_TRAIN ? "train" : "test", "target",
                     options->targets.n ? json_string(options->targets.text[0]) : json_null(), "epsilon", r->epsilon,
                     "iterations", (json_int_t)r->iterations);
}

static json_t *facts_of(const tool_options *options, const cgm_attack_report *r, uint64_t seed)
{
    json_t *facts = tool_result_facts("attack", question(options, r), seed);
    json_t *more = json_pack("{s:s, s:s, s:s, s:I, s:I, s:o}", "image", r->image, "attribute", r->attribute,
                             "surrogate", r->surrogate, "tried", (json_int_t)r->tried, "succeeded",
                             (json_int_t)r->succeeded, "shown", tool_json_number(r->shown));
    bool failed = !more || (facts && json_object_update(facts, more) != 0);
    json_decref(more);
    if (!failed) return facts;
    json_decref(facts);
    return NULL;
}

static cgm_status give(const tool_options *options, const cgm_attack_report *r, uint64_t seed)
{
    char title[512], notes[512];
    tool_options here = *options;
    here.out = NULL; /* written with the images */
    write_title(r, options, sizeof title, title);
    write_notes(r, options, sizeof notes, notes);
    tool_result result = {.what = "attack",
                          .facts = facts_of(options, r, seed),
                          .rows = rows_of(r),
                          .columns = has_levels(r) ? columns : error_columns,
                          .n_columns = has_levels(r) ? N_COLUMNS : N_ERROR_COLUMNS,
                          .title = title,
                          .notes = notes};
    CGM_TRY(tool_result_give(&result, &here));
    if (options->out && !options->json) printf("wrote %s (attacked images)\n", options->out);
    if (options->png && !options->json) printf("wrote %s (picture)\n", options->png);
    return CGM_OK;
}

static cgm_status opts_of(const tool_options *options, cgm_attack_opts *out)
{
    cgm_attack_init(out);
    if (options->targets.n > 1) return CGM_FAIL(CGM_E_ARG, "--target: given twice; expected one level");
    out->predictor = options->predictor;
    out->method = options->method_name;
    out->surrogate = options->surrogate;
    if (options->targets.n) out->target = options->targets.text[0];
    out->epsilon = options->epsilon;
    if (options->rounds > 0) out->iterations = (size_t)options->rounds;
    out->rows = (cgm_row_choice){.split = (cgm_split)options->split,
                                 .n = options->n > 0 ? (size_t)options->n : 0,
                                 .n_rows = options->n_rows,
                                 .rows = options->rows};
    if (options->seed >= 0) out->seed = (uint64_t)options->seed;
    out->out = options->out;
    out->png = options->png;
    return CGM_OK;
}

static cgm_status answer(cgm_run *run, const tool_options *options)
{
    cgm_attack_opts opts;
    cgm_attack_report r;
    CGM_TRY(opts_of(options, &opts));
    tool_catch_signals();
    CGM_TRY(cgm_run_attack(run, &opts, &r));
    tool_end_line();
    tool_release_signals();
    cgm_status status = give(options, &r, opts.seed);
    cgm_attack_clear(&r);
    return status;
}

static cgm_status run_attack(const tool_options *options)
{
    return tool_ask(options, answer);
}

static cgm_status check_attack(cgm_run *run, const tool_options *options)
{
    cgm_attack_opts opts;
    CGM_TRY(tool_result_check(options->out));
    CGM_TRY(opts_of(options, &opts));
    return cgm_run_check_attack(run, &opts);
}

static void print_methods(void)
{
    printf("\nMethods:\n");
    for (size_t i = 0; i < cgm_attack_methods(); i++) {
        const char *doc, *name = cgm_attack_method_at(i, &doc);
        printf("  %-16s %s\n", name, doc);
    }
}

static const tool_option takes[] = {
    {OPT_PREDICTOR, "that is attacked (the run's only one)"},
    {OPT_METHOD_NAME, "fgsm, iterative_fgsm, carlini_wagner, boundary or surrogate (fgsm)"},
    {OPT_EPSILON, NULL},
    {OPT_ROUNDS, "steps of the method; of carlini_wagner, in each of 9 searches (as many as is usual)"},
    {OPT_TARGET, "the level that is to be read (any but the true one)"},
    {OPT_SURROGATE, "of the method surrogate: the run's predictor that the changes are made for (one that is fitted to "
                    "what the attacked one answers)"},
    {OPT_SPLIT, NULL},
    {OPT_N, "images, the first N of the split (100)"},
    {OPT_INDEX, NULL},
    {OPT_SEED, NULL},
    {OPT_OUT, "file of the images and what was read, .h5"},
    {OPT_PNG, "picture: images, the changes in colour, and changed images with what is read"},
    {OPT_JSON, NULL},
    {OPT_PATH, NULL},
    {OPT_NONE, NULL}};

const tool tool_attack_row = {
    .name = "attack",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "what little change of images makes a predictor read something else",
    .doc = "A stress test of a judge: changes images so that the predictor reads something else than is true, or the "
           "level that is asked for, and says how often it did, and how large the changes are. Of a continuous "
           "attribute what is read is driven away from the truth, and its mean absolute error is told. Pixels stay "
           "within 0 and 255.",
    .options = takes,
    .run = run_attack,
    .check = check_attack,
    .print_more = print_methods,
};
