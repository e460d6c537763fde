/* The object that a subcommand prints with --json. */
#ifndef CGM_TOOLS_JSON_H
#define CGM_TOOLS_JSON_H

#include <jansson.h>

#include "cgm.h"

/* {"command": command, "cgm_version": ...}, to which the caller adds; NULL when memory is out. */
json_t *tool_json_new(const char *command);
/* Prints the object to stdout, numbers with 17 digits, so that they are read back as they were, and frees it.
 * CGM_E_MEMORY when it is NULL, so that a caller checks its constructors here, once. */
cgm_status tool_json_print(json_t *object) CGM_CHECKED;

#endif
