/* The data that a config names, for a graph that may have hidden common causes. */
#include "scm/check/check.h"
#include "scm/object.h"

/* Whether any variable says its type; then all have to. */
static bool has_types(const cgm_yaml *graph)
{
    if (cgm_yaml_get_kind(graph) != CGM_YAML_MAP) return true;
    for (size_t i = 0; i < cgm_yaml_count(graph); i++) {
        const cgm_yaml *variable = cgm_yaml_at(graph, i);
        if (cgm_yaml_get_kind(variable) == CGM_YAML_MAP && cgm_yaml_get(variable, "type")) return true;
    }
    return false;
}

cgm_status cgm_check_open_data(const cgm_config *config, const char *base, int threads, const cgm_sink *sink,
                               cgm_dataset **out)
{
    const cgm_yaml *root = cgm_config_root(config), *data = cgm_yaml_get(root, "data");
    const cgm_yaml *graph = cgm_yaml_get(root, "graph");
    cgm_data_opts opts;
    cgm_variable *expect = NULL;
    cgm_arena arena = {0};
    if (!data) return cgm_yaml_fail(root, "expected `data`, where the data come from (or --data)");
    CGM_TRY(cgm_data_opts_read(data, &opts));
    opts.base = base;
    cgm_status status = CGM_OK;
    if (graph && has_types(graph)) status = cgm_scm_read_variables(graph, &arena, &opts.n_expect, &expect);
    opts.expect = expect;
    if (status == CGM_OK) status = cgm_dataset_open(&opts, threads, sink, out);
    cgm_arena_clear(&arena);
    return status;
}
