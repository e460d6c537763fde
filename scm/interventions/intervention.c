/* Interventions: what they may set, and checking those of a query. */
#include "scm/interventions/intervention.h"

#include <math.h>

cgm_status cgm_scm_check_settable(const cgm_scm *scm, size_t node)
{
    const scm_node *x = &scm->node[node];
    const scm_variable *v = &scm->variable[x->variable];
    bool own = node == cgm_scm_node_of(scm, x->variable);
    if (v->refuses_do)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "'%s' is not manipulable: the model says so", v->variable.name);
    if (own && !cgm_variable_is_scalar(&v->variable))
        return CGM_FAIL(CGM_E_UNSUPPORTED, "%s cannot be set to a number", cgm_variable_noun(&v->variable));
    if (x->info->width != 1)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "it holds %zu numbers, and only a single number can be set", x->info->width);
    return CGM_OK;
}

/* Internal nodes have no range. */
cgm_status cgm_scm_check_node_value(const cgm_scm *scm, size_t node, double value)
{
    const scm_node *x = &scm->node[node];
    CGM_TRY(cgm_scm_check_settable(scm, node));
    if (node == cgm_scm_node_of(scm, x->variable))
        return cgm_scm_check_value(&scm->variable[x->variable].variable, value);
    return isfinite(value) ? CGM_OK : CGM_FAIL(CGM_E_ARG, "%g is not a finite number", value);
}

cgm_status cgm_scm_check_edge(const cgm_scm *scm, size_t from, size_t to)
{
    if (cgm_scm_sees(scm, to, from)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "there is no edge from '%s' to '%s'", scm->node[from].name, scm->node[to].name);
}

bool cgm_scm_is_reached(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions, const bool *changed,
                        size_t node)
{
    for (size_t k = 0; k < n_do; k++)
        if (interventions[k].to == (int)node) return true;
    for (size_t from = 0; from < node; from++)
        if (changed[from] && cgm_scm_sees(scm, node, from)) return true;
    return false;
}

bool cgm_scm_do_is_hard(const cgm_intervention *x)
{
    return x->rule == NULL;
}

bool cgm_scm_do_is_wide(const cgm_scm *scm, const cgm_intervention *x)
{
    return scm->node[x->node].info->width != 1 && x->values && !x->rule;
}

const cgm_intervention *cgm_scm_do_find(size_t n_do, const cgm_intervention *interventions, size_t from, int to)
{
    for (size_t k = 0; k < n_do; k++)
        if (interventions[k].node == from && interventions[k].to == to) return &interventions[k];
    return NULL;
}

static cgm_status check_wide(const cgm_scm *scm, const cgm_intervention *x, size_t n)
{
    size_t width = scm->node[x->node].info->width;
    for (size_t i = 0; i < n * width; i++)
        if (!isfinite(x->values[i]))
            return CGM_FAIL(CGM_E_ARG, "row %zu: %g is not a finite number", i / width, x->values[i]);
    return CGM_OK;
}

static cgm_status check_one(const cgm_scm *scm, const cgm_intervention *x, size_t n)
{
    if (x->to >= 0) CGM_TRY(cgm_scm_check_edge(scm, x->node, (size_t)x->to));
    if (cgm_scm_do_is_wide(scm, x)) return check_wide(scm, x, n);
    CGM_TRY(cgm_scm_check_settable(scm, x->node));
    if (x->kind == CGM_DO_FUNCTION || x->kind == CGM_DO_DRAW)
        return x->rule ? CGM_OK : CGM_FAIL(CGM_E_ARG, "expected the rule that cgm_scm_parse_do makes");
    if (x->kind == CGM_DO_PERMUTED && !x->values)
        return CGM_FAIL(CGM_E_ARG, "permuted: there are no training values here to permute");
    if (!x->values) return cgm_scm_check_node_value(scm, x->node, x->value);
    for (size_t i = 0; i < n; i++) {
        cgm_status status = cgm_scm_check_node_value(scm, x->node, x->values[i]);
        if (status != CGM_OK) return cgm_fail_context(status, "row %zu", i);
    }
    return CGM_OK;
}

/* "x", "x->y" */
static cgm_status in_context(const cgm_scm *scm, const cgm_intervention *x, cgm_status status)
{
    const char *name = scm->node[x->node].name;
    if (x->to < 0) return cgm_fail_context(status, "do(%s)", name);
    return cgm_fail_context(status, "do(%s->%s)", name, scm->node[x->to].name);
}

cgm_status cgm_scm_check_interventions(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions, size_t n)
{
    for (size_t k = 0; k < n_do; k++) {
        const cgm_intervention *x = &interventions[k];
        if (x->node >= scm->n_nodes || x->to < -1 || x->to >= (int)scm->n_nodes)
            return CGM_FAIL(CGM_E_ARG, "intervention %zu: node %zu, to %d: the model has %zu nodes", k, x->node, x->to,
                            scm->n_nodes);
        cgm_status status = check_one(scm, x, n);
        if (status != CGM_OK) return in_context(scm, x, status);
        if (!cgm_scm_do_find(k, interventions, x->node, x->to)) continue;
        return CGM_FAIL(CGM_E_ARG, "there are two interventions on '%s%s%s'", scm->node[x->node].name,
                        x->to < 0 ? "" : "->", x->to < 0 ? "" : scm->node[x->to].name);
    }
    return CGM_OK;
}
