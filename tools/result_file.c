/* A subcommand's answer as a file: CSV (RFC 4180) or HDF5. An object within a row, {"probability": {"no": 0.2}}, is a
 * column for each of its names: "probability.no" in CSV, the data set /probability/no in HDF5. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/result.h"

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n > m && strcmp(path + n - m, end) == 0;
}

cgm_status tool_result_check(const char *path)
{
    if (!path || cgm_csv_is_named(path) || ends_with(path, ".h5") || ends_with(path, ".hdf5")) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "-o: expected a name that ends in .csv or .h5, got \"%s\"", path);
}

/* A column of the file. */
typedef struct column {
    const char *key, *inner; /* inner: the name within the object, or NULL */
    bool number;             /* every row has a number or nothing */
} column;

typedef struct columns {
    size_t n, capacity;
    column *column;
} columns;

static cgm_status add_column(columns *c, const char *key, const char *inner, bool number)
{
    for (size_t i = 0; i < c->n; i++) {
        column *old = &c->column[i];
        bool same = strcmp(old->key, key) == 0 && (!old->inner) == (!inner);
        if (!same || (inner && strcmp(old->inner, inner) != 0)) continue;
        old->number = old->number && number;
        return CGM_OK;
    }
    if (c->n == c->capacity) {
        size_t capacity = c->capacity ? 2 * c->capacity : 16;
        column *grown = realloc(c->column, capacity * sizeof *grown);
        if (!grown) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu columns", capacity);
        c->column = grown;
        c->capacity = capacity;
    }
    c->column[c->n++] = (column){key, inner, number};
    return CGM_OK;
}

static bool is_number(const json_t *value)
{
    return json_is_number(value) || json_is_null(value) || json_is_boolean(value);
}

/* The columns in the order in which the rows show them. */
static cgm_status find_columns(const json_t *rows, columns *c)
{
    size_t i;
    json_t *row, *value, *inner;
    const char *key, *name;
    json_array_foreach((json_t *)rows, i, row)
    {
        json_object_foreach(row, key, value)
        {
            if (!json_is_object(value)) CGM_TRY(add_column(c, key, NULL, is_number(value)));
            json_object_foreach(value, name, inner) CGM_TRY(add_column(c, key, name, is_number(inner)));
        }
    }
    return CGM_OK;
}

/* NULL where the row has nothing there. */
static const json_t *cell(const json_t *row, const column *c)
{
    const json_t *value = json_object_get(row, c->key);
    if (c->inner || json_is_object(value)) value = c->inner ? json_object_get(value, c->inner) : NULL;
    return json_is_null(value) ? NULL : value;
}

static double number_of(const json_t *value)
{
    if (json_is_boolean(value)) return json_is_true(value);
    return value ? json_number_value(value) : (double)NAN;
}

/* ---- CSV ---- */

static void write_value(FILE *f, const json_t *value)
{
    if (json_is_string(value)) cgm_csv_put(f, json_string_value(value));
    if (json_is_integer(value)) fprintf(f, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value)) fprintf(f, "%.17g", json_real_value(value));
    if (json_is_boolean(value)) fprintf(f, "%d", json_is_true(value) ? 1 : 0);
}

static cgm_status save_csv(const json_t *rows, const columns *c, const char *path)
{
    cgm_atomic *atomic;
    FILE *f;
    size_t i;
    const json_t *row;
    CGM_TRY(cgm_atomic_open(path, &atomic, &f));
    for (size_t k = 0; k < c->n; k++) {
        char name[512];
        snprintf(name, sizeof name, "%s%s%s", c->column[k].key, c->column[k].inner ? "." : "",
                 c->column[k].inner ? c->column[k].inner : "");
        if (k) fputc(',', f);
        cgm_csv_put(f, name);
    }
    fputs("\r\n", f);
    json_array_foreach((json_t *)rows, i, row)
    {
        for (size_t k = 0; k < c->n; k++) {
            if (k) fputc(',', f);
            write_value(f, cell(row, &c->column[k]));
        }
        fputs("\r\n", f);
    }
    return cgm_atomic_close(atomic, !ferror(f));
}

