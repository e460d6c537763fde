/* cgm data make: writes an embedded data set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tool.h"

/* "thickness=3.5,digit=7" as assignments. */
static cgm_status read_truth(const cgm_dataset *data, const char *text, cgm_arena *arena, size_t *n,
                             cgm_assignment **out)
{
    size_t count = 1;
    for (const char *c = text; *c; c++) count += *c == ',';
    char *copy = cgm_arena_strdup(arena, text), *rest = NULL;
    cgm_assignment *assignments = cgm_arena_array(arena, count, sizeof *assignments);
    if (!copy || !assignments) return CGM_E_MEMORY;
    *n = 0;
    for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        char *equals = strchr(word, '='), *end = NULL;
        double value = equals ? strtod(equals + 1, &end) : 0;
        if (!equals || end == equals + 1 || *end)
            return CGM_FAIL(CGM_E_ARG, "--truth: expected NAME=VALUE, got \"%s\"", word);
        *equals = '\0';
        const cgm_variable *v = cgm_dataset_find(data, word);
        if (!v || !cgm_variable_is_scalar(v))
            return CGM_FAIL(CGM_E_ARG, "--truth: %s has no scalar variable \"%s\"", cgm_dataset_description(data),
                            word);
        assignments[(*n)++] = (cgm_assignment){v->name, value, NULL};
    }
    if (*n == 0) return CGM_FAIL(CGM_E_ARG, "--truth: expected NAME=VALUE, got nothing");
    *out = assignments;
    return CGM_OK;
}

static cgm_status save(const cgm_dataset *data, const tool_options *options)
{
    cgm_arena arena = {0};
    size_t n;
    cgm_assignment *assignments = NULL;
    if (!options->truth) return cgm_dataset_save(data, options->out);
    cgm_status status = read_truth(data, options->truth, &arena, &n, &assignments);
    if (status == CGM_OK) status = cgm_dataset_save_truth(data, n, assignments, options->out);
    cgm_arena_clear(&arena);
    return status;
}

static cgm_status run_make(const tool_options *options)
{
    cgm_dataset *data = NULL;
    cgm_sink sink = tool_sink(options);
    cgm_data_opts opts = {.make = options->argument[0], .n = 20000, .seed = 1};
    if (!options->out) return CGM_FAIL(CGM_E_ARG, "data make: expected -o FILE, the data set to write");
    opts.from = options->from;
    if (options->n >= 0) *(opts.from ? &opts.limit : &opts.n) = options->n;
    if (options->seed >= 0) opts.seed = options->seed;
    if (options->test >= 0) opts.test = options->test;
    int threads = options->threads > 0 ? (int)options->threads : cgm_threads_available();
    CGM_TRY(cgm_dataset_open(&opts, threads, &sink, &data));
    cgm_status status = save(data, options);
    if (status == CGM_OK) printf("wrote %s (%zu rows)\n", options->out, cgm_dataset_rows(data));
    cgm_dataset_destroy(data);
    return status;
}

static void print_more(void)
{
    tool_print_rows("Generators:", cgm_data_generator_at);
}

static const tool_option takes[] = {{OPT_OUT, "HDF5 file to write"},
                                    {OPT_N, "rows (20000); with --from: training rows at most (all)"},
                                    {OPT_FROM, "of morphomnist: directory of the images, in MNIST's layout"},
                                    {OPT_TEST, NULL},
                                    {OPT_SEED, NULL},
                                    {OPT_TRUTH, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_data_make_row = {
    .name = "data make",
    .arguments = "GENERATOR",
    .n_arguments = 1,
    .brief = "write an embedded data set, whose true counterfactuals are known",
    .doc = "With --truth the file holds, row by row, what the same rows would have been under the interventions.",
    .options = takes,
    .run = run_make,
    .print_more = print_more,
};
