/* The causal graph in a file, for the subcommands that ask of the graph alone. */
#ifndef CGM_TOOLS_GRAPH_FILE_H
#define CGM_TOOLS_GRAPH_FILE_H

#include "tools/tool.h"

typedef struct tool_graph {
    cgm_dag *dag;
    const cgm_diagram_kind *kind; /* of each variable */
    cgm_config *config;           /* NULL for a network */
    cgm_network *network;         /* of a BIF file, else NULL */
    cgm_run *run;                 /* of a run file, else NULL */
    cgm_arena arena;
} tool_graph;

/* Of a config, a discrete network or a run file: see tools/model.h. */
cgm_status tool_graph_open(const char *path, const tool_options *options, tool_graph *out) CGM_CHECKED;
void tool_graph_close(tool_graph *g);

#endif
