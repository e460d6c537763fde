/* Finding a mechanism's class, and reading its options. */
#include "scm/mechanism_table.h"

#include <stdlib.h>
#include <string.h>

#define CLASS_ENTRY(name) &cgm_mechanism_##name,
static const cgm_mechanism_class *const classes[] = {CGM_MECHANISM_TABLE(CLASS_ENTRY)};
#define KIND_ENTRY(name) #name,
static const char *const kinds[] = {CGM_MECHANISM_TABLE(KIND_ENTRY) NULL};
enum { N_CLASSES = sizeof classes / sizeof *classes };

const cgm_mechanism_class *cgm_mechanism_find(const char *kind)
{
    for (size_t i = 0; i < N_CLASSES; i++)
        if (strcmp(kinds[i], kind) == 0) return classes[i];
    return NULL;
}

const char *const *cgm_mechanism_kinds(void)
{
    return kinds;
}

const cgm_mechanism_class *cgm_mechanism_default(cgm_variable_type type)
{
    static const char *const by_type[] = {
        [CGM_CONTINUOUS] = "affine_flow", [CGM_CATEGORICAL] = "categorical", [CGM_BINARY] = "categorical",
        [CGM_ORDINAL] = "categorical",    [CGM_COUNT] = "poisson",       [CGM_IMAGE] = "cvae"};
    return (size_t)type < sizeof by_type / sizeof *by_type ? cgm_mechanism_find(by_type[type]) : NULL;
}

/* cgm_yaml_read writes every key into one struct; `kind` gets a place behind the caller's. */
cgm_status cgm_mechanism_read_options(const cgm_mechanism_class *methods, const cgm_mechanism_spec *spec, size_t size,
                                      void *into)
{
    size_t kind_offset = (size + sizeof(char *) - 1) / sizeof(char *) * sizeof(char *);
    cgm_key *keys = calloc(methods->n_keys + 1, sizeof *keys);
    char *values = calloc(1, kind_offset + sizeof(char *));
    cgm_status status = CGM_OK;
    if (!keys || !values) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for the options of mechanism %s", methods->kind);
        goto done;
    }
    if (methods->n_keys) memcpy(keys, methods->keys, methods->n_keys * sizeof *keys);
    keys[methods->n_keys] =
        (cgm_key){.name = "kind", .type = CGM_KEY_TEXT, .offset = kind_offset, .doc = "the mechanism's kind"};
    memcpy(values, into, size);
    CGM_TRY_GOTO(cgm_yaml_read(spec->options, methods->kind, methods->n_keys + 1, keys, values), done);
    memcpy(into, values, size);
done:
    free(values);
    free(keys);
    return status;
}
