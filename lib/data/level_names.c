#include "data/level_names.h"

#include <string.h>

static const char *const attribute = "level_names";

cgm_status cgm_level_names_save(cgm_file *file, const char *path, const cgm_variable *variable)
{
    cgm_arena arena = {0};
    if (!variable->level_names) return CGM_OK;
    size_t bytes = 1;
    for (int i = 0; i < variable->levels; i++) bytes += strlen(variable->level_names[i]) + 1;
    char *text = cgm_arena_alloc(&arena, bytes), *to = text;
    if (!text) return CGM_E_MEMORY;
    for (int i = 0; i < variable->levels; i++) {
        if (i) *to++ = '\n';
        to = stpcpy(to, variable->level_names[i]);
    }
    cgm_status status = cgm_file_set_text(file, path, attribute, text);
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_level_names_load(cgm_file *file, const char *path, const char *where, cgm_arena *arena,
                                cgm_variable *variable)
{
    const char *text;
    if (!cgm_file_has_attribute(file, path, attribute)) return CGM_OK;
    CGM_TRY(cgm_file_get_text(file, path, attribute, &text));
    char *rest = cgm_arena_strdup(arena, text);
    const char **names = cgm_arena_array(arena, (size_t)variable->levels, sizeof *names);
    if (!rest || !names) return CGM_E_MEMORY;
    int n = 0;
    for (char *line; (line = strsep(&rest, "\n")); n++) {
        if (n < variable->levels) names[n] = line;
        if (!*line || strlen(line) >= CGM_VALUE_TEXT)
            return CGM_FAIL(CGM_E_FORMAT, "%s: level name %d of %zu bytes; expected 1 to %d", where, n + 1,
                            strlen(line), CGM_VALUE_TEXT - 1);
    }
    if (n != variable->levels)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %d names of levels; expected %d", where, n, variable->levels);
    variable->level_names = names;
    return CGM_OK;
}
