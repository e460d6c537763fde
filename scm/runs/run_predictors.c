/* A run's predictors and its fine-tuning, and what they and the mechanisms of its variables have in common. */
#include <stdlib.h>
#include <string.h>

#include "scm/runs/run_priv.h"

cgm_status cgm_run_build_predictors(cgm_run *run, const cgm_yaml *predictors)
{
    size_t n = predictors ? cgm_yaml_count(predictors) : 0;
    run->predictor = calloc(n ? n : 1, sizeof(cgm_predictor *));
    if (!run->predictor) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu predictors", n);
    for (; run->n_predictors < n; run->n_predictors++) {
        size_t i = run->n_predictors;
        CGM_TRY(cgm_predictor_create(cgm_yaml_key(predictors, i), cgm_yaml_at(predictors, i), run->scm, run->train.seed,
                                     &run->predictor[i]));
    }
    return CGM_OK;
}

cgm_status cgm_run_build_tuner(cgm_run *run, const cgm_yaml *finetune)
{
    if (!finetune) return CGM_OK;
    return cgm_tuner_create(finetune, run->scm, run->n_predictors, run->predictor, &run->train, &run->tuner);
}

void cgm_run_drop_predictors(cgm_run *run)
{
    cgm_tuner_destroy(run->tuner);
    run->tuner = NULL;
    for (size_t i = 0; i < run->n_predictors; i++) cgm_predictor_destroy(run->predictor[i]);
    free(run->predictor);
    run->predictor = NULL;
    run->n_predictors = 0;
}

cgm_predictor *cgm_run_part_predictor(const cgm_run *run, size_t i)
{
    size_t variables = cgm_scm_count(run->scm);
    return i < variables || i >= variables + run->n_predictors ? NULL : run->predictor[i - variables];
}

bool cgm_run_part_is_variable(const cgm_run *run, size_t i)
{
    return i < cgm_scm_count(run->scm);
}

const cgm_train_opts *cgm_run_part_train(const cgm_run *run, size_t i)
{
    const cgm_predictor *p = cgm_run_part_predictor(run, i);
    return p ? &p->train : cgm_run_part_is_variable(run, i) ? &run->train : &run->tuner->train;
}

cgm_mechanism *cgm_run_part_mechanism(const cgm_run *run, size_t i)
{
    cgm_predictor *p = cgm_run_part_predictor(run, i);
    return p ? &p->base : cgm_run_part_is_variable(run, i) ? cgm_scm_mechanism(run->scm, i) : &run->tuner->base;
}

size_t cgm_run_parts(const cgm_run *run)
{
    return run->n_parts;
}

const char *cgm_run_part_name(const cgm_run *run, size_t i)
{
    const cgm_predictor *p = cgm_run_part_predictor(run, i);
    return p ? p->name : cgm_run_part_is_variable(run, i) ? cgm_scm_variable(run->scm, i)->name : "finetune";
}

void cgm_run_describe_part(const cgm_run *run, size_t i, size_t size, char *text)
{
    const cgm_mechanism *m = cgm_run_part_mechanism(run, i);
    text[0] = '\0';
    m->methods->describe(m, size, text);
}

bool cgm_run_tunes_with(const cgm_run *run, const cgm_predictor *p)
{
    for (size_t k = 0; run->tuner && k < run->tuner->n_predictors; k++)
        if (run->tuner->predictor[k] == p) return true;
    return false;
}

size_t cgm_run_predictors(const cgm_run *run)
{
    return run->n_predictors;
}

cgm_predictor *cgm_run_predictor_at(const cgm_run *run, size_t i)
{
    return run->predictor[i];
}

cgm_status cgm_run_lookup_predictor(const cgm_run *run, const char *option, const char *name, cgm_predictor **out)
{
    cgm_arena arena = {0};
    cgm_status status = CGM_OK;
    if (run->n_predictors == 0)
        return CGM_FAIL(CGM_E_ARG, "the run has no predictor: expected a section `predictors` in its config, as in "
                                   "predictors: {digit: {from: image}}");
    if ((*out = cgm_run_predictor(run, name))) return CGM_OK;
    const char **names = cgm_arena_array(&arena, run->n_predictors, sizeof *names);
    for (size_t i = 0; names && i < run->n_predictors; i++) names[i] = run->predictor[i]->name;
    const char *near = names ? cgm_nearest_word(name, run->n_predictors, names) : NULL;
    status = names ? CGM_FAIL(CGM_E_ARG, "%s: the run has none called \"%s\"; %s \"%s\"", option, name,
                              near ? "did you mean" : "expected one of its own, such as", near ? near : names[0])
                   : CGM_E_MEMORY;
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_run_choose_predictor(const cgm_run *run, const char *name, cgm_predictor **out)
{
    size_t n = run->n_predictors;
    if (!name && n > 1) return CGM_FAIL(CGM_E_ARG, "predictor: the run has %zu of them; expected one's name", n);
    if (!name) name = n == 1 ? run->predictor[0]->name : "";
    return cgm_run_lookup_predictor(run, "predictor", name, out);
}

cgm_predictor *cgm_run_predictor(const cgm_run *run, const char *name)
{
    for (size_t i = 0; i < run->n_predictors; i++)
        if (strcmp(run->predictor[i]->name, name) == 0) return run->predictor[i];
    return NULL;
}
