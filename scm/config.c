/* A model from the config's `graph` map. */
#include "scm/object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/number.h"
#include "scm/graphs/dag_priv.h"
#include "scm/mechanism_table.h"

static const char *const type_names[] = CGM_VARIABLE_TYPE_NAMES;

/* One variable's map as written; what the config leaves out is zero. */
typedef struct entry {
    int type;
    double range[2];
    int64_t channels, height, width;
    cgm_texts levels, parents, describes;
    const cgm_yaml *mechanism;
    bool manipulable;
} entry;

static const cgm_key keys[] = {
    {.name = "type",
     .type = CGM_KEY_CHOICE,
     .offset = offsetof(entry, type),
     .required = true,
     .choices = type_names,
     .doc = "what its values are"},
    {.name = "range",
     .type = CGM_KEY_RANGE,
     .offset = offsetof(entry, range),
     .doc = "continuous, bounded: values lie within [low, high]; count: [0, high]"},
    {.name = "levels",
     .type = CGM_KEY_TEXTS,
     .offset = offsetof(entry, levels),
     .doc = "categorical, ordinal, binary: how many, or a list of their names in order; by default as the data say"},
    {.name = "channels",
     .type = CGM_KEY_INT,
     .offset = offsetof(entry, channels),
     .low = 1,
     .high = 1024,
     .doc = "image: by default as the data say"},
    {.name = "height",
     .type = CGM_KEY_INT,
     .offset = offsetof(entry, height),
     .low = 1,
     .high = 65536,
     .doc = "image: rows with padding; by default as the data say"},
    {.name = "width",
     .type = CGM_KEY_INT,
     .offset = offsetof(entry, width),
     .low = 1,
     .high = 65536,
     .doc = "image: columns with padding; vector: how many numbers; by default as the data say"},
    {.name = "parents", .type = CGM_KEY_TEXTS, .offset = offsetof(entry, parents), .doc = "its direct causes"},
    {.name = "mechanism",
     .type = CGM_KEY_NODE,
     .offset = offsetof(entry, mechanism),
     .doc = "a mechanism's kind, or a map of its kind and options"},
    {.name = "manipulable",
     .type = CGM_KEY_BOOL,
     .offset = offsetof(entry, manipulable),
     .doc = "false: interventions on it are refused, as on an age (true)"},
    {.name = "describes",
     .type = CGM_KEY_TEXTS,
     .offset = offsetof(entry, describes),
     .doc = "what of the images that it causes it describes: augmentation that would change it is refused, but gain, "
            "which changes what describes amplitude along"},
};

static cgm_status unknown_kind(const cgm_yaml *node, const char *kind)
{
    const char *const *kinds = cgm_mechanism_kinds();
    size_t n = 0;
    while (kinds[n]) n++;
    const char *near = cgm_nearest_word(kind, n, kinds);
    if (near) return cgm_yaml_fail(node, "there is no mechanism '%s'; did you mean '%s'?", kind, near);
    char list[256] = "";
    for (size_t i = 0; i < n; i++) {
        strncat(list, i ? ", " : "", sizeof list - strlen(list) - 1);
        strncat(list, kinds[i], sizeof list - strlen(list) - 1);
    }
    return cgm_yaml_fail(node, "there is no mechanism '%s'; expected one of %s", kind, list);
}

/* `mechanism: affine_flow`, or `mechanism: {kind: cvae, latent: 16}`; without a kind, a formula or a
 * cpt if `formula` or `table` is a key, else the type's default. */
static cgm_status read_mechanism(const cgm_yaml *node, const cgm_mechanism_class **methods, const cgm_yaml **options)
{
    *methods = NULL;
    *options = NULL;
    if (!node) return CGM_OK;
    const cgm_yaml *kind = node;
    if (cgm_yaml_get_kind(node) == CGM_YAML_LIST)
        return cgm_yaml_fail(node, "mechanism: expected a kind, or a map with `kind`");
    if (cgm_yaml_get_kind(node) == CGM_YAML_MAP) {
        *options = node;
        kind = cgm_yaml_get(node, "kind");
        if (!kind) {
            if (cgm_yaml_get(node, "formula")) *methods = &cgm_mechanism_formula;
            if (cgm_yaml_get(node, "table")) *methods = &cgm_mechanism_cpt;
            return CGM_OK;
        }
        if (cgm_yaml_get_kind(kind) != CGM_YAML_SCALAR)
            return cgm_yaml_fail(kind, "kind: expected the name of a mechanism");
    }
    *methods = cgm_mechanism_find(cgm_yaml_text(kind));
    return *methods ? CGM_OK : unknown_kind(kind, cgm_yaml_text(kind));
}

