/* The object that a subcommand prints with --json. */
#include "tools/json.h"

#include <stdio.h>

json_t *tool_json_new(const char *command)
{
    return json_pack("{s:s, s:s}", "command", command, "cgm_version", cgm_version());
}

cgm_status tool_json_print(json_t *object)
{
    if (!object) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the JSON output");
    int error = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(object);
    if (error || putchar('\n') == EOF) return CGM_FAIL(CGM_E_IO, "cannot write to standard output");
    return CGM_OK;
}