/* ---- HDF5 ---- */

/* The data set's path: the names of levels may hold what separates groups. */
static void path_of(const column *c, size_t size, char *path)
{
    snprintf(path, size, "/%s%s", c->key, c->inner ? "/" : "");
    char *inner = path + strlen(path);
    if (!c->inner) return;
    snprintf(inner, size - (size_t)(inner - path), "%s", strcmp(c->inner, ".") == 0 ? "_" : c->inner);
    for (; *inner; inner++)
        if (*inner == '/') *inner = '_';
}

/* A column of texts may have numbers too. */
static const char *text_of(cgm_arena *arena, const json_t *value)
{
    if (json_is_string(value)) return json_string_value(value);
    return value ? cgm_arena_printf(arena, "%.17g", number_of(value)) : "";
}

static cgm_status write_column(cgm_file *file, const json_t *rows, const column *c)
{
    static const char *const axes[] = {"row"};
    char path[640];
    size_t i, n = json_array_size(rows);
    const json_t *row;
    cgm_arena arena = {0};
    double *numbers = cgm_arena_array(&arena, n + 1, sizeof *numbers);
    const char **texts = cgm_arena_array(&arena, n + 1, sizeof *texts);
    cgm_status status = numbers && texts ? CGM_OK : CGM_E_MEMORY;
    path_of(c, sizeof path, path);
    json_array_foreach((json_t *)rows, i, row)
    {
        const json_t *value = cell(row, c);
        if (status != CGM_OK) break;
        if (c->number)
            numbers[i] = number_of(value);
        else if (!(texts[i] = text_of(&arena, value)))
            status = CGM_E_MEMORY;
    }
    if (status == CGM_OK)
        status = cgm_file_write(file, path, c->number ? CGM_F64 : CGM_TEXT, CGM_SHAPE((int64_t)n), axes,
                                c->number ? (const void *)numbers : (const void *)texts);
    cgm_arena_clear(&arena);
    return status;
}

/* What is not a text or a number is an attribute in JSON. */
static cgm_status write_fact(cgm_file *file, const char *name, const json_t *value)
{
    if (json_is_string(value)) return cgm_file_set_text(file, "/", name, json_string_value(value));
    if (json_is_integer(value)) return cgm_file_set_integer(file, "/", name, (uint64_t)json_integer_value(value));
    if (json_is_real(value)) return cgm_file_set_number(file, "/", name, json_real_value(value));
    if (json_is_boolean(value)) return cgm_file_set_integer(file, "/", name, json_is_true(value) ? 1 : 0);
    if (json_is_null(value)) return CGM_OK;
    char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17));
    cgm_status status = text ? cgm_file_set_text(file, "/", name, text) : CGM_FAIL(CGM_E_MEMORY, "out of memory");
    free(text);
    return status;
}

static cgm_status save_hdf5(const tool_result *r, const json_t *rows, const columns *c, const char *path)
{
    cgm_status status = CGM_OK;
    cgm_file *file;
    const char *name;
    json_t *value;
    CGM_TRY(cgm_file_create(path, &file));
    json_object_foreach(r->facts, name, value) CGM_TRY_GOTO(write_fact(file, name, value), failed);
    for (size_t k = 0; k < c->n; k++) CGM_TRY_GOTO(write_column(file, rows, &c->column[k]), failed);
    return cgm_file_commit(file);
failed:
    cgm_file_close(file);
    return status;
}

cgm_status tool_result_save(const tool_result *r, const char *path)
{
    columns c = {0};
    const json_t *rows = r->file_rows ? r->file_rows : r->rows;
    CGM_TRY(tool_result_check(path));
    cgm_status status = find_columns(rows, &c);
    if (status == CGM_OK) status = cgm_csv_is_named(path) ? save_csv(rows, &c, path) : save_hdf5(r, rows, &c, path);
    free(c.column);
    return status;
}
