/* Run files and known configs as models to ask. */
#include "tools/model.h"

#include <string.h>

static bool is_config(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static cgm_status open_known(const tool_options *options, tool_model *m)
{
    CGM_TRY(cgm_config_load(options->argument[0], &m->config));
    CGM_TRY(cgm_scm_from_known(m->config, &m->own));
    m->scm = m->own;
    return CGM_OK;
}

static cgm_status open_known_with_rows(const tool_options *options, tool_model *m)
{
    CGM_TRY(tool_load(options->argument[0], options, &m->config, &m->run));
    m->scm = cgm_run_scm(m->run);
    return cgm_scm_check_known(m->scm, cgm_yaml_get(cgm_config_root(m->config), "graph"));
}

static cgm_status open_run(const tool_options *options, bool rows, tool_model *m)
{
    const char *path = options->argument[0];
    CGM_TRY(tool_open(path, options, &m->run));
    m->scm = cgm_run_scm(m->run);
    if (!cgm_run_is_finished(m->run))
        return CGM_FAIL(CGM_E_ARG, "%s: not trained to its end yet: cgm train --resume goes on with it", path);
    return rows ? cgm_run_load_data(m->run) : CGM_OK;
}

cgm_status tool_model_open(const tool_options *options, bool rows, tool_model *out)
{
    tool_model m = {0};
    cgm_status status = !is_config(options->argument[0]) ? open_run(options, rows, &m)
                        : rows                           ? open_known_with_rows(options, &m)
                                                         : open_known(options, &m);
    if (status == CGM_OK)
        *out = m;
    else
        tool_model_close(&m);
    return status;
}

void tool_model_close(tool_model *m)
{
    cgm_scm_destroy(m->own);
    cgm_run_destroy(m->run);
    cgm_config_destroy(m->config);
    *m = (tool_model){0};
}
