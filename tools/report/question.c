/* What was asked: the graph, its mechanisms, the queries; and the pictures that these drew. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/graph_file.h"
#include "tools/report/report.h"

#define MOST_PICTURE (4 << 20) /* bytes */

/* ---- The graph ---- */

static void write_edges(FILE *f, const cgm_scm *scm)
{
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        const size_t *parents;
        size_t n = cgm_scm_parents(scm, v, &parents);
        fputs(v ? "; " : "", f);
        html_text(f, cgm_scm_variable(scm, v)->name);
        fputs(n ? " is caused by " : " has no cause in the model", f);
        for (size_t k = 0; k < n; k++) {
            fputs(k ? ", " : "", f);
            html_text(f, cgm_scm_variable(scm, parents[k])->name);
        }
    }
}

static cgm_status write_graph(report *r)
{
    tool_graph g;
    const char *svg;
    CGM_TRY(tool_graph_open(r->path, r->options, &g));
    const cgm_diagram diagram = {.dag = g.dag, .kind = g.kind};
    cgm_status status = cgm_diagram_write_svg(&diagram, &g.arena, &svg);
    if (status == CGM_OK) {
        fputs("<figure class=\"graph\"><img src=\"", r->f);
        html_data(r->f, "image/svg+xml", strlen(svg), (const uint8_t *)svg);
        fputs("\" alt=\"The causal graph: ", r->f);
        write_edges(r->f, cgm_run_scm(r->run));
        fputs("\"><figcaption>The causal graph, causes above effects. ", r->f);
        write_edges(r->f, cgm_run_scm(r->run));
        fputs(".</figcaption></figure>\n", r->f);
    }
    tool_graph_close(&g);
    return status;
}

/* ---- Mechanisms and predictors ---- */

static const tool_column mechanism_columns[] = {{"name", "variable", NULL, false},
                                                {"type", "type", NULL, false},
                                                {"causes", "caused by", NULL, true},
                                                {"kind", "mechanism", NULL, false},
                                                {"parameters", "parameters", NULL, false},
                                                {"fitted", "what was fitted", NULL, true},
                                                {"assumption", "counterfactuals rest on", NULL, true}};

static const tool_column predictor_columns[] = {{"name", "predictor", NULL, false},
                                                {"attribute", "reads", NULL, false},
                                                {"image", "off", NULL, false},
                                                {"given", "given", NULL, true},
                                                {"parameters", "parameters", NULL, false},
                                                {"fitted", "what was fitted", NULL, true}};

/* Names, separated by commas, in the arena. */
static const char *join(cgm_arena *arena, const char *before, const char *name)
{
    return before[0] ? cgm_arena_printf(arena, "%s, %s", before, name) : name;
}

static cgm_status add_fitted(const report *r, size_t part, json_t *row)
{
    char text[512] = "";
    cgm_run_progress progress;
    uint64_t parameters;
    CGM_TRY(cgm_run_count_parameters(r->run, part, &parameters));
    cgm_run_get_progress(r->run, part, &progress);
    if (progress.finished)
        cgm_run_describe_part(r->run, part, sizeof text, text);
    else
        snprintf(text, sizeof text, progress.steps ? "not finished" : "not trained");
    json_object_set_new(row, "parameters", json_integer((json_int_t)parameters));
    json_object_set_new(row, "fitted", text[0] ? json_string(text) : json_null());
    return CGM_OK;
}

static cgm_status add_mechanism(report *r, size_t v, json_t *rows)
{
    const cgm_scm *scm = cgm_run_scm(r->run);
    const cgm_variable *x = cgm_scm_variable(scm, v);
    const cgm_mechanism_class *methods = cgm_scm_mechanism(scm, v)->methods;
    const size_t *parents;
    size_t n = cgm_scm_parents(scm, v, &parents);
    const char *causes = "";
    for (size_t k = 0; causes && k < n; k++) causes = join(&r->arena, causes, cgm_scm_variable(scm, parents[k])->name);
    if (!causes) return CGM_E_MEMORY;
    json_t *row = json_pack("{s:s, s:s, s:o, s:s, s:o}", "name", x->name, "type", cgm_variable_type_name(x), "causes",
                            causes[0] ? json_string(causes) : json_null(), "kind", methods->kind, "assumption",
                            methods->assumption ? json_string(methods->assumption) : json_null());
    if (!row || json_array_append_new(rows, row) != 0) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a table");
    return add_fitted(r, v, row);
}

static cgm_status add_predictor(report *r, size_t i, json_t *rows)
{
    const cgm_predictor *p = cgm_run_predictor_at(r->run, i);
    const cgm_variable *const *given;
    size_t n = cgm_predictor_given(p, &given);
    const char *names = "";
    for (size_t k = 0; names && k < n; k++) names = join(&r->arena, names, given[k]->name);
    if (!names) return CGM_E_MEMORY;
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:o}", "name", cgm_predictor_name(p), "attribute", cgm_predictor_attribute(p)->name,
                  "image", cgm_predictor_image(p)->name, "given", names[0] ? json_string(names) : json_null());
    if (!row || json_array_append_new(rows, row) != 0) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a table");
    return add_fitted(r, cgm_scm_count(cgm_run_scm(r->run)) + i, row);
}

