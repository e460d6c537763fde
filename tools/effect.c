/* cgm effect: average effects of an intervention, for all, under a condition, and level by level. */
#include <stdio.h>
#include <string.h>

#include "tools/model.h"
#include "tools/result.h"

static const char *const methods[] = {[CGM_EFFECT_CLOSED] = "closed form",
                                      [CGM_EFFECT_DRAWS] = "averages over draws of the noise",
                                      [CGM_EFFECT_MODEL] = "exact for the model",
                                      [CGM_EFFECT_MODEL_DRAWS] = "averages over draws from the model",
                                      [CGM_EFFECT_FORMULA] = "the formula on the rows' joint distribution",
                                      [CGM_EFFECT_ADJUSTED] = "regression on an adjustment set, closed form",
                                      [CGM_EFFECT_ADJUSTED_DRAWS] =
                                          "regression on an adjustment set, averages over draws of the noise"};

static const tool_column columns[] = {{"group", "given", NULL, true},
                                      {"rows", "rows", NULL, true},
                                      {"name", "", NULL, false},
                                      {"estimate", "estimate", "%.6g", false},
                                      {"monte_carlo_error", "MC error", "%.2g", true},
                                      {"standard_error", "std. error", "%.4g", true},
                                      {"low", "low", "%.4g", true},
                                      {"high", "high", "%.4g", true}};