static cgm_status refuse_key(const cgm_yaml *where, const char *key, const char *name, int type)
{
    const cgm_yaml *node = cgm_yaml_get(where, key);
    if (!node) return CGM_OK;
    return cgm_yaml_fail(node, "%s: %s %s variable has no %s", name, cgm_scm_article(type_names[type]),
                         type_names[type], key);
}

static cgm_status check_keys(const cgm_yaml *where, const char *name, int type)
{
    cgm_variable x = {0};
    cgm_variable_set_type(&x, type);
    bool ranged = type == CGM_CONTINUOUS || type == CGM_NAMED_BOUNDED || type == CGM_COUNT;
    if (!ranged) CGM_TRY(refuse_key(where, "range", name, type));
    if (type == CGM_NAMED_BOUNDED && !cgm_yaml_get(where, "range"))
        return cgm_yaml_fail(where, "%s: a bounded variable: expected its range: [low, high]", name);
    if (!cgm_variable_has_levels(&x)) CGM_TRY(refuse_key(where, "levels", name, type));
    if (type == CGM_IMAGE) return refuse_key(where, "describes", name, type);
    CGM_TRY(refuse_key(where, "channels", name, type));
    CGM_TRY(refuse_key(where, "height", name, type));
    return type == CGM_VECTOR ? CGM_OK : refuse_key(where, "width", name, type);
}

/* `levels: 3`, or `levels: [low, middle, high]`: the names, in the config. */
static cgm_status read_levels(const cgm_yaml *where, const cgm_texts *said, cgm_variable *x)
{
    if (said->n == 1) {
        int64_t n;
        if (!cgm_integer_parse(said->text[0], &n) || n < 2 || n > SCM_MAX_LEVELS)
            return cgm_yaml_fail(where, "levels: expected a whole number from 2 to %d, or a list of names",
                                 SCM_MAX_LEVELS);
        x->levels = (int)n;
        return CGM_OK;
    }
    if (said->n > SCM_MAX_LEVELS)
        return cgm_yaml_fail(where, "levels: %zu names; expected at most %d", said->n, SCM_MAX_LEVELS);
    for (size_t i = 0; i < said->n; i++) {
        size_t bytes = strlen(said->text[i]);
        if (bytes < 1 || bytes >= CGM_VALUE_TEXT || strchr(said->text[i], '\n'))
            return cgm_yaml_fail(where, "levels: name %zu: expected a line of 1 to %d bytes", i + 1,
                                 CGM_VALUE_TEXT - 1);
        for (size_t k = 0; k < i; k++)
            if (strcmp(said->text[k], said->text[i]) == 0)
                return cgm_yaml_fail(where, "levels: '%s' is there twice", said->text[i]);
    }
    x->levels = (int)said->n;
    x->level_names = said->text;
    return CGM_OK;
}

static cgm_status unknown_trait(const cgm_yaml *where, const char *said)
{
    const char *names[CGM_N_TRAITS], *doc;
    char hint[CGM_HINT_TEXT], all[CGM_LIST_TEXT];
    size_t n = 0;
    while (n < CGM_N_TRAITS && cgm_variable_trait_at(n, &names[n], &doc)) n++;
    return cgm_yaml_fail(where, "describes: '%s'; expected some of %s%s", said, cgm_list(n, names, all),
                         cgm_hint(said, n, names, hint));
}

/* `describes: handedness`, or `describes: [size, intensity]`: bits of cgm_trait. */
static cgm_status read_describes(const cgm_yaml *where, const cgm_texts *said, unsigned *out)
{
    for (size_t i = 0; i < said->n; i++) {
        const char *name, *doc;
        size_t k = 0;
        while (cgm_variable_trait_at(k, &name, &doc) && strcmp(name, said->text[i])) k++;
        if (k == CGM_N_TRAITS) return unknown_trait(where, said->text[i]);
        *out |= 1u << k;
    }
    return CGM_OK;
}

/* Takes what the data say where the config is silent; refuses a contradiction. */
static cgm_status agree(const cgm_yaml *where, const char *name, const char *what, int *said, int data)
{
    if (*said == 0) *said = data;
    if (*said == data) return CGM_OK;
    return cgm_yaml_fail(where, "%s: %s %d here, but %d in the data", name, what, *said, data);
}

/* Whether a column found as `found` may hold x. Counts are numbers, and whole numbers that nobody described may be
 * counts: the values are checked when they are read. */
