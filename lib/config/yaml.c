/* From text to a tree, by libyaml's events. Nothing that a config needs is lost by refusing anchors, aliases, tags and
 * several documents, and a text without them cannot grow when it is read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "config/tree.h"

typedef struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    cgm_config *config;
    const char *fixed; /* every node's position, or NULL */
    const char *text;
    size_t bytes;
} reader;

cgm_status cgm_tree_node(cgm_config *config, cgm_yaml_kind kind, const char *where, cgm_yaml **out)
{
    if (config->nodes >= CGM_CONFIG_MAX_NODES)
        return CGM_FAIL(CGM_E_CONFIG, "%s: more than %d values", where, CGM_CONFIG_MAX_NODES);
    cgm_yaml *node = cgm_arena_alloc(&config->arena, sizeof *node);
    if (!node) return CGM_E_MEMORY;
    config->nodes++;
    *node = (cgm_yaml){.kind = kind, .where = where, .text = ""};
    *out = node;
    return CGM_OK;
}

cgm_status cgm_tree_append(cgm_config *config, cgm_yaml *parent, const char *key, cgm_yaml *child)
{
    if (parent->n == parent->capacity) {
        size_t capacity = parent->capacity ? 2 * parent->capacity : 4;
        const char **keys = cgm_arena_array(&config->arena, capacity, sizeof *keys);
        cgm_yaml **children = cgm_arena_array(&config->arena, capacity, sizeof *children);
        if (!keys || !children) return CGM_E_MEMORY;
        if (parent->n) {
            memcpy(keys, parent->key, parent->n * sizeof *keys);
            memcpy(children, parent->child, parent->n * sizeof *children);
        }
        parent->key = keys;
        parent->child = children;
        parent->capacity = capacity;
    }
    parent->key[parent->n] = key ? key : child->kind == CGM_YAML_SCALAR ? child->text : NULL;
    parent->child[parent->n++] = child;
    return CGM_OK;
}

static const char *position(reader *r, size_t line)
{
    if (r->fixed) return r->fixed;
    return cgm_arena_printf(&r->config->arena, "%s:%zu", r->config->name, line + 1);
}

/* An error at a line (counted from 0). */
static cgm_status fail_line(reader *r, size_t line, const char *problem)
{
    if (r->fixed) return CGM_FAIL(CGM_E_CONFIG, "%s: %s", r->fixed, problem);
    return CGM_FAIL(CGM_E_CONFIG, "%s:%zu: %s", r->config->name, line + 1, problem);
}

static cgm_status fail_parser(reader *r)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", r->config->name);
    const char *problem = p->problem ? p->problem : "not YAML";
    if (p->error != YAML_READER_ERROR) {
        char message[256];
        snprintf(message, sizeof message, "%s%s%s", p->context ? p->context : "", p->context ? ": " : "", problem);
        return fail_line(r, p->problem_mark.line, message);
    }
    /* The reader knows an offset only. */
    size_t line = 0;
    for (size_t i = 0; i < p->problem_offset && i < r->bytes; i++) line += r->text[i] == '\n';
    return fail_line(r, line, problem);
}

static cgm_status next(reader *r)
{
    yaml_event_delete(&r->event);
    if (!yaml_parser_parse(&r->parser, &r->event)) return fail_parser(r);
    return CGM_OK;
}

/* Refuses what makes YAML more than a tree of plain values. */
static cgm_status check_properties(reader *r)
{
    const yaml_event_t *e = &r->event;
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (e->type == YAML_ALIAS_EVENT) return fail_line(r, e->start_mark.line, "aliases (*name) are not supported");
    if (e->type == YAML_SCALAR_EVENT) anchor = e->data.scalar.anchor, tag = e->data.scalar.tag;
    if (e->type == YAML_SEQUENCE_START_EVENT) anchor = e->data.sequence_start.anchor, tag = e->data.sequence_start.tag;
    if (e->type == YAML_MAPPING_START_EVENT) anchor = e->data.mapping_start.anchor, tag = e->data.mapping_start.tag;
    if (anchor) return fail_line(r, e->start_mark.line, "anchors (&name) are not supported");
    if (tag) return fail_line(r, e->start_mark.line, "tags (!name) are not supported");
    if (e->type == YAML_SCALAR_EVENT && memchr(e->data.scalar.value, 0, e->data.scalar.length))
        return fail_line(r, e->start_mark.line, "a text with a zero byte in it");
    return CGM_OK;
}

