/* Values of a model's variables: whether one may stand there, and reading it from text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/object.h"

cgm_status cgm_scm_check_scalar(const cgm_variable *x)
{
    if (cgm_variable_is_scalar(x)) return CGM_OK;
    return CGM_FAIL(CGM_E_UNSUPPORTED, "'%s' is %s; expected a scalar variable", x->name, cgm_variable_noun(x));
}

cgm_status cgm_scm_check_value(const cgm_variable *x, double value)
{
    if (!cgm_variable_is_scalar(x))
        return CGM_FAIL(CGM_E_UNSUPPORTED, "%s cannot be set to a number", cgm_variable_noun(x));
    return cgm_variable_check(x, value);
}

void cgm_scm_trim(const char **begin, const char **end)
{
    while (*begin < *end && strchr(" \t", **begin)) ++*begin;
    while (*begin < *end && strchr(" \t", (*end)[-1])) --*end;
}

static cgm_status unknown_level(const cgm_variable *x, const char *text, const char *end)
{
    char list[CGM_LIST_TEXT], word[CGM_VALUE_TEXT];
    snprintf(word, sizeof word, "%.*s", (int)(end - text), text);
    const char *near = cgm_nearest_word(word, (size_t)x->levels, x->level_names);
    if (near) return CGM_FAIL(CGM_E_ARG, "'%s' is not a level of '%s'; did you mean '%s'?", word, x->name, near);
    return CGM_FAIL(CGM_E_ARG, "'%s' is not a level of '%s': expected one of %s", word, x->name,
                    cgm_list((size_t)x->levels, x->level_names, list));
}

cgm_status cgm_variable_parse(const cgm_variable *x, const char *text, double *out)
{
    const char *end = text + strlen(text);
    char *rest;
    cgm_scm_trim(&text, &end);
    if (cgm_variable_has_levels(x) && x->level_names) {
        for (int level = 0; level < x->levels; level++)
            if (strncmp(x->level_names[level], text, (size_t)(end - text)) == 0 && !x->level_names[level][end - text])
                return *out = level, CGM_OK;
        return unknown_level(x, text, end);
    }
    *out = strtod(text, &rest);
    return rest > text && rest == end ? CGM_OK : CGM_FAIL(CGM_E_ARG, "'%s' is not a number", text);
}
