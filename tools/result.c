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

/* The text of a cell; `text` has room for `size` bytes. */
static void cell_text(const json_t *value, const char *format, size_t size, char *text)
{
    text[0] = 0;
    if (json_is_string(value)) snprintf(text, size, "%s", json_string_value(value));
    if (json_is_boolean(value)) snprintf(text, size, "%s", json_is_true(value) ? "yes" : "no");
    if (json_is_integer(value)) snprintf(text, size, "%lld", (long long)json_integer_value(value));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the formats are the subcommands' own */
    if (json_is_real(value)) snprintf(text, size, format, json_real_value(value));
    const char *name;
    const json_t *inner;
    size_t used = 0;
    json_object_foreach((json_t *)value, name, inner)
    {
        char number[64];
        if (!json_is_number(inner)) continue;
        snprintf(number, sizeof number, format, json_number_value(inner));
        if (used < size) used += (size_t)snprintf(text + used, size - used, "%s%s %s", used ? " " : "", name, number);
    }
#pragma GCC diagnostic pop
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

static json_t *table_rows(const tool_result *r)
{
    return r->table_rows ? r->table_rows : r->rows;
}

static bool is_shown(const tool_result *r, const tool_column *column)
{
    size_t i;
    const json_t *row;
    if (!column->optional) return true;
    json_array_foreach(table_rows(r), i, row)
    {
        const json_t *value = find(row, column);
        bool nothing = !value || json_is_null(value) || (json_is_number(value) && json_number_value(value) == 0);
        if (!nothing) return true;
    }
    return false;
}

/* Texts stand at the left, numbers at the right. */
static bool is_left(const tool_result *r, const tool_column *column)
{
    size_t i;
    const json_t *row;
    json_array_foreach(table_rows(r), i, row)
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

enum { CELL = 512, MAX_COLUMNS = 32 };

static void print_table(const tool_result *r)
{
    char text[CELL];
    int width[MAX_COLUMNS];
    const tool_column *shown[MAX_COLUMNS];
    bool left[MAX_COLUMNS];
    size_t i, n = 0;
    const json_t *row;
    for (size_t k = 0; k < r->n_columns && n < MAX_COLUMNS; k++)
        if (is_shown(r, &r->columns[k])) shown[n++] = &r->columns[k];
    for (size_t k = 0; k < n; k++) {
        width[k] = width_of(shown[k]->heading);
        left[k] = is_left(r, shown[k]);
        json_array_foreach(table_rows(r), i, row)
        {
            cell_text(find(row, shown[k]), shown[k]->format, sizeof text, text);
            if (width_of(text) > width[k]) width[k] = width_of(text);
        }
    }
    if (r->title) printf("%s\n", r->title);
    for (size_t k = 0; k < n; k++) {
        if (k) printf("  ");
        print_cell(shown[k]->heading, width[k], left[k], k + 1 == n);
    }
    if (n > 0) printf("\n");
    for (i = 0; n > 0 && i < json_array_size(table_rows(r)); i++) {
        row = json_array_get(table_rows(r), i);
        for (size_t k = 0; k < n; k++) {
            cell_text(find(row, shown[k]), shown[k]->format, sizeof text, text);
            if (k) printf("  ");
            print_cell(text, width[k], left[k], k + 1 == n);
        }
        printf("\n");
    }
    if (r->notes) printf("%s\n", r->notes);
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
        print_table(r);
    if (status == CGM_OK && options->out && !options->json) printf("wrote %s (%s)\n", options->out, r->what);
    json_decref(r->facts);
    json_decref(r->rows);
    json_decref(r->file_rows);
    json_decref(r->table_rows);
    r->facts = r->rows = r->file_rows = r->table_rows = NULL;
    return status;
}
