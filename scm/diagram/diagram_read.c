/* Kinds of variable from configs and networks, and what an intervention's text acts on. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/diagram/look.h"
#include "scm/graphs/dag_priv.h"

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

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " \t");
}

/* The bytes of an operator (or of the colon before one, on an arrow) that a text begins with; 0: none. */
static size_t operator_at(const char *text)
{
    static const char *const operators[] = {":=", "+=", "-=", "*=", "/=", "=", "~", ":"};
    for (size_t k = 0; k < sizeof operators / sizeof *operators; k++)
        if (strncmp(text, operators[k], strlen(operators[k])) == 0) return strlen(operators[k]);
    return 0;
}

static bool ends_name(const char *rest)
{
    rest = skip_spaces(rest);
    return operator_at(rest) > 0 || strncmp(rest, "->", 2) == 0;
}

/* The error of a text that begins with no node's name. */
static cgm_status fail_name(const cgm_dag *dag, const char *text)
{
    char word[256];
    size_t length = 0;
    while (text[length] && !operator_at(text + length) && strncmp(text + length, "->", 2) != 0) length++;
    if (!text[length]) return CGM_FAIL(CGM_E_ARG, "expected VARIABLE=VALUE or VARIABLE->CHILD=VALUE");
    while (length > 0 && strchr(" \t", text[length - 1])) length--;
    snprintf(word, sizeof word, "%.*s", (int)(length < 255 ? length : 255), text);
    const char *near = cgm_dag_nearest(dag, word);
    return near ? CGM_FAIL(CGM_E_ARG, "there is no variable '%s'; did you mean '%s'?", word, near)
                : CGM_FAIL(CGM_E_ARG, "there is no variable '%s'", word);
}

/* The longest name that *text begins with and that an operator or an arrow follows; moves *text behind it. */
static cgm_status take_name(const cgm_dag *dag, const char **text, size_t *node)
{
    size_t longest = 0;
    *text = skip_spaces(*text);
    for (size_t i = 0; i < cgm_dag_count(dag); i++) {
        size_t length = strlen(cgm_dag_name(dag, i));
        if (length <= longest || strncmp(*text, cgm_dag_name(dag, i), length) != 0) continue;
        if (!ends_name(*text + length)) continue;
        longest = length;
        *node = i;
    }
    if (longest == 0) return fail_name(dag, *text);
    *text += longest;
    return CGM_OK;
}

static bool has_edge(const cgm_dag *dag, size_t cause, size_t effect)
{
    const size_t *parent;
    for (size_t k = cgm_dag_parents(dag, effect, &parent); k-- > 0;)
        if (parent[k] == cause) return true;
    return false;
}

/* The nodes that an expression names, its own included. */
static void names_in(const cgm_dag *dag, const char *text, uint64_t *out)
{
    for (; *text; text++) {
        size_t length = 0;
        char word[256];
        while (isalnum((unsigned char)text[length]) || text[length] == '_') length++;
        if (length == 0) continue;
        snprintf(word, sizeof word, "%.*s", (int)(length < 255 ? length : 255), text);
        int node = cgm_dag_find(dag, word);
        if (node >= 0) cgm_set_add(out, (size_t)node);
        text += length - 1;
    }
}

static cgm_status read_do(const cgm_dag *dag, const char *text, cgm_arena *arena, cgm_diagram_do *out)
{
    cgm_diagram_do x = {.to = -1, .text = text};
    CGM_TRY(take_name(dag, &text, &x.node));
    text = skip_spaces(text);
    if (strncmp(text, "->", 2) == 0) {
        size_t to;
        text += 2;
        CGM_TRY(take_name(dag, &text, &to));
        if (!has_edge(dag, x.node, to))
            return CGM_FAIL(CGM_E_ARG, "there is no edge from '%s' to '%s'", cgm_dag_name(dag, x.node),
                            cgm_dag_name(dag, to));
        x.to = (int)to;
        text = skip_spaces(text);
    }
    size_t length = operator_at(text);
    if (length == 0) return CGM_FAIL(CGM_E_ARG, "expected '=' after '%s'", cgm_dag_name(dag, x.node));
    if (!*skip_spaces(text + length)) return CGM_FAIL(CGM_E_ARG, "expected a value after '%.*s'", (int)length, text);
    uint64_t *keeps = cgm_dag_new_set(dag, arena, NULL);
    if (!keeps) return CGM_E_MEMORY;
    bool function = strncmp(text, ":=", 2) == 0, draw = *text == '~';
    if (function || draw) names_in(dag, text + length, keeps);
    x.keeps = keeps;
    /* A change of the natural value, "+=" or ":=" with itself on the right, leaves the mechanism as it is; so does what
     * is done in some rows only. */
    x.cuts = x.to < 0 && (*text == '=' || function || draw) && !cgm_set_has(keeps, x.node) && !strstr(text, " if ");
    *out = x;
    return CGM_OK;
}

/* Cuts the next one off *rest, which commas between parentheses do not end; NULL at the end. */
static char *next_do(char **rest)
{
    char *begin = *rest, *c = begin;
    int depth = 0;
    if (!begin) return NULL;
    for (; *c && !(*c == ',' && depth == 0); c++) depth += (*c == '(') - (*c == ')');
    *rest = *c ? c + 1 : NULL;
    *c = '\0';
    begin += strspn(begin, " \t");
    for (size_t n = strlen(begin); n > 0 && strchr(" \t", begin[n - 1]); n--) begin[n - 1] = '\0';
    return begin;
}

cgm_status cgm_diagram_read_do(const cgm_dag *dag, const char *text, cgm_arena *arena, size_t *n, cgm_diagram_do **out)
{
    size_t most = 1, count = 0;
    for (const char *c = text; *c; c++) most += *c == ',';
    char *rest = cgm_arena_strdup(arena, text), *one;
    cgm_diagram_do *dos = cgm_arena_array(arena, most, sizeof *dos);
    if (!rest || !dos) return CGM_E_MEMORY;
    while ((one = next_do(&rest))) {
        cgm_status status = read_do(dag, one, arena, &dos[count++]);
        if (status != CGM_OK) return cgm_fail_context(status, "do(%s)", one);
    }
    *n = count;
    *out = dos;
    return CGM_OK;
}
