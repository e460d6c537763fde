/* A causal graph from whatever holds one: a config, a run file, a BIF network. */
#include "tools/graph_file.h"

#include "tools/model.h"

static cgm_status from_network(const char *path, tool_graph *g)
{
    CGM_TRY(cgm_network_load(path, &g->network));
    CGM_TRY(cgm_dag_from_network(g->network, &g->dag));
    return cgm_diagram_kinds_of_network(g->network, &g->arena, &g->kind);
}

/* The run's config is read again, under the run file's name. */
static cgm_status config_of_run(const char *path, const tool_options *options, tool_graph *g)
{
    CGM_TRY(tool_open(path, options, &g->run));
    char *name = cgm_arena_printf(&g->arena, "%s:config", path);
    const char *text = cgm_run_config_text(g->run);
    if (!name || !text) return CGM_E_MEMORY;
    return cgm_config_parse(text, name, &g->config);
}

static cgm_status read_graph(const char *path, const tool_options *options, tool_graph *g)
{
    if (tool_is_network(path)) return from_network(path, g);
    if (tool_is_config(path))
        CGM_TRY(cgm_config_load(path, &g->config));
    else
        CGM_TRY(config_of_run(path, options, g));
    CGM_TRY(cgm_dag_from_config(cgm_config_root(g->config), &g->dag));
    return cgm_diagram_kinds_of_config(cgm_config_root(g->config), g->dag, &g->arena, &g->kind);
}

cgm_status tool_graph_open(const char *path, const tool_options *options, tool_graph *out)
{
    tool_graph g = {.dag = NULL};
    cgm_status status = read_graph(path, options, &g);
    if (status == CGM_OK)
        *out = g;
    else
        tool_graph_close(&g);
    return status;
}

void tool_graph_close(tool_graph *g)
{
    cgm_dag_destroy(g->dag);
    cgm_config_destroy(g->config);
    cgm_network_destroy(g->network);
    cgm_run_destroy(g->run);
    cgm_arena_clear(&g->arena);
}
