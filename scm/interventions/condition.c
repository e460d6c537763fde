/* Conditions on rows. */
#include "scm/interventions/condition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/interventions/intervention_parse.h"
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

/* Names as in the conditions of interventions. */
static cgm_status parse_expression(const cgm_scm *scm, const char *text, cgm_arena *arena, scm_condition *c)
{
    CGM_TRY(cgm_expression_parse(text, "condition", &c->e));
    cgm_do_rule rule = {.condition.e = c->e};
    scm_do_reader r = {.scm = scm, .arena = arena, .what = "condition", .text = c->text, .rule = &rule};
    CGM_TRY(cgm_scm_do_bind(&r, &rule.condition));
    c->n = c->e->n_names;
    c->variable = cgm_arena_array(arena, c->n + 1, sizeof *c->variable);
    if (!c->variable) return CGM_E_MEMORY;
    for (size_t k = 0; k < c->n; k++) {
        size_t node = rule.condition.node[k];
        c->variable[k] = node == SIZE_MAX ? SIZE_MAX : scm->node[node].variable;
        if (node != SIZE_MAX && !cgm_scm_variable_of(scm, node))
            return cgm_expression_fail(c->e, k, "'%s' is inside of '%s'; expected a variable", c->e->name[k],
                                       scm->variable[scm->node[node].variable].variable.name);
    }
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
        input[k] = c->variable[k] == SIZE_MAX ? (cgm_expression_input){&c->value, 0} /* a level's name, which is gone */
                                              : (cgm_expression_input){columns[c->variable[k]], 1};
    cgm_expression_evaluate(c->e, n, input, truth);
    for (size_t i = 0; i < n; i++) keep[i] = keep[i] && truth[i] != 0 && !isnan(truth[i]);
    free(truth);
    return CGM_OK;
}
