/* A model to ask: of a trained run file, of a config in which every mechanism is known, or of a discrete network. */
#ifndef CGM_TOOLS_MODEL_H
#define CGM_TOOLS_MODEL_H

#include "tools/tool.h"

typedef struct tool_model {
    cgm_run *run; /* NULL for a network, and for a config without data */
    cgm_config *config;
    cgm_scm *own;
    const cgm_scm *scm;
} tool_model;

/* Whether a file is a discrete network, by its name (.bif), or a config (.yaml, .yml); what is neither is a run file.
 */
bool tool_is_network(const char *path);
bool tool_is_config(const char *path);
/* The model of the tool's first argument: a config (.yaml, .yml), a network (.bif), or else a run file. With `rows` its
 * data are read too: a config then needs a `data` section, or --data, and a network has none. */
cgm_status tool_model_open(const tool_options *options, bool rows, tool_model *out) CGM_CHECKED;
void tool_model_close(tool_model *model);

#endif
