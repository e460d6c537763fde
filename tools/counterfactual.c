/* cgm counterfactual: what would these rows have been, had a variable been otherwise? */
#include "tools/tool.h"

static cgm_status run_counterfactual(const tool_options *options)
{
    cgm_query query;
    cgm_arena arena = {0};
    cgm_run *run = NULL;
    if (options->evidence) return tool_answer_evidence(options);
    if (options->dos.n == 0) return CGM_FAIL(CGM_E_ARG, "counterfactual: expected at least one --do NAME=VALUE");
    cgm_status status = tool_query(options, CGM_COUNTERFACTUAL, &arena, &query);
    if (status == CGM_OK) status = tool_open(options->argument[0], options, &run);
    if (status == CGM_OK) status = tool_answer(run, &query, NULL);
    cgm_run_destroy(run);
    cgm_arena_clear(&arena);
    return status;
}

static const tool_option takes[] = {{OPT_DO, NULL},
                                    {OPT_N, "rows: the first N of the split (64, or all that there are)"},
                                    {OPT_INDEX, NULL},
                                    {OPT_SPLIT, NULL},
                                    {OPT_SEED, NULL},
                                    {OPT_OUT, "file to write, .h5 or, without images and vectors, .csv"},
                                    {OPT_PNG, NULL},
                                    {OPT_MEASURE, NULL},
                                    {OPT_JUDGE, NULL},
                                    {OPT_TEMPERATURE, NULL},
                                    {OPT_PIXEL_TEMPERATURE, NULL},
                                    {OPT_CYCLES, NULL},
                                    {OPT_DENOISE, NULL},
                                    {OPT_EVIDENCE, NULL},
                                    {OPT_PARTICLES,
                                     "abductions of an image a row, for a mean and a standard deviation of each pixel "
                                     "(1); with --evidence: draws, where the answer is not exact (10000)"},
                                    {OPT_LATENTS, NULL},
                                    {OPT_JSON, "with --evidence: print one JSON object"},
                                    {OPT_PATH, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_counterfactual_row = {
    .name = "counterfactual",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "abduct, intervene, predict: counterfactuals of rows of the data, or of one unit",
    .doc =
        "Writes /factual, /intervention, /counterfactual and /noise by variable, /index (rows of the data), "
        "/truth where the data's true counterfactuals are known, and with --particles /counterfactual_mean and "
        "/counterfactual_sd; batch by batch, so that memory does not grow with the rows. Prints the errors of the "
        "images against the truth and "
        "of their reconstruction, with --denoise also from images with noise. With --evidence instead of rows: what "
        "one unit, of which these variables were seen, "
        "would have been; RUN may then also be a config (.yaml) whose mechanisms are all known, or a network (.bif).",
    .options = takes,
    .run = run_counterfactual,
};
