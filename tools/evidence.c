/* cgm counterfactual --evidence: one unit of which some variables were seen. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/json.h"
#include "tools/model.h"

static const char *const methods[] = {[CGM_UNIT_ABDUCTION] = "abduction, exact",
                                      [CGM_UNIT_GAUSSIAN] = "linear Gaussian conditioning, exact",
                                      [CGM_UNIT_DISCRETE] = "twin network, exact",
                                      [CGM_UNIT_PARTICLES] = "importance-weighted particles"};

/* "counterfactuals rest on y: Gumbel-max noise; ..." */
static void print_assumptions(const cgm_scm *scm, const char *const *assumption)
{
    bool any = false;
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        if (!assumption[v]) continue;
        printf("%s%s: %s", any ? "; " : "counterfactuals rest on ", cgm_scm_variable(scm, v)->name, assumption[v]);
        any = true;
    }
    if (any) printf("\n");
}

static void print_method(const cgm_scm *scm, const cgm_unit_answer *a)
{
    bool any = false;
    printf("%s", methods[a->method]);
    if (a->method == CGM_UNIT_PARTICLES) printf(": %zu, effective sample size %.1f", a->particles, a->effective);
    for (size_t v = 0; a->method == CGM_UNIT_PARTICLES && v < a->n; v++) {
        if (!a->value[v].exact) continue;
        printf("%s%s", any ? ", " : "; exact by a twin network: ", cgm_scm_variable(scm, v)->name);
        any = true;
    }
    if (a->why) printf("; a twin network gives the others no exact answer: %s", a->why);
    printf("\n");
}

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
    print_method(scm, a);
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
        json_t *one = json_pack("{s:s, s:o, s:f, s:f, s:f, s:b, s:o}", "name", x->name, "evidence",
                                value->seen ? json_real(value->evidence) : json_null(), "estimate", value->mean,
                                "standard_deviation", value->sd, "monte_carlo_error", value->mc_error, "exact",
                                (int)value->exact, "probability", levels(x, value->probability));
        if (!one || json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* {"y": "Gumbel-max noise"} */
static json_t *assumptions(const cgm_scm *scm, const char *const *assumption)
{
    json_t *map = json_object();
    for (size_t v = 0; map && v < cgm_scm_count(scm); v++)
        if (assumption[v]) json_object_set_new(map, cgm_scm_variable(scm, v)->name, json_string(assumption[v]));
    return map;
}

static cgm_status print_json(const tool_options *options, uint64_t seed, const cgm_scm *scm, const cgm_unit_answer *a,
                             const char *const *assumption)
{
    json_t *object = tool_json_new("counterfactual"), *dos = json_array(), *list = values(scm, a);
    for (size_t k = 0; dos && k < options->dos.n; k++) json_array_append_new(dos, json_string(options->dos.text[k]));
    bool failed =
        !object || !dos || !list ||
        json_object_set_new(object, "query", json_pack("{s:s, s:O}", "evidence", options->evidence, "do", dos)) != 0 ||
        json_object_set_new(object, "method", json_string(methods[a->method])) != 0 ||
        json_object_set_new(object, "exact", json_boolean(a->method != CGM_UNIT_PARTICLES)) != 0 ||
        json_object_set_new(object, "why_not_exact", a->why ? json_string(a->why) : json_null()) != 0 ||
        json_object_set_new(object, "assumptions", assumptions(scm, assumption)) != 0 ||
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
    const char **assumption = cgm_arena_array(arena, cgm_scm_count(scm), sizeof *assumption);
    if (!assumption) return CGM_E_MEMORY;
    CGM_TRY(cgm_scm_parse_dos(scm, options->dos.n, options->dos.text, arena, &n_do, &interventions));
    CGM_TRY(cgm_scm_assumptions(scm, n_do, interventions, assumption));
    CGM_TRY(cgm_scm_unit(scm, &rng, n, evidence, n_do, interventions, &opts, &result));
    cgm_status status = CGM_OK;
    if (options->json) {
        status = print_json(options, seed, scm, &result, assumption);
    } else {
        print_table(scm, &result);
        print_assumptions(scm, assumption);
    }
    cgm_unit_answer_clear(&result);
    return status;
}

cgm_status tool_answer_evidence(const tool_options *options)
{
    tool_model m = {0};
    cgm_arena arena = {0};
    bool rows = options->out || options->png || options->n >= 0 || options->n_rows || options->measures.n;
    if (rows)
        return CGM_FAIL(CGM_E_ARG,
                        "--evidence is of one unit: expected no -o, --png, -n, --index or --measure beside it");
    cgm_status status = tool_model_open(options, false, &m);
    if (status == CGM_OK) status = answer(options, m.scm, &arena);
    tool_model_close(&m);
    cgm_arena_clear(&arena);
    return status;
}
