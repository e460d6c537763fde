/* The data set that an argument names: a file or a directory, or a config, whose `data` says more of it. */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tool.h"

static bool is_config(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static cgm_status open_config(const char *path, int threads, const cgm_sink *sink, cgm_dataset **out)
{
    cgm_config *config = NULL;
    cgm_data_opts opts;
    char *copy = strdup(path);
    if (!copy) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a path");
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(cgm_config_load(path, &config), done);
    const cgm_yaml *root = cgm_config_root(config);
    const cgm_yaml *data = cgm_yaml_get_kind(root) == CGM_YAML_MAP ? cgm_yaml_get(root, "data") : NULL;
    if (!data) {
        status = cgm_yaml_fail(root, "expected a config with the key data");
        goto done;
    }
    CGM_TRY_GOTO(cgm_data_opts_read(data, &opts), done);
    opts.base = dirname(copy);
    status = cgm_dataset_open(&opts, threads, sink, out);
done:
    cgm_config_destroy(config);
    free(copy);
    return status;
}

cgm_status tool_open_data(const tool_options *options, cgm_dataset **out)
{
    cgm_sink sink = tool_sink(options);
    cgm_data_opts opts = {.path = options->argument[0]};
    int threads = options->threads > 0 ? (int)options->threads : cgm_threads_available();
    return is_config(opts.path) ? open_config(opts.path, threads, &sink, out)
                                : cgm_dataset_open(&opts, threads, &sink, out);
}

cgm_status tool_read_augmentation(const tool_options *options, cgm_augmentation *out)
{
    cgm_config *config = NULL;
    cgm_train_opts train;
    const char *path = options->argument[0];
    if (!is_config(path)) return CGM_FAIL(CGM_E_ARG, "--augment: expected a config (.yaml) instead of %s", path);
    CGM_TRY(cgm_config_load(path, &config));
    const cgm_yaml *root = cgm_config_root(config);
    const cgm_yaml *map = cgm_yaml_get_kind(root) == CGM_YAML_MAP ? cgm_yaml_get(root, "train") : NULL;
    cgm_status status = cgm_train_opts_read(map, &train);
    if (status == CGM_OK) *out = train.augment;
    cgm_config_destroy(config);
    return status;
}
