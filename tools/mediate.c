/* cgm mediate: how much of an effect runs through a mediator. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/json.h"
#include "tools/tool.h"

static const char *const interval_names[] = {[CGM_INTERVAL_PERCENTILE] = "percentile",
                                             [CGM_INTERVAL_BCA] = "bca",
                                             [CGM_INTERVAL_QUASI_BAYESIAN] = "quasi-bayesian"};

static void print_heading(const cgm_mediation_opts *opts, const cgm_mediation *m)
{
    printf("%s: %g -> %g, ", opts->treatment, opts->control, opts->treated);
    for (size_t k = 0; k < opts->n_mediators; k++) printf("%s %s", k ? "," : "through", opts->mediators[k]);
    for (size_t k = 0; k < opts->n_paths; k++)
        printf("%s %s", k ? "," : opts->n_mediators ? ", along" : "along", opts->paths[k]);
    printf(", on %s; %zu rows, %s\n", opts->outcome, m->rows,
           m->exact ? "closed form" : "averages over draws of the noise");
}

static void print_table(const cgm_mediation_opts *opts, const cgm_mediation *m)
{
    static const char *const how[] = {[CGM_INTERVAL_PERCENTILE] = "percentile bootstrap, %zu resamples",
                                      [CGM_INTERVAL_BCA] = "BCa bootstrap, %zu resamples",
                                      [CGM_INTERVAL_QUASI_BAYESIAN] = "quasi-Bayesian, %zu draws of the coefficients"};
    const cgm_interval_opts *intervals = &opts->intervals;
    print_heading(opts, m);
    printf("%-20s %12s", "", "estimate");
    if (!m->exact) printf(" %12s", "MC error");
    if (intervals->models) printf(" %12s %12s %12s", "std. error", "low", "high");
    printf("\n");
    for (size_t k = 0; k < m->n; k++) {
        const cgm_estimate *e = &m->effect[k];
        printf("%-20s %12.6g", e->name, e->value);
        if (!m->exact) printf(" %12.2g", e->mc_error);
        if (intervals->models) printf(" %12.4g %12.4g %12.4g", e->standard_error, e->low, e->high);
        printf("\n");
    }
    if (intervals->models) {
        printf("%g %% intervals, ", 100 * intervals->level);
        printf(how[intervals->kind], intervals->models);
        printf(", seed %llu\n", (unsigned long long)opts->seed);
    }
    if (opts->n_mediators) printf("TE = NDE(0) + NIE(1) = NDE(1) + NIE(0); in general not NDE(0) + NIE(0). ");
    if (opts->n_paths) printf("PSE(s): along the paths alone, the rest as under treatment s. ");
    printf("No hidden common causes are assumed.\n");
}

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *estimates(const cgm_mediation *m)
{
    json_t *list = json_array();
    for (size_t k = 0; list && k < m->n; k++) {
        const cgm_estimate *e = &m->effect[k];
        json_t *one = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "name", e->name, "estimate", number(e->value),
                                "monte_carlo_error", number(e->mc_error), "standard_error", number(e->standard_error),
                                "low", number(e->low), "high", number(e->high));
        if (!one || json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *texts(size_t n, const char *const *text)
{
    json_t *list = json_array();
    for (size_t k = 0; list && k < n; k++) json_array_append_new(list, json_string(text[k]));
    return list;
}

static cgm_status print_json(const cgm_mediation_opts *opts, const cgm_mediation *m)
{
    const cgm_interval_opts *intervals = &opts->intervals;
    bool drawn = intervals->kind == CGM_INTERVAL_QUASI_BAYESIAN;
    json_t *object = tool_json_new("mediate"), *list = estimates(m);
    json_t *query = json_pack(
        "{s:s, s:o, s:o, s:s, s:f, s:f, s:f, s:I, s:I, s:I, s:s}", "treatment", opts->treatment, "mediators",
        texts(opts->n_mediators, opts->mediators), "paths", texts(opts->n_paths, opts->paths), "outcome", opts->outcome,
        "control", opts->control, "treated", opts->treated, "level", intervals->level, "bootstrap",
        (json_int_t)(drawn ? 0 : intervals->models), "quasi_bayesian", (json_int_t)(drawn ? intervals->models : 0),
        "draws", (json_int_t)opts->draws, "interval", interval_names[intervals->kind]);
    int failed = !object || !query || !list || json_object_set_new(object, "query", query) != 0 ||
                 json_object_set_new(object, "seed", json_integer((json_int_t)opts->seed)) != 0 ||
                 json_object_set_new(object, "rows", json_integer((json_int_t)m->rows)) != 0 ||
                 json_object_set_new(object, "exact", json_boolean(m->exact)) != 0 ||
                 json_object_set_new(object, "answer", list) != 0;
    if (failed) {
        json_decref(object);
        object = NULL;
    }
    return tool_json_print(object);
}

/* The number, or the name of a level, that the treatment is to take; the mediators' likewise. */
static cgm_status read_value(const cgm_run *run, const char *name, const char *text, double *out)
{
    const cgm_scm *scm = cgm_run_scm(run);
    int v = name ? cgm_scm_find(scm, name) : -1;
    return v < 0 ? CGM_OK : cgm_variable_parse(cgm_scm_variable(scm, (size_t)v), text, out);
}

