/* From a map to a struct, by a table of keys. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/number.h"
#include "config/tree.h"

#define PATH_BYTES 256
#define MOST_KEYS 64

typedef union value {
    int64_t integer;
    double real;
    bool flag;
    int choice;
    const char *text;
    double range[2];
    cgm_texts texts;
    const cgm_yaml *node;
} value;

static size_t type_size(cgm_key_type type)
{
    switch (type) {
    case CGM_KEY_INT:
        return sizeof(int64_t);
    case CGM_KEY_REAL:
        return sizeof(double);
    case CGM_KEY_BOOL:
        return sizeof(bool);
    case CGM_KEY_TEXT:
        return sizeof(const char *);
    case CGM_KEY_CHOICE:
        return sizeof(int);
    case CGM_KEY_RANGE:
        return sizeof(double[2]);
    case CGM_KEY_TEXTS:
        return sizeof(cgm_texts);
    case CGM_KEY_NODE:
        return sizeof(const cgm_yaml *);
    }
    return 0;
}

/* Fails at a node with "WHERE: PATH: ...", the path left out where the position says it ("--set train.rate"). */
static cgm_status fail_key(const cgm_yaml *node, const char *path, const char *format, ...) CGM_PRINTF(3, 4);
static cgm_status fail_key(const cgm_yaml *node, const char *path, const char *format, ...)
{
    char message[900];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    bool said = !path[0] || (strncmp(node->where, "--set ", 6) == 0 && strcmp(node->where + 6, path) == 0);
    return said ? cgm_yaml_fail(node, "%s", message) : cgm_yaml_fail(node, "%s: %s", path, message);
}

/* What a node holds, for messages: a short text in quotes, a number as it is. */
static const char *describe(const cgm_yaml *node, char text[80])
{
    double number;
    if (node->kind == CGM_YAML_LIST) return "a list";
    if (node->kind == CGM_YAML_MAP) return "a map";
    if (cgm_tree_is_null(node)) return "nothing";
    bool is_number = cgm_number_parse(node->text, &number);
    snprintf(text, 80, is_number ? "%.60s" : "\"%.60s\"", node->text);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ') *c = ' ';
    return text;
}

/* " from 1 to 9", " of at least 1", or nothing. */
static const char *describe_bounds(const cgm_key *key, char text[80])
{
    text[0] = 0;
    if (key->low == 0 && key->high == 0) return text;
    if (isinf(key->low))
        snprintf(text, 80, " of at most %.10g", key->high);
    else if (isinf(key->high))
        snprintf(text, 80, " of at least %.10g", key->low);
    else
        snprintf(text, 80, " from %.10g to %.10g", key->low, key->high);
    return text;
}

static bool within(const cgm_key *key, double x)
{
    return (key->low == 0 && key->high == 0) || (key->low <= x && x <= key->high);
}

static cgm_status fail_expected(const cgm_yaml *node, const char *path, const char *expected)
{
    char got[80];
    return fail_key(node, path, "expected %s, got %s", expected, describe(node, got));
}

static cgm_status read_integer(const cgm_key *key, const cgm_yaml *node, const char *path, int64_t *out)
{
    if (node->kind == CGM_YAML_SCALAR && cgm_integer_parse(node->text, out) && within(key, (double)*out)) return CGM_OK;
    char bounds[80], expected[120];
    snprintf(expected, sizeof expected, "a whole number%s", describe_bounds(key, bounds));
    return fail_expected(node, path, expected);
}

static cgm_status read_real(const cgm_key *key, const cgm_yaml *node, const char *path, double *out)
{
    if (node->kind == CGM_YAML_SCALAR && cgm_number_parse(node->text, out) && within(key, *out)) return CGM_OK;
    char bounds[80], expected[120];
    snprintf(expected, sizeof expected, "a number%s", describe_bounds(key, bounds));
    return fail_expected(node, path, expected);
}

static cgm_status read_flag(const cgm_yaml *node, const char *path, bool *out)
{
    static const char *const word[] = {"false", "true", "no", "yes", "off", "on"};
    if (node->kind == CGM_YAML_SCALAR)
        for (size_t i = 0; i < sizeof word / sizeof *word; i++)
            if (strcasecmp(node->text, word[i]) == 0) {
                *out = i % 2;
                return CGM_OK;
            }
    return fail_expected(node, path, "true or false");
}

/* Appends to a text of limited size. */
static void append(char *text, size_t size, const char *piece)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s", piece);
}

static cgm_status read_choice(const cgm_key *key, const cgm_yaml *node, const char *path, int *out)
{
    char expected[300] = "one of ";
    int n = 0;
    for (; key->choices[n]; n++) {
        if (node->kind == CGM_YAML_SCALAR && strcmp(node->text, key->choices[n]) == 0) {
            *out = n;
            return CGM_OK;
        }
        if (n) append(expected, sizeof expected, ", ");
        append(expected, sizeof expected, key->choices[n]);
    }
    const char *nearest = node->kind == CGM_YAML_SCALAR ? cgm_nearest_word(node->text, (size_t)n, key->choices) : NULL;
    if (!nearest) return fail_expected(node, path, expected);
    char got[80];
    return fail_key(node, path, "expected %s, got %s; did you mean \"%s\"?", expected, describe(node, got), nearest);
}

