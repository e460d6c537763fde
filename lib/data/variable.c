#include "data/variable.h"

#include <math.h>
#include <stdio.h>

size_t cgm_variable_width(const cgm_variable *variable)
{
    if (variable->type != CGM_IMAGE) return 1;
    return (size_t)variable->channels * (size_t)variable->height * (size_t)variable->width;
}

bool cgm_variable_has_levels(const cgm_variable *variable)
{
    return variable->type == CGM_CATEGORICAL || variable->type == CGM_BINARY;
}

const char *cgm_variable_text(const cgm_variable *variable, double value, char text[CGM_VALUE_TEXT])
{
    bool level = cgm_variable_has_levels(variable) && value >= 0 && value < variable->levels && value == floor(value);
    if (level && variable->level_names)
        snprintf(text, CGM_VALUE_TEXT, "%s", variable->level_names[(size_t)value]);
    else
        snprintf(text, CGM_VALUE_TEXT, "%.3g", value);
    return text;
}

cgm_status cgm_variable_copy(cgm_arena *arena, const cgm_variable *from, cgm_variable *out)
{
    cgm_variable copy = *from;
    copy.name = cgm_arena_strdup(arena, from->name);
    if (!copy.name) return CGM_E_MEMORY;
    if (from->level_names) {
        const char **names = cgm_arena_array(arena, (size_t)from->levels, sizeof *names);
        if (!names) return CGM_E_MEMORY;
        for (int i = 0; i < from->levels; i++)
            if (!(names[i] = cgm_arena_strdup(arena, from->level_names[i]))) return CGM_E_MEMORY;
        copy.level_names = names;
    }
    *out = copy;
    return CGM_OK;
}