static cgm_status read_intervals(const tool_options *options, cgm_interval_opts *out)
{
    bool drawn = options->quasi_bayesian >= 0;
    if (drawn && (options->bootstrap >= 0 || options->bca))
        return CGM_FAIL(CGM_E_ARG, "--quasi-bayesian: expected no --bootstrap or --bca beside it");
    out->kind = drawn ? CGM_INTERVAL_QUASI_BAYESIAN : options->bca ? CGM_INTERVAL_BCA : CGM_INTERVAL_PERCENTILE;
    if (drawn) out->models = (size_t)options->quasi_bayesian;
    if (options->bootstrap >= 0) out->models = (size_t)options->bootstrap;
    return CGM_OK;
}

static cgm_status answer(cgm_run *run, const tool_options *options)
{
    cgm_mediation_opts opts;
    cgm_mediation result;
    double fixed[64];
    cgm_mediation_init(&opts);
    opts.treatment = options->treatments.n ? options->treatments.text[0] : NULL;
    opts.outcome = options->outcomes.n ? options->outcomes.text[0] : NULL;
    opts.n_mediators = options->mediators.n;
    opts.mediators = options->mediators.text;
    opts.n_paths = options->paths.n;
    opts.paths = options->paths.text;
    if (options->from) CGM_TRY(read_value(run, opts.treatment, options->from, &opts.control));
    if (options->to) CGM_TRY(read_value(run, opts.treatment, options->to, &opts.treated));
    if (options->fixed.n > 0 && (options->fixed.n != opts.n_mediators || opts.n_mediators > 64))
        return CGM_FAIL(CGM_E_ARG, "--fix: expected a value for each of the %zu mediators", opts.n_mediators);
    for (size_t k = 0; k < options->fixed.n; k++)
        CGM_TRY(read_value(run, opts.mediators[k], options->fixed.text[k], &fixed[k]));
    if (options->fixed.n > 0) opts.fixed = fixed;
    CGM_TRY(read_intervals(options, &opts.intervals));
    if (options->draws >= 0) opts.draws = (size_t)options->draws;
    if (options->seed >= 0) opts.seed = (uint64_t)options->seed;
    CGM_TRY(cgm_run_mediate(run, &opts, &result));
    if (options->json) return print_json(&opts, &result);
    print_table(&opts, &result);
    return CGM_OK;
}

static cgm_status run_mediate(const tool_options *options)
{
    cgm_run *run = NULL;
    if (options->treatments.n > 1 || options->outcomes.n > 1)
        return CGM_FAIL(CGM_E_ARG, "mediate: expected one treatment and one outcome");
    CGM_TRY(tool_open(options->argument[0], options, &run));
    cgm_status status = answer(run, options);
    cgm_run_destroy(run);
    return status;
}

static const tool_option takes[] = {{OPT_TREATMENT, "the treatment"},
                                    {OPT_MEDIATOR, NULL},
                                    {OPT_ALONG, NULL},
                                    {OPT_OUTCOME, "the outcome, or NAME=LEVEL for the probability of a level"},
                                    {OPT_FROM, NULL},
                                    {OPT_TO, NULL},
                                    {OPT_FIX, NULL},
                                    {OPT_BOOTSTRAP, NULL},
                                    {OPT_BCA, NULL},
                                    {OPT_QUASI_BAYESIAN, NULL},
                                    {OPT_DRAWS, NULL},
                                    {OPT_SEED, NULL},
                                    {OPT_JSON, NULL},
                                    {OPT_PATH, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_mediate_row = {
    .name = "mediate",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "natural direct and indirect effects through mediators, with intervals",
    .doc = "NIE is also called ACME, NDE ADE. Effects are averages over the training rows, in closed form where every "
           "mechanism between treatment and outcome is linear with constant noise, else over draws of the noise, with "
           "the Monte Carlo error beside them. --path treat->job_seek->depress2 asks for the effect along given "
           "directed paths; it is refused, naming the recanting witness, where it cannot be told from other effects.",
    .options = takes,
    .run = run_mediate,
};