static cgm_status read_scalar(reader *r, cgm_yaml *node)
{
    const char *text = (const char *)r->event.data.scalar.value;
    node->plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (node->plain && (strcmp(text, "~") == 0 || strcmp(text, "null") == 0)) return CGM_OK;
    node->text = cgm_arena_strdup(&r->config->arena, text);
    return node->text ? CGM_OK : CGM_E_MEMORY;
}

/* The current event is a key. */
static cgm_status read_key(reader *r, const char **key, const char **where)
{
    CGM_TRY(check_properties(r));
    size_t line = r->event.start_mark.line;
    if (r->event.type != YAML_SCALAR_EVENT) return fail_line(r, line, "a key that is a list or a map; expected a word");
    if (r->event.data.scalar.length > CGM_CONFIG_MAX_KEY) return fail_line(r, line, "a key of more than 128 bytes");
    *key = cgm_arena_strdup(&r->config->arena, (const char *)r->event.data.scalar.value);
    *where = position(r, line);
    return *key && *where ? CGM_OK : CGM_E_MEMORY;
}

typedef struct entry {
    const char *key;
    size_t i;
} entry;

static int compare_entries(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : (x->i > y->i) - (x->i < y->i);
}

/* By sorting, since a hostile file may have a hundred thousand keys. */
static cgm_status check_duplicates(const cgm_yaml *map)
{
    if (map->n < 2) return CGM_OK;
    entry *entries = malloc(map->n * sizeof *entries);
    if (!entries) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", map->where);
    for (size_t i = 0; i < map->n; i++) entries[i] = (entry){map->key[i], i};
    qsort(entries, map->n, sizeof *entries, compare_entries);
    cgm_status status = CGM_OK;
    for (size_t i = 1; i < map->n && status == CGM_OK; i++) {
        if (strcmp(entries[i - 1].key, entries[i].key)) continue;
        status = cgm_yaml_fail(map->child[entries[i].i], "%s: the key is already at %s", entries[i].key,
                               map->child[entries[i - 1].i]->where);
    }
    free(entries);
    return status;
}

/* In a flow collection YAML ends a plain text at a comma, so {noise: normal(0, 1)} holds "normal(0" and a key "1)" that
 * has no value. A plain text with an open parenthesis goes on over the comma; up to a length, as each piece copies what
 * there was, and a hostile file may have a great many. */
static bool has_open_parenthesis(const cgm_yaml *node)
{
    int open = 0;
    if (node->kind != CGM_YAML_SCALAR || !node->plain || strnlen(node->text, 512) == 512) return false;
    for (const char *c = node->text; *c; c++) open += (*c == '(') - (*c == ')');
    return open > 0;
}

/* Takes the current event, a plain text, as the rest of the collection's last child. */
static cgm_status continue_text(reader *r, cgm_yaml *collection, bool map)
{
    cgm_yaml *last = collection->child[collection->n - 1];
    last->text = cgm_arena_printf(&r->config->arena, "%s, %s", last->text, (const char *)r->event.data.scalar.value);
    if (!last->text) return CGM_E_MEMORY;
    if (!map) {
        collection->key[collection->n - 1] = last->text;
        return CGM_OK;
    }
    size_t line = r->event.start_mark.line;
    CGM_TRY(next(r));
    if (r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.length == 0) return CGM_OK;
    return fail_line(r, line, "a ':' within parentheses; quote the text");
}

