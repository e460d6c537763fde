/* A causal graph from a config. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scm/graphs/dag_priv.h"

static cgm_status unknown_name(const cgm_dag *dag, const cgm_yaml *where, const char *what, const char *name)
{
    const char *near = cgm_dag_nearest(dag, name);
    if (near)
        return cgm_yaml_fail(where, "%s '%s' is not a variable of the graph; did you mean '%s'?", what, name, near);
    return cgm_yaml_fail(where, "%s '%s' is not a variable of the graph", what, name);
}

/* A word, or a list of words; anything else is an error. */
static cgm_status check_words(const cgm_yaml *node, const char *what)
{
    if (cgm_yaml_get_kind(node) == CGM_YAML_SCALAR) return CGM_OK;
    bool list = cgm_yaml_get_kind(node) == CGM_YAML_LIST;
    for (size_t i = 0; list && i < cgm_yaml_count(node); i++)
        if (cgm_yaml_get_kind(cgm_yaml_at(node, i)) != CGM_YAML_SCALAR) list = false;
    return list ? CGM_OK : cgm_yaml_fail(node, "%s: expected a list of variables", what);
}

static size_t count_words(const cgm_yaml *node)
{
    if (cgm_yaml_get_kind(node) == CGM_YAML_SCALAR) return cgm_yaml_text(node)[0] ? 1 : 0;
    return cgm_yaml_count(node);
}

static const cgm_yaml *word_at(const cgm_yaml *node, size_t i)
{
    return cgm_yaml_get_kind(node) == CGM_YAML_SCALAR ? node : cgm_yaml_at(node, i);
}

static cgm_status read_parents(cgm_dag *dag, size_t child, const cgm_yaml *parents)
{
    char what[256];
    const char *name = dag->name[child];
    snprintf(what, sizeof what, "%s: parents", name);
    CGM_TRY(check_words(parents, what));
    uint64_t seen[CGM_SET_WORDS] = {0};
    for (size_t k = 0; k < count_words(parents); k++) {
        const cgm_yaml *word = word_at(parents, k);
        snprintf(what, sizeof what, "%s: parent", name);
        int parent = cgm_dag_find(dag, cgm_yaml_text(word));
        if (parent < 0) return unknown_name(dag, parents, what, cgm_yaml_text(word));
        if ((size_t)parent == child) return cgm_yaml_fail(parents, "%s: a variable cannot be its own parent", name);
        if (cgm_set_has(seen, (size_t)parent))
            return cgm_yaml_fail(parents, "%s: parent '%s' is listed twice", name, cgm_yaml_text(word));
        cgm_set_add(seen, (size_t)parent);
        CGM_TRY(cgm_dag_connect(dag, (size_t)parent, child));
    }
    return CGM_OK;
}

static cgm_status read_graph(cgm_dag *dag, const cgm_yaml *graph)
{
    for (size_t i = 0; i < cgm_yaml_count(graph); i++) {
        const cgm_yaml *node = cgm_yaml_at(graph, i);
        const char *name = cgm_yaml_key(graph, i);
        /* A variable without anything, `x:` or `x: {}`, is a root. */
        bool nothing = cgm_yaml_get_kind(node) == CGM_YAML_SCALAR && !cgm_yaml_text(node)[0];
        if (cgm_yaml_get_kind(node) != CGM_YAML_MAP && !nothing)
            return cgm_yaml_fail(node, "%s: expected a map such as {parents: [...]}", name);
        if (!name[0]) return cgm_yaml_fail(node, "a variable of a graph needs a name");
        CGM_TRY(cgm_dag_add_at(dag, name, cgm_yaml_where(node), NULL));
    }
    for (size_t i = 0; i < cgm_yaml_count(graph); i++) {
        const cgm_yaml *parents = cgm_yaml_get(cgm_yaml_at(graph, i), "parents");
        if (parents) CGM_TRY(read_parents(dag, i, parents));
    }
    return CGM_OK;
}

static bool is_known_pair(const cgm_dag *dag, size_t a, size_t b)
{
    for (size_t e = 0; e < dag->bidirected.n; e++) {
        const size_t *pair = dag->bidirected.pair[e];
        if ((pair[0] == a && pair[1] == b) || (pair[0] == b && pair[1] == a)) return true;
    }
    return false;
}

/* The map of a pair whose noises have a known joint distribution. */
typedef struct joint_map {
    const cgm_yaml *between;
    double correlation;
} joint_map;

static const cgm_key joint_keys[] = {
    {"between", CGM_KEY_NODE, offsetof(joint_map, between), true, 0, 0, NULL, "the two variables"},
    {"correlation", CGM_KEY_REAL, offsetof(joint_map, correlation), true, -1, 1, NULL,
     "of their noises, which are standard normal"},
};

