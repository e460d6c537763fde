/* The keys of configs, for --help. */
#include <stdio.h>
#include <string.h>

#include "tools/tool.h"

#define WIDTH 79
#define INDENT 24

/* Prints text in lines of WIDTH, those after the first indented. */
static void print_wrapped(const char *text)
{
    int column = INDENT;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column + 1 + length > WIDTH && column > INDENT) {
            printf("\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            printf(" ");
            column++;
        }
        printf("%.*s", length, text);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    printf("\n");
}

static void print_row(const char *name, const char *doc)
{
    printf("    %-*s", INDENT - 4, name);
    if (strlen(name) >= INDENT - 4) printf("\n%*s", INDENT, "");
    print_wrapped(doc ? doc : "");
}

void tool_print_keys(const char *title, size_t n, const cgm_key *keys)
{
    printf("\n%s\n", title);
    for (size_t i = 0; i < n; i++) print_row(keys[i].name, keys[i].doc);
}

void tool_print_rows(const char *title, bool (*at)(size_t i, const char **name, const char **doc))
{
    const char *name, *doc;
    printf("\n%s\n", title);
    for (size_t i = 0; at(i, &name, &doc); i++) print_row(name, doc);
}

static void print_likelihoods(void)
{
    cgm_image_likelihood_kind l;
    char title[160];
    printf("\n  likelihood, of image mechanisms:  KIND or {kind: KIND, ...}. Kinds:\n");
    for (size_t i = 0; cgm_image_likelihood_kind_at(i, &l); i++) {
        snprintf(title, sizeof title, "    %s:  %s", l.kind, l.doc);
        tool_print_keys(title, l.n_keys, l.keys);
    }
}

static void print_train_kinds(const char *key, bool (*kind_at)(size_t, cgm_train_kind *))
{
    cgm_train_kind kind;
    char title[200];
    printf("\n  %s, of train:  KIND or {kind: KIND, ...}. Kinds:\n", key);
    for (size_t i = 0; kind_at(i, &kind); i++) {
        snprintf(title, sizeof title, "    %s:  %s", kind.kind, kind.doc);
        tool_print_keys(title, kind.n_keys, kind.key);
    }
}

void tool_print_config_keys(void)
{
    size_t n;
    const cgm_key *keys = cgm_data_keys(&n);
    printf("\nA config is a YAML file of these sections.\n");
    tool_print_keys("data:  where the data come from", n, keys);
    printf("\ngraph:  a map of variables, NAME: {type: TYPE, range: [LOW, HIGH], levels: N or [NAME, ...],\n"
           "  parents: [NAME, ...], mechanism: KIND or {kind: KIND, ...}}. TYPE is continuous, positive, bounded,\n"
           "  binary, categorical, ordinal, count, image or vector (width: N).\n");
    tool_print_rows("  describes, of a variable:  what of images that it causes no augmentation may change. Some of",
                    cgm_variable_trait_at);
    printf("\n  Mechanisms:\n");
    for (const char *const *kind = cgm_mechanism_kinds(); *kind; kind++) {
        const cgm_mechanism_class *methods = cgm_mechanism_find(*kind);
        char title[160];
        snprintf(title, sizeof title, "  %s:  %s", methods->kind, methods->doc);
        tool_print_keys(title, methods->n_keys, methods->keys);
    }
    print_likelihoods();
    keys = cgm_train_keys(&n);
    tool_print_keys("train:  how mechanisms are trained", n, keys);
    keys = cgm_augmentation_keys(&n);
    tool_print_keys("  augment, of images in training:  a map {shift: 2, scale: [0.9, 1.1], ...} of", n, keys);
    print_train_kinds("optimizer", cgm_train_optimizer_at);
    print_train_kinds("schedule", cgm_train_schedule_at);
    keys = cgm_predictor_keys(&n);
    tool_print_keys("predictors:  a map of networks that read attributes off images, NAME: {from: IMAGE, ...}, with", n,
                    keys);
    keys = cgm_finetune_keys(&n);
    tool_print_keys("finetune:  an image's mechanism trained on by predictors, once these are trained", n, keys);
    keys = cgm_query_keys(&n);
    tool_print_keys("queries:  a list of {counterfactual: {...}} and {sample: {...}}, with", n, keys);
    printf("\n  and of {effect: {...}}, {mediate: {...}}, {logprob: {...}}, {query: {...}}, {check: {...}},\n"
           "  {predictors: {...}} and {realism: {...}}, whose keys are the options of these subcommands:\n"
           "  {effect: {treatment: x, outcome: y, bootstrap: 1000, out: effect.csv}}\n");
}
