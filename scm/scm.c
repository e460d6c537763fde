/* The model object: variables as they are added, and what finishing makes of them. */
#include "scm/object.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/hidden.h"
#include "scm/mechanism_table.h"

static const char *const type_names[] = CGM_VARIABLE_TYPE_NAMES;

cgm_status cgm_scm_fail(const scm_variable *variable, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return variable->where ? cgm_yaml_fail(variable->where, "%s", text) : CGM_FAIL(CGM_E_ARG, "%s", text);
}

cgm_status cgm_scm_create(cgm_scm **out)
{
    cgm_scm *scm = calloc(1, sizeof *scm);
    if (!scm) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a model");
    *out = scm;
    return CGM_OK;
}

static void destroy_mechanisms(cgm_scm *scm)
{
    for (size_t i = 0; i < scm->n; i++) {
        if (scm->variable[i].mechanism) scm->variable[i].methods->destroy(scm->variable[i].mechanism);
        scm->variable[i].mechanism = NULL;
    }
}

void cgm_scm_destroy(cgm_scm *scm)
{
    if (!scm) return;
    if (!scm->borrows) destroy_mechanisms(scm);
    cgm_hidden_destroy(scm);
    free(scm->variable);
    cgm_arena_clear(&scm->arena);
    free(scm);
}

bool cgm_scm_is_name(const char *name)
{
    if (!name || !*name || strlen(name) > 64) return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-' && (unsigned char)*c < 0x80) return false;
    return true;
}

static cgm_status check_variable(const scm_variable *v)
{
    const cgm_variable *x = &v->variable;
    if (!cgm_scm_is_name(x->name))
        return cgm_scm_fail(v, "'%s' is not a variable's name: letters, digits, '_' and '-', at most 64 bytes",
                            x->name ? x->name : "");
    if (x->type == CGM_CONTINUOUS && x->bounded && !(x->low < x->high && !(isinf(x->low) && isinf(x->high))))
        return cgm_scm_fail(v, "%s: range [%g, %g]: expected two numbers, the lower one first, at most one infinite",
                            x->name, x->low, x->high);
    if (x->type == CGM_COUNT && x->bounded && !(x->low == 0 && x->high >= 1 && x->high == floor(x->high)))
        return cgm_scm_fail(v, "%s: range [%g, %g]: a count's goes from 0 to a whole number", x->name, x->low, x->high);
    if ((unsigned)x->type > CGM_VECTOR) return cgm_scm_fail(v, "%s: there is no type %d", x->name, (int)x->type);
    bool many = x->type == CGM_CATEGORICAL || x->type == CGM_ORDINAL;
    if (many && (x->levels < 2 || x->levels > SCM_MAX_LEVELS))
        return cgm_scm_fail(v, "%s: %d levels: %s variable has 2 to %d", x->name, x->levels,
                            x->type == CGM_ORDINAL ? "an ordinal" : "a categorical", SCM_MAX_LEVELS);
    if (x->type == CGM_BINARY && x->levels != 2)
        return cgm_scm_fail(v, "%s: %d levels: a binary variable has 2", x->name, x->levels);
    if (x->type == CGM_IMAGE && (x->channels < 1 || x->height < 1 || x->width < 1))
        return cgm_scm_fail(v, "%s: image of size [%d, %d, %d]: expected positive numbers", x->name, x->channels,
                            x->height, x->width);
    if (x->type == CGM_VECTOR && (x->width < 1 || x->width > CGM_MAX_VECTOR))
        return cgm_scm_fail(v, "%s: a vector of width %d: expected 1 to %d numbers", x->name, x->width, CGM_MAX_VECTOR);
    if (v->n_parents > CGM_MAX_PARENTS)
        return cgm_scm_fail(v, "%s: %zu parents: at most %d", x->name, v->n_parents, CGM_MAX_PARENTS);
    return CGM_OK;
}

static cgm_status reserve_variable(cgm_scm *scm)
{
    if (scm->n < scm->capacity) return CGM_OK;
    size_t capacity = scm->capacity ? 2 * scm->capacity : 16;
    scm_variable *grown = realloc(scm->variable, capacity * sizeof *grown);
    if (!grown) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu variables", capacity);
    scm->variable = grown;
    scm->capacity = capacity;
    return CGM_OK;
}

static cgm_status copy_names(cgm_scm *scm, scm_variable *v, size_t n, const char *const *parents)
{
    const char **names = cgm_arena_array(&scm->arena, n + 1, sizeof *names);
    v->parents = cgm_arena_array(&scm->arena, n + 1, sizeof *v->parents);
    v->parent_variables = cgm_arena_array(&scm->arena, n + 1, sizeof *v->parent_variables);
    CGM_TRY(cgm_variable_copy(&scm->arena, &v->variable, &v->variable));
    if (!names || !v->parents || !v->parent_variables) return CGM_E_MEMORY;
    for (size_t k = 0; k < n; k++)
        if (!(names[k] = cgm_arena_strdup(&scm->arena, parents[k]))) return CGM_E_MEMORY;
    v->parent_names = names;
    return CGM_OK;
}

