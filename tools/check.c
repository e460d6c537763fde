/* cgm check: do the data contradict the graph? */
#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/graph_file.h"
#include "tools/json.h"

static const char *const corrections[] = {[CGM_HOLM] = "Holm", [CGM_BENJAMINI_HOCHBERG] = "Benjamini-Hochberg"};

typedef struct checked {
    tool_graph graph;
    cgm_dataset *own;
    const cgm_dataset *data;
    cgm_check_opts opts;
    cgm_check result;
} checked;

/* The data of a network are not in its file. */
static cgm_status open_for_network(checked *c, const tool_options *options, const cgm_sink *sink)
{
    size_t n = cgm_network_count(c->graph.network);
    cgm_variable *expect = cgm_arena_array(&c->graph.arena, n, sizeof *expect);
    if (!expect) return CGM_E_MEMORY;
    if (!options->path) return CGM_FAIL(CGM_E_ARG, "check: expected --data FILE beside a network");
    for (size_t i = 0; i < n; i++) {
        expect[i] = (cgm_variable){.name = cgm_network_name(c->graph.network, i), .type = CGM_CATEGORICAL};
        expect[i].levels = (int)cgm_network_levels(c->graph.network, i, &expect[i].level_names);
    }
    const cgm_data_opts opts = {.path = options->path, .n_expect = n, .expect = expect};
    return cgm_dataset_open(&opts, c->opts.threads, sink, &c->own);
}

static cgm_status open_for_config(checked *c, const tool_options *options, const cgm_sink *sink)
{
    char *copy = strdup(options->argument[0]);
    if (!copy) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a path");
    cgm_status status = CGM_OK;
    if (options->path) status = tool_set_data(c->graph.config, options->path);
    if (status == CGM_OK) status = cgm_check_open_data(c->graph.config, dirname(copy), c->opts.threads, sink, &c->own);
    free(copy);
    return status;
}

static cgm_status open_data(checked *c, const tool_options *options)
{
    cgm_sink sink = tool_sink(options);
    cgm_status status = CGM_OK;
    if (c->graph.run) {
        CGM_TRY(cgm_run_load_data(c->graph.run));
        c->data = cgm_run_data(c->graph.run);
        return CGM_OK;
    }
    status = c->graph.network ? open_for_network(c, options, &sink) : open_for_config(c, options, &sink);
    c->data = c->own;
    return status;
}

/* "a _||_ b | z", in the arena. */
static const char *write_independence(checked *c, const cgm_check_row *row)
{
    const cgm_dag *dag = c->graph.dag;
    const char *given = "";
    if (row->given && cgm_dag_write_set(dag, row->given, &c->graph.arena, &given) != CGM_OK) return NULL;
    return cgm_arena_printf(&c->graph.arena, "%s _||_ %s%s%s", cgm_dag_name(dag, row->a), cgm_dag_name(dag, row->b),
                            *given ? " | " : "", given);
}

/* "z", "F(4, 95)", "chi2(3)". */
static const char *write_kind(const cgm_check_row *row, char text[64])
{
    if (row->df2 > 0)
        snprintf(text, 64, "F(%.0f, %.0f)", row->df, row->df2);
    else if (row->df > 0)
        snprintf(text, 64, "chi2(%.0f)", row->df);
    else
        snprintf(text, 64, "z");
    return text;
}

static cgm_status print_left_out(const checked *c, const char *why, const uint64_t *set, cgm_arena *arena)
{
    const char *names;
    CGM_TRY(cgm_dag_write_set(c->graph.dag, set, arena, &names));
    if (*names) printf("left out, %s: %s\n", why, names);
    return CGM_OK;
}

static cgm_status print_rows(checked *c)
{
    const char **text = cgm_arena_array(&c->graph.arena, c->result.n + 1, sizeof *text);
    int width = 12;
    if (!text) return CGM_E_MEMORY;
    for (size_t k = 0; k < c->result.n; k++) {
        text[k] = write_independence(c, &c->result.row[k]);
        if (!text[k]) return CGM_E_MEMORY;
        if (k < c->result.n_tested && (int)strlen(text[k]) > width) width = (int)strlen(text[k]);
    }
    if (c->result.n_tested)
        printf("%-*s  %-19s %12s %-13s %10s %10s\n", width, "independence", "test", "statistic", "", "p", "adjusted");
    for (size_t k = 0; k < c->result.n_tested; k++) {
        const cgm_check_row *row = &c->result.row[k];
        char kind[64];
        printf("%-*s  %-19s %12.5g %-13s %10.4g %10.4g%s\n", width, text[k], cgm_check_test_name(row->test),
               row->statistic, write_kind(row, kind), row->p, row->adjusted, row->contradicted ? "  contradicted" : "");
    }
    for (size_t k = c->result.n_tested; k < c->result.n; k++)
        printf("not tested: %s: %s\n", text[k], c->result.row[k].why_not);
    return CGM_OK;
}

