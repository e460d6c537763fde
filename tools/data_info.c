/* cgm data info: what a data set holds. */
#include <stdio.h>

#include "tools/tool.h"

enum { MOST_POINTS = 5000 }; /* of a split, if nothing else is said */

static void print_variable(const cgm_variable_summary *s)
{
    const cgm_variable *v = s->variable;
    printf("  %-12s %s", v->name, cgm_variable_type_name(v));
    if (v->type == CGM_IMAGE) printf(" %d x %d x %d", v->channels, v->height, v->width);
    if (v->type == CGM_VECTOR) printf(" of %d", v->width);
    if (v->bounded && !cgm_variable_is_positive(v)) printf(" in (%g, %g)", v->low, v->high);
    if (cgm_variable_has_levels(v)) {
        char text[CGM_VALUE_TEXT];
        printf(", %d levels, rows of each:", v->levels);
        for (int level = 0; level < v->levels; level++)
            if (v->level_names)
                printf("%s %s %zu", level ? "," : "", cgm_variable_text(v, level, text), s->count[level]);
            else
                printf(" %zu", s->count[level]);
        printf("\n");
        return;
    }
    printf(", %.6g to %.6g, mean %.6g, standard deviation %.6g\n", s->least, s->greatest, s->mean, s->sd);
}

static cgm_status print_split(const cgm_dataset *data, cgm_split split)
{
    static const char *const names[] = {[CGM_TRAIN] = "training", [CGM_TEST] = "test"};
    cgm_data_summary summary;
    size_t begin, n;
    cgm_dataset_split(data, split, &begin, &n);
    if (n == 0) return CGM_OK;
    CGM_TRY(cgm_data_summary_fill(data, split, &summary));
    printf("%zu %s rows\n", n, names[split]);
    for (size_t i = 0; i < summary.n; i++) print_variable(&summary.variable[i]);
    cgm_data_summary_clear(&summary);
    return CGM_OK;
}

/* Of the type; a sheet is one of images where there are both. */
static bool has(const cgm_dataset *data, cgm_variable_type type)
{
    for (size_t v = 0; v < cgm_dataset_variables(data); v++)
        if (cgm_dataset_variable(data, v)->type == type) return true;
    return false;
}

static cgm_status draw_sheet(const cgm_dataset *data, const tool_options *options)
{
    cgm_augmentation augmentation;
    size_t begin, rows, n = options->n >= 0 ? (size_t)options->n : 64;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &rows);
    if (options->augment) {
        uint64_t seed = options->seed >= 0 ? (uint64_t)options->seed : 1;
        CGM_TRY(tool_read_augmentation(options, &augmentation));
        CGM_TRY(cgm_data_sheet_write_augmented(data, &augmentation, NULL, seed, n, options->png));
    } else if (!has(data, CGM_IMAGE) && has(data, CGM_VECTOR)) {
        CGM_TRY(cgm_data_sheet_write_points(data, NULL, options->n >= 0 ? n : MOST_POINTS, options->png));
    } else {
        CGM_TRY(cgm_data_sheet_write(data, rows ? CGM_TRAIN : CGM_TEST, NULL, n, options->png));
    }
    printf("wrote %s (picture)\n", options->png);
    return CGM_OK;
}

static cgm_status print_data(const cgm_dataset *data, const tool_options *options)
{
    printf("%s\nSHA-256 %s\ntrue counterfactuals are %s\n", cgm_dataset_description(data), cgm_dataset_sha256(data),
           cgm_dataset_has_truth(data) ? "known" : "not known");
    CGM_TRY(print_split(data, CGM_TRAIN));
    CGM_TRY(print_split(data, CGM_TEST));
    return options->png ? draw_sheet(data, options) : CGM_OK;
}

static cgm_status run_info(const tool_options *options)
{
    cgm_dataset *data = NULL;
    if (options->augment && !options->png) return CGM_FAIL(CGM_E_ARG, "--augment: expected --png, the sheet to draw");
    if (options->seed >= 0 && !options->augment) return CGM_FAIL(CGM_E_ARG, "--seed: only for the draws of --augment");
    CGM_TRY(tool_open_data(options, &data));
    cgm_status status = print_data(data, options);
    cgm_dataset_destroy(data);
    return status;
}

static const tool_option takes[] = {
    {OPT_PNG, "draw a sheet of images, or the points of a vector of two numbers"},
    {OPT_N, "images in the sheet (64), or points of each split (5000)"},
    {OPT_AUGMENT, "in the sheet: images, each with seven draws of how training with the config may see it"},
    {OPT_SEED, "of these draws (1)"},
    {OPT_NONE, NULL}};

const tool tool_data_info_row = {
    .name = "data info",
    .arguments = "DATA",
    .n_arguments = 1,
    .brief = "variables, types, ranges and counts of a data set, and a sheet of its images",
    .doc = "DATA is a file, a directory, or a config (.yaml), whose data are meant.",
    .options = takes,
    .run = run_info,
};
