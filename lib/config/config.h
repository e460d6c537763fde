/* YAML configs: a tree with positions, and schemas that turn it into plain structs.
 *
 * Every error reads "file:line: key: what, expected what", and an unknown key names the nearest valid one. Depth, size
 * and aliases are limited, so a hostile file gets an error too. */
#ifndef CGM_CONFIG_CONFIG_H
#define CGM_CONFIG_CONFIG_H

#include "base/arena.h"

typedef struct cgm_config cgm_config; /* a document; owns its nodes and their text */
typedef struct cgm_yaml cgm_yaml;     /* a node, borrowed from the document */
typedef enum cgm_yaml_kind { CGM_YAML_SCALAR, CGM_YAML_LIST, CGM_YAML_MAP } cgm_yaml_kind;

/* Reads a file, or text under a name that messages show. */
CGM_API cgm_status cgm_config_load(const char *path, cgm_config **out) CGM_CHECKED;
CGM_API cgm_status cgm_config_parse(const char *text, const char *name, cgm_config **out) CGM_CHECKED;
CGM_API void cgm_config_destroy(cgm_config *config);
/* Overrides one value, "train.epochs=5"; the value is YAML. Creates missing maps on the way. Its errors say "--set
 * train.x". */
CGM_API cgm_status cgm_config_set(cgm_config *config, const char *assignment) CGM_CHECKED;
/* A text between single quotes, as a YAML value: for cgm_config_set. In the arena; NULL when memory is out. */
CGM_API char *cgm_yaml_quote(cgm_arena *arena, const char *text);
/* The document, overrides included, as YAML; owned by the config until the next call. */
CGM_API cgm_status cgm_config_text(cgm_config *config, const char **text) CGM_CHECKED;
CGM_API const cgm_yaml *cgm_config_root(const cgm_config *config);

CGM_API cgm_yaml_kind cgm_yaml_get_kind(const cgm_yaml *node);
CGM_API const char *cgm_yaml_where(const cgm_yaml *node);  /* "run.yaml:12", or "--set train.epochs" */
CGM_API const char *cgm_yaml_text(const cgm_yaml *scalar); /* a scalar's text */
CGM_API size_t cgm_yaml_count(const cgm_yaml *node);       /* children of a list or map */
CGM_API const char *cgm_yaml_key(const cgm_yaml *map, size_t i);
CGM_API const cgm_yaml *cgm_yaml_at(const cgm_yaml *node, size_t i);
CGM_API const cgm_yaml *cgm_yaml_get(const cgm_yaml *map, const char *key); /* NULL when absent */
/* A CGM_E_CONFIG error at the node: "WHERE: message". */
CGM_API cgm_status cgm_yaml_fail(const cgm_yaml *node, const char *format, ...) CGM_PRINTF(2, 3);

typedef enum cgm_key_type {
    CGM_KEY_INT,    /* int64_t, within [low, high] */
    CGM_KEY_REAL,   /* double, within [low, high] */
    CGM_KEY_BOOL,   /* bool */
    CGM_KEY_TEXT,   /* const char *, borrowed from the config */
    CGM_KEY_CHOICE, /* int: index into choices */
    CGM_KEY_RANGE,  /* double[2], low < high */
    CGM_KEY_TEXTS,  /* cgm_texts; a single scalar is a list of one */
    CGM_KEY_NODE    /* const cgm_yaml *: read by someone else */
} cgm_key_type;

typedef struct cgm_texts {
    size_t n;
    const char *const *text;
} cgm_texts;

/* One row of a schema. */
typedef struct cgm_key {
    const char *name;
    cgm_key_type type;
    size_t offset; /* into the struct read */
    bool required;
    double low, high;           /* both 0: any */
    const char *const *choices; /* NULL-terminated */
    const char *doc;            /* one line for --help and the manual */
} cgm_key;

/* Reads a map into a struct that the caller has filled with the defaults. `what` names the map in messages ("train"). A
 * NULL map reads nothing (all defaults) but still checks for required keys. */
CGM_API cgm_status cgm_yaml_read(const cgm_yaml *map, const char *what, size_t n, const cgm_key *keys,
                                 void *into) CGM_CHECKED;
/* The candidate nearest to `word` in edit distance, NULL when none is near; for "did you mean". */
CGM_API const char *cgm_nearest_word(const char *word, size_t n, const char *const *candidates);
/* The end of a message about an unknown word: "; did you mean 'NEAREST'?", or "" when none is near. Writes to text and
 * returns it. */
#define CGM_HINT_TEXT 128
CGM_API const char *cgm_hint(const char *word, size_t n, const char *const *candidates, char text[CGM_HINT_TEXT]);
/* The words with commas between, as many as there is room for. Writes to text and returns it. */
#define CGM_LIST_TEXT 200
CGM_API const char *cgm_list(size_t n, const char *const *words, char text[CGM_LIST_TEXT]);

#endif
