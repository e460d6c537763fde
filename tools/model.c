/* Run files, known configs and discrete networks as models to ask. */
#include "tools/model.h"

#include <string.h>

static bool ends_in(const char *path, const char *suffix)
{
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, suffix) == 0;
}

bool tool_is_config(const char *path)
{
    return ends_in(path, ".yaml") || ends_in(path, ".yml");
}

bool tool_is_network(const char *path)
{
    return ends_in(path, ".bif");
}

static cgm_status open_network(const tool_options *options, bool rows, tool_model *m)
{
    const char *path = options->argument[0];
    cgm_network *network = NULL;
    if (rows) return CGM_FAIL(CGM_E_ARG, "%s: a network has no rows of data: expected a run file or a config", path);
    CGM_TRY(cgm_network_load(path, &network));
    cgm_status status = cgm_scm_from_network(network, &m->own);
    cgm_network_destroy(network);
    m->scm = m->own;
    return status == CGM_OK ? CGM_OK : cgm_fail_context(status, "%s", path);
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
    const char *path = options->argument[0];
    cgm_status status;
    if (tool_is_network(path))
        status = open_network(options, rows, &m);
    else if (!tool_is_config(path))
        status = open_run(options, rows, &m);
    else
        status = rows ? open_known_with_rows(options, &m) : open_known(options, &m);
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
