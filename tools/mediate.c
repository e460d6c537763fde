/* cgm mediate: how much of an effect runs through a mediator, or along given paths. */
#include "tools/mediate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char identity[] = "TE = NDE(0) + NIE(1) = NDE(1) + NIE(0); in general not NDE(0) + NIE(0).";
static const tool_column columns[] = {{"name", "", NULL, false},
                                      {"estimate", "estimate", "%.6g", false},
                                      {"monte_carlo_error", "MC error", "%.2g", true},
                                      {"standard_error", "std. error", "%.4g", true},
                                      {"low", "low", "%.4g", true},
                                      {"high", "high", "%.4g", true}};

json_t *tool_mediate_query(const cgm_mediation_opts *opts)
{
    json_t *query =
        json_pack("{s:s, s:o, s:o, s:s, s:o, s:f, s:I}", "treatment", opts->treatment, "mediators",
                  tool_texts_json(opts->n_mediators, opts->mediators), "paths",
                  tool_texts_json(opts->n_paths, opts->paths), "outcome", opts->outcome, "control",
                  tool_json_number(opts->control), "treated", opts->treated, "draws", (json_int_t)opts->draws);
    if (query) tool_add_intervals(query, &opts->intervals);
    return query;
}

void tool_mediate_title(const cgm_mediation_opts *opts, size_t size, char *text)
{
    size_t used = 0;
    char control[32] = "its own value";
    if (!isnan(opts->control)) snprintf(control, sizeof control, "%g", opts->control);
    used = (size_t)snprintf(text, size, "%s: %s -> %g", opts->treatment, control, opts->treated);
    for (size_t k = 0; k < opts->n_mediators && used < size; k++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", k ? ", " : ", through ", opts->mediators[k]);
    for (size_t k = 0; k < opts->n_paths && used < size; k++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", k ? ", " : ", along ", opts->paths[k]);
    if (used < size) snprintf(text + used, size - used, ", on %s", opts->outcome);
}

static cgm_status give(const cgm_mediation_opts *opts, const cgm_mediation *m, const tool_options *options)
{
    char title[512], line[640], notes[512];
    json_t *rows = json_array();
    for (size_t k = 0; k < m->n; k++) json_array_append_new(rows, tool_estimate(&m->effect[k]));
    tool_mediate_title(opts, sizeof title, title);
    snprintf(line, sizeof line, "%s; %zu rows, %s", title, m->rows,
             m->exact ? "closed form" : "averages over draws of the noise");
    size_t used = tool_write_intervals(&opts->intervals, opts->seed, sizeof notes, notes);
    snprintf(notes + used, sizeof notes - used, "%s%s%s%s", used ? "\n" : "", opts->n_mediators ? identity : "",
             opts->n_mediators && opts->n_paths ? " " : "",
             opts->n_paths ? "PSE(s): along the paths alone, the rest as under treatment s." : "");
    tool_result r = {.what = "effects",
                     .facts = tool_result_facts("mediate", tool_mediate_query(opts), opts->seed),
                     .rows = rows,
                     .columns = columns,
                     .n_columns = sizeof columns / sizeof *columns,
                     .title = line,
                     .notes = notes};
    json_object_set_new(r.facts, "rows", json_integer((json_int_t)m->rows));
    json_object_set_new(r.facts, "exact", json_boolean(m->exact));
    return tool_result_give(&r, options);
}

/* The number, or the name of a level, that the treatment is to take; the mediators' likewise. */
static cgm_status read_value(const cgm_run *run, const char *name, const char *text, double *out)
{
    const cgm_scm *scm = cgm_run_scm(run);
    int v = name ? cgm_scm_find(scm, name) : -1;
    return v < 0 ? CGM_OK : cgm_variable_parse(cgm_scm_variable(scm, (size_t)v), text, out);
}

enum { MOST_FIXED = 64 };

/* fixed: room for MOST_FIXED. */
static cgm_status read_options(const cgm_run *run, const tool_options *options, double *fixed, cgm_mediation_opts *out)
{
    bool own = options->from && strcmp(options->from, "factual") == 0;
    cgm_mediation_init(out);
    out->treatment = options->treatments.n ? options->treatments.text[0] : NULL;
    out->outcome = options->outcomes.n ? options->outcomes.text[0] : NULL;
    out->n_mediators = options->mediators.n;
    out->mediators = options->mediators.text;
    out->n_paths = options->paths.n;
    out->paths = options->paths.text;
    if (own) out->control = NAN;
    if (options->from && !own) CGM_TRY(read_value(run, out->treatment, options->from, &out->control));
    if (options->to) CGM_TRY(read_value(run, out->treatment, options->to, &out->treated));
    if (options->fixed.n > 0 && (options->fixed.n != out->n_mediators || out->n_mediators > MOST_FIXED))
        return CGM_FAIL(CGM_E_ARG, "--fix: expected a value for each of the %zu mediators", out->n_mediators);
    for (size_t k = 0; k < options->fixed.n; k++)
        CGM_TRY(read_value(run, out->mediators[k], options->fixed.text[k], &fixed[k]));
    if (options->fixed.n > 0) out->fixed = fixed;
    CGM_TRY(tool_read_intervals(options, &out->intervals));
    if (options->draws >= 0) out->draws = (size_t)options->draws;
    if (options->seed >= 0) out->seed = (uint64_t)options->seed;
    return CGM_OK;
}

static bool is_image(const cgm_run *run, const char *outcome)
{
    int y = outcome ? cgm_scm_find(cgm_run_scm(run), outcome) : -1;
    return y >= 0 && cgm_scm_variable(cgm_run_scm(run), (size_t)y)->type == CGM_IMAGE;
}

/* An image has effects in single rows only; other outcomes have them where rows are asked for. */
static bool wants_units(const tool_options *options, const cgm_mediation_opts *opts)
{
    return options->n >= 0 || options->n_rows > 0 || options->givens.n > 0 || isnan(opts->control);
}

static cgm_status answer(cgm_run *run, const tool_options *options)
{
    cgm_mediation_opts opts;
    cgm_mediation result;
    double fixed[MOST_FIXED];
    CGM_TRY(read_options(run, options, fixed, &opts));
    if (options->rho) return tool_mediate_rho(run, &opts, options);
    bool image = is_image(run, opts.outcome);
    if (image || wants_units(options, &opts)) return tool_mediate_units(run, image, &opts, options);
    if (options->png || options->mean_png)
        return CGM_FAIL(CGM_E_ARG, "%s: averages of a scalar outcome are no picture",
                        options->png ? "--png" : "--mean-png");
    CGM_TRY(cgm_run_mediate(run, &opts, &result));
    return give(&opts, &result, options);
}

static cgm_status run_mediate(const tool_options *options)
{
    cgm_run *run = NULL;
    CGM_TRY(tool_result_check(options->out));
    if (options->treatments.n > 1 || options->outcomes.n > 1)
        return CGM_FAIL(CGM_E_ARG, "mediate: expected one treatment and one outcome");
    CGM_TRY(tool_open(options->argument[0], options, &run));
    cgm_status status = answer(run, options);
    cgm_run_destroy(run);
    return status;
}

static const tool_option takes[] = {
    {OPT_TREATMENT, "the treatment"},
    {OPT_MEDIATOR,
     "variable on the way, or what an image's mechanism publishes, image.z (which is what an image has if "
     "none is named); several are taken together"},
    {OPT_ALONG, NULL},
    {OPT_OUTCOME, "the outcome, or NAME=LEVEL for the probability of a level"},
    {OPT_FROM, "VALUE of the treatment (0); factual: in each row its own"},
    {OPT_TO, NULL},
    {OPT_FIX, NULL},
    {OPT_RHO, NULL},
    {OPT_BOOTSTRAP, NULL},
    {OPT_BCA, NULL},
    {OPT_QUASI_BAYESIAN, NULL},
    {OPT_LEVEL, NULL},
    {OPT_DRAWS, NULL},
    {OPT_N, "effects in single rows, this many (8)"},
    {OPT_INDEX, NULL},
    {OPT_GIVEN, "of these rows those alone in which this holds, NAME=VALUE or as in 'age > 60 and sex == female'"},
    {OPT_SPLIT, NULL},
    {OPT_TEMPERATURE, NULL},
    {OPT_SEED, NULL},
    {OPT_OUT, "file to write, .csv or .h5; effects in single rows .h5"},
    {OPT_PNG, "picture of the effects on an image, in the first rows"},
    {OPT_MEAN_PNG, NULL},
    {OPT_JSON, NULL},
    {OPT_PATH, NULL},
    {OPT_NONE, NULL}};

const tool tool_mediate_row = {
    .name = "mediate",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "natural direct and indirect effects through mediators, with intervals",
    .doc = "NIE is also called ACME, NDE ADE. Effects are averages over the training rows, in closed form where every "
           "mechanism between treatment and outcome is linear with constant noise, or the outcome besides a probit "
           "model, else over draws of the noise, with the Monte Carlo error beside them. --path "
           "'treat->job_seek->depress2' asks for the effect along given directed paths; it is refused, naming the "
           "recanting witness, where it cannot be told from other effects. On an image the effects are those in single "
           "rows, differences of decoder means: DE is NDE(0), IE is NIE(0). Their means over the rows have intervals, "
           "pixel by pixel, from resamples of the rows (--bootstrap 200), the model as it is.",
    .options = takes,
    .run = run_mediate,
};
