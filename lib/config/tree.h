/* The tree behind a config, and its parser. Internal. */
#ifndef CGM_CONFIG_TREE_H
#define CGM_CONFIG_TREE_H

#include "base/arena.h"
#include "config/config.h"

#define CGM_CONFIG_MAX_BYTES ((size_t)1 << 20)
#define CGM_CONFIG_MAX_DEPTH 32
#define CGM_CONFIG_MAX_NODES 100000
/* In bytes; libyaml takes no simple key of more than 1024 characters, and an escaped byte is four of them. */
#define CGM_CONFIG_MAX_KEY 128

struct cgm_yaml {
    cgm_yaml_kind kind;
    bool plain;        /* a scalar without quotes; plain and empty is YAML's null */
    const char *where; /* of the key for a map's child, so that messages point to where the entry begins */
    const char *text;  /* of a scalar; nulls of all spellings are "" */
    size_t n, capacity;
    const char **key; /* a map's keys; for a list, the texts of its scalars (NULL for the other children) */
    cgm_yaml **child;
};

struct cgm_config {
    cgm_arena arena;
    cgm_yaml *root;
    const char *name;
    size_t nodes;
    char *emitted; /* cgm_config_text's last answer */
};

/* Parses text into a tree of the config's arena. `fixed` is every node's position (for --set), or NULL for "NAME:LINE".
 * `depth` is the depth at which the tree will hang. An empty document gives *out NULL. */
cgm_status cgm_tree_parse(cgm_config *config, const char *text, size_t bytes, const char *fixed, size_t depth,
                          cgm_yaml **out);
cgm_status cgm_tree_node(cgm_config *config, cgm_yaml_kind kind, const char *where, cgm_yaml **out);
/* Appends a child; key is NULL for a list. */
cgm_status cgm_tree_append(cgm_config *config, cgm_yaml *parent, const char *key, cgm_yaml *child);
bool cgm_tree_is_null(const cgm_yaml *node);

#endif