static cgm_status write_parts(report *r)
{
    json_t *mechanisms = json_array(), *predictors = json_array();
    cgm_status status = CGM_OK;
    for (size_t v = 0; v < cgm_scm_count(cgm_run_scm(r->run)); v++) CGM_TRY_GOTO(add_mechanism(r, v, mechanisms), done);
    for (size_t i = 0; i < cgm_run_predictors(r->run); i++) CGM_TRY_GOTO(add_predictor(r, i, predictors), done);
    CGM_TRY_GOTO(html_table(r->f, "Mechanisms: each variable is computed from its causes and from noise of its own",
                            sizeof mechanism_columns / sizeof *mechanism_columns, mechanism_columns, mechanisms),
                 done);
    status = html_table(r->f, "Predictors: networks that read an attribute off an image",
                        sizeof predictor_columns / sizeof *predictor_columns, predictor_columns, predictors);
done:
    json_decref(mechanisms);
    json_decref(predictors);
    return status;
}

/* ---- Queries ---- */

/* A node in YAML's flow style. */
static void write_yaml(FILE *f, const cgm_yaml *node)
{
    cgm_yaml_kind kind = cgm_yaml_get_kind(node);
    if (kind == CGM_YAML_SCALAR) {
        html_text(f, cgm_yaml_text(node));
        return;
    }
    fputc(kind == CGM_YAML_MAP ? '{' : '[', f);
    for (size_t i = 0; i < cgm_yaml_count(node); i++) {
        fputs(i ? ", " : "", f);
        if (kind == CGM_YAML_MAP) {
            html_text(f, cgm_yaml_key(node, i));
            fputs(": ", f);
        }
        write_yaml(f, cgm_yaml_at(node, i));
    }
    fputc(kind == CGM_YAML_MAP ? '}' : ']', f);
}

cgm_status report_question(report *r)
{
    const cgm_yaml *queries = cgm_run_queries(r->run);
    CGM_TRY(write_graph(r));
    CGM_TRY(write_parts(r));
    if (!queries || cgm_yaml_count(queries) == 0) {
        html_element(r->f, "p", "The config asks no query: the model was trained, and is asked by this report alone.");
        return CGM_OK;
    }
    html_element(r->f, "p", "The queries of the config, in their order:");
    fputs("<ol class=\"queries\">\n", r->f);
    for (size_t k = 0; k < cgm_yaml_count(queries); k++) {
        fputs("<li><code>", r->f);
        write_yaml(r->f, cgm_yaml_at(queries, k));
        fputs("</code></li>\n", r->f);
    }
    fputs("</ol>\n", r->f);
    return CGM_OK;
}

/* ---- Their pictures ---- */

/* A PNG file as it is; false where it is none, or too large for a page. */
static bool write_file(FILE *f, const char *path)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t *bytes = malloc(MOST_PICTURE);
    FILE *from = fopen(path, "rbe");
    size_t n = bytes && from ? fread(bytes, 1, MOST_PICTURE, from) : 0;
    bool good = n > sizeof signature && n < MOST_PICTURE && memcmp(bytes, signature, sizeof signature) == 0;
    if (good) html_data(f, "image/png", n, bytes);
    if (from) fclose(from);
    free(bytes);
    return good;
}

static cgm_status write_picture(report *r, const cgm_yaml *item, const char *key, size_t *n)
{
    const cgm_yaml *map = cgm_yaml_at(item, 0);
    const cgm_yaml *node = cgm_yaml_get_kind(map) == CGM_YAML_MAP ? cgm_yaml_get(map, key) : NULL;
    if (!node || cgm_yaml_get_kind(node) != CGM_YAML_SCALAR) return CGM_OK;
    const char *text = cgm_yaml_text(node), *kind = cgm_yaml_key(item, 0);
    const char *path = text[0] == '/' ? text : cgm_arena_printf(&r->arena, "%s/%s", r->directory, text);
    char *image = NULL;
    size_t bytes;
    FILE *f = path ? open_memstream(&image, &bytes) : NULL;
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a picture");
    bool good = write_file(f, path);
    if (fclose(f) != 0) good = false;
    if (good) {
        fprintf(r->f, "<figure class=\"picture\"><img src=\"%s\" alt=\"picture of the query %s, %s\"><figcaption>",
                image, kind, key);
        html_text(r->f, text);
        fputs(", drawn by <code>", r->f);
        write_yaml(r->f, item);
        fputs("</code></figcaption></figure>\n", r->f);
        ++*n;
    }
    free(image);
    return CGM_OK;
}

cgm_status report_pictures(report *r)
{
    static const char *const keys[] = {"png", "mean-png"};
    const cgm_yaml *queries = cgm_run_queries(r->run);
    size_t n = 0;
    for (size_t k = 0; queries && k < cgm_yaml_count(queries); k++) {
        const cgm_yaml *item = cgm_yaml_at(queries, k);
        if (cgm_yaml_get_kind(item) != CGM_YAML_MAP || cgm_yaml_count(item) != 1) continue;
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) CGM_TRY(write_picture(r, item, keys[i], &n));
    }
    if (n == 0) html_element(r->f, "p", "There are no pictures of the config's queries beside the run file.");
    return CGM_OK;
}
