/* cgm logprob: how probable rows of data, or what was seen of one unit, are under a model. */
#include <math.h>
#include <stdio.h>

#include "tools/model.h"
#include "tools/result.h"

static uint64_t seed_of(const tool_options *options)
{
    return options->seed >= 0 ? (uint64_t)options->seed : 1;
}

/* ---- Rows of data ---- */

static const tool_column row_columns[] = {{"variable", "variable", NULL, false},
                                          {"log_prob", "log p", "%.8g", false},
                                          {"standard_error", "std. error", "%.3g", false},
                                          {"kind", "", NULL, true}};

static json_t *mean_json(const char *name, const cgm_log_prob_mean *m)
{
    return json_pack("{s:s, s:o, s:o, s:s}", "variable", name, "log_prob", tool_json_number(m->mean), "standard_error",
                     tool_json_number(m->standard_error), "kind", m->bound ? "lower bound" : "exact");
}

static json_t *means(const cgm_scm *scm, const cgm_likelihood *l)
{
    json_t *list = json_array();
    for (size_t v = 0; v < l->n_variables; v++)
        json_array_append_new(list, mean_json(cgm_scm_variable(scm, v)->name, &l->variable[v]));
    json_array_append_new(list, mean_json("total", &l->all));
    return list;
}

/* What the file holds: every row. */
static json_t *each_row(const cgm_scm *scm, const cgm_likelihood *l)
{
    json_t *list = json_array();
    for (size_t i = 0; i < l->n; i++) {
        json_t *variables = json_object();
        for (size_t v = 0; v < l->n_variables; v++)
            json_object_set_new(variables, cgm_scm_variable(scm, v)->name, tool_json_number(l->log_prob[v][i]));
        json_array_append_new(list, json_pack("{s:I, s:o, s:o}", "row", (json_int_t)l->rows[i], "total",
                                              tool_json_number(l->total[i]), "variable", variables));
    }
    return list;
}

static cgm_status answer_rows(const tool_model *m, const tool_options *options)
{
    cgm_likelihood l;
    const char *split = options->split == CGM_TRAIN ? "train" : "test";
    cgm_likelihood_opts opts = {.split = (cgm_split)options->split,
                                .n = options->n > 0 ? (size_t)options->n : 0,
                                .n_rows = options->n_rows,
                                .rows = options->rows,
                                .seed = seed_of(options)};
    char title[128];
    CGM_TRY(cgm_scm_likelihood(m->scm, cgm_run_data(m->run), &opts, &l));
    snprintf(title, sizeof title, "log-probability in nats, mean over %zu %s rows", l.n,
             options->split == CGM_TRAIN ? "training" : "test");
    tool_result r = {.what = "log-probabilities of rows",
                     .facts = tool_result_facts("logprob", json_pack("{s:s}", "split", split), opts.seed),
                     .rows = means(m->scm, &l),
                     .file_rows = options->out ? each_row(m->scm, &l) : NULL,
                     .columns = row_columns,
                     .n_columns = sizeof row_columns / sizeof *row_columns,
                     .title = title};
    json_object_set_new(r.facts, "rows", json_integer((json_int_t)l.n));
    cgm_likelihood_clear(&l);
    return tool_result_give(&r, options);
}

/* ---- One unit ---- */

static const char *const methods[] = {[CGM_EVIDENCE_DENSITY] = "density of all variables, exact",
                                      [CGM_EVIDENCE_GAUSSIAN] = "linear Gaussian marginal, exact",
                                      [CGM_EVIDENCE_DISCRETE] = "variable elimination, exact",
                                      [CGM_EVIDENCE_PARTICLES] = "importance-weighted particles"};
static const tool_column unit_columns[] = {{"evidence", "evidence", NULL, false},
                                           {"log_prob", "log p", "%.10g", false},
                                           {"monte_carlo_error", "MC error", "%.2g", true},
                                           {"kind", "", NULL, true}};

