/* Names in the expressions of interventions and conditions: nodes, and levels of variables. */
#include <string.h>

#include "scm/interventions/intervention_parse.h"

size_t cgm_scm_do_count(const scm_do_reader *r)
{
    return r->scm ? r->scm->n_nodes : cgm_dag_count(r->dag);
}

const char *cgm_scm_do_name(const scm_do_reader *r, size_t node)
{
    return r->scm ? r->scm->node[node].name : cgm_dag_name(r->dag, node);
}

static int find(const scm_do_reader *r, const char *name)
{
    return r->scm ? cgm_scm_find_node(r->scm, name) : cgm_dag_find(r->dag, name);
}

cgm_status cgm_scm_do_lookup(const scm_do_reader *r, const char *name, size_t at, size_t *node)
{
    char hint[CGM_HINT_TEXT];
    int found = find(r, name);
    if (found >= 0) return *node = (size_t)found, CGM_OK;
    size_t n = cgm_scm_do_count(r);
    const char **names = cgm_arena_array(r->arena, n, sizeof *names);
    if (!names) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) names[i] = cgm_scm_do_name(r, i);
    return cgm_formula_fail(r->what, r->text, at, "there is no variable '%.64s'%s", name,
                            cgm_hint(name, n, names, hint));
}

bool cgm_scm_do_sees(const scm_do_reader *r, size_t to, size_t from)
{
    const size_t *parent;
    if (r->scm) return cgm_scm_sees(r->scm, to, from);
    for (size_t k = cgm_dag_parents(r->dag, to, &parent); k-- > 0;)
        if (parent[k] == from) return true;
    return false;
}

const cgm_variable *cgm_scm_variable_of(const cgm_scm *scm, size_t node)
{
    const scm_variable *v = &scm->variable[scm->node[node].variable];
    return node == cgm_scm_node_of(scm, scm->node[node].variable) ? &v->variable : NULL;
}

int cgm_scm_find_level(const cgm_variable *x, const char *name)
{
    for (int level = 0; x && x->level_names && level < x->levels; level++)
        if (strcmp(x->level_names[level], name) == 0) return level;
    return -1;
}

/* Levels' names in expressions: beside their variable in a comparison, or alone in a function for the target. */
static cgm_status word_number(void *context, const cgm_expression *e, size_t word, const char *beside, bool *found,
                              double *out)
{
    const scm_do_reader *r = context;
    if (!r->scm) return *found = find(r, e->name[word]) < 0, *out = 0, CGM_OK;
    bool condition = e == r->rule->condition.e;
    int node = beside ? find(r, beside) : condition ? -1 : (int)r->now->node;
    const cgm_variable *x = node < 0 ? NULL : cgm_scm_variable_of(r->scm, (size_t)node);
    const char *name = e->name[word];
    bool variable = find(r, name) >= 0;
    int level = cgm_scm_find_level(x, name);
    if (level >= 0 && variable)
        return cgm_expression_fail(e, word, "'%s' is a variable and a level of '%s': write %d for the level", name,
                                   x->name, level);
    if (level >= 0) {
        *found = true;
        *out = level;
    } else if (beside && x && x->level_names && !variable) {
        char hint[CGM_HINT_TEXT];
        return cgm_expression_fail(e, word, "'%.64s' is neither a variable nor a level of '%s'%s", name, x->name,
                                   cgm_hint(name, (size_t)x->levels, x->level_names, hint));
    }
    return CGM_OK;
}

/* Whether a function on the target may see the node. */
static bool is_visible(const scm_do_reader *r, size_t node)
{
    const cgm_intervention *x = r->now;
    return node == x->node || (x->to < 0 && cgm_scm_do_sees(r, x->node, node));
}

/* That the node has one number as its value. */
static cgm_status check_scalar(const scm_do_reader *r, const cgm_expression *e, size_t name, size_t node)
{
    const cgm_variable *v = cgm_scm_variable_of(r->scm, node);
    if (v && !cgm_variable_is_scalar(v))
        return cgm_expression_fail(e, name, "'%s' is %s; expected a scalar variable", e->name[name],
                                   cgm_variable_noun(v));
    if (r->scm->node[node].info->width != 1)
        return cgm_expression_fail(e, name, "'%s' holds %zu numbers; expected a scalar", e->name[name],
                                   r->scm->node[node].info->width);
    return CGM_OK;
}

static cgm_status find_name(const scm_do_reader *r, const cgm_expression *e, size_t name, size_t *out)
{
    const cgm_intervention *x = r->now;
    size_t node;
    CGM_TRY(cgm_scm_do_lookup(r, e->name[name], e->where[name], &node));
    if (r->scm) CGM_TRY(check_scalar(r, e, name, node));
    if (e != r->rule->condition.e && !is_visible(r, node))
        return cgm_expression_fail(e, name,
                                   x->to < 0 ? "'%s' is not a parent of '%s': a function sees itself and its "
                                               "parents"
                                             : "'%s' is not the source: along an edge a function sees '%s' "
                                               "alone",
                                   e->name[name], cgm_scm_do_name(r, x->node));
    *out = node;
    return CGM_OK;
}

cgm_status cgm_scm_do_bind(scm_do_reader *r, scm_term *term)
{
    cgm_expression *e = term->e;
    CGM_TRY(cgm_formula_replace_words(e, word_number, r));
    term->node = cgm_arena_array(r->arena, e->n_names + 1, sizeof *term->node);
    if (!term->node) return CGM_E_MEMORY;
    for (size_t k = 0; k < e->n_names; k++) {
        term->node[k] = SIZE_MAX;
        if (e->count[k] > 0) CGM_TRY(find_name(r, e, k, &term->node[k]));
    }
    return CGM_OK;
}
