/* From a tree back to text: short maps and lists on one line, others in blocks. Parsing the text gives the same tree.
 */
#include <stdlib.h>
#include <string.h>

#include "config/tree.h"

#define LINE_WIDTH 100

typedef struct buffer {
    char *text;
    size_t n, capacity;
    bool failed;
} buffer;

static void put(buffer *b, const char *text, size_t n)
{
    if (b->failed) return;
    if (b->n + n + 1 > b->capacity) {
        size_t capacity = 2 * (b->n + n + 1);
        char *grown = realloc(b->text, capacity);
        if (!grown) {
            b->failed = true;
            return;
        }
        b->text = grown;
        b->capacity = capacity;
    }
    memcpy(b->text + b->n, text, n);
    b->n += n;
    b->text[b->n] = 0;
}

static void put_text(buffer *b, const char *text)
{
    put(b, text, strlen(text));
}

static void put_indent(buffer *b, size_t columns)
{
    for (size_t i = 0; i < columns; i++) put(b, " ", 1);
}

/* Whether the text means itself without quotes wherever it stands. */
static bool is_plain_safe(const char *text)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
    if (!text[0] || strcmp(text, "null") == 0) return false;
    if (text[strspn(text, word)]) return false;
    /* A dash or dot begins a number, or else may be YAML's own. */
    const char *digits = text + strspn(text, "+-.");
    return digits == text || (*digits >= '0' && *digits <= '9');
}

/* One character of UTF-8 (the parser has let no other through); returns its bytes. */
static size_t decode(const unsigned char *s, uint32_t *point)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    *point = n == 1 ? s[0] : s[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) *point = *point << 6 | (s[i] & 0x3Fu);
    return n;
}

static void put_escape(buffer *b, uint32_t point)
{
    static const char hex[] = "0123456789ABCDEF";
    char text[10] = {'\\', point < 0x100 ? 'x' : 'u'};
    size_t n = 2;
    for (int shift = point < 0x100 ? 4 : 12; shift >= 0; shift -= 4) text[n++] = hex[point >> shift & 15];
    put(b, text, n);
}

static void put_quoted(buffer *b, const char *text)
{
    put(b, "\"", 1);
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        uint32_t point;
        size_t n = decode(s, &point);
        if (point == '"' || point == '\\')
            put(b, "\\", 1), put(b, (const char *)s, 1);
        else if (point == '\n')
            put(b, "\\n", 2);
        /* What YAML does not print, or takes for a line break. */
        else if (point < 0x20 || (point >= 0x7F && point <= 0xA0) || point == 0x2028 || point == 0x2029 ||
                 point == 0xFEFF || point == 0xFFFE || point == 0xFFFF)
            put_escape(b, point);
        else
            put(b, (const char *)s, n);
        s += n;
    }
    put(b, "\"", 1);
}

static void put_key(buffer *b, const char *key)
{
    if (is_plain_safe(key))
        put_text(b, key);
    else
        put_quoted(b, key);
    put(b, ":", 1);
}

static void put_scalar(buffer *b, const cgm_yaml *node)
{
    if (cgm_tree_is_null(node))
        put(b, "~", 1);
    else if (node->plain && is_plain_safe(node->text))
        put_text(b, node->text);
    else
        put_quoted(b, node->text);
}

/* Writes the node on the current line; false (with part of it written) when it does not end before `limit`. */
static bool put_flow(buffer *b, const cgm_yaml *node, size_t limit)
{
    if (node->kind == CGM_YAML_SCALAR) {
        put_scalar(b, node);
        return b->n <= limit;
    }
    bool map = node->kind == CGM_YAML_MAP;
    put(b, map ? "{" : "[", 1);
    for (size_t i = 0; i < node->n; i++) {
        if (i) put(b, ", ", 2);
        if (map) put_key(b, node->key[i]), put(b, " ", 1);
        if (b->n > limit || !put_flow(b, node->child[i], limit)) return false;
    }
    put(b, map ? "}" : "]", 1);
    return b->n <= limit;
}

static void put_block(buffer *b, const cgm_yaml *node, size_t indent);

/* A child, after "key:" or "-": on the same line if it is short, below it otherwise. */
static void put_child(buffer *b, const cgm_yaml *child, size_t indent)
{
    size_t start = b->n, limit = start + LINE_WIDTH - (indent < LINE_WIDTH ? indent : LINE_WIDTH);
    if (child->kind == CGM_YAML_SCALAR || child->n == 0) limit = SIZE_MAX;
    put(b, " ", 1);
    if (put_flow(b, child, limit) || b->failed) {
        put(b, "\n", 1);
        return;
    }
    b->n = start;
    put(b, "\n", 1);
    put_block(b, child, indent + 2);
}

static void put_block(buffer *b, const cgm_yaml *node, size_t indent)
{
    for (size_t i = 0; i < node->n && !b->failed; i++) {
        put_indent(b, indent);
        if (node->kind == CGM_YAML_MAP)
            put_key(b, node->key[i]);
        else
            put(b, "-", 1);
        put_child(b, node->child[i], indent);
    }
}

cgm_status cgm_config_text(cgm_config *config, const char **text)
{
    buffer b = {0};
    const cgm_yaml *root = config->root;
    if (root->kind == CGM_YAML_SCALAR || root->n == 0) {
        put_flow(&b, root, SIZE_MAX);
        put(&b, "\n", 1);
    } else
        put_block(&b, root, 0);
    if (b.failed) {
        free(b.text);
        return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", config->name);
    }
    free(config->emitted);
    config->emitted = b.text;
    *text = b.text;
    return CGM_OK;
}
