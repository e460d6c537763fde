/* cgm query: exact probabilities in a discrete Bayesian network, or in a model whose variables have levels. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/model.h"
#include "tools/result.h"

/* A question, and its answer: of each combination of the targets' levels, or the evidence's probability. */
typedef struct question {
    cgm_arena arena;
    cgm_network *network;
    cgm_network_query query;
    const char *text; /* "P(lung | smoke=no; do(bronc=yes))" */
    size_t n;
    double *p, log_p;
} question;

static cgm_status read_values(question *q, const char *option, const tool_texts *texts, size_t *n,
                              const cgm_network_value **out)
{
    cgm_network_value *values = cgm_arena_array(&q->arena, texts->n, sizeof *values);
    if (!values) return CGM_E_MEMORY;
    for (size_t i = 0; i < texts->n; i++) {
        cgm_status status = cgm_network_read_value(q->network, texts->text[i], &values[i]);
        if (status != CGM_OK) return cgm_fail_context(status, "%s", option);
    }
    *n = texts->n;
    *out = values;
    return CGM_OK;
}

static cgm_status read_query(question *q, const tool_options *options)
{
    size_t *targets = cgm_arena_array(&q->arena, options->targets.n, sizeof *targets);
    if (!targets) return CGM_E_MEMORY;
    for (size_t i = 0; i < options->targets.n; i++) {
        cgm_status status = cgm_network_lookup(q->network, options->targets.text[i], &targets[i]);
        if (status != CGM_OK) return cgm_fail_context(status, "--target");
    }
    q->query.n_targets = options->targets.n;
    q->query.targets = targets;
    CGM_TRY(read_values(q, "--do", &options->dos, &q->query.n_do, &q->query.interventions));
    return read_values(q, "--given", &options->givens, &q->query.n_evidence, &q->query.evidence);
}

/* Adds the model's variables that the texts name, NAME or NAME=LEVEL. */
static cgm_status name_variables(const cgm_scm *scm, const char *option, const tool_texts *texts, cgm_arena *arena,
                                 size_t *n, size_t *out)
{
    for (size_t i = 0; i < texts->n; i++) {
        char *name = cgm_arena_strdup(arena, texts->text[i]), *end;
        if (!name) return CGM_E_MEMORY;
        name[strcspn(name, "=")] = 0;
        name += strspn(name, " \t");
        for (end = name + strlen(name); end > name && strchr(" \t", end[-1]);) *--end = 0;
        cgm_status status = cgm_scm_lookup(scm, name, &out[*n]);
        if (status != CGM_OK) return cgm_fail_context(status, "%s", option);
        ++*n;
    }
    return CGM_OK;
}

/* The network of what is asked about, from a model. */
static cgm_status from_model(question *q, const tool_options *options)
{
    tool_model model;
    CGM_TRY(tool_model_open(options, false, &model));
    size_t n_intervened = 0, n_wanted = 0;
    size_t *intervened = cgm_arena_array(&q->arena, options->dos.n + 1, sizeof *intervened);
    size_t *wanted = cgm_arena_array(&q->arena, options->targets.n + options->givens.n + 1, sizeof *wanted);
    cgm_status status = intervened && wanted ? CGM_OK : CGM_E_MEMORY;
    if (status == CGM_OK)
        status = name_variables(model.scm, "--target", &options->targets, &q->arena, &n_wanted, wanted);
    if (status == CGM_OK) status = name_variables(model.scm, "--given", &options->givens, &q->arena, &n_wanted, wanted);
    if (status == CGM_OK)
        status = name_variables(model.scm, "--do", &options->dos, &q->arena, &n_intervened, intervened);
    if (status == CGM_OK)
        status = cgm_network_from_scm(model.scm, n_intervened, intervened, n_wanted, wanted, &q->network);
    tool_model_close(&model);
    return status;
}

static void write_words(FILE *f, const char *before, const tool_texts *words)
{
    for (size_t i = 0; i < words->n; i++) fprintf(f, "%s%s", i ? ", " : before, words->text[i]);
}

