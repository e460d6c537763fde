/* Answers of other subcommands, from their files. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/report/report.h"

const char *report_text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

json_t *report_number(double x)
{
    bool whole = fabs(x) < 1e15 && floor(x) == x;
    return whole ? json_integer((json_int_t)x) : tool_json_number(x);
}

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n > m && strcmp(path + n - m, end) == 0;
}

static cgm_status fail_format(const char *path, const char *why)
{
    return CGM_FAIL(CGM_E_FORMAT, "%s: %s; expected an answer of a subcommand of cgm, .json, .h5 or .csv", path, why);
}

/* ---- JSON ---- */

static cgm_status read_json(const char *path, json_t **out)
{
    json_error_t error;
    char why[256];
    json_t *object = json_load_file(path, 0, &error);
    if (!object) {
        snprintf(why, sizeof why, "line %d: %s", error.line, error.text);
        return fail_format(path, why);
    }
    bool good = report_text_at(object, "command")[0] && json_is_array(json_object_get(object, "answer"));
    if (good) *out = object;
    if (good) return CGM_OK;
    json_decref(object);
    return fail_format(path, "there is no \"command\" with an \"answer\"");
}

/* ---- HDF5 ---- */

/* What of the file's attributes the page can show. */
static const char *const facts[] = {"command", "cgm_version", "query",         "seed",  "image",
                                    "cld_by",  "features_of", "fine_tuned_by", "images"};

typedef struct reading {
    cgm_file *file;
    json_t *rows;
    const char *group; /* within which columns are listed, or NULL */
} reading;

static json_t *value_of(cgm_dtype dtype, const void *data, size_t i)
{
    const char *text = dtype == CGM_TEXT ? ((const char *const *)data)[i] : NULL;
    if (text) return text[0] ? json_string(text) : json_null(); /* a cell of a column of texts that has nothing */
    return report_number(((const double *)data)[i]);
}

/* Sets rows[i].name, or rows[i].group.name. */
static bool set_value(const reading *r, size_t i, const char *name, json_t *value)
{
    while (json_array_size(r->rows) <= i) json_array_append_new(r->rows, json_object());
    json_t *row = json_array_get(r->rows, i);
    if (r->group && !json_object_get(row, r->group)) json_object_set_new(row, r->group, json_object());
    return json_object_set_new(r->group ? json_object_get(row, r->group) : row, name, value) == 0;
}

static cgm_status read_column(const reading *r, const char *name)
{
    char path[512];
    cgm_dtype dtype;
    cgm_shape shape;
    snprintf(path, sizeof path, "/%s%s%s", r->group ? r->group : "", r->group ? "/" : "", name);
    CGM_TRY(cgm_file_info(r->file, path, &dtype, &shape));
    if (shape.rank != 1 || shape.dim[0] < 0 || shape.dim[0] > 1000000)
        return fail_format(cgm_file_path(r->file), "it has data sets that are no columns");
    dtype = dtype == CGM_TEXT ? CGM_TEXT : CGM_F64;
    size_t n = (size_t)shape.dim[0], size = dtype == CGM_TEXT ? sizeof(const char *) : sizeof(double);
    void *data = calloc(n + 1, size);
    if (!data) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", n);
    cgm_status status = cgm_file_read(r->file, path, dtype, shape, data);
    for (size_t i = 0; status == CGM_OK && i < n; i++)
        if (!set_value(r, i, name, value_of(dtype, data, i))) status = CGM_FAIL(CGM_E_MEMORY, "out of memory for rows");
    free(data);
    return status;
}

static cgm_status visit(void *context, const char *name, bool is_group)
{
    const reading *r = context;
    char path[512];
    if (!is_group) return read_column(r, name);
    if (r->group) return fail_format(cgm_file_path(r->file), "it has groups within groups");
    reading inner = {r->file, r->rows, name};
    snprintf(path, sizeof path, "/%s", name);
    return cgm_file_list(r->file, path, visit, &inner);
}

/* Texts that are JSON are taken as such. */
static cgm_status read_facts(cgm_file *file, json_t *object)
{
    for (size_t k = 0; k < sizeof facts / sizeof *facts; k++) {
        const char *text;
        if (!cgm_file_has_attribute(file, "/", facts[k])) continue;
        if (cgm_file_get_text(file, "/", facts[k], &text) != CGM_OK) continue; /* a number that nothing reads */
        json_t *value = text[0] == '{' ? json_loads(text, 0, NULL) : NULL;
        if (json_object_set_new(object, facts[k], value ? value : json_string(text)) != 0)
            return CGM_FAIL(CGM_E_MEMORY, "out of memory for an answer");
    }
    return CGM_OK;
}

static cgm_status read_hdf5(const char *path, json_t **out)
{
    cgm_file *file;
    CGM_TRY(cgm_file_open(path, &file));
    json_t *rows = json_array(), *object = json_pack("{s:O}", "answer", rows);
    reading r = {file, rows, NULL};
    cgm_status status = object ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for an answer");
    if (status == CGM_OK && !cgm_file_has_attribute(file, "/", "command"))
        status = fail_format(path, "there is no attribute \"command\"");
    if (status == CGM_OK) status = read_facts(file, object);
    if (status == CGM_OK) status = cgm_file_list(file, "/", visit, &r);
    json_decref(rows);
    cgm_file_close(file);
    if (status == CGM_OK)
        *out = object;
    else
        json_decref(object);
    return status;
}

