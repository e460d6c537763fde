/* Reading a tree, one node at a time. */
#include <stdio.h>
#include <string.h>

#include "config/tree.h"

bool cgm_tree_is_null(const cgm_yaml *node)
{
    return node->kind == CGM_YAML_SCALAR && node->plain && !node->text[0];
}

const cgm_yaml *cgm_config_root(const cgm_config *config)
{
    return config->root;
}

cgm_yaml_kind cgm_yaml_get_kind(const cgm_yaml *node)
{
    return node->kind;
}

const char *cgm_yaml_where(const cgm_yaml *node)
{
    return node->where;
}

const char *cgm_yaml_text(const cgm_yaml *scalar)
{
    CGM_CHECK(scalar->kind == CGM_YAML_SCALAR);
    return scalar->text;
}

size_t cgm_yaml_count(const cgm_yaml *node)
{
    return node ? node->n : 0;
}

const char *cgm_yaml_key(const cgm_yaml *map, size_t i)
{
    CGM_CHECK(map->kind == CGM_YAML_MAP && i < map->n);
    return map->key[i];
}

const cgm_yaml *cgm_yaml_at(const cgm_yaml *node, size_t i)
{
    CGM_CHECK(i < node->n);
    return node->child[i];
}

const cgm_yaml *cgm_yaml_get(const cgm_yaml *map, const char *key)
{
    if (!map || map->kind != CGM_YAML_MAP) return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->key[i], key) == 0) return map->child[i];
    return NULL;
}

cgm_status cgm_yaml_fail(const cgm_yaml *node, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (!node) return CGM_FAIL(CGM_E_CONFIG, "%s", message);
    return CGM_FAIL(CGM_E_CONFIG, "%s: %s", node->where, message);
}