static json_t *estimates(const cgm_effect *e)
{
    json_t *list = json_array();
    for (size_t k = 0; k < e->n; k++) {
        const cgm_effect_row *row = &e->row[k];
        json_t *one = json_pack("{s:o, s:o}", "group", *row->group ? json_string(row->group) : json_null(), "rows",
                                row->rows ? json_integer((json_int_t)row->rows) : json_null());
        json_t *estimate = tool_estimate(&row->estimate);
        json_object_update(one, estimate);
        json_decref(estimate);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *question(const cgm_effect_opts *opts, const cgm_effect *e)
{
    json_t *query = json_pack("{s:s, s:s, s:s, s:o, s:o, s:I}", "outcome", opts->outcome, "of", e->arm[1],
                              "compared_with", e->arm[0], "given", tool_texts_json(opts->n_given, opts->given), "by",
                              opts->by ? json_string(opts->by) : json_null(), "draws", (json_int_t)opts->draws);
    if (query) tool_add_intervals(query, &opts->intervals);
    return query;
}

static cgm_status give(const tool_options *options, const cgm_effect_opts *opts, const cgm_effect *e)
{
    char title[512], notes[1200];
    snprintf(title, sizeof title, "%s compared with %s, on %s: %s", *e->arm[1] ? e->arm[1] : "as it is",
             *e->arm[0] ? e->arm[0] : "as it is", opts->outcome, methods[e->method]);
    size_t used = tool_write_intervals(&opts->intervals, opts->seed, sizeof notes, notes);
    if (e->formula) snprintf(notes + used, sizeof notes - used, "%s%.900s", used ? "\n" : "", e->formula);
    tool_result r = {.what = "effects",
                     .facts = tool_result_facts("effect", question(opts, e), opts->seed),
                     .rows = estimates(e),
                     .columns = columns,
                     .n_columns = sizeof columns / sizeof *columns,
                     .title = title,
                     .notes = used || e->formula ? notes : NULL};
    bool exact = e->method == CGM_EFFECT_CLOSED || e->method == CGM_EFFECT_MODEL || e->method == CGM_EFFECT_FORMULA ||
                 e->method == CGM_EFFECT_ADJUSTED;
    json_object_set_new(r.facts, "method", json_string(methods[e->method]));
    json_object_set_new(r.facts, "exact", json_boolean(exact));
    json_object_set_new(r.facts, "formula", e->formula ? json_string(e->formula) : json_null());
    return tool_result_give(&r, options);
}

static cgm_status read_values(const cgm_scm *scm, const tool_options *options, cgm_effect_opts *opts)
{
    int v = opts->treatment ? cgm_scm_find(scm, opts->treatment) : -1;
    if (v < 0) return CGM_OK;
    const cgm_variable *x = cgm_scm_variable(scm, (size_t)v);
    if (options->from) CGM_TRY(cgm_variable_parse(x, options->from, &opts->from));
    if (options->to) CGM_TRY(cgm_variable_parse(x, options->to, &opts->to));
    return CGM_OK;
}

static cgm_status answer(const tool_model *m, const tool_options *options)
{
    cgm_effect_opts opts;
    cgm_effect e;
    cgm_effect_init(&opts);
    opts.treatment = options->treatments.n ? options->treatments.text[0] : NULL;
    opts.outcome = options->outcomes.text[0];
    opts.arm[0] = (cgm_do){options->thans.n, options->thans.text};
    opts.arm[1] = (cgm_do){options->dos.n, options->dos.text};
    opts.n_given = options->givens.n;
    opts.given = options->givens.text;
    opts.by = options->by;
    if (options->draws >= 0) opts.draws = (size_t)options->draws;
    if (options->seed >= 0) opts.seed = (uint64_t)options->seed;
    CGM_TRY(tool_read_intervals(options, &opts.intervals));
    CGM_TRY(read_values(m->scm, options, &opts));
    CGM_TRY(m->run ? cgm_run_effect(m->run, &opts, &e) : cgm_scm_effect(m->scm, &opts, &e));
    cgm_status status = give(options, &opts, &e);
    cgm_effect_clear(&e);
    return status;
}

static cgm_status run_effect(const tool_options *options)
{
    tool_model m = {0};
    CGM_TRY(tool_result_check(options->out));
    if (options->outcomes.n != 1) return CGM_FAIL(CGM_E_ARG, "effect: expected one --outcome NAME");
    if (options->treatments.n > 1)
        return CGM_FAIL(CGM_E_ARG, "effect: expected one --treatment; --do and --than compare others");
    bool compares = options->dos.n + options->thans.n > 0;
    if (compares == (options->treatments.n > 0))
        return CGM_FAIL(CGM_E_ARG, "effect: expected either --treatment NAME, or --do and --than");
    if (compares && (options->from || options->to))
        return CGM_FAIL(CGM_E_ARG, "effect: --from and --to are of --treatment; expected neither beside --do");
    CGM_TRY(tool_model_open(options, false, &m));
    cgm_status status = answer(&m, options);
    tool_model_close(&m);
    return status;
}

static const tool_option takes[] = {{OPT_TREATMENT, "variable that is set, from --from to --to"},
                                    {OPT_OUTCOME, "NAME, or NAME=LEVEL for the probability of one level"},
                                    {OPT_FROM, NULL},
                                    {OPT_TO, NULL},
                                    {OPT_DO, "instead of --treatment: what is done, NAME=VALUE; several act together"},
                                    {OPT_THAN, NULL},
                                    {OPT_GIVEN, "condition, NAME=VALUE or as in 'age > 60 and sex == female'"},
                                    {OPT_BY, NULL},
                                    {OPT_BOOTSTRAP, NULL},
                                    {OPT_BCA, NULL},
                                    {OPT_QUASI_BAYESIAN, NULL},
                                    {OPT_LEVEL, NULL},
                                    {OPT_DRAWS, NULL},
                                    {OPT_SEED, NULL},
                                    {OPT_OUT, "file to write, .csv or .h5"},
                                    {OPT_JSON, NULL},
                                    {OPT_PATH, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_effect_row = {
    .name = "effect",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "average effects, for all or under a condition, with intervals",
    .doc = "Prints E[outcome] under both values of the treatment and their difference, or probabilities, and their "
           "ratios where the outcome is one level; for each level of --by, too. Averages are over the training rows; "
           "RUN may also be a config (.yaml) whose mechanisms are all known: then over draws from the model. With "
           "hidden common causes an effect that is not identifiable is refused with the hedge that forbids it.",
    .options = takes,
    .run = run_effect,
};