static cgm_status read_range(const cgm_key *key, const cgm_yaml *node, const char *path, double out[2])
{
    if (node->kind != CGM_YAML_LIST || node->n != 2) return fail_expected(node, path, "two numbers [low, high]");
    for (int i = 0; i < 2; i++) CGM_TRY(read_real(key, node->child[i], path, &out[i]));
    if (out[0] < out[1]) return CGM_OK;
    return fail_key(node, path, "expected [low, high] with low < high, got [%g, %g]", out[0], out[1]);
}

static cgm_status read_texts(const cgm_yaml *node, const char *path, cgm_texts *out)
{
    if (cgm_tree_is_null(node)) return fail_expected(node, path, "a word or a list of words");
    if (node->kind == CGM_YAML_SCALAR) {
        *out = (cgm_texts){1, &node->text};
        return CGM_OK;
    }
    if (node->kind == CGM_YAML_MAP) return fail_expected(node, path, "a list of words");
    for (size_t i = 0; i < node->n; i++)
        if (!node->key[i] || cgm_tree_is_null(node->child[i])) return fail_expected(node->child[i], path, "a word");
    *out = (cgm_texts){node->n, node->key};
    return CGM_OK;
}

static cgm_status read_key(const cgm_key *key, const cgm_yaml *node, const char *path, value *out)
{
    switch (key->type) {
    case CGM_KEY_INT:
        return read_integer(key, node, path, &out->integer);
    case CGM_KEY_REAL:
        return read_real(key, node, path, &out->real);
    case CGM_KEY_BOOL:
        return read_flag(node, path, &out->flag);
    case CGM_KEY_CHOICE:
        return read_choice(key, node, path, &out->choice);
    case CGM_KEY_RANGE:
        return read_range(key, node, path, out->range);
    case CGM_KEY_TEXTS:
        return read_texts(node, path, &out->texts);
    case CGM_KEY_NODE:
        out->node = node;
        return CGM_OK;
    case CGM_KEY_TEXT:
        if (node->kind != CGM_YAML_SCALAR || cgm_tree_is_null(node)) return fail_expected(node, path, "a text");
        out->text = node->text;
        return CGM_OK;
    }
    return CGM_OK;
}

static void key_path(const char *what, const char *key, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s%s%s", what ? what : "", what && *what ? "." : "", key);
}

static cgm_status fail_unknown(const cgm_yaml *node, const char *path, const char *word, size_t n, const cgm_key *keys)
{
    const char *name[MOST_KEYS];
    for (size_t i = 0; i < n; i++) name[i] = keys[i].name;
    const char *nearest = cgm_nearest_word(word, n, name);
    if (nearest) return fail_key(node, path, "unknown key; did you mean \"%s\"?", nearest);
    char all[600] = "";
    for (size_t i = 0; i < n; i++) {
        if (i) append(all, sizeof all, ", ");
        append(all, sizeof all, name[i]);
    }
    return fail_key(node, path, "unknown key; the keys here are %s", all);
}

static const cgm_key *find_key(size_t n, const cgm_key *keys, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].name, name) == 0) return &keys[i];
    return NULL;
}

cgm_status cgm_yaml_read(const cgm_yaml *map, const char *what, size_t n, const cgm_key *keys, void *into)
{
    CGM_CHECK(n <= MOST_KEYS);
    if (map && cgm_tree_is_null(map)) map = NULL;
    if (map && map->kind != CGM_YAML_MAP) return fail_expected(map, what ? what : "", "a map");
    char path[PATH_BYTES];
    value values[MOST_KEYS];
    for (size_t i = 0; i < cgm_yaml_count(map); i++) {
        const cgm_key *key = find_key(n, keys, map->key[i]);
        key_path(what, map->key[i], path);
        if (!key) return fail_unknown(map->child[i], path, map->key[i], n, keys);
        CGM_TRY(read_key(key, map->child[i], path, &values[key - keys]));
    }
    for (size_t i = 0; i < n; i++) {
        if (!keys[i].required || cgm_yaml_get(map, keys[i].name)) continue;
        if (!map)
            return CGM_FAIL(CGM_E_CONFIG, "%s%smissing key \"%s\"", what ? what : "", what && *what ? ": " : "",
                            keys[i].name);
        return fail_key(map, what ? what : "", "missing key \"%s\"", keys[i].name);
    }
    /* Only now, when nothing can fail, is the caller's struct touched. */
    for (size_t i = 0; i < n; i++)
        if (cgm_yaml_get(map, keys[i].name)) memcpy((char *)into + keys[i].offset, &values[i], type_size(keys[i].type));
    return CGM_OK;
}
