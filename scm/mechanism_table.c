/* Finding a mechanism's class, adding one, and reading its options. */
#include "scm/mechanism_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASS_ENTRY(name) &cgm_mechanism_##name,
static const cgm_mechanism_class *const classes[] = {CGM_MECHANISM_TABLE(CLASS_ENTRY)};
enum { N_CLASSES = sizeof classes / sizeof *classes, MAX_REGISTERED = 64 };
#define KIND_ENTRY(name) #name,
static const char *kinds[N_CLASSES + MAX_REGISTERED + 1] = {CGM_MECHANISM_TABLE(KIND_ENTRY)}; /* the rest is NULL */
/* Those that programs have added. */
static size_t n_registered;
static const cgm_mechanism_class *registered[MAX_REGISTERED];

const cgm_mechanism_class *cgm_mechanism_find(const char *kind)
{
    for (size_t i = 0; i < N_CLASSES + n_registered; i++)
        if (strcmp(kinds[i], kind) == 0) return i < N_CLASSES ? classes[i] : registered[i - N_CLASSES];
    return NULL;
}

/* What a class that can be trained and filed must have, and what its capabilities promise. */
static const char *lacks(const cgm_mechanism_class *c)
{
    if (!c->create || !c->destroy || !c->nodes) return "create, destroy or nodes";
    if (!c->describe || !c->state) return "describe or state";
    if (!c->fit_begin || !c->fit_step || !c->fit_end) return "fit_begin, fit_step or fit_end";
    if (!c->predict) return "predict";
    if (c->capabilities & CGM_CAN_SAMPLE && !c->sample_noise) return "sample_noise";
    if (c->capabilities & CGM_CAN_ABDUCT && !c->abduct) return "abduct";
    if (c->capabilities & (CGM_CAN_LOG_PROB | CGM_CAN_LOG_PROB_BOUND) && !c->log_prob) return "log_prob";
    return NULL;
}

cgm_status cgm_mechanism_register(const cgm_mechanism_class *methods)
{
    if (!methods->kind || !methods->kind[0]) return CGM_FAIL(CGM_E_ARG, "a mechanism without a kind");
    if (cgm_mechanism_find(methods->kind))
        return CGM_FAIL(CGM_E_ARG, "there is a mechanism '%s' already", methods->kind);
    if (lacks(methods)) return CGM_FAIL(CGM_E_ARG, "mechanism '%s' lacks %s", methods->kind, lacks(methods));
    if (n_registered == MAX_REGISTERED)
        return CGM_FAIL(CGM_E_UNSUPPORTED,
                        "mechanism '%s': %d are registered already, which is all that there is room "
                        "for",
                        methods->kind, MAX_REGISTERED);
    registered[n_registered] = methods;
    kinds[N_CLASSES + n_registered++] = methods->kind;
    return CGM_OK;
}

const char *const *cgm_mechanism_kinds(void)
{
    return kinds;
}

const char *cgm_mechanism_kinds_of(cgm_variable_type type, size_t size, char *text)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < N_CLASSES + n_registered && used < size; i++) {
        const cgm_mechanism_class *c = i < N_CLASSES ? classes[i] : registered[i - N_CLASSES];
        if (c->variable_types & 1u << type)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", c->kind);
    }
    return text;
}

const cgm_mechanism_class *cgm_mechanism_default(cgm_variable_type type)
{
    static const char *const by_type[] = {[CGM_CONTINUOUS] = "affine_flow",
                                          [CGM_CATEGORICAL] = "categorical",
                                          [CGM_BINARY] = "categorical",
                                          [CGM_ORDINAL] = "ordinal",
                                          [CGM_COUNT] = "poisson",
                                          [CGM_IMAGE] = "cvae",
                                          [CGM_VECTOR] = NULL};
    const char *kind = (size_t)type < sizeof by_type / sizeof *by_type ? by_type[type] : NULL;
    return kind ? cgm_mechanism_find(kind) : NULL;
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
