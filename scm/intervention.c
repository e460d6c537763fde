/* Interventions: reading them from text, and checking those of a query. */
#include "scm/object.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cgm_status cgm_scm_check_value(const cgm_variable *x, double value)
{
    if (x->type == CGM_IMAGE) return CGM_FAIL(CGM_E_UNSUPPORTED, "an image cannot be set to a number");
    return cgm_variable_check(x, value);
}

/* The value that `node` would take. Internal nodes have no range. */
static cgm_status check_node_value(const cgm_scm *scm, size_t node, double value)
{
    const scm_node *x = &scm->node[node];
    const scm_variable *v = &scm->variable[x->variable];
    if (node == cgm_scm_node_of(scm, x->variable)) return cgm_scm_check_value(&v->variable, value);
    if (x->info->width != 1)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "it holds %zu numbers, and only a single number can be set", x->info->width);
    return isfinite(value) ? CGM_OK : CGM_FAIL(CGM_E_ARG, "%g is not a finite number", value);
}

static cgm_status check_edge(const cgm_scm *scm, size_t from, size_t to)
{
    if (cgm_scm_sees(scm, to, from)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "there is no edge from '%s' to '%s'", scm->node[from].name, scm->node[to].name);
}

static cgm_status find_node(const cgm_scm *scm, const char *name, size_t length, size_t *out)
{
    const char **names = malloc(scm->n_nodes * sizeof *names);
    char *word = strndup(name, length);
    cgm_status status = CGM_OK;
    if (!names || !word) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for the name of an intervention");
        goto done;
    }
    int node = cgm_scm_find_node(scm, word);
    if (node < 0) {
        for (size_t i = 0; i < scm->n_nodes; i++) names[i] = scm->node[i].name;
        const char *near = cgm_nearest_word(word, scm->n_nodes, names);
        status = near ? CGM_FAIL(CGM_E_ARG, "there is no variable '%s'; did you mean '%s'?", word, near)
                      : CGM_FAIL(CGM_E_ARG, "there is no variable '%s'", word);
    } else {
        *out = (size_t)node;
    }
done:
    free(word);
    free(names);
    return status;
}

/* The name without the spaces around it. */
static void trim(const char **begin, const char **end)
{
    while (*begin < *end && strchr(" \t", **begin)) ++*begin;
    while (*begin < *end && strchr(" \t", (*end)[-1])) --*end;
}

static cgm_status unknown_level(const cgm_variable *x, const char *text, const char *end)
{
    char list[200] = "", word[CGM_VALUE_TEXT];
    size_t used = 0;
    snprintf(word, sizeof word, "%.*s", (int)(end - text), text);
    const char *near = cgm_nearest_word(word, (size_t)x->levels, x->level_names);
    if (near) return CGM_FAIL(CGM_E_ARG, "'%s' is not a level of '%s'; did you mean '%s'?", word, x->name, near);
    for (int i = 0; i < x->levels && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", x->level_names[i]);
    return CGM_FAIL(CGM_E_ARG, "'%s' is not a level of '%s': expected one of %s", word, x->name, list);
}

cgm_status cgm_variable_parse(const cgm_variable *x, const char *text, double *out)
{
    const char *end = text + strlen(text);
    char *rest;
    trim(&text, &end);
    if (cgm_variable_has_levels(x) && x->level_names) {
        for (int level = 0; level < x->levels; level++)
            if (strncmp(x->level_names[level], text, (size_t)(end - text)) == 0 && !x->level_names[level][end - text])
                return *out = level, CGM_OK;
        return unknown_level(x, text, end);
    }
    *out = strtod(text, &rest);
    return rest > text && rest == end ? CGM_OK : CGM_FAIL(CGM_E_ARG, "'%s' is not a number", text);
}

/* The value that a node is to take, a number or the name of a level. */
static cgm_status parse_value(const cgm_scm *scm, size_t node, const char *text, double *out)
{
    static const cgm_variable number = {.name = "z"};
    const scm_node *x = &scm->node[node];
    bool internal = node != cgm_scm_node_of(scm, x->variable);
    return cgm_variable_parse(internal ? &number : &scm->variable[x->variable].variable, text, out);
}

static cgm_status parse(const cgm_scm *scm, const char *text, cgm_intervention *out)
{
    const char *equals = strchr(text, '='), *end = equals, *begin = text;
    if (!equals) return CGM_FAIL(CGM_E_ARG, "expected VARIABLE=VALUE or VARIABLE->CHILD=VALUE");
    cgm_intervention result = {.to = -1};
    const char *arrow = strstr(text, "->");
    if (arrow && arrow < equals) {
        const char *child = arrow + 2;
        size_t to;
        trim(&child, &end);
        CGM_TRY(find_node(scm, child, (size_t)(end - child), &to));
        result.to = (int)to;
        end = arrow;
    }
    trim(&begin, &end);
    CGM_TRY(find_node(scm, begin, (size_t)(end - begin), &result.node));
    CGM_TRY(parse_value(scm, result.node, equals + 1, &result.value));
    if (result.to >= 0) CGM_TRY(check_edge(scm, result.node, (size_t)result.to));
    CGM_TRY(check_node_value(scm, result.node, result.value));
    *out = result;
    return CGM_OK;
}

cgm_status cgm_scm_parse_intervention(const cgm_scm *scm, const char *text, cgm_intervention *out)
{
    cgm_status status = parse(scm, text, out);
    return status == CGM_OK ? CGM_OK : cgm_fail_context(status, "do(%s)", text);
}

static cgm_status check_one(const cgm_scm *scm, const cgm_intervention *x, size_t n)
{
    if (x->to >= 0) CGM_TRY(check_edge(scm, x->node, (size_t)x->to));
    if (!x->values) return check_node_value(scm, x->node, x->value);
    for (size_t i = 0; i < n; i++) {
        cgm_status status = check_node_value(scm, x->node, x->values[i]);
        if (status != CGM_OK) return cgm_fail_context(status, "row %zu", i);
    }
    return CGM_OK;
}

cgm_status cgm_scm_check_interventions(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions, size_t n)
{
    for (size_t k = 0; k < n_do; k++) {
        const cgm_intervention *x = &interventions[k];
        if (x->node >= scm->n_nodes || x->to < -1 || x->to >= (int)scm->n_nodes)
            return CGM_FAIL(CGM_E_ARG, "intervention %zu: node %zu, to %d: the model has %zu nodes", k, x->node, x->to,
                            scm->n_nodes);
        const char *name = scm->node[x->node].name;
        for (size_t l = 0; l < k; l++)
            if (interventions[l].node == x->node && interventions[l].to == x->to)
                return CGM_FAIL(CGM_E_ARG, "there are two interventions on '%s'", name);
        cgm_status status = check_one(scm, x, n);
        if (status != CGM_OK) return cgm_fail_context(status, "do(%s)", name);
    }
    return CGM_OK;
}