static cgm_status write_question(question *q, const tool_options *options)
{
    char *text = NULL;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the question");
    write_words(f, "P(", &options->targets);
    write_words(f, options->targets.n ? " | " : "P(", &options->givens);
    write_words(f, options->givens.n ? "; do(" : " | do(", &options->dos);
    fputs(options->dos.n ? "))" : ")", f);
    bool written = fclose(f) == 0;
    if (written) q->text = cgm_arena_strdup(&q->arena, text);
    free(text);
    if (!written) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the question");
    return q->text ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status answer(question *q)
{
    q->n = 1;
    if (q->query.n_targets) CGM_TRY(cgm_network_answer_cells(q->network, &q->query, &q->n));
    q->p = cgm_arena_array(&q->arena, q->n, sizeof *q->p);
    if (!q->p) return CGM_E_MEMORY;
    if (q->query.n_targets) return cgm_network_posterior(q->network, &q->query, q->n, q->p);
    return cgm_network_evidence(q->network, &q->query, q->p, &q->log_p);
}

/* The level of target i in row `cell` of the answer. */
static const char *level_of(const question *q, size_t cell, size_t i)
{
    const char *const *levels;
    for (size_t k = q->query.n_targets; --k > i;) cell /= cgm_network_levels(q->network, q->query.targets[k], &levels);
    size_t n = cgm_network_levels(q->network, q->query.targets[i], &levels);
    return levels[cell % n];
}

static json_t *values_json(const question *q, size_t n, const cgm_network_value *values)
{
    json_t *object = json_object();
    for (size_t i = 0; i < n; i++) {
        const char *const *levels;
        cgm_network_levels(q->network, values[i].variable, &levels);
        json_object_set_new(object, cgm_network_name(q->network, values[i].variable),
                            json_string(levels[values[i].level]));
    }
    return object;
}

static json_t *cell_json(const question *q, size_t cell)
{
    json_t *levels = json_object();
    for (size_t i = 0; i < q->query.n_targets; i++)
        json_object_set_new(levels, cgm_network_name(q->network, q->query.targets[i]),
                            json_string(level_of(q, cell, i)));
    json_t *object = json_pack("{s:o, s:f, s:f, s:f}", "levels", levels, "probability", q->p[cell], "standard_error",
                               0.0, "monte_carlo_error", 0.0);
    /* JSON has no infinity: the logarithm of 0 is null. */
    if (q->query.n_targets == 0)
        json_object_set_new(object, "log_probability", isfinite(q->log_p) ? json_real(q->log_p) : json_null());
    return object;
}

/* A column for each target, within "levels", and one of the probability. */
static cgm_status make_columns(question *q, tool_column **out)
{
    tool_column *columns = cgm_arena_array(&q->arena, q->query.n_targets + 1, sizeof *columns);
    if (!columns) return CGM_E_MEMORY;
    for (size_t i = 0; i < q->query.n_targets; i++) {
        const char *name = cgm_network_name(q->network, q->query.targets[i]);
        columns[i] = (tool_column){cgm_arena_printf(&q->arena, "levels/%s", name), name, "%g", false};
        if (!columns[i].key) return CGM_E_MEMORY;
    }
    columns[q->query.n_targets] = (tool_column){"probability", "probability", "%-.10g", false};
    *out = columns;
    return CGM_OK;
}

static cgm_status give(question *q, const tool_options *options)
{
    tool_column *columns;
    bool table = q->query.n_targets > 0;
    const char *title = q->text;
    CGM_TRY(make_columns(q, &columns));
    if (!table) title = cgm_arena_printf(&q->arena, "%s = %.10g, its logarithm %.10g", q->text, q->p[0], q->log_p);
    if (!title) return CGM_E_MEMORY;
    json_t *targets = json_array(), *cells = json_array();
    for (size_t i = 0; i < q->query.n_targets; i++)
        json_array_append_new(targets, json_string(cgm_network_name(q->network, q->query.targets[i])));
    for (size_t cell = 0; cell < q->n; cell++) json_array_append_new(cells, cell_json(q, cell));
    json_t *query = json_pack("{s:s, s:o, s:o, s:o}", "text", q->text, "targets", targets, "given",
                              values_json(q, q->query.n_evidence, q->query.evidence), "do",
                              values_json(q, q->query.n_do, q->query.interventions));
    tool_result r = {.what = "probabilities",
                     .facts = tool_result_facts("query", query, 0),
                     .rows = cells,
                     .columns = columns,
                     .n_columns = table ? q->query.n_targets + 1 : 0,
                     .title = title};
    json_object_set_new(r.facts, "seed", json_null()); /* nothing is drawn */
    json_object_set_new(r.facts, "network", json_string(options->argument[0]));
    json_object_set_new(r.facts, "method", json_string("variable elimination"));
    json_object_set_new(r.facts, "exact", json_true());
    return tool_result_give(&r, options);
}

static cgm_status run_query(const tool_options *options)
{
    question q = {.network = NULL};
    cgm_status status = CGM_OK;
    CGM_TRY(tool_result_check(options->out));
    if (options->targets.n + options->givens.n == 0)
        return CGM_FAIL(CGM_E_ARG, "query: expected --target NAME, or --given NAME=LEVEL for the probability of that");
    if (tool_is_network(options->argument[0]))
        CGM_TRY_GOTO(cgm_network_load(options->argument[0], &q.network), done);
    else
        CGM_TRY_GOTO(from_model(&q, options), done);
    CGM_TRY_GOTO(read_query(&q, options), done);
    CGM_TRY_GOTO(write_question(&q, options), done);
    CGM_TRY_GOTO(answer(&q), done);
    status = give(&q, options);
done:
    cgm_network_destroy(q.network);
    cgm_arena_clear(&q.arena);
    return status;
}

static const tool_option takes[] = {{OPT_TARGET, NULL},
                                    {OPT_GIVEN, NULL},
                                    {OPT_DO, "intervene, NAME=LEVEL; several act together"},
                                    {OPT_OUT, "file to write, .csv or .h5"},
                                    {OPT_JSON, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_query_row = {
    .name = "query",
    .arguments = "MODEL",
    .n_arguments = 1,
    .brief = "exact probabilities in a discrete model or Bayesian network, under interventions",
    .doc = "MODEL is a network (.bif), a run file, or a config (.yaml) whose mechanisms are all known; what the answer "
           "depends on must have levels. Prints P(targets | given; do) by variable elimination in the network without "
           "the arrows into what is "
           "intervened on: the evidence counts as seen after the intervention. Without --target, the probability of "
           "what is given.",
    .options = takes,
    .run = run_query,
};