/* Types without a mechanism of their own have those that a config names. */
static cgm_status lacks_mechanism(const scm_variable *v)
{
    char kinds[256];
    const char *type = type_names[v->variable.type];
    if (*cgm_mechanism_kinds_of(v->variable.type, sizeof kinds, kinds))
        return cgm_scm_fail(v, "%s: %s %s variable has no usual mechanism; expected mechanism: one of %s",
                            v->variable.name, cgm_scm_article(type), type, kinds);
    return cgm_scm_fail(v, "%s: this build has no mechanism for %s variables", v->variable.name, type);
}

cgm_status cgm_scm_add(cgm_scm *scm, const cgm_variable *variable, size_t n_parents, const char *const *parents,
                       const cgm_mechanism_class *methods, const cgm_yaml *options, const cgm_yaml *where)
{
    scm_variable v = {
        .variable = *variable, .n_parents = n_parents, .methods = methods, .options = options, .where = where};
    if (scm->finished)
        return CGM_FAIL(CGM_E_ARG, "variable '%s' comes too late: the model is finished", variable->name);
    if (!v.methods) v.methods = cgm_mechanism_default(variable->type);
    CGM_TRY(check_variable(&v));
    if (cgm_scm_find(scm, variable->name) >= 0) return cgm_scm_fail(&v, "variable '%s' is there twice", variable->name);
    if (!v.methods) return lacks_mechanism(&v);
    CGM_TRY(reserve_variable(scm));
    CGM_TRY(copy_names(scm, &v, n_parents, parents));
    scm->variable[scm->n++] = v;
    return CGM_OK;
}

/* Puts the variables in the order found, and turns parents into indices of that order. */
static cgm_status arrange(cgm_scm *scm, const size_t *order)
{
    scm_variable *arranged = calloc(scm->n, sizeof *arranged);
    size_t *position = calloc(scm->n, sizeof *position);
    if (!arranged || !position) {
        free(arranged);
        free(position);
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for a graph of %zu variables", scm->n);
    }
    for (size_t k = 0; k < scm->n; k++) {
        arranged[k] = scm->variable[order[k]];
        position[order[k]] = k;
    }
    for (size_t i = 0; i < scm->n; i++) {
        scm_variable *v = &arranged[i];
        for (size_t k = 0; k < v->n_parents; k++) {
            v->parents[k] = position[v->parents[k]];
            v->parent_variables[k] = &arranged[v->parents[k]].variable;
        }
    }
    free(position);
    free(scm->variable);
    scm->variable = arranged;
    scm->capacity = scm->n;
    return CGM_OK;
}

static cgm_status check_types(const scm_variable *v)
{
    const char *name = v->variable.name;
    if (!(v->methods->variable_types & 1u << v->variable.type))
        return cgm_scm_fail(v, "%s: mechanism %s cannot produce %s %s variable", name, v->methods->kind,
                            cgm_scm_article(type_names[v->variable.type]), type_names[v->variable.type]);
    for (size_t k = 0; k < v->n_parents; k++)
        if (!(v->methods->parent_types & 1u << v->parent_variables[k]->type))
            return cgm_scm_fail(v, "%s: mechanism %s takes no %s parent, and '%s' is one", name, v->methods->kind,
                                type_names[v->parent_variables[k]->type], v->parent_variables[k]->name);
    return CGM_OK;
}

static cgm_status create_mechanism(scm_variable *v)
{
    CGM_TRY(check_types(v));
    cgm_mechanism_spec spec = {
        .variable = &v->variable, .n_parents = v->n_parents, .parents = v->parent_variables, .options = v->options};
    cgm_status status = v->methods->create(&spec, &v->mechanism);
    if (status == CGM_OK) {
        v->methods = v->mechanism->methods;
        return CGM_OK;
    }
    v->mechanism = NULL;
    /* Errors in the options come with their own, more exact position. */
    if (v->options || !v->where) return cgm_fail_context(status, "variable '%s'", v->variable.name);
    return cgm_fail_context(status, "%s: variable '%s'", cgm_yaml_where(v->where), v->variable.name);
}

