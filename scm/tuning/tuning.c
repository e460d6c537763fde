/* Counterfactual fine-tuning: options, making, describing, state. */
#include "scm/tuning/tuning.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/object.h"

#define AT(member) offsetof(tuning_options, member)
static const cgm_key keys[] = {
    {"predictors", CGM_KEY_TEXTS, AT(predictors), true, 0, 0, NULL,
     "names of the predictors, of one image, that its counterfactuals are to convince"},
    {"do", CGM_KEY_TEXTS, AT(actions), false, 0, 0, NULL,
     "variables that are intervened on, one a batch (the attributes of the predictors)"},
    {"epochs", CGM_KEY_INT, AT(epochs), false, 1, 1e6, NULL, "passes over the training rows (5)"},
    {"minutes", CGM_KEY_REAL, AT(minutes), false, 0, 1e6, NULL,
     "stop after so much time of this stage, 0: never; the length then depends on the clock (0)"},
    {"batch", CGM_KEY_INT, AT(batch), false, 2, 65536, NULL, "rows a step (32)"},
    {"rate", CGM_KEY_REAL, AT(rate), false, 1e-12, 10, NULL, "learning rate (1e-4)"},
    {"multiplier_rate", CGM_KEY_REAL, AT(multiplier_rate), false, 0, 10, NULL,
     "learning rate of the Lagrange multiplier of the evidence bound (1e-2)"},
    {"damping", CGM_KEY_REAL, AT(damping), false, 0, 1e6, NULL, "of the multiplier (100)"},
    {"seed", CGM_KEY_INT, AT(seed), false, 0, 9e15, NULL, "of everything random in this stage (train.seed)"},
};

const cgm_key *cgm_finetune_keys(size_t *n)
{
    *n = sizeof keys / sizeof *keys;
    return keys;
}

cgm_status cgm_tuning_read_options(const cgm_yaml *map, int64_t seed, tuning_options *out)
{
    tuning_options o = {.epochs = 5, .batch = 32, .seed = seed, .rate = 1e-4, .multiplier_rate = 1e-2, .damping = 100};
    CGM_TRY(cgm_yaml_read(map, "finetune", sizeof keys / sizeof *keys, keys, &o));
    *out = o;
    return CGM_OK;
}

/* ---- Making ---- */

static const cgm_yaml *at(const cgm_yaml *map, const char *key)
{
    const cgm_yaml *node = cgm_yaml_get(map, key);
    return node ? node : map;
}

static cgm_status find_predictors(cgm_tuner *t, const cgm_yaml *map, const cgm_texts *names, size_t n,
                                  cgm_predictor *const *predictors)
{
    const cgm_yaml *where = at(map, "predictors");
    if (names->n == 0 || names->n > TUNING_MAX_PREDICTORS)
        return cgm_yaml_fail(where, "finetune.predictors: expected 1 to %d names of predictors", TUNING_MAX_PREDICTORS);
    for (size_t i = 0; i < names->n; i++) {
        size_t k = 0;
        while (k < n && strcmp(predictors[k]->name, names->text[i])) k++;
        if (k == n) return cgm_yaml_fail(where, "finetune.predictors: no predictor is called '%s'", names->text[i]);
        for (size_t j = 0; j < i; j++)
            if (t->predictor[j] == predictors[k])
                return cgm_yaml_fail(where, "finetune.predictors: '%s' is there twice", names->text[i]);
        if (i > 0 && predictors[k]->image != t->predictor[0]->image)
            return cgm_yaml_fail(where, "finetune.predictors: '%s' reads %s, but '%s' reads %s; expected one image",
                                 names->text[i], predictors[k]->image->name, t->predictor[0]->name,
                                 t->predictor[0]->image->name);
        t->predictor[t->n_predictors++] = predictors[k];
    }
    return CGM_OK;
}

static cgm_status find_image(cgm_tuner *t, const cgm_yaml *map)
{
    const cgm_variable *image = t->predictor[0]->image;
    t->image = cgm_scm_mechanism(t->scm, (size_t)cgm_scm_find(t->scm, image->name));
    if (!t->image->methods->tunable)
        return cgm_yaml_fail(map, "finetune: the mechanism of %s is %s %s; expected a cvae or an hvae", image->name,
                             cgm_scm_article(t->image->methods->kind), t->image->methods->kind);
    if (t->image->methods->tunable(t->image, &t->model) != CGM_OK)
        return cgm_yaml_fail(map, "finetune: %s", cgm_error_message());
    return CGM_OK;
}

/* Whether the image's parents hang on the variable. */
static bool reaches(const cgm_tuner *t, size_t v)
{
    bool moved[CGM_MAX_PARENTS * 16] = {false};
    if (t->scm->n > sizeof moved / sizeof *moved) return true;
    moved[v] = true;
    for (size_t w = v + 1; w < t->scm->n; w++)
        for (size_t k = 0; k < t->scm->variable[w].n_parents; k++) moved[w] |= moved[t->scm->variable[w].parents[k]];
    return moved[(size_t)cgm_scm_find(t->scm, t->model.variable->name)];
}

