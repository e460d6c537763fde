/* cgm counterfactual --evidence: one unit of which some variables were seen. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/json.h"
#include "tools/tool.h"

/* A model to ask: of a run file, or of a config that needs no fitting. */
typedef struct model {
    cgm_run *run;
    cgm_config *config;
    cgm_scm *own;
    const cgm_scm *scm;
} model;

static bool is_config(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static cgm_status open_model(const tool_options *options, model *m)
{
    const char *path = options->argument[0];
    if (is_config(path)) {
        CGM_TRY(cgm_config_load(path, &m->config));
        CGM_TRY(cgm_scm_from_known(m->config, &m->own));
        m->scm = m->own;
        return CGM_OK;
    }
    CGM_TRY(tool_open(path, options, &m->run));
    m->scm = cgm_run_scm(m->run);
    if (cgm_run_is_finished(m->run)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "%s: not trained to its end yet: cgm train --resume goes on with it", path);
}

static void close_model(model *m)
{
    cgm_scm_destroy(m->own);
    cgm_config_destroy(m->config);
    cgm_run_destroy(m->run);
}

static const char *const methods[] = {[CGM_UNIT_ABDUCTION] = "abduction, exact",
                                      [CGM_UNIT_GAUSSIAN] = "linear Gaussian conditioning, exact",
                                      [CGM_UNIT_PARTICLES] = "importance-weighted particles"};

static void print_table(const cgm_scm *scm, const cgm_unit_answer *a)
{
    printf("%-20s %14s %14s %12s %12s\n", "", "evidence", "counterfactual", "std. dev.", "MC error");
    for (size_t v = 0; v < a->n; v++) {
        const cgm_variable *x = cgm_scm_variable(scm, v);
        const cgm_unit_value *value = &a->value[v];
        char seen[CGM_VALUE_TEXT] = "";
        if (value->seen) cgm_variable_text(x, value->evidence, seen);
        if (!value->probability) {
            printf("%-20s %14s %14.6g %12.4g %12.2g\n", x->name, seen, value->mean, value->sd, value->mc_error);
            continue;
        }
        printf("%-20s %14s ", x->name, seen);
        for (int level = 0; level < x->levels; level++)
            printf(" %s %.4g", cgm_variable_text(x, level, seen), value->probability[level]);
        printf("\n");
    }
    printf("%s", methods[a->method]);
    if (a->method == CGM_UNIT_PARTICLES) printf(": %zu, effective sample size %.1f", a->particles, a->effective);
    printf("\n");
}

/* {"no": 0.2, "yes": 0.8}, or null. */
static json_t *levels(const cgm_variable *x, const double *probability)
{
    char text[CGM_VALUE_TEXT];
    if (!probability) return json_null();
    json_t *map = json_object();
    for (int level = 0; map && level < x->levels; level++)
        json_object_set_new(map, cgm_variable_text(x, level, text), json_real(probability[level]));
    return map;
}

static json_t *values(const cgm_scm *scm, const cgm_unit_answer *a)
{
    json_t *list = json_array();
    for (size_t v = 0; list && v < a->n; v++) {
        const cgm_variable *x = cgm_scm_variable(scm, v);
        const cgm_unit_value *value = &a->value[v];
        json_t *one = json_pack("{s:s, s:o, s:f, s:f, s:f, s:o}", "name", x->name, "evidence",
                                value->seen ? json_real(value->evidence) : json_null(), "estimate", value->mean,
                                "standard_deviation", value->sd, "monte_carlo_error", value->mc_error, "probability",
                                levels(x, value->probability));
        if (!one || json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static cgm_status print_json(const tool_options *options, uint64_t seed, const cgm_scm *scm, const cgm_unit_answer *a)
{
    json_t *object = tool_json_new("counterfactual"), *dos = json_array(), *list = values(scm, a);
    for (size_t k = 0; dos && k < options->dos.n; k++) json_array_append_new(dos, json_string(options->dos.text[k]));
    bool failed =
        !object || !dos || !list ||
        json_object_set_new(object, "query", json_pack("{s:s, s:O}", "evidence", options->evidence, "do", dos)) != 0 ||
        json_object_set_new(object, "method", json_string(methods[a->method])) != 0 ||
        json_object_set_new(object, "exact", json_boolean(a->method != CGM_UNIT_PARTICLES)) != 0 ||
        json_object_set_new(object, "particles", json_integer((json_int_t)a->particles)) != 0 ||
        json_object_set_new(object, "effective_sample_size", json_real(a->effective)) != 0 ||
        json_object_set_new(object, "seed", json_integer((json_int_t)seed)) != 0 ||
        json_object_set(object, "answer", list) != 0;
    json_decref(dos);
    json_decref(list);
    if (failed) {
        json_decref(object);
        object = NULL;
    }
    return tool_json_print(object);
}

static cgm_status answer(const tool_options *options, const cgm_scm *scm, cgm_arena *arena)
{
    cgm_unit_opts opts = {.particles = options->particles > 0 ? (size_t)options->particles : 0,
                          .threads = (int)options->threads};
    uint64_t seed = options->seed >= 0 ? (uint64_t)options->seed : 1;
    cgm_rng rng = cgm_rng_create(seed);
    cgm_observation *evidence = NULL;
    cgm_intervention *interventions = NULL;
    cgm_unit_answer result;
    size_t n, n_do;
    CGM_TRY(cgm_scm_parse_evidence(scm, options->evidence, arena, &n, &evidence));
    CGM_TRY(cgm_scm_parse_dos(scm, options->dos.n, options->dos.text, arena, &n_do, &interventions));
    CGM_TRY(cgm_scm_unit(scm, &rng, n, evidence, n_do, interventions, &opts, &result));
    cgm_status status = CGM_OK;
    if (options->json)
        status = print_json(options, seed, scm, &result);
    else
        print_table(scm, &result);
    cgm_unit_answer_clear(&result);
    return status;
}

cgm_status tool_answer_evidence(const tool_options *options)
{
    model m = {0};
    cgm_arena arena = {0};
    bool rows = options->out || options->png || options->n >= 0 || options->n_rows || options->measures.n;
    if (rows)
        return CGM_FAIL(CGM_E_ARG,
                        "--evidence is of one unit: expected no -o, --png, -n, --index or --measure beside it");
    cgm_status status = open_model(options, &m);
    if (status == CGM_OK) status = answer(options, m.scm, &arena);
    close_model(&m);
    cgm_arena_clear(&arena);
    return status;
}