cgm_status report_read_answer(const char *path, json_t **out)
{
    struct stat what;
    if (stat(path, &what) != 0) return CGM_FAIL(CGM_E_ARG, "%s: %s", path, strerror(errno));
    if (!S_ISREG(what.st_mode)) return CGM_FAIL(CGM_E_ARG, "%s: not a file", path);
    if (ends_with(path, ".json")) return read_json(path, out);
    if (cgm_csv_is_named(path)) return report_read_csv(path, out);
    return read_hdf5(path, out);
}

/* ---- All answers of a run ---- */

/* Whether the file is older than the run's, and so may be of another model. */
static bool is_older(const report *r, const char *path)
{
    struct stat run, file;
    return stat(r->path, &run) == 0 && stat(path, &file) == 0 && file.st_mtime < run.st_mtime;
}

static cgm_status add_file(report *r, const char *path)
{
    json_t *answer;
    CGM_TRY(report_read_answer(path, &answer));
    json_object_set_new(answer, "file", json_string(path));
    json_object_set_new(answer, "older", json_boolean(is_older(r, path)));
    if (json_array_append_new(r->results, answer) == 0) return CGM_OK;
    return CGM_FAIL(CGM_E_MEMORY, "out of memory for an answer");
}

/* What an item of the queries wrote, if it is there and a table. */
static cgm_status add_query(report *r, const cgm_yaml *item)
{
    if (cgm_yaml_get_kind(item) != CGM_YAML_MAP || cgm_yaml_count(item) != 1) return CGM_OK;
    const char *kind = cgm_yaml_key(item, 0);
    const cgm_yaml *map = cgm_yaml_at(item, 0);
    const cgm_yaml *out = cgm_yaml_get_kind(map) == CGM_YAML_MAP ? cgm_yaml_get(map, "out") : NULL;
    bool table = strcmp(kind, "counterfactual") != 0 && strcmp(kind, "sample") != 0 && strcmp(kind, "report") != 0;
    if (!table || !out || cgm_yaml_get_kind(out) != CGM_YAML_SCALAR) return CGM_OK;
    const char *text = cgm_yaml_text(out);
    const char *path = text[0] == '/' ? text : cgm_arena_printf(&r->arena, "%s/%s", r->directory, text);
    if (!path) return CGM_E_MEMORY;
    if (access(path, R_OK) != 0) return CGM_OK;
    cgm_status status = add_file(r, path);
    return status == CGM_E_FORMAT ? CGM_OK : status; /* effects on images are no table */
}

static cgm_status add_predictors(report *r)
{
    const cgm_row_choice all = {.split = CGM_TEST};
    json_t *rows;
    if (r->no_data || !cgm_run_is_finished(r->run) || cgm_run_predictors(r->run) == 0) return CGM_OK;
    CGM_TRY(tool_predictors_answer(r->run, &all, &rows));
    json_t *answer = json_pack("{s:s, s:o}", "command", "predictors", "answer", rows);
    if (answer && json_array_append_new(r->results, answer) == 0) return CGM_OK;
    return CGM_FAIL(CGM_E_MEMORY, "out of memory for scores");
}

cgm_status report_collect(report *r)
{
    const cgm_yaml *queries = cgm_run_queries(r->run);
    CGM_TRY(add_predictors(r));
    for (size_t k = 0; k < r->options->withs.n; k++) CGM_TRY(add_file(r, r->options->withs.text[k]));
    for (size_t k = 0; queries && k < cgm_yaml_count(queries); k++) CGM_TRY(add_query(r, cgm_yaml_at(queries, k)));
    return CGM_OK;
}

const json_t *report_answer(const report *r, const char *command, size_t n)
{
    size_t i;
    const json_t *answer;
    json_array_foreach(r->results, i, answer)
    {
        if (strcmp(report_text_at(answer, "command"), command) == 0 && n-- == 0) return answer;
    }
    return NULL;
}

/* ---- Rows of evaluations ---- */

double report_noise(const json_t *rows)
{
    size_t i;
    const json_t *row;
    double least = (double)NAN;
    json_array_foreach((json_t *)rows, i, row)
    {
        double noise = json_number_value(json_object_get(row, "noise"));
        if (!json_is_number(json_object_get(row, "noise"))) continue;
        if (fabs(noise - 0.1) < 1e-9) return noise;
        if (!(noise >= least)) least = noise;
    }
    return least;
}

bool report_is(const json_t *row, const char *metric, const char *treatment, const char *attribute, double noise,
               size_t after)
{
    if (strcmp(report_text_at(row, "metric"), metric) != 0) return false;
    if (treatment && strcmp(report_text_at(row, "do"), treatment) != 0) return false;
    if (attribute && strcmp(report_text_at(row, "attribute"), attribute) != 0) return false;
    if (isfinite(noise) && fabs(json_number_value(json_object_get(row, "noise")) - noise) > 1e-9) return false;
    return after == 0 || json_number_value(json_object_get(row, "after")) == (double)after;
}