static cgm_status add_action(cgm_tuner *t, const cgm_yaml *where, const char *name)
{
    size_t v;
    if (cgm_scm_lookup(t->scm, name, &v) != CGM_OK) return cgm_yaml_fail(where, "finetune.do: %s", cgm_error_message());
    if (cgm_scm_check_scalar(cgm_scm_variable(t->scm, v)) != CGM_OK)
        return cgm_yaml_fail(where, "finetune.do: %s", cgm_error_message());
    if (t->scm->variable[v].refuses_do) return cgm_yaml_fail(where, "finetune.do: '%s' cannot be manipulated", name);
    if (!reaches(t, v))
        return cgm_yaml_fail(where, "finetune.do: %s does not depend on '%s'", t->model.variable->name, name);
    for (size_t i = 0; i < t->n_actions; i++)
        if (t->action[i] == v) return CGM_OK;
    if (t->n_actions == CGM_MAX_PARENTS)
        return cgm_yaml_fail(where, "finetune.do: more than %d variables", CGM_MAX_PARENTS);
    t->action[t->n_actions++] = v;
    return CGM_OK;
}

static cgm_status prepare(cgm_tuner *t, const cgm_yaml *map, size_t n, cgm_predictor *const *predictors,
                          const cgm_train_opts *train)
{
    tuning_options o;
    CGM_TRY(cgm_tuning_read_options(map, train->seed, &o));
    CGM_TRY(find_predictors(t, map, &o.predictors, n, predictors));
    CGM_TRY(find_image(t, map));
    for (size_t i = 0; i < o.actions.n; i++) CGM_TRY(add_action(t, at(map, "do"), o.actions.text[i]));
    for (size_t i = 0; !o.actions.n && i < t->n_predictors; i++)
        CGM_TRY(add_action(t, map, t->predictor[i]->attribute->name));
    t->multiplier_rate = o.multiplier_rate;
    t->damping = o.damping;
    t->train = *train;
    t->train.epochs = o.epochs;
    t->train.minutes = o.minutes;
    t->train.batch = o.batch;
    t->train.rate = o.rate;
    t->train.seed = o.seed;
    t->train.schedule = (cgm_schedule){0};
    t->train.usual_schedule = true;
    return CGM_OK;
}

cgm_status cgm_tuner_create(const cgm_yaml *map, const cgm_scm *scm, size_t n_predictors,
                            cgm_predictor *const *predictors, const cgm_train_opts *train, cgm_tuner **out)
{
    cgm_tuner *t = calloc(1, sizeof *t);
    if (!t) return CGM_FAIL(CGM_E_MEMORY, "out of memory for fine-tuning");
    t->base.methods = &cgm_tuner_class;
    t->scm = scm;
    cgm_status status = prepare(t, map, n_predictors, predictors, train);
    if (status != CGM_OK) {
        cgm_tuner_destroy(t);
        return status;
    }
    *out = t;
    return CGM_OK;
}

void cgm_tuner_destroy(cgm_tuner *t)
{
    if (!t) return;
    cgm_tuning_fit_end(&t->base);
    free(t);
}

/* ---- The class ---- */

static void describe(const cgm_mechanism *base, size_t size, char *text)
{
    const cgm_tuner *t = (const cgm_tuner *)base;
    int n = snprintf(text, size, "%s by", t->model.variable->name);
    for (size_t i = 0; i < t->n_predictors && n > 0 && (size_t)n < size; i++)
        n += snprintf(text + n, size - (size_t)n, "%s %s", i ? "," : "", t->predictor[i]->name);
    if (n > 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, "; training objective at most %.6g nats a number, multiplier %.4g",
                 t->constraint, t->multiplier);
}

/* What was trained is the image's own state. */
static cgm_status state(cgm_mechanism *base, cgm_state *s)
{
    cgm_tuner *t = (cgm_tuner *)base;
    CGM_TRY(cgm_state_add(s, CGM_F64, CGM_SCALAR, &t->constraint, "constraint"));
    CGM_TRY(cgm_state_add(s, CGM_F64, CGM_SCALAR, &t->multiplier, "multiplier"));
    return t->fit ? cgm_tuning_fit_state(t, s) : CGM_OK;
}

const cgm_mechanism_class cgm_tuner_class = {
    .kind = "fine-tuning",
    .doc = "an image's mechanism trained on by predictors",
    .describe = describe,
    .state = state,
    .fit_begin = cgm_tuning_fit_begin,
    .fit_step = cgm_tuning_fit_step,
    .fit_end = cgm_tuning_fit_end,
};
