/* cgm sample: new rows from a trained model, as it is or under interventions. */
#include "tools/tool.h"

static cgm_status run_sample(const tool_options *options)
{
    cgm_query query;
    cgm_arena arena = {0};
    cgm_run *run = NULL;
    if (!options->out && !options->png) return CGM_FAIL(CGM_E_ARG, "sample: expected -o FILE, --png FILE.png or both");
    cgm_status status = tool_query(options, CGM_SAMPLE, &arena, &query);
    if (status == CGM_OK) status = tool_open(options->argument[0], options, &run);
    if (status == CGM_OK) status = tool_answer(run, &query, NULL);
    cgm_run_destroy(run);
    cgm_arena_clear(&arena);
    return status;
}

static const tool_option takes[] = {{OPT_N, "samples (64)"},
                                    {OPT_DO, NULL},
                                    {OPT_SEED, NULL},
                                    {OPT_OUT, "file to write, .h5 or, without images and vectors, .csv"},
                                    {OPT_PNG, NULL},
                                    {OPT_TEMPERATURE, "factor on the deviation of latents, 0: their mean (1)"},
                                    {OPT_PIXEL_TEMPERATURE, NULL},
                                    {OPT_PATH, NULL},
                                    {OPT_MODES, NULL},
                                    {OPT_LATENTS, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_sample_row = {
    .name = "sample",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "draw new rows from a trained model, under interventions if any",
    .doc = "Writes /sample and /noise by variable, and /intervention for the variables set with --do.",
    .options = takes,
    .run = run_sample,
};