static bool may_hold(const cgm_variable *found, const cgm_variable *x)
{
    if (cgm_variable_has_levels(found))
        return cgm_variable_has_levels(x) || (x->type == CGM_COUNT && !found->level_names);
    bool numbers = found->type == CGM_CONTINUOUS || found->type == CGM_COUNT;
    return numbers ? x->type == CGM_CONTINUOUS || x->type == CGM_COUNT : found->type == x->type;
}

/* Takes the data's names of levels. An order is not the alphabet's to give, and names that differ would mislabel. */
static cgm_status fill_level_names(const cgm_yaml *where, const cgm_variable *found, cgm_variable *x)
{
    if (!found->level_names) return CGM_OK;
    if (!x->level_names && x->type == CGM_ORDINAL && found->type == CGM_CATEGORICAL)
        return cgm_yaml_fail(
            where, "%s: categorical in the data, so that its levels have no order; expected levels: [%s, ...]", x->name,
            found->level_names[0]);
    for (int i = 0; x->level_names && i < x->levels && i < found->levels; i++)
        if (strcmp(x->level_names[i], found->level_names[i]) != 0)
            return cgm_yaml_fail(where, "%s: level %d is '%s' here, but '%s' in the data", x->name, i,
                                 x->level_names[i], found->level_names[i]);
    if (!x->level_names) x->level_names = found->level_names;
    return CGM_OK;
}

static cgm_status fill_from_data(const cgm_yaml *where, const cgm_dataset *data, cgm_variable *x)
{
    const cgm_variable *found = cgm_dataset_find(data, x->name);
    if (!found) {
        const char *names[256];
        size_t n = cgm_dataset_variables(data) < 256 ? cgm_dataset_variables(data) : 256;
        for (size_t i = 0; i < n; i++) names[i] = cgm_dataset_variable(data, i)->name;
        const char *near = cgm_nearest_word(x->name, n, names);
        if (near)
            return cgm_yaml_fail(where, "%s: the data (%s) have no such variable; did you mean '%s'?", x->name,
                                 cgm_dataset_description(data), near);
        return cgm_yaml_fail(where, "%s: the data (%s) have no such variable", x->name, cgm_dataset_description(data));
    }
    if (!may_hold(found, x))
        return cgm_yaml_fail(where, "%s: %s here, but %s in the data (%s)", x->name, cgm_variable_type_name(x),
                             type_names[found->type], cgm_dataset_description(data));
    if (cgm_variable_has_levels(x)) {
        CGM_TRY(fill_level_names(where, found, x));
        return agree(where, x->name, "levels:", &x->levels, found->levels);
    }
    if (cgm_variable_is_scalar(x)) return CGM_OK;
    if (x->type == CGM_IMAGE) {
        CGM_TRY(agree(where, x->name, "channels:", &x->channels, found->channels));
        CGM_TRY(agree(where, x->name, "height:", &x->height, found->height));
    }
    return agree(where, x->name, "width:", &x->width, found->width);
}

/* What the config alone says of a variable. */
static cgm_status read_variable(const char *name, const cgm_yaml *where, entry *e, cgm_variable *out)
{
    if (cgm_yaml_get_kind(where) != CGM_YAML_MAP)
        return cgm_yaml_fail(where, "%s: expected a map such as {type: continuous, parents: [...]}", name);
    CGM_TRY(cgm_yaml_read(where, name, sizeof keys / sizeof *keys, keys, e));
    CGM_TRY(check_keys(where, name, e->type));
    cgm_variable x = {.name = name,
                      .levels = e->type == CGM_BINARY ? 2 : 0,
                      .channels = (int)e->channels,
                      .height = (int)e->height,
                      .width = (int)e->width};
    cgm_variable_set_type(&x, e->type);
    CGM_TRY(read_describes(cgm_yaml_get(where, "describes"), &e->describes, &x.describes));
    if (x.describes & CGM_AMPLITUDE && x.type != CGM_CONTINUOUS)
        return cgm_yaml_fail(cgm_yaml_get(where, "describes"),
                             "%s: describes: amplitude: only a continuous variable is "
                             "proportional to pixels",
                             name);
    if (e->levels.n) CGM_TRY(read_levels(cgm_yaml_get(where, "levels"), &e->levels, &x));
    if (e->range[0] < e->range[1]) {
        x.bounded = true;
        x.low = e->range[0];
        x.high = e->range[1];
        if (x.type == CGM_COUNT && (x.low != 0 || x.high != floor(x.high)))
            return cgm_yaml_fail(cgm_yaml_get(where, "range"), "%s: range: a count's goes from 0 to a whole number",
                                 name);
    }
    if (x.type == CGM_IMAGE) x.high = 255;
    *out = x;
    return CGM_OK;
}

