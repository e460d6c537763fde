/* A model to ask: of a trained run file, or of a config in which every mechanism is known. */
#ifndef CGM_TOOLS_MODEL_H
#define CGM_TOOLS_MODEL_H

#include "tools/tool.h"

typedef struct tool_model {
    cgm_run *run; /* NULL for a config without data */
    cgm_config *config;
    cgm_scm *own;
    const cgm_scm *scm;
} tool_model;

/* The model of the tool's first argument, a run file or a config (.yaml, .yml). With `rows` its data are read too: the
 * config then needs a `data` section, or --data. */
cgm_status tool_model_open(const tool_options *options, bool rows, tool_model *out) CGM_CHECKED;
void tool_model_close(tool_model *model);

#endif
