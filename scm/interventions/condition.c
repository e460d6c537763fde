/* Conditions on rows. */
#include "scm/interventions/condition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/queries/unit.h"

/* NAME=VALUE: one equals sign that is part of no other comparison. */
static bool is_equality(const char *text)
{
    const char *equals = strchr(text, '=');
    return equals && equals > text && !strchr("<>!=", equals[-1]) && !strchr(equals + 1, '=') &&
           !strpbrk(text, "<>!()'\"");
}

static cgm_status parse_equality(const cgm_scm *scm, const char *text, cgm_arena *arena, scm_condition *c)
{
    cgm_observation *seen;
    size_t n;
    CGM_TRY(cgm_scm_parse_evidence(scm, text, arena, &n, &seen));
    if (n != 1) return CGM_FAIL(CGM_E_ARG, "expected one NAME=VALUE");
    if (!(c->variable = cgm_arena_array(arena, 1, sizeof *c->variable))) return CGM_E_MEMORY;
    c->is_equality = true;
    c->n = 1;
    c->variable[0] = seen[0].variable;
    c->value = seen[0].value;
    return CGM_OK;
}

/* The level that the name is, of whichever variables have one of it. */
static bool find_level(const cgm_scm *scm, const char *name, double *out)
{
    double found = NAN;
    for (size_t v = 0; v < scm->n; v++) {
        const cgm_variable *x = &scm->variable[v].variable;
        for (int level = 0; cgm_variable_has_levels(x) && x->level_names && level < x->levels; level++) {
            if (strcmp(x->level_names[level], name) != 0) continue;
            if (!isnan(found) && found != level) return false;
            found = level;
        }
    }
    *out = found;
    return !isnan(found);
}

static cgm_status resolve(const cgm_scm *scm, scm_condition *c, size_t k, const char *name)
{
    int v = cgm_scm_find(scm, name);
    c->variable[k] = v < 0 ? SIZE_MAX : (size_t)v;
    if (v >= 0 && scm->variable[v].variable.type == CGM_IMAGE)
        return cgm_expression_fail(c->e, k, "'%s' is an image; expected a scalar variable", name);
    if (v >= 0 || find_level(scm, name, &c->level[k])) return CGM_OK;
    size_t unused;
    cgm_status status = cgm_scm_lookup(scm, name, &unused); /* words the nearest name */
    return status == CGM_E_MEMORY ? status : cgm_expression_fail(c->e, k, "%s", cgm_error_message());
}

static cgm_status parse_expression(const cgm_scm *scm, const char *text, cgm_arena *arena, scm_condition *c)
{
    const char *const *names;
    CGM_TRY(cgm_expression_parse(text, "condition", &c->e));
    c->n = cgm_expression_names(c->e, &names);
    c->variable = cgm_arena_array(arena, c->n + 1, sizeof *c->variable);
    c->level = cgm_arena_array(arena, c->n + 1, sizeof *c->level);
    if (!c->variable || !c->level) return CGM_E_MEMORY;
    for (size_t k = 0; k < c->n; k++) CGM_TRY(resolve(scm, c, k, names[k]));
    return CGM_OK;
}

cgm_status cgm_scm_condition_parse(const cgm_scm *scm, const char *text, cgm_arena *arena, scm_condition *out)
{
    scm_condition c = {.text = cgm_arena_strdup(arena, text)};
    if (!c.text) return CGM_E_MEMORY;
    cgm_status status =
        is_equality(text) ? parse_equality(scm, text, arena, &c) : parse_expression(scm, text, arena, &c);
    if (status == CGM_OK)
        *out = c;
    else
        cgm_scm_condition_clear(&c);
    return status;
}

void cgm_scm_condition_clear(scm_condition *c)
{
    cgm_expression_destroy(c->e);
    c->e = NULL;
}

cgm_status cgm_scm_condition_apply(const scm_condition *c, const double *const *columns, size_t n, bool *keep)
{
    if (c->is_equality) {
        for (size_t i = 0; i < n; i++) keep[i] = keep[i] && columns[c->variable[0]][i] == c->value;
        return CGM_OK;
    }
    cgm_expression_input input[CGM_EXPRESSION_MAX_NAMES];
    double *truth = malloc((n + 1) * sizeof *truth);
    if (!truth) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", n);
    for (size_t k = 0; k < c->n; k++)
        input[k] = c->variable[k] == SIZE_MAX ? (cgm_expression_input){&c->level[k], 0}
                                              : (cgm_expression_input){columns[c->variable[k]], 1};
    cgm_expression_evaluate(c->e, n, input, truth);
    for (size_t i = 0; i < n; i++) keep[i] = keep[i] && truth[i] != 0 && !isnan(truth[i]);
    free(truth);
    return CGM_OK;
}