static cgm_status answer_unit(const tool_model *m, const tool_options *options)
{
    cgm_arena arena = {0};
    cgm_observation *evidence = NULL;
    cgm_evidence e = {0};
    size_t n = 0;
    char notes[160];
    uint64_t seed = seed_of(options);
    cgm_rng rng = cgm_rng_create(seed);
    cgm_unit_opts opts = {.particles = options->particles > 0 ? (size_t)options->particles : 0,
                          .threads = (int)options->threads};
    cgm_status status = cgm_scm_parse_evidence(m->scm, options->evidence, &arena, &n, &evidence);
    if (status == CGM_OK) status = cgm_scm_evidence(m->scm, &rng, n, evidence, &opts, &e);
    cgm_arena_clear(&arena);
    CGM_TRY(status);
    bool drawn = e.method == CGM_EVIDENCE_PARTICLES;
    const char *kind = e.bound ? "lower bound" : drawn ? "estimate" : "exact";
    snprintf(notes, sizeof notes, drawn ? "%s: %zu, effective sample size %.1f" : "%s", methods[e.method], e.particles,
             e.effective);
    json_t *one =
        json_pack("{s:s, s:o, s:o, s:s}", "evidence", options->evidence, "log_prob", tool_json_number(e.log_prob),
                  "monte_carlo_error", tool_json_number(e.mc_error), "kind", kind);
    tool_result r = {.what = "log-probability",
                     .facts = tool_result_facts("logprob", json_pack("{s:s}", "evidence", options->evidence), seed),
                     .rows = json_pack("[o]", one),
                     .columns = unit_columns,
                     .n_columns = sizeof unit_columns / sizeof *unit_columns,
                     .title = "log-probability in nats",
                     .notes = notes};
    json_object_set_new(r.facts, "method", json_string(methods[e.method]));
    json_object_set_new(r.facts, "exact", json_boolean(!drawn && !e.bound));
    if (drawn) json_object_set_new(r.facts, "particles", json_integer((json_int_t)e.particles));
    if (drawn) json_object_set_new(r.facts, "effective_sample_size", json_real(e.effective));
    return tool_result_give(&r, options);
}

static cgm_status run_logprob(const tool_options *options)
{
    tool_model m = {0};
    CGM_TRY(tool_result_check(options->out));
    if (options->evidence && (options->n >= 0 || options->n_rows))
        return CGM_FAIL(CGM_E_ARG, "--evidence is of one unit: expected no -n or --index beside it");
    CGM_TRY(tool_model_open(options, !options->evidence, &m));
    cgm_status status = options->evidence ? answer_unit(&m, options) : answer_rows(&m, options);
    tool_model_close(&m);
    return status;
}

static const tool_option takes[] = {{OPT_SPLIT, NULL},
                                    {OPT_N, "rows: the first N of the split (all)"},
                                    {OPT_INDEX, NULL},
                                    {OPT_EVIDENCE, "what was seen of one unit; the rest is summed out"},
                                    {OPT_PARTICLES, NULL},
                                    {OPT_SEED, NULL},
                                    {OPT_OUT, "file to write, .csv or .h5: with rows, each row's"},
                                    {OPT_JSON, NULL},
                                    {OPT_PATH, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_logprob_row = {
    .name = "logprob",
    .arguments = "RUN",
    .n_arguments = 1,
    .brief = "log-probabilities of rows of the data, or of what was seen of one unit",
    .doc = "Prints the mean of log p(variable | parents) of each variable and of their sum, in nats, with the standard "
           "error over the rows; an image VAE gives a lower bound, which is marked. With --evidence: the "
           "log-probability (of continuous variables: log-density) of these values, exact where all is seen or all "
           "mechanisms are linear Gaussian or what is unseen has levels, else by particles. RUN may also be a config "
           "(.yaml) whose mechanisms are "
           "all known.",
    .options = takes,
    .run = run_logprob,
};
