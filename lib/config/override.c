/* --set a.b.c=value: one value of the tree replaced or added. */
#include <stdlib.h>
#include <string.h>

#include "config/number.h"
#include "config/tree.h"

/* The place in `node` that the word names, NULL when it is a map without that key. */
static cgm_status find_slot(const cgm_yaml *node, const char *word, const char *where, cgm_yaml ***slot)
{
    *slot = NULL;
    if (node->kind == CGM_YAML_MAP) {
        for (size_t i = 0; i < node->n; i++)
            if (strcmp(node->key[i], word) == 0) *slot = &node->child[i];
        return CGM_OK;
    }
    if (node->kind == CGM_YAML_SCALAR)
        return CGM_FAIL(CGM_E_CONFIG, "%s: what should hold \"%s\" is the value \"%.60s\" (%s); expected a map", where,
                        word, node->text, node->where);
    int64_t i;
    if (!cgm_integer_parse(word, &i) || i < 0 || (uint64_t)i >= node->n)
        return CGM_FAIL(CGM_E_CONFIG, "%s: \"%s\" is no item of the list at %s; expected a number below %zu", where,
                        word, node->where, node->n);
    *slot = &node->child[i];
    return CGM_OK;
}

/* Wraps the value in maps for the words that do not exist yet, innermost first. */
static cgm_status wrap(cgm_config *config, char *const *word, size_t n, const char *where, cgm_yaml **value)
{
    for (size_t i = n; i-- > 0;) {
        cgm_yaml *map = NULL;
        CGM_TRY(cgm_tree_node(config, CGM_YAML_MAP, where, &map));
        CGM_TRY(cgm_tree_append(config, map, word[i], *value));
        *value = map;
    }
    return CGM_OK;
}

/* Puts the value at the path; touches nothing before all is known to be right. */
static cgm_status place(cgm_config *config, char *const *word, size_t n, const char *where, cgm_yaml *value)
{
    cgm_yaml *node = config->root, **slot = NULL, *parent = NULL;
    size_t i = 0;
    for (; i < n; i++) {
        if (i > 0 && cgm_tree_is_null(node)) break; /* "train:" without a value is a map in the making */
        parent = node;
        CGM_TRY(find_slot(parent, word[i], where, &slot));
        if (!slot) break;
        node = *slot;
    }
    if (i == n || slot) {
        CGM_TRY(wrap(config, word + i, n - i, where, &value));
        *slot = value;
        /* A list keeps the texts of its scalars beside them. */
        if (parent->kind == CGM_YAML_LIST)
            parent->key[slot - parent->child] = value->kind == CGM_YAML_SCALAR ? value->text : NULL;
        return CGM_OK;
    }
    CGM_TRY(wrap(config, word + i + 1, n - i - 1, where, &value));
    return cgm_tree_append(config, parent, word[i], value);
}

cgm_status cgm_config_set(cgm_config *config, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment)
        return CGM_FAIL(CGM_E_CONFIG, "--set %.80s: expected KEY.KEY=VALUE, such as train.epochs=5", assignment);
    size_t bytes = (size_t)(equals - assignment);
    if (bytes > CGM_CONFIG_MAX_DEPTH * (CGM_CONFIG_MAX_KEY + 1))
        return CGM_FAIL(CGM_E_CONFIG, "--set %.80s...: the key is too long", assignment);
    char *path = cgm_arena_printf(&config->arena, "%.*s", (int)bytes, assignment);
    char *where = cgm_arena_printf(&config->arena, "--set %.*s", (int)bytes, assignment);
    if (!path || !where) return CGM_E_MEMORY;
    char *word[CGM_CONFIG_MAX_DEPTH - 1]; /* the value lies one deeper than the last */
    size_t n = 0;
    for (char *rest = path, *w; (w = strsep(&rest, "."));) {
        if (n == CGM_CONFIG_MAX_DEPTH - 1)
            return CGM_FAIL(CGM_E_CONFIG, "%s: nested more than %d deep", where, CGM_CONFIG_MAX_DEPTH);
        if (!*w) return CGM_FAIL(CGM_E_CONFIG, "%s: an empty word in the key", where);
        if (strlen(w) > CGM_CONFIG_MAX_KEY) return CGM_FAIL(CGM_E_CONFIG, "%s: a key of more than 128 bytes", where);
        word[n++] = w;
    }
    cgm_yaml *value = NULL;
    CGM_TRY(cgm_tree_parse(config, equals + 1, strlen(equals + 1), where, n + 1, &value));
    if (!value) {
        CGM_TRY(cgm_tree_node(config, CGM_YAML_SCALAR, where, &value));
        value->plain = true;
    }
    return place(config, word, n, where, value);
}

char *cgm_yaml_quote(cgm_arena *arena, const char *text)
{
    char *quoted = cgm_arena_alloc(arena, 2 * strlen(text) + 3), *to = quoted;
    if (!quoted) return NULL;
    *to++ = '\'';
    for (; *text; text++) {
        if (*text == '\'') *to++ = '\'';
        *to++ = *text;
    }
    strcpy(to, "'");
    return quoted;
}