static cgm_status print_table(checked *c)
{
    const cgm_check *r = &c->result;
    printf("%zu training rows of %s\n", r->rows, cgm_dataset_description(c->data));
    CGM_TRY(print_rows(c));
    CGM_TRY(print_left_out(c, "images and vectors", r->not_scalar, &c->graph.arena));
    CGM_TRY(print_left_out(c, "constant in the data", r->constant, &c->graph.arena));
    if (r->n_tested == 0)
        printf("the graph implies no independence that these data could contradict\n");
    else
        printf("the data contradict %zu of %zu implied independences at %g (%s)\n", r->n_contradicted, r->n_tested,
               c->opts.alpha, corrections[c->opts.correction]);
    if (r->n_tested && r->n_contradicted == 0)
        printf("That is no proof: other graphs imply the same, and a test sees only what the rows suffice for.\n");
    return CGM_OK;
}

/* ---- JSON; a NULL on the way is found by tool_json_print. */

static json_t *json_set(checked *c, const uint64_t *set)
{
    if (!set) return json_null();
    json_t *array = json_array();
    size_t *node = cgm_arena_array(&c->graph.arena, cgm_dag_count(c->graph.dag), sizeof *node);
    if (!node) return json_decref(array), NULL;
    size_t n = cgm_dag_sort_set(c->graph.dag, set, node);
    for (size_t i = 0; i < n; i++) json_array_append_new(array, json_string(cgm_dag_name(c->graph.dag, node[i])));
    return array;
}

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *json_row(checked *c, const cgm_check_row *row)
{
    const cgm_dag *dag = c->graph.dag;
    json_t *object = json_pack("{s:[s, s], s:o}", "variables", cgm_dag_name(dag, row->a), cgm_dag_name(dag, row->b),
                               "given", json_set(c, row->given));
    json_t *rest =
        row->why_not
            ? json_pack("{s:s}", "why_not", row->why_not)
            : json_pack("{s:s, s:o, s:o, s:o, s:I, s:f, s:f, s:b}", "test", cgm_check_test_name(row->test), "statistic",
                        number(row->statistic), "df", row->df > 0 ? json_real(row->df) : json_null(), "df2",
                        row->df2 > 0 ? json_real(row->df2) : json_null(), "n", (json_int_t)c->result.rows, "p", row->p,
                        "adjusted", row->adjusted, "contradicted", row->contradicted);
    if (!rest || json_object_update(object, rest)) {
        json_decref(object);
        object = NULL;
    }
    json_decref(rest);
    return object;
}

static cgm_status print_json(checked *c)
{
    const cgm_check *r = &c->result;
    json_t *tested = json_array(), *others = json_array(), *object = tool_json_new("check");
    for (size_t k = 0; k < r->n; k++) json_array_append_new(k < r->n_tested ? tested : others, json_row(c, &r->row[k]));
    json_t *rest = json_pack("{s:{s:f, s:s}, s:s, s:I, s:I, s:o, s:o, s:{s:o, s:o}, s:{s:I, s:I}}", "query", "alpha",
                             c->opts.alpha, "correction", corrections[c->opts.correction], "data",
                             cgm_dataset_description(c->data), "rows", (json_int_t)r->rows, "seed",
                             (json_int_t)c->opts.seed, "answer", tested, "not_tested", others, "left_out", "not_scalar",
                             json_set(c, r->not_scalar), "constant", json_set(c, r->constant), "contradictions",
                             "contradicted", (json_int_t)r->n_contradicted, "tested", (json_int_t)r->n_tested);
    if (!rest || json_object_update(object, rest)) {
        json_decref(object);
        object = NULL;
    }
    json_decref(rest);
    return tool_json_print(object);
}

static cgm_status run_check(const tool_options *options)
{
    checked c = {.own = NULL};
    cgm_check_init(&c.opts);
    c.opts.threads = options->threads > 0 ? (int)options->threads : cgm_threads_available();
    if (options->alpha >= 0) c.opts.alpha = options->alpha;
    if (options->seed >= 0) c.opts.seed = (uint64_t)options->seed;
    c.opts.correction = options->method;
    c.opts.family = options->family;
    CGM_TRY(tool_graph_open(options->argument[0], options, &c.graph));
    cgm_status status = open_data(&c, options);
    if (status == CGM_OK) status = cgm_check_graph(c.graph.dag, c.data, &c.opts, &c.graph.arena, &c.result);
    if (status == CGM_OK) status = options->json ? print_json(&c) : print_table(&c);
    cgm_dataset_destroy(c.own);
    tool_graph_close(&c.graph);
    return status;
}

static const tool_option takes[] = {{OPT_PATH, "read the data here, not where the config says"},
                                    {OPT_ALPHA, NULL},
                                    {OPT_METHOD, NULL},
                                    {OPT_FAMILY, NULL},
                                    {OPT_SEED, "of permutations (1)"},
                                    {OPT_JSON, NULL},
                                    {OPT_NONE, NULL}};

const tool tool_check_row = {
    .name = "check",
    .arguments = "GRAPH",
    .n_arguments = 1,
    .brief = "whether data contradict a graph: tests of the independences that it implies",
    .doc =
        "GRAPH is a config, which may name hidden common causes, a run file or with --data a discrete network "
        "(.bif). For each pair of variables without an edge the independence given as few others as separate them is "
        "tested on the training rows: between levels by G, by permutations where a table is sparse; else, with "
        "--test gcm, by the generalised covariance measure, which sees dependence that is not linear, or with --test "
        "partial by partial correlation and by nested linear or logistic regressions; auto takes the former where "
        "there are rows enough. Images are left out. Either answer is exit status 0.",
    .options = takes,
    .run = run_check,
};
