#include "data/csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/number.h"

typedef struct reader {
    FILE *file;
    const char *path;
    size_t line_number;
    size_t capacity; /* of csv->values, in rows */
    char line[CGM_CSV_MAX_LINE];
} reader;

/* The next line without its end; *more is false at the end of the file. */
static cgm_status next_line(reader *r, bool *more)
{
    r->line_number++;
    *more = fgets(r->line, sizeof r->line, r->file) != NULL;
    if (!*more && ferror(r->file)) return CGM_FAIL(CGM_E_IO, "cannot read %s: %s", r->path, strerror(errno));
    if (!*more) return CGM_OK;
    size_t n = strlen(r->line);
    if (n == sizeof r->line - 1 && r->line[n - 1] != '\n')
        return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: a line of more than %d bytes", r->path, r->line_number,
                        CGM_CSV_MAX_LINE - 2);
    if (n == 0 || (r->line[n - 1] != '\n' && !feof(r->file)))
        return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: a zero byte; expected text", r->path, r->line_number);
    if (r->line[n - 1] == '\n') r->line[--n] = 0;
    if (n && r->line[n - 1] == '\r') r->line[--n] = 0;
    return CGM_OK;
}

static cgm_status read_names(reader *r, cgm_csv *csv)
{
    bool more;
    CGM_TRY(next_line(r, &more));
    if (!more || !r->line[0]) return CGM_FAIL(CGM_E_FORMAT, "%s:1: empty; expected a line of column names", r->path);
    char *rest = r->line;
    for (char *cell; (cell = strsep(&rest, ","));) {
        if (!*cell) return CGM_FAIL(CGM_E_FORMAT, "%s:1: column %zu has no name", r->path, csv->n_columns + 1);
        if (csv->n_columns == CGM_CSV_MAX_COLUMNS)
            return CGM_FAIL(CGM_E_FORMAT, "%s:1: more than %d columns", r->path, CGM_CSV_MAX_COLUMNS);
        for (size_t i = 0; i < csv->n_columns; i++)
            if (strcmp(csv->name[i], cell) == 0)
                return CGM_FAIL(CGM_E_FORMAT, "%s:1: the column \"%.60s\" appears twice", r->path, cell);
        csv->name[csv->n_columns] = cgm_arena_strdup(&csv->arena, cell);
        if (!csv->name[csv->n_columns]) return CGM_E_MEMORY;
        csv->n_columns++;
    }
    return CGM_OK;
}

static cgm_status grow(reader *r, cgm_csv *csv)
{
    if (csv->rows < r->capacity) return CGM_OK;
    size_t capacity = r->capacity ? 2 * r->capacity : 1024, bytes;
    double *grown = NULL;
    if (!__builtin_mul_overflow(capacity, csv->n_columns * sizeof *grown, &bytes)) grown = realloc(csv->values, bytes);
    if (!grown) return CGM_FAIL(CGM_E_MEMORY, "%s:%zu: out of memory", r->path, r->line_number);
    csv->values = grown;
    r->capacity = capacity;
    return CGM_OK;
}

static cgm_status read_row(reader *r, cgm_csv *csv)
{
    CGM_TRY(grow(r, csv));
    double *row = csv->values + csv->rows * csv->n_columns;
    char *rest = r->line;
    size_t n = 0;
    for (char *cell; (cell = strsep(&rest, ",")); n++) {
        if (n < csv->n_columns && !cgm_number_parse(cell, &row[n]))
            return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: %s: expected a number, got \"%.40s\"", r->path, r->line_number,
                            csv->name[n], cell);
    }
    if (n != csv->n_columns)
        return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: %zu cells; expected %zu, as in the first line", r->path, r->line_number,
                        n, csv->n_columns);
    csv->rows++;
    return CGM_OK;
}

static cgm_status read_table(reader *r, cgm_csv *csv)
{
    CGM_TRY(read_names(r, csv));
    for (bool more;;) {
        CGM_TRY(next_line(r, &more));
        if (!more) return CGM_OK;
        CGM_TRY(read_row(r, csv));
    }
}

cgm_status cgm_csv_load(const char *path, cgm_csv *out)
{
    *out = (cgm_csv){0};
    reader *r = calloc(1, sizeof *r);
    if (!r) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", path);
    r->path = path;
    r->file = fopen(path, "rb");
    cgm_status status;
    if (r->file)
        status = read_table(r, out);
    else
        status = CGM_FAIL(CGM_E_ARG, "cannot open %s: %s", path, strerror(errno));
    if (r->file) fclose(r->file);
    free(r);
    return status;
}

void cgm_csv_clear(cgm_csv *csv)
{
    free(csv->values);
    cgm_arena_clear(&csv->arena);
    *csv = (cgm_csv){0};
}
