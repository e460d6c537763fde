/* The answers of cgm mediate. */
#ifndef CGM_TOOLS_MEDIATE_H
#define CGM_TOOLS_MEDIATE_H

#include "tools/result.h"

/* The question as JSON. */
json_t *tool_mediate_query(const cgm_mediation_opts *opts);
/* "treat: 0 -> 1, through job_seek, on depress2" */
void tool_mediate_title(const cgm_mediation_opts *opts, size_t size, char *text);

/* --rho: the effects were the errors correlated. */
cgm_status tool_mediate_rho(cgm_run *run, const cgm_mediation_opts *opts, const tool_options *options) CGM_CHECKED;
/* Effects in single rows; image: whether the outcome is one. */
cgm_status tool_mediate_units(cgm_run *run, bool image, cgm_mediation_opts *opts,
                              const tool_options *options) CGM_CHECKED;

#endif
