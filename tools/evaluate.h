/* What the files of cgm evaluate share. */
#ifndef CGM_TOOLS_EVALUATE_H
#define CGM_TOOLS_EVALUATE_H

#include "tools/result.h"

/* The answer's rows; all: the cycles between the first and the last, too, and what was expected. */
json_t *tool_evaluation_rows(const cgm_evaluation *e, bool all);
/* A table of its own, below the other. */
cgm_status tool_evaluation_print_expected(const cgm_evaluation *e) CGM_CHECKED;

#endif
