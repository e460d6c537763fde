/* cgm counterfactual --evidence: one unit of which some variables were seen. */
#include <stdio.h>
#include <stdlib.h>

#include "tools/model.h"
#include "tools/result.h"

static const char *const methods[] = {[CGM_UNIT_ABDUCTION] = "abduction, exact",
                                      [CGM_UNIT_GAUSSIAN] = "linear Gaussian conditioning, exact",
                                      [CGM_UNIT_DISCRETE] = "twin network, exact",
                                      [CGM_UNIT_PARTICLES] = "importance-weighted particles"};

static const tool_column columns[] = {{"name", "", NULL, false},
                                      {"evidence", "evidence", "%.10g", false},
                                      {"estimate", "counterfactual", "%.6g", false},
                                      {"standard_deviation", "std. dev.", "%.4g", false},
                                      {"monte_carlo_error", "MC error", "%.2g", true},
                                      {"probability", "probability", "%.4g", true}};

/* ---- Words ---- */

/* "counterfactuals rest on y: Gumbel-max noise; ..." */
static void write_assumptions(FILE *f, const cgm_scm *scm, const char *const *assumption)
{
    bool any = false;
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        if (!assumption[v]) continue;
        fprintf(f, "%s%s: %s", any ? "; " : "\ncounterfactuals rest on ", cgm_scm_variable(scm, v)->name,
                assumption[v]);
        any = true;
    }
}

static void write_method(FILE *f, const cgm_scm *scm, const cgm_unit_answer *a)
{
    bool any = false;
    fputs(methods[a->method], f);
    if (a->method == CGM_UNIT_PARTICLES) fprintf(f, ": %zu, effective sample size %.1f", a->particles, a->effective);
    for (size_t v = 0; a->method == CGM_UNIT_PARTICLES && v < a->n; v++) {
        if (!a->value[v].exact) continue;
        fprintf(f, "%s%s", any ? ", " : "; exact by a twin network: ", cgm_scm_variable(scm, v)->name);
        any = true;
    }
    if (a->why) fprintf(f, "; a twin network gives the others no exact answer: %s", a->why);
}

/* The lines below the table, in the arena. */
static cgm_status write_notes(const cgm_scm *scm, const cgm_unit_answer *a, const char *const *assumption,
                              cgm_arena *arena, const char **out)
{
    char *text = NULL;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the answer");
    write_method(f, scm, a);
    write_assumptions(f, scm, assumption);
    bool written = fclose(f) == 0;
    *out = written ? cgm_arena_strdup(arena, text) : NULL;
    free(text);
    if (!written) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the answer");
    return *out ? CGM_OK : CGM_E_MEMORY;
}

/* ---- Values ---- */

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

/* A number, or a level's name. */
static json_t *seen_json(const cgm_variable *x, const cgm_unit_value *value)
{
    char text[CGM_VALUE_TEXT];
    if (!value->seen) return json_null();
    if (cgm_variable_has_levels(x) && x->level_names) return json_string(cgm_variable_text(x, value->evidence, text));
    return json_real(value->evidence);
}

static json_t *values(const cgm_scm *scm, const cgm_unit_answer *a)
{
    json_t *list = json_array();
    for (size_t v = 0; list && v < a->n; v++) {
        const cgm_variable *x = cgm_scm_variable(scm, v);
        const cgm_unit_value *value = &a->value[v];
        bool number = !value->probability; /* the mean of levels' numbers is nothing */
        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o, s:b, s:o}", "name", x->name, "evidence",
                                              seen_json(x, value), "estimate",
                                              number ? tool_json_number(value->mean) : json_null(),
                                              "standard_deviation", number ? tool_json_number(value->sd) : json_null(),
                                              "monte_carlo_error", tool_json_number(value->mc_error), "exact",
                                              (int)value->exact, "probability", levels(x, value->probability)));
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

static cgm_status give(const tool_options *options, uint64_t seed, const cgm_scm *scm, const cgm_unit_answer *a,
                       const char *const *assumption, cgm_arena *arena)
{
    const char *notes;
    CGM_TRY(write_notes(scm, a, assumption, arena, &notes));
    json_t *query = json_pack("{s:s, s:o}", "evidence", options->evidence, "do",
                              tool_texts_json(options->dos.n, options->dos.text));
    tool_result r = {.what = "counterfactual of one unit",
                     .facts = tool_result_facts("counterfactual", query, seed),
                     .rows = values(scm, a),
                     .columns = columns,
                     .n_columns = sizeof columns / sizeof *columns,
                     .notes = notes};
    json_object_set_new(r.facts, "method", json_string(methods[a->method]));
    json_object_set_new(r.facts, "exact", json_boolean(a->method != CGM_UNIT_PARTICLES));
    json_object_set_new(r.facts, "why_not_exact", a->why ? json_string(a->why) : json_null());
    json_object_set_new(r.facts, "assumptions", assumptions(scm, assumption));
    json_object_set_new(r.facts, "particles", json_integer((json_int_t)a->particles));
    json_object_set_new(r.facts, "effective_sample_size", tool_json_number(a->effective));
    return tool_result_give(&r, options);
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
    cgm_status status = give(options, seed, scm, &result, assumption, arena);
    cgm_unit_answer_clear(&result);
    return status;
}

cgm_status tool_answer_evidence(const tool_options *options)
{
    tool_model m = {0};
    cgm_arena arena = {0};
    bool rows = options->png || options->n >= 0 || options->n_rows || options->measures.n || options->judges.n ||
                options->latents;
    if (rows)
        return CGM_FAIL(
            CGM_E_ARG,
            "--evidence is of one unit: expected no --png, -n, --index, --measure, --judge or --latents beside it");
    CGM_TRY(tool_result_check(options->out));
    cgm_status status = tool_model_open(options, false, &m);
    if (status == CGM_OK) status = answer(options, m.scm, &arena);
    tool_model_close(&m);
    cgm_arena_clear(&arena);
    return status;
}