static bool is_flow(const yaml_event_t *e)
{
    return (e->type == YAML_MAPPING_START_EVENT && e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE) ||
           (e->type == YAML_SEQUENCE_START_EVENT && e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
}

/* Whether the current event goes on with the text of the collection's last child. */
static bool continues(const reader *r, const cgm_yaml *collection)
{
    return collection->n > 0 && r->event.type == YAML_SCALAR_EVENT &&
           r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           has_open_parenthesis(collection->child[collection->n - 1]);
}

/* Reads the value that begins at the current event; its last event is the current one afterwards. */
static cgm_status read_value(reader *r, size_t depth, const char *where, cgm_yaml **out)
{
    CGM_TRY(check_properties(r));
    yaml_event_type_t type = r->event.type;
    bool map = type == YAML_MAPPING_START_EVENT, flow = is_flow(&r->event);
    cgm_yaml_kind kind = map ? CGM_YAML_MAP : type == YAML_SCALAR_EVENT ? CGM_YAML_SCALAR : CGM_YAML_LIST;
    if (!where) where = position(r, r->event.start_mark.line);
    if (!where) return CGM_E_MEMORY;
    if (depth > CGM_CONFIG_MAX_DEPTH)
        return CGM_FAIL(CGM_E_CONFIG, "%s: nested more than %d deep", where, CGM_CONFIG_MAX_DEPTH);
    cgm_yaml *node = NULL;
    CGM_TRY(cgm_tree_node(r->config, kind, where, &node));
    *out = node;
    if (kind == CGM_YAML_SCALAR) return read_scalar(r, node);
    yaml_event_type_t end = map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    for (;;) {
        CGM_TRY(next(r));
        if (r->event.type == end) return map ? check_duplicates(node) : CGM_OK;
        if (flow && continues(r, node)) {
            CGM_TRY(check_properties(r));
            CGM_TRY(continue_text(r, node, map));
            continue;
        }
        const char *key = NULL, *key_where = NULL;
        if (map) {
            CGM_TRY(read_key(r, &key, &key_where));
            CGM_TRY(next(r));
        }
        cgm_yaml *child = NULL;
        CGM_TRY(read_value(r, depth + 1, key_where, &child));
        CGM_TRY(cgm_tree_append(r->config, node, key, child));
    }
}

static cgm_status read_document(reader *r, size_t depth, cgm_yaml **out)
{
    CGM_TRY(next(r)); /* the stream's start */
    CGM_TRY(next(r));
    if (r->event.type == YAML_STREAM_END_EVENT) return CGM_OK;
    CGM_TRY(next(r));
    CGM_TRY(read_value(r, depth, NULL, out));
    CGM_TRY(next(r)); /* the document's end */
    CGM_TRY(next(r));
    if (r->event.type != YAML_STREAM_END_EVENT)
        return fail_line(r, r->event.start_mark.line, "a second document; expected one");
    return CGM_OK;
}

cgm_status cgm_tree_parse(cgm_config *config, const char *text, size_t bytes, const char *fixed, size_t depth,
                          cgm_yaml **out)
{
    *out = NULL;
    if (bytes > CGM_CONFIG_MAX_BYTES)
        return CGM_FAIL(CGM_E_CONFIG, "%s: more than 1 MiB", fixed ? fixed : config->name);
    if (bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3, bytes -= 3;
    reader r = {.config = config, .fixed = fixed, .text = text, .bytes = bytes};
    if (!yaml_parser_initialize(&r.parser)) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", config->name);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, bytes);
    cgm_yaml *root = NULL;
    cgm_status status = read_document(&r, depth, &root);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    if (status == CGM_OK) *out = root;
    return status;
}

static cgm_status parse_bytes(const char *text, size_t bytes, const char *name, cgm_config **out)
{
    cgm_config *config = calloc(1, sizeof *config);
    if (!config) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", name);
    cgm_status status = CGM_E_MEMORY;
    config->name = cgm_arena_strdup(&config->arena, name);
    if (!config->name) goto done;
    CGM_TRY_GOTO(cgm_tree_parse(config, text, bytes, NULL, 1, &config->root), done);
    if (!config->root || cgm_tree_is_null(config->root))
        CGM_TRY_GOTO(cgm_tree_node(config, CGM_YAML_MAP, config->name, &config->root), done);
    config->root->where = config->name;
done:
    if (status != CGM_OK) {
        cgm_config_destroy(config);
        return status;
    }
    *out = config;
    return CGM_OK;
}

cgm_status cgm_config_parse(const char *text, const char *name, cgm_config **out)
{
    return parse_bytes(text, strlen(text), name, out);
}

cgm_status cgm_config_load(const char *path, cgm_config **out)
{
    FILE *f = fopen(path, "rb");
    if (!f) return CGM_FAIL(CGM_E_ARG, "cannot open %s: %s", path, strerror(errno));
    cgm_status status = CGM_OK;
    char *text = malloc(CGM_CONFIG_MAX_BYTES + 1);
    if (!text) {
        status = CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", path);
        goto done;
    }
    size_t bytes = fread(text, 1, CGM_CONFIG_MAX_BYTES + 1, f);
    if (ferror(f))
        status = CGM_FAIL(errno == EISDIR ? CGM_E_ARG : CGM_E_IO, "cannot read %s: %s", path, strerror(errno));
    else
        status = parse_bytes(text, bytes, path, out);
done:
    free(text);
    fclose(f);
    return status;
}

void cgm_config_destroy(cgm_config *config)
{
    if (!config) return;
    cgm_arena_clear(&config->arena);
    free(config->emitted);
    free(config);
}
