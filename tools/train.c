/* cgm train: fits every mechanism and predictor of a config. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/tool.h"

/* A line a variable, a predictor and a fine-tuning: its mechanism, how many numbers it learnt, and the metrics of its
 * last step. */
static cgm_status print_summary(const cgm_run *run)
{
    const cgm_scm *scm = cgm_run_scm(run);
    printf("%-20s %-16s %10s\n", "variable", "mechanism", "parameters");
    for (size_t i = 0; i < cgm_run_parts(run); i++) {
        const char *name = cgm_run_part_name(run, i),
                   *kind = cgm_run_predictor(run, name) ? "predictor" : "fine-tuning";
        if (i < cgm_scm_count(scm)) kind = cgm_scm_mechanism(scm, i)->methods->kind;
        uint64_t parameters;
        cgm_run_progress progress;
        CGM_TRY(cgm_run_count_parameters(run, i, &parameters));
        cgm_run_get_progress(run, i, &progress);
        printf("%-20s %-16s %10" PRIu64, name, kind, parameters);
        for (size_t k = 0; k < progress.n_metrics; k++)
            printf("  %s %.6g", progress.metrics[k].name, progress.metrics[k].value);
        printf("\n");
    }
    return CGM_OK;
}

static cgm_status run_train(const tool_options *options)
{
    cgm_config *config = NULL;
    cgm_run *run = NULL;
    if (!options->out) return CGM_FAIL(CGM_E_ARG, "train: expected -o FILE, the run file to write");
    CGM_TRY(tool_check_target(options->out, options->resume, options));
    CGM_TRY(tool_load(options->argument[0], options, &config, &run));
    cgm_status status = tool_train(run, options->out, options);
    if (status == CGM_OK && !options->quiet) status = print_summary(run);
    if (status == CGM_OK) printf("wrote %s (model)\n", options->out);
    cgm_run_destroy(run);
    cgm_config_destroy(config);
    return status;
}

static const tool_option takes[] = {
    {OPT_OUT, "run file to write"},      {OPT_RESUME, NULL}, {OPT_FORCE, NULL}, {OPT_SET, NULL}, {OPT_PATH, NULL},
    {OPT_SEED, "as --set train.seed=N"}, {OPT_NONE, NULL}};

const tool tool_train_row = {
    .name = "train",
    .arguments = "CONFIG",
    .n_arguments = 1,
    .brief = "fit every mechanism of a config, and its predictors",
    .doc = "Checkpoints replace the run file as a whole at each epoch's end or every train.checkpoint steps. After "
           "SIGINT, SIGTERM or "
           "a crash, --resume goes on to the same bits as a run that was never stopped.",
    .options = takes,
    .run = run_train,
    .print_more = tool_print_config_keys,
};