static cgm_status add_variable(cgm_scm *scm, const char *name, const cgm_yaml *where, const cgm_dataset *data)
{
    entry e = {.manipulable = true};
    cgm_variable x;
    const cgm_mechanism_class *methods;
    const cgm_yaml *options;
    CGM_TRY(read_variable(name, where, &e, &x));
    if (data) CGM_TRY(fill_from_data(where, data, &x));
    CGM_TRY(read_mechanism(e.mechanism, &methods, &options));
    CGM_TRY(cgm_scm_add(scm, &x, e.parents.n, e.parents.text, methods, options, where));
    return e.manipulable ? CGM_OK : cgm_scm_refuse_do(scm, name);
}

static cgm_status check_graph(const cgm_yaml *graph)
{
    if (!graph) return CGM_FAIL(CGM_E_CONFIG, "the config has no `graph`");
    if (cgm_yaml_get_kind(graph) != CGM_YAML_MAP || cgm_yaml_count(graph) == 0)
        return cgm_yaml_fail(graph, "graph: expected a map of variables");
    return CGM_OK;
}

cgm_status cgm_scm_read_variables(const cgm_yaml *graph, cgm_arena *arena, size_t *n, cgm_variable **out)
{
    CGM_TRY(check_graph(graph));
    size_t count = cgm_yaml_count(graph);
    cgm_variable *variables = cgm_arena_array(arena, count, sizeof *variables);
    if (!variables) return CGM_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        entry e = {0};
        CGM_TRY(read_variable(cgm_yaml_key(graph, i), cgm_yaml_at(graph, i), &e, &variables[i]));
    }
    *n = count;
    *out = variables;
    return CGM_OK;
}

static cgm_status add_hidden(cgm_scm *scm, const cgm_yaml *hidden)
{
    cgm_arena arena = {0};
    cgm_hidden_entry *entries;
    size_t n;
    cgm_status status = cgm_dag_read_hidden(hidden, &arena, &n, &entries);
    for (size_t i = 0; status == CGM_OK && i < n; i++) {
        const cgm_hidden_entry *e = &entries[i];
        status = cgm_scm_confound(scm, e->name[0], e->name[1], e->correlation, e->where);
    }
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_scm_from_sections(const cgm_yaml *graph, const cgm_yaml *hidden, const cgm_dataset *data, cgm_scm **out)
{
    cgm_scm *scm = NULL;
    CGM_TRY(check_graph(graph));
    CGM_TRY(cgm_scm_create(&scm));
    cgm_status status = CGM_OK;
    for (size_t i = 0; i < cgm_yaml_count(graph); i++)
        CGM_TRY_GOTO(add_variable(scm, cgm_yaml_key(graph, i), cgm_yaml_at(graph, i), data), failed);
    CGM_TRY_GOTO(add_hidden(scm, hidden), failed);
    CGM_TRY_GOTO(cgm_scm_finish(scm), failed);
    *out = scm;
    return CGM_OK;
failed:
    cgm_scm_destroy(scm);
    return status;
}

cgm_status cgm_scm_from_config(const cgm_yaml *graph, const cgm_dataset *data, cgm_scm **out)
{
    return cgm_scm_from_sections(graph, NULL, data, out);
}

cgm_status cgm_scm_check_known(const cgm_scm *scm, const cgm_yaml *graph)
{
    for (size_t v = 0; v < scm->n; v++) {
        const scm_variable *x = &scm->variable[v];
        if (!cgm_mechanism_is_known(x->mechanism))
            return cgm_yaml_fail(cgm_yaml_get(graph, x->variable.name),
                                 "%s: its mechanism, %s, has to be fitted: expected a run file of cgm train",
                                 x->variable.name, x->mechanism->methods->kind);
    }
    return CGM_OK;
}

cgm_status cgm_scm_from_known(const cgm_config *config, cgm_scm **out)
{
    const cgm_yaml *root = cgm_config_root(config), *graph = cgm_yaml_get(root, "graph");
    cgm_scm *scm = NULL;
    CGM_TRY(cgm_scm_from_sections(graph, cgm_yaml_get(root, "hidden"), NULL, &scm));
    cgm_status status = cgm_scm_check_known(scm, graph);
    if (status == CGM_OK)
        *out = scm;
    else
        cgm_scm_destroy(scm);
    return status;
}
