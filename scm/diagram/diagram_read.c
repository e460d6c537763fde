/* Kinds of variable from configs and networks, and what an intervention's text acts on. */
#include <string.h>

#include "scm/diagram/look.h"
#include "scm/graphs/dag_priv.h"
#include "scm/interventions/intervention_parse.h"

static cgm_status read_kind(const cgm_yaml *variable, const char *name, cgm_diagram_kind *out)
{
    const cgm_yaml *type = cgm_yaml_get(variable, "type");
    const char *names[CGM_DIAGRAM_KINDS];
    *out = CGM_DIAGRAM_UNSAID;
    if (!type) return CGM_OK;
    if (cgm_yaml_get_kind(type) != CGM_YAML_SCALAR) return cgm_yaml_fail(type, "%s: type: expected a word", name);
    for (int k = 1; k < CGM_DIAGRAM_KINDS; k++) {
        names[k - 1] = cgm_diagram_looks[k].name;
        if (strcmp(cgm_yaml_text(type), cgm_diagram_looks[k].name) == 0) *out = (cgm_diagram_kind)k;
    }
    if (*out == CGM_DIAGRAM_CONTINUOUS && cgm_yaml_get(variable, "range")) *out = CGM_DIAGRAM_BOUNDED;
    if (*out != CGM_DIAGRAM_UNSAID) return CGM_OK;
    const char *near = cgm_nearest_word(cgm_yaml_text(type), CGM_DIAGRAM_KINDS - 1, names);
    if (near)
        return cgm_yaml_fail(type, "%s: there is no type '%s'; did you mean '%s'?", name, cgm_yaml_text(type), near);
    return cgm_yaml_fail(type, "%s: there is no type '%s'", name, cgm_yaml_text(type));
}

cgm_status cgm_diagram_kinds_of_config(const cgm_yaml *root, const cgm_dag *dag, cgm_arena *arena,
                                       const cgm_diagram_kind **out)
{
    const cgm_yaml *graph = cgm_yaml_get(root, "graph");
    cgm_diagram_kind *kind = cgm_arena_array(arena, cgm_dag_count(dag), sizeof *kind);
    if (!kind) return CGM_E_MEMORY;
    for (size_t i = 0; i < cgm_dag_count(dag); i++) {
        const cgm_yaml *variable = cgm_yaml_get(graph, cgm_dag_name(dag, i));
        if (variable && cgm_yaml_get_kind(variable) == CGM_YAML_MAP)
            CGM_TRY(read_kind(variable, cgm_dag_name(dag, i), &kind[i]));
    }
    *out = kind;
    return CGM_OK;
}

cgm_status cgm_diagram_kinds_of_network(const cgm_network *network, cgm_arena *arena, const cgm_diagram_kind **out)
{
    cgm_diagram_kind *kind = cgm_arena_array(arena, cgm_network_count(network), sizeof *kind);
    const char *const *levels;
    if (!kind) return CGM_E_MEMORY;
    for (size_t i = 0; i < cgm_network_count(network); i++)
        kind[i] = cgm_network_levels(network, i, &levels) == 2 ? CGM_DIAGRAM_BINARY : CGM_DIAGRAM_CATEGORICAL;
    *out = kind;
    return CGM_OK;
}

/* Adds the nodes that a term names. */
static void names_in(const scm_term *term, uint64_t *out)
{
    const char *const *names;
    for (size_t k = term->e ? cgm_expression_names(term->e, &names) : 0; k-- > 0;)
        if (term->node[k] != SIZE_MAX) cgm_set_add(out, term->node[k]);
}

/* A change of the natural value, a function of it or a condition leaves the mechanism as it is. */
static bool cuts(const cgm_intervention *x, const uint64_t *keeps)
{
    if (x->to >= 0) return false;
    if (!x->rule) return true;
    return !x->rule->condition.e && x->rule->how == SCM_BECOMES && !cgm_set_has(keeps, x->node);
}

cgm_status cgm_diagram_read_dos(const cgm_dag *dag, size_t n_texts, const char *const *texts, cgm_arena *arena,
                                size_t *n, const cgm_diagram_do **out)
{
    cgm_intervention *list;
    size_t count;
    CGM_TRY(cgm_dag_parse_dos(dag, n_texts, texts, arena, &count, &list));
    cgm_diagram_do *dos = cgm_arena_array(arena, count + 1, sizeof *dos);
    if (!dos) return CGM_E_MEMORY;
    for (size_t k = 0; k < count; k++) {
        const cgm_do_rule *rule = list[k].rule;
        uint64_t *keeps = cgm_dag_new_set(dag, arena, NULL);
        if (!keeps) return CGM_E_MEMORY;
        for (size_t i = 0; rule && i < rule->n_terms; i++) names_in(&rule->term[i], keeps);
        dos[k] = (cgm_diagram_do){.node = list[k].node, .to = list[k].to, .keeps = keeps, .text = list[k].text};
        dos[k].cuts = cuts(&list[k], keeps);
    }
    *n = count;
    *out = dos;
    return CGM_OK;
}
