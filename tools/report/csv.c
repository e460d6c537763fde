/* An answer as CSV (RFC 4180). It does not say whose it is, but its columns do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/report.h"

enum { MOST_COLUMNS = 200, MOST_CELL = 4096 };

/* Reads a cell; returns what ended it: ',', '\n' or EOF. false: it is longer than a cell of cgm's. */
static bool read_cell(FILE *f, char cell[MOST_CELL], int *end)
{
    size_t n = 0;
    bool quoted = false;
    for (;;) {
        int c = getc(f);
        if (c == '"' && !quoted && n == 0) {
            quoted = true;
            continue;
        }
        if (c == '"' && quoted && (c = getc(f)) != '"') quoted = false;
        if (c == '\r' && !quoted) continue;
        if (c == EOF || (!quoted && (c == ',' || c == '\n'))) {
            cell[n] = '\0';
            *end = c;
            return true;
        }
        if (n + 1 >= MOST_CELL) return false;
        cell[n++] = (char)c;
    }
}

static json_t *value_of(const char *cell)
{
    char *end;
    if (!cell[0]) return json_null();
    double x = strtod(cell, &end);
    return *end ? json_string(cell) : report_number(x);
}

static cgm_status fail(const char *path, size_t line, const char *why)
{
    return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: %s; expected an answer of a subcommand of cgm", path, line, why);
}

typedef struct table {
    cgm_arena arena;
    size_t n;
    const char *name[MOST_COLUMNS];
} table;

static cgm_status read_names(FILE *f, const char *path, table *t)
{
    char cell[MOST_CELL];
    for (int end = ','; end == ',';) {
        if (!read_cell(f, cell, &end) || t->n == MOST_COLUMNS || !cell[0])
            return fail(path, 1, "a column without a name, or too many");
        if (!(t->name[t->n++] = cgm_arena_strdup(&t->arena, cell))) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

/* rows gets nothing at the end of the file. */
static cgm_status read_row(FILE *f, const char *path, size_t line, const table *t, json_t *rows, bool *over)
{
    char cell[MOST_CELL];
    int end = ',';
    json_t *row = json_object();
    for (size_t k = 0; k < t->n && end == ','; k++) {
        if (!read_cell(f, cell, &end)) break;
        if (k == 0 && end == EOF && !cell[0]) {
            json_decref(row);
            *over = true;
            return CGM_OK;
        }
        json_t *value = value_of(cell);
        if (!value || json_object_set_new(row, t->name[k], value) != 0) {
            json_decref(row);
            return fail(path, line, "a cell that is not UTF-8");
        }
    }
    bool whole = end != ',' && json_object_size(row) == t->n;
    *over = end == EOF;
    if (whole && json_array_append_new(rows, row) == 0) return CGM_OK;
    if (!whole) json_decref(row);
    return fail(path, line, "not as many cells as the first line has");
}

static const char *command_of(const table *t)
{
    static const struct {
        const char *column, *command;
    } known[] = {{"metric", "evaluate"}, {"measure", "realism"}, {"predictor", "predictors"}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strcmp(t->name[0], known[k].column) == 0) return known[k].command;
    return "answer";
}

static cgm_status read_table(FILE *f, const char *path, table *t, json_t *rows)
{
    bool over = false;
    CGM_TRY(read_names(f, path, t));
    for (size_t line = 2; !over; line++) CGM_TRY(read_row(f, path, line, t, rows, &over));
    return CGM_OK;
}

cgm_status report_read_csv(const char *path, json_t **out)
{
    table t = {.n = 0};
    FILE *f = fopen(path, "re");
    if (!f) return CGM_FAIL(CGM_E_ARG, "%s: %s", path, strerror(errno));
    json_t *rows = json_array();
    cgm_status status = rows ? read_table(f, path, &t, rows) : CGM_FAIL(CGM_E_MEMORY, "out of memory for rows");
    fclose(f);
    if (status == CGM_OK) {
        *out = json_pack("{s:s, s:O}", "command", command_of(&t), "answer", rows);
        if (!*out) status = CGM_FAIL(CGM_E_MEMORY, "out of memory for rows");
    }
    json_decref(rows);
    cgm_arena_clear(&t.arena);
    return status;
}
