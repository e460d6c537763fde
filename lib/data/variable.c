#include "data/variable.h"

#include <math.h>
#include <stdio.h>

bool cgm_variable_trait_at(size_t i, const char **name, const char **doc)
{
#define ROW(bit, ...) {__VA_ARGS__},
    static const struct {
        const char *name, *doc;
    } traits[] = {CGM_TRAIT_TABLE(ROW)};
#undef ROW
    if (i >= CGM_N_TRAITS) return false;
    *name = traits[i].name, *doc = traits[i].doc;
    return true;
}

bool cgm_variable_is_scalar(const cgm_variable *variable)
{
    return variable->type != CGM_IMAGE && variable->type != CGM_VECTOR;
}

const char *cgm_variable_noun(const cgm_variable *variable)
{
    if (cgm_variable_is_scalar(variable)) return "a scalar";
    return variable->type == CGM_IMAGE ? "an image" : "a vector";
}

size_t cgm_variable_width(const cgm_variable *variable)
{
    if (cgm_variable_is_scalar(variable)) return 1;
    if (variable->type == CGM_VECTOR) return (size_t)variable->width;
    return (size_t)variable->channels * (size_t)variable->height * (size_t)variable->width;
}

bool cgm_variable_has_levels(const cgm_variable *variable)
{
    return variable->type == CGM_CATEGORICAL || variable->type == CGM_BINARY || variable->type == CGM_ORDINAL;
}

bool cgm_variable_is_half_bounded(const cgm_variable *variable)
{
    return variable->type == CGM_CONTINUOUS && variable->bounded && !isinf(variable->low) != !isinf(variable->high);
}

bool cgm_variable_is_positive(const cgm_variable *variable)
{
    return cgm_variable_is_half_bounded(variable) && variable->low == 0;
}

void cgm_variable_set_type(cgm_variable *variable, int named)
{
    variable->type = named <= CGM_VECTOR ? (cgm_variable_type)named : CGM_CONTINUOUS;
    if (named != CGM_NAMED_POSITIVE) return;
    variable->bounded = true;
    variable->low = 0;
    variable->high = INFINITY;
}

const char *cgm_variable_type_name(const cgm_variable *variable)
{
    static const char *const names[] = CGM_VARIABLE_TYPE_NAMES;
    if (variable->type != CGM_CONTINUOUS || !variable->bounded) return names[variable->type];
    return names[cgm_variable_is_positive(variable) ? CGM_NAMED_POSITIVE : CGM_NAMED_BOUNDED];
}

static cgm_status check_range(const cgm_variable *x, double value)
{
    if (!x->bounded) return CGM_OK;
    if (cgm_variable_is_half_bounded(x)) {
        if (value > x->low && value < x->high) return CGM_OK;
        return isinf(x->high) ? CGM_FAIL(CGM_E_ARG, "%g is out of range: expected a number above %g", value, x->low)
                              : CGM_FAIL(CGM_E_ARG, "%g is out of range: expected a number below %g", value, x->high);
    }
    if (value >= x->low && value <= x->high) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "%g is outside its range [%g, %g]", value, x->low, x->high);
}

cgm_status cgm_variable_check(const cgm_variable *x, double value)
{
    if (!isfinite(value)) return CGM_FAIL(CGM_E_ARG, "%g is not a finite number", value);
    if (cgm_variable_has_levels(x) && !(value == floor(value) && value >= 0 && value < x->levels))
        return CGM_FAIL(CGM_E_ARG, "%g is not a level: expected a whole number from 0 to %d", value, x->levels - 1);
    if (x->type == CGM_COUNT && !(value == floor(value) && value >= 0 && value <= CGM_MAX_COUNT))
        return CGM_FAIL(CGM_E_ARG, "%g is not a count: expected a whole number from 0%s", value,
                        value > CGM_MAX_COUNT ? " to 2^53" : "");
    return x->type == CGM_CONTINUOUS || x->type == CGM_COUNT ? check_range(x, value) : CGM_OK;
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