static cgm_status make_nodes(cgm_scm *scm)
{
    size_t total = 0;
    for (size_t i = 0; i < scm->n; i++) {
        scm_variable *v = &scm->variable[i];
        const cgm_mechanism_node *nodes;
        v->first_node = total;
        v->n_nodes = v->methods->nodes(v->mechanism, &nodes);
        CGM_CHECK(v->n_nodes >= 1 && v->n_nodes <= CGM_MAX_NODES);
        CGM_CHECK(nodes[v->n_nodes - 1].width == cgm_variable_width(&v->variable));
        total += v->n_nodes;
    }
    if (!(scm->node = cgm_arena_array(&scm->arena, total, sizeof *scm->node))) return CGM_E_MEMORY;
    for (size_t i = 0; i < scm->n; i++) {
        const scm_variable *v = &scm->variable[i];
        const cgm_mechanism_node *nodes;
        v->methods->nodes(v->mechanism, &nodes);
        for (size_t j = 0; j < v->n_nodes; j++) {
            scm_node *node = &scm->node[v->first_node + j];
            *node = (scm_node){.name = v->variable.name, .variable = i, .index = j, .info = &nodes[j]};
            if (j + 1 == v->n_nodes) continue;
            node->name = cgm_arena_printf(&scm->arena, "%s.%s", v->variable.name, nodes[j].name);
            if (!node->name) return CGM_E_MEMORY;
        }
    }
    scm->n_nodes = total;
    return CGM_OK;
}

static cgm_status build(cgm_scm *scm)
{
    for (size_t i = 0; i < scm->n; i++) CGM_TRY(create_mechanism(&scm->variable[i]));
    CGM_TRY(make_nodes(scm));
    return cgm_hidden_finish(scm);
}

cgm_status cgm_scm_finish(cgm_scm *scm)
{
    if (scm->finished) return CGM_FAIL(CGM_E_ARG, "the model is finished already");
    if (scm->n == 0) return CGM_FAIL(CGM_E_ARG, "the graph has no variables");
    size_t *order = calloc(scm->n, sizeof *order);
    if (!order) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a graph of %zu variables", scm->n);
    cgm_status status = cgm_scm_order(scm, order);
    if (status == CGM_OK) status = arrange(scm, order);
    if (status == CGM_OK) status = build(scm);
    free(order);
    if (status != CGM_OK) {
        destroy_mechanisms(scm);
        return status;
    }
    for (size_t i = 0; i < scm->n; i++) scm->variable[i].options = scm->variable[i].where = NULL;
    scm->finished = true;
    return CGM_OK;
}

size_t cgm_scm_count(const cgm_scm *scm)
{
    return scm->n;
}
const cgm_variable *cgm_scm_variable(const cgm_scm *scm, size_t i)
{
    return &scm->variable[i].variable;
}
cgm_mechanism *cgm_scm_mechanism(const cgm_scm *scm, size_t i)
{
    return scm->variable[i].mechanism;
}

size_t cgm_scm_parents(const cgm_scm *scm, size_t i, const size_t **parents)
{
    *parents = scm->variable[i].parents;
    return scm->variable[i].n_parents;
}

int cgm_scm_find(const cgm_scm *scm, const char *name)
{
    for (size_t i = 0; i < scm->n; i++)
        if (strcmp(scm->variable[i].variable.name, name) == 0) return (int)i;
    return -1;
}

cgm_status cgm_scm_lookup(const cgm_scm *scm, const char *name, size_t *variable)
{
    char hint[CGM_HINT_TEXT];
    int v = cgm_scm_find(scm, name);
    if (v >= 0) return *variable = (size_t)v, CGM_OK;
    const char **names = malloc((scm->n + 1) * sizeof *names);
    if (!names) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu names", scm->n);
    for (size_t i = 0; i < scm->n; i++) names[i] = scm->variable[i].variable.name;
    cgm_status status =
        CGM_FAIL(CGM_E_ARG, "there is no variable '%.64s'%s", name, cgm_hint(name, scm->n, names, hint));
    free(names);
    return status;
}

cgm_status cgm_scm_refuse_do(cgm_scm *scm, const char *variable)
{
    size_t v = 0;
    CGM_TRY(cgm_scm_lookup(scm, variable, &v));
    scm->variable[v].refuses_do = true;
    return CGM_OK;
}

size_t cgm_scm_nodes(const cgm_scm *scm)
{
    return scm->n_nodes;
}
const char *cgm_scm_node_name(const cgm_scm *scm, size_t node)
{
    return scm->node[node].name;
}
const cgm_mechanism_node *cgm_scm_node(const cgm_scm *scm, size_t node)
{
    return scm->node[node].info;
}

int cgm_scm_find_node(const cgm_scm *scm, const char *name)
{
    for (size_t i = 0; i < scm->n_nodes; i++)
        if (strcmp(scm->node[i].name, name) == 0) return (int)i;
    return -1;
}

size_t cgm_scm_node_of(const cgm_scm *scm, size_t variable)
{
    return scm->variable[variable].first_node + scm->variable[variable].n_nodes - 1;
}

bool cgm_scm_sees(const cgm_scm *scm, size_t to, size_t from)
{
    const scm_variable *v = &scm->variable[scm->node[to].variable];
    if (from >= v->first_node && from < to) return true;
    for (size_t k = 0; k < v->n_parents && !scm->node[to].info->ignores_parents; k++)
        if (cgm_scm_node_of(scm, v->parents[k]) == from) return true;
    return false;
}