static cgm_status read_pair(const cgm_yaml *item, cgm_hidden_entry *out)
{
    joint_map map = {.between = item, .correlation = NAN};
    if (cgm_yaml_get_kind(item) == CGM_YAML_MAP)
        CGM_TRY(cgm_yaml_read(item, "hidden", sizeof joint_keys / sizeof *joint_keys, joint_keys, &map));
    if (cgm_yaml_get_kind(map.between) != CGM_YAML_LIST || cgm_yaml_count(map.between) != 2)
        return cgm_yaml_fail(item, "hidden: expected a pair of variables such as [x, y]");
    CGM_TRY(check_words(map.between, "hidden"));
    *out = (cgm_hidden_entry){.where = item, .correlation = map.correlation};
    for (size_t k = 0; k < 2; k++) out->name[k] = cgm_yaml_text(cgm_yaml_at(map.between, k));
    return CGM_OK;
}

cgm_status cgm_dag_read_hidden(const cgm_yaml *hidden, cgm_arena *arena, size_t *n, cgm_hidden_entry **out)
{
    *n = 0;
    *out = NULL;
    if (!hidden || (cgm_yaml_get_kind(hidden) == CGM_YAML_SCALAR && !cgm_yaml_text(hidden)[0])) return CGM_OK;
    if (cgm_yaml_get_kind(hidden) != CGM_YAML_LIST)
        return cgm_yaml_fail(hidden, "hidden: expected a list of pairs such as [[x, y]]");
    size_t count = cgm_yaml_count(hidden);
    cgm_hidden_entry *entries = cgm_arena_array(arena, count + 1, sizeof *entries);
    if (!entries) return CGM_E_MEMORY;
    for (size_t i = 0; i < count; i++) CGM_TRY(read_pair(cgm_yaml_at(hidden, i), &entries[i]));
    *n = count;
    *out = entries;
    return CGM_OK;
}

/* An error of an item, at its place where it has one. */
static cgm_status fail_entry(const cgm_hidden_entry *entry, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (entry->where) return cgm_yaml_fail(entry->where, "hidden: %s", message);
    return CGM_FAIL(CGM_E_ARG, "hidden: %s", message);
}

cgm_status cgm_dag_add_hidden(cgm_dag *dag, const cgm_hidden_entry *entry)
{
    size_t node[2];
    for (size_t k = 0; k < 2; k++) {
        const char *name = entry->name[k], *near;
        int found = cgm_dag_find(dag, name);
        if (found < 0 && (near = cgm_dag_nearest(dag, name)))
            return fail_entry(entry, "'%s' is not a variable of the graph; did you mean '%s'?", name, near);
        if (found < 0) return fail_entry(entry, "'%s' is not a variable of the graph", name);
        node[k] = (size_t)found;
    }
    if (node[0] == node[1])
        return fail_entry(entry, "[%s, %s] is one variable; expected two", entry->name[0], entry->name[1]);
    if (is_known_pair(dag, node[0], node[1]))
        return fail_entry(entry, "[%s, %s] is there twice", entry->name[0], entry->name[1]);
    return cgm_dag_confound(dag, node[0], node[1]);
}

static cgm_status read_hidden(cgm_dag *dag, const cgm_yaml *hidden)
{
    cgm_arena arena = {0};
    cgm_hidden_entry *entries;
    size_t n;
    cgm_status status = cgm_dag_read_hidden(hidden, &arena, &n, &entries);
    for (size_t i = 0; status == CGM_OK && i < n; i++) status = cgm_dag_add_hidden(dag, &entries[i]);
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_dag_from_config(const cgm_yaml *root, cgm_dag **out)
{
    const cgm_yaml *graph = cgm_yaml_get(root, "graph"), *hidden = cgm_yaml_get(root, "hidden");
    cgm_dag *dag = NULL;
    if (!graph) return cgm_yaml_fail(root, "expected a `graph`, a map of variables");
    if (cgm_yaml_get_kind(graph) != CGM_YAML_MAP || cgm_yaml_count(graph) == 0)
        return cgm_yaml_fail(graph, "graph: expected a map of variables");
    CGM_TRY(cgm_dag_create(&dag));
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(read_graph(dag, graph), failed);
    CGM_TRY_GOTO(read_hidden(dag, hidden), failed);
    CGM_TRY_GOTO(cgm_dag_finish(dag), failed);
    *out = dag;
    return CGM_OK;
failed:
    cgm_dag_destroy(dag);
    return status;
}

cgm_status cgm_dag_load(const char *path, cgm_dag **out)
{
    cgm_config *config = NULL;
    CGM_TRY(cgm_config_load(path, &config));
    cgm_status status = cgm_dag_from_config(cgm_config_root(config), out);
    cgm_config_destroy(config);
    return status;
}
