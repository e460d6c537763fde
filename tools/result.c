/* A subcommand's answer, printed and written. */
#include "tools/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *tool_json_number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *tool_json_text(const char *text)
{
    return text ? json_string(text) : json_null();
}

json_t *tool_result_facts(const char *command, json_t *query, uint64_t seed)
{
    json_t *facts = tool_json_new(command);
    bool failed = !facts || json_object_set_new(facts, "query", query) != 0 ||
                  json_object_set_new(facts, "seed", json_integer((json_int_t)seed)) != 0;
    if (!failed) return facts;
    if (!facts) json_decref(query);
    json_decref(facts);
    return NULL;
}

/* ---- The printed table ---- */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the formats are the subcommands' own */
static void write_number(FILE *f, const char *format, const json_t *value)
{
    fprintf(f, format ? format : "%.5g", json_number_value(value));
}
#pragma GCC diagnostic pop

static void write_cell(FILE *f, const char *format, const json_t *value)
{
    const char *name, *before = "";
    const json_t *inner;
    if (json_is_string(value)) fputs(json_string_value(value), f);
    if (json_is_boolean(value)) fputs(json_is_true(value) ? "yes" : "no", f);
    if (json_is_integer(value)) fprintf(f, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value)) write_number(f, format, value);
    json_object_foreach((json_t *)value, name, inner)
    {
        if (!json_is_number(inner)) continue;
        fprintf(f, "%s%s ", before, name);
        write_number(f, format, inner);
        before = " ";
    }
}

/* In the arena; NULL when memory is out. */
static const char *cell_text(cgm_arena *arena, const char *format, const json_t *value)
{
    char *text = NULL, *copy = NULL;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return NULL;
    write_cell(f, format, value);
    if (fclose(f) == 0) copy = cgm_arena_strdup(arena, text);
    free(text);
    return copy;
}

/* The value of a row in a column. */
static const json_t *find(const json_t *row, const tool_column *column)
{
    const char *slash = strchr(column->key, '/');
    char key[64];
    if (!slash) return json_object_get(row, column->key);
    snprintf(key, sizeof key, "%.*s", (int)(slash - column->key), column->key);
    return json_object_get(json_object_get(row, key), slash + 1);
}

const char *tool_column_text(const tool_column *column, const json_t *row, cgm_arena *arena)
{
    const char *text = cell_text(arena, column->format, find(row, column));
    if (!text) (void)CGM_FAIL(CGM_E_MEMORY, "out of memory for a table");
    return text;
}

static json_t *table_rows(const tool_result *r)
{
    return r->table_rows ? r->table_rows : r->rows;
}

bool tool_column_is_shown(const tool_column *column, const json_t *rows)
{
    size_t i;
    const json_t *row;
    if (!column->optional) return true;
    json_array_foreach((json_t *)rows, i, row)
    {
        const json_t *value = find(row, column);
        bool nothing = !value || json_is_null(value) || (json_is_number(value) && json_number_value(value) == 0);
        if (!nothing) return true;
    }
    return false;
}

bool tool_column_is_left(const tool_column *column, const json_t *rows)
{
    size_t i;
    const json_t *row;
    json_array_foreach((json_t *)rows, i, row)
    {
        const json_t *value = find(row, column);
        if (value && !json_is_null(value))
            return !json_is_number(value) || (column->format && column->format[1] == '-');
    }
    return false;
}

/* Display columns of a UTF-8 text, as far as one byte sequence is one. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void print_cell(const char *text, int width, bool left, bool last)
{
    int room = width - width_of(text);
    if (!left) printf("%*s", room, "");
    fputs(text, stdout);
    if (left && !last) printf("%*s", room, "");
}

/* A table of texts: the headings, then the rows. */
typedef struct table {
    cgm_arena arena;
    size_t n, rows; /* columns, and rows with that of the headings */
    const char **text;
    bool *left;
    int *width;
} table;

static cgm_status fill_table(table *t, const tool_result *r)
{
    t->rows = 1 + json_array_size(table_rows(r));
    t->text = cgm_arena_array(&t->arena, t->rows * (r->n_columns + 1), sizeof *t->text);
    t->left = cgm_arena_array(&t->arena, r->n_columns + 1, sizeof *t->left);
    t->width = cgm_arena_array(&t->arena, r->n_columns + 1, sizeof *t->width);
    if (!t->text || !t->left || !t->width) return CGM_E_MEMORY;
    for (size_t k = 0; k < r->n_columns; k++) {
        const tool_column *column = &r->columns[k];
        if (!tool_column_is_shown(column, table_rows(r))) continue;
        const char **text = t->text + t->n * t->rows;
        t->left[t->n] = tool_column_is_left(column, table_rows(r));
        for (size_t i = 0; i < t->rows; i++) {
            const json_t *row = i ? json_array_get(table_rows(r), i - 1) : NULL;
            text[i] = i ? tool_column_text(column, row, &t->arena) : column->heading;
            if (!text[i]) return CGM_E_MEMORY;
            if (width_of(text[i]) > t->width[t->n]) t->width[t->n] = width_of(text[i]);
        }
        t->n++;
    }
    return CGM_OK;
}

static cgm_status print_table(const tool_result *r)
{
    table t = {.n = 0};
    cgm_status status = fill_table(&t, r);
    if (status == CGM_OK && r->title) printf("%s\n", r->title);
    for (size_t i = 0; status == CGM_OK && t.n > 0 && i < t.rows; i++) {
        for (size_t k = 0; k < t.n; k++) {
            if (k) printf("  ");
            print_cell(t.text[k * t.rows + i], t.width[k], t.left[k], k + 1 == t.n);
        }
        printf("\n");
    }
    if (status == CGM_OK && r->notes) printf("%s\n", r->notes);
    cgm_arena_clear(&t.arena);
    return status;
}

static cgm_status print_json(const tool_result *r)
{
    json_t *object = json_copy(r->facts);
    if (object && json_object_set(object, "answer", r->rows) != 0) {
        json_decref(object);
        object = NULL;
    }
    return tool_json_print(object);
}

cgm_status tool_result_give(tool_result *r, const tool_options *options)
{
    cgm_status status = CGM_OK;
    if (!r->facts || !r->rows) status = CGM_FAIL(CGM_E_MEMORY, "out of memory for the answer");
    if (status == CGM_OK && options->out) status = tool_result_save(r, options->out);
    if (status == CGM_OK && options->json)
        status = print_json(r);
    else if (status == CGM_OK)
        status = print_table(r);
    if (status == CGM_OK && options->out && !options->json) printf("wrote %s (%s)\n", options->out, r->what);
    json_decref(r->facts);
    json_decref(r->rows);
    json_decref(r->file_rows);
    json_decref(r->table_rows);
    r->facts = r->rows = r->file_rows = r->table_rows = NULL;
    return status;
}
