/* cgm train: fits every mechanism of a config. */
#include <stdio.h>

#include "tools/tool.h"

static cgm_status run_train(const tool_options *options)
{
    cgm_config *config = NULL;
    cgm_run *run = NULL;
    if (!options->out) return CGM_FAIL(CGM_E_ARG, "train: expected -o FILE, the run file to write");
    CGM_TRY(tool_check_target(options->out, options->resume, options));
    CGM_TRY(tool_load(options->argument[0], options, &config, &run));
    cgm_status status = tool_train(run, options->out, options);
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
    .brief = "fit every mechanism of a config",
    .doc = "Checkpoints replace the run file as a whole at each epoch's end or every train.checkpoint steps. After "
           "SIGINT, SIGTERM or "
           "a crash, --resume goes on to the same bits as a run that was never stopped.",
    .options = takes,
    .run = run_train,
    .print_more = tool_print_config_keys,
};
