#include "data/csv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/number.h"

typedef struct cell {
    char *text;
    bool quoted;
} cell;

/* The levels of a column of texts as they turn up: codes count from the first, `order` sorts them. */
typedef struct levels {
    bool text; /* some cell is no number */
    size_t n, capacity;
    const char **level;
    size_t *order;
} levels;

typedef struct reader {
    FILE *file;
    const char *path;
    const cgm_csv_opts *opts;
    cgm_csv *csv;
    size_t line_number;
    size_t n_cells;                                /* of the header */
    size_t capacity;                               /* of csv->values, in rows */
    int column[CGM_CSV_MAX_COLUMNS];               /* csv's column of each cell, or -1 */
    size_t kept_cell[CGM_CSV_MAX_KEPT];            /* where the columns are that are kept as they are */
    const cgm_csv_want *want[CGM_CSV_MAX_COLUMNS]; /* of each of csv's columns, or NULL */
    levels found[CGM_CSV_MAX_COLUMNS];
    cell cells[CGM_CSV_MAX_COLUMNS + 1];
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

/* Takes the quotes off a cell that begins with one, in place; returns what follows it, NULL when it does not end. */
static char *unquote(char *text)
{
    char *to = text;
    for (char *from = text + 1; *from; from++) {
        if (*from == '"' && from[1] != '"') {
            *to = 0;
            return from + 1;
        }
        if (*from == '"') from++;
        *to++ = *from;
    }
    return NULL;
}

/* Splits the line into at most CGM_CSV_MAX_COLUMNS + 1 cells. */
static cgm_status split(reader *r, size_t *n)
{
    char *at = r->line;
    for (*n = 0; *n <= CGM_CSV_MAX_COLUMNS; ++*n) {
        cell *c = &r->cells[*n];
        char *end;
        *c = (cell){at, *at == '"'};
        end = c->quoted ? unquote(at) : at + strcspn(at, ",");
        if (!end || (*end && *end != ','))
            return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: cell %zu: %s", r->path, r->line_number, *n + 1,
                            end ? "expected a comma after the closing quote" : "a quote that does not end on its line");
        bool last = !*end;
        *end = 0;
        at = end + 1;
        if (last) {
            ++*n;
            return CGM_OK;
        }
    }
    return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: more than %d columns", r->path, r->line_number, CGM_CSV_MAX_COLUMNS);
}

/* The next row's cells, as many as the header has. */
static cgm_status next_row(reader *r, bool *more)
{
    size_t n = 0;
    CGM_TRY(next_line(r, more));
    if (!*more) return CGM_OK;
    CGM_TRY(split(r, &n));
    if (n == r->n_cells) return CGM_OK;
    return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: %zu cells; expected %zu, as in the first line", r->path, r->line_number, n,
                    r->n_cells);
}

static bool is_kept(const cgm_csv_opts *opts, const char *name)
{
    for (size_t k = 0; k < CGM_CSV_MAX_KEPT; k++)
        if (opts->keep[k] && strcmp(opts->keep[k], name) == 0) return true;
    return false;
}

/* Gives cell i of the header a column unless nobody wants it. */
static cgm_status take_column(reader *r, size_t i)
{
    cgm_csv *csv = r->csv;
    const char *name = r->cells[i].text;
    const cgm_csv_want *want = NULL;
    for (size_t k = 0; k < r->opts->n_want; k++)
        if (strcmp(r->opts->want[k].name, name) == 0) want = &r->opts->want[k];
    r->column[i] = -1;
    if (!want && (r->opts->n_want || r->opts->only_wanted || is_kept(r->opts, name))) return CGM_OK;
    r->column[i] = (int)csv->n_columns;
    r->want[csv->n_columns] = want;
    csv->name[csv->n_columns] = cgm_arena_strdup(&csv->arena, name);
    return csv->name[csv->n_columns++] ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status find_kept(reader *r, size_t k)
{
    const char *name = r->opts->keep[k];
    for (size_t i = 0; i < r->n_cells; i++)
        if (strcmp(r->cells[i].text, name) == 0) return r->kept_cell[k] = i, CGM_OK;
    return CGM_FAIL(CGM_E_FORMAT, "%s:1: no column \"%.60s\"; the first is \"%.60s\"", r->path, name, r->cells[0].text);
}

static cgm_status read_names(reader *r)
{
    bool more;
    CGM_TRY(next_line(r, &more));
    if (!more || !r->line[0]) return CGM_FAIL(CGM_E_FORMAT, "%s:1: empty; expected a line of column names", r->path);
    CGM_TRY(split(r, &r->n_cells));
    for (size_t i = 0; i < r->n_cells; i++) {
        const char *name = r->cells[i].text;
        if (!*name) return CGM_FAIL(CGM_E_FORMAT, "%s:1: column %zu has no name", r->path, i + 1);
        if (i == CGM_CSV_MAX_COLUMNS)
            return CGM_FAIL(CGM_E_FORMAT, "%s:1: more than %d columns", r->path, CGM_CSV_MAX_COLUMNS);
        for (size_t k = 0; k < i; k++)
            if (strcmp(r->cells[k].text, name) == 0)
                return CGM_FAIL(CGM_E_FORMAT, "%s:1: the column \"%.60s\" appears twice", r->path, name);
    }
    for (size_t i = 0; i < r->n_cells; i++) CGM_TRY(take_column(r, i));
    for (size_t k = 0; k < CGM_CSV_MAX_KEPT; k++)
        if (r->opts->keep[k]) CGM_TRY(find_kept(r, k));
    return CGM_OK;
}

static bool is_missing(const cell *c)
{
    static const char *const words[] = {"", "NA", "NaN", "nan"};
    for (size_t i = 0; !c->quoted && i < sizeof words / sizeof *words; i++)
        if (strcmp(c->text, words[i]) == 0) return true;
    return false;
}

/* Where the code of a text is, or would be put, in the sorted order. */
static size_t find_level(const levels *l, const char *text, bool *there)
{
    size_t low = 0, high = l->n;
    *there = false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(l->level[l->order[middle]], text);
        if (order == 0) return *there = true, middle;
        if (order > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static cgm_status add_level(reader *r, size_t column, const char *text, size_t at)
{
    levels *l = &r->found[column];
    if (l->n == CGM_CSV_MAX_LEVELS)
        return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: %s: more than %d different texts; expected numbers or a few categories",
                        r->path, r->line_number, r->csv->name[column], CGM_CSV_MAX_LEVELS);
    if (l->n == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 16;
        const char **level = realloc(l->level, capacity * sizeof *level);
        if (level) l->level = level;
        size_t *order = realloc(l->order, capacity * sizeof *order);
        if (order) l->order = order;
        if (!level || !order) return CGM_FAIL(CGM_E_MEMORY, "%s:%zu: out of memory", r->path, r->line_number);
        l->capacity = capacity;
    }
    if (!(l->level[l->n] = cgm_arena_strdup(&r->csv->arena, text))) return CGM_E_MEMORY;
    memmove(&l->order[at + 1], &l->order[at], (l->n - at) * sizeof *l->order);
    l->order[at] = l->n++;
    return CGM_OK;
}

/* "a, b, c" for messages, cut where it becomes long. */
static void list_levels(const cgm_csv_want *want, size_t size, char *out)
{
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < want->n_levels && used + 8 < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", want->level[i]);
}

static cgm_status read_level(reader *r, size_t column, const char *text, double *value)
{
    const cgm_csv_want *want = r->want[column];
    if (want && want->n_levels) {
        char list[200];
        for (size_t i = 0; i < want->n_levels; i++)
            if (strcmp(want->level[i], text) == 0) return *value = (double)i, CGM_OK;
        list_levels(want, sizeof list, list);
        return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: %s: \"%.40s\" is none of the levels %s", r->path, r->line_number,
                        r->csv->name[column], text, list);
    }
    bool there;
    size_t at = find_level(&r->found[column], text, &there);
    if (!there) CGM_TRY(add_level(r, column, text, at));
    *value = (double)r->found[column].order[at];
    return CGM_OK;
}

static bool has_levels(const reader *r, size_t column)
{
    return r->found[column].text || (r->want[column] && r->want[column]->n_levels);
}

static cgm_status read_cell(reader *r, size_t column, const cell *c, double *value)
{
    if (has_levels(r, column)) return read_level(r, column, c->text, value);
    if (cgm_number_parse(c->text, value)) return CGM_OK;
    return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: %s: expected a number, got \"%.40s\"", r->path, r->line_number,
                    r->csv->name[column], c->text);
}

static cgm_status miss(const reader *r, const char *name, bool *complete)
{
    *complete = false;
    if (r->opts->drop_missing) return CGM_OK;
    return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: %s: a missing value; data.missing: drop leaves such rows out", r->path,
                    r->line_number, name);
}

/* Whether this row has a value in every column that is read. */
static cgm_status check_missing(const reader *r, bool *complete)
{
    *complete = true;
    for (size_t i = 0; r->opts->texts && i < r->n_cells; i++)
        if (r->column[i] >= 0 && is_missing(&r->cells[i])) CGM_TRY(miss(r, r->csv->name[r->column[i]], complete));
    for (size_t k = 0; k < CGM_CSV_MAX_KEPT; k++)
        if (r->opts->keep[k] && is_missing(&r->cells[r->kept_cell[k]])) CGM_TRY(miss(r, r->opts->keep[k], complete));
    return CGM_OK;
}

/* Room for `capacity` items of a size in *block, which is not lost where there is none. */
static bool resize_block(void *block, size_t capacity, size_t size)
{
    void *old, *grown = NULL;
    size_t bytes;
    memcpy(&old, block, sizeof old);
    if (!__builtin_mul_overflow(capacity, size, &bytes)) grown = realloc(old, bytes);
    if (grown) memcpy(block, &grown, sizeof grown);
    return grown != NULL;
}

static cgm_status grow(reader *r)
{
    cgm_csv *csv = r->csv;
    if (csv->rows < r->capacity) return CGM_OK;
    size_t capacity = r->capacity ? 2 * r->capacity : 1024;
    bool grown = resize_block(&csv->values, capacity, (csv->n_columns + 1) * sizeof *csv->values) &&
                 resize_block(&csv->line, capacity, sizeof *csv->line);
    for (size_t k = 0; grown && k < CGM_CSV_MAX_KEPT; k++)
        grown = !r->opts->keep[k] || resize_block(&csv->kept[k], capacity, sizeof *csv->kept[k]);
    if (!grown) return CGM_FAIL(CGM_E_MEMORY, "%s:%zu: out of memory", r->path, r->line_number);
    r->capacity = capacity;
    return CGM_OK;
}

/* First pass: which columns hold a text. */
static cgm_status find_texts(reader *r)
{
    for (bool more;;) {
        CGM_TRY(next_row(r, &more));
        if (!more) return CGM_OK;
        for (size_t i = 0; i < r->n_cells; i++) {
            double number;
            if (r->column[i] < 0 || is_missing(&r->cells[i])) continue;
            const cgm_csv_want *want = r->want[r->column[i]];
            if (want && want->numbers) continue;
            if (!cgm_number_parse(r->cells[i].text, &number)) r->found[r->column[i]].text = true;
        }
    }
}

static cgm_status read_rows(reader *r)
{
    cgm_csv *csv = r->csv;
    for (bool more, complete;;) {
        CGM_TRY(next_row(r, &more));
        if (!more) return CGM_OK;
        CGM_TRY(check_missing(r, &complete));
        csv->dropped += !complete;
        if (!complete) continue;
        CGM_TRY(grow(r));
        double *row = csv->values + csv->rows * csv->n_columns;
        for (size_t i = 0; i < r->n_cells; i++)
            if (r->column[i] >= 0) CGM_TRY(read_cell(r, (size_t)r->column[i], &r->cells[i], &row[r->column[i]]));
        for (size_t k = 0; k < CGM_CSV_MAX_KEPT; k++)
            if (r->opts->keep[k] &&
                !(csv->kept[k][csv->rows] = cgm_arena_strdup(&csv->arena, r->cells[r->kept_cell[k]].text)))
                return CGM_E_MEMORY;
        csv->line[csv->rows++] = r->line_number;
    }
}

/* Codes in the order of appearance become codes in alphabetical order. */
static cgm_status sort_levels(reader *r, size_t column)
{
    cgm_csv *csv = r->csv;
    levels *l = &r->found[column];
    const char **sorted = cgm_arena_array(&csv->arena, l->n + 1, sizeof *sorted);
    size_t *rank = cgm_arena_array(&csv->arena, l->n + 1, sizeof *rank);
    if (!sorted || !rank) return CGM_E_MEMORY;
    for (size_t k = 0; k < l->n; k++) {
        sorted[k] = l->level[l->order[k]];
        rank[l->order[k]] = k;
    }
    for (size_t i = 0; i < csv->rows; i++) {
        double *code = &csv->values[i * csv->n_columns + column];
        *code = (double)rank[(size_t)*code];
    }
    csv->n_levels[column] = l->n;
    csv->level[column] = sorted;
    return CGM_OK;
}

static cgm_status keep_levels(reader *r)
{
    cgm_csv *csv = r->csv;
    for (size_t c = 0; c < csv->n_columns; c++) {
        if (r->want[c] && r->want[c]->n_levels) {
            csv->n_levels[c] = r->want[c]->n_levels;
            csv->level[c] = r->want[c]->level;
        } else if (r->found[c].text) {
            CGM_TRY(sort_levels(r, c));
        }
    }
    return CGM_OK;
}

static cgm_status read_table(reader *r)
{
    CGM_TRY(read_names(r));
    long first = ftell(r->file);
    if (first < 0) return CGM_FAIL(CGM_E_IO, "cannot read %s: %s", r->path, strerror(errno));
    if (r->opts->texts) {
        CGM_TRY(find_texts(r));
        clearerr(r->file);
        if (fseek(r->file, first, SEEK_SET) != 0)
            return CGM_FAIL(CGM_E_IO, "cannot read %s: %s", r->path, strerror(errno));
        r->line_number = 1;
    }
    CGM_TRY(read_rows(r));
    return keep_levels(r);
}

cgm_status cgm_csv_load(const char *path, const cgm_csv_opts *opts, cgm_csv *out)
{
    static const cgm_csv_opts numbers;
    *out = (cgm_csv){0};
    reader *r = calloc(1, sizeof *r);
    if (!r) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", path);
    r->path = path;
    r->opts = opts ? opts : &numbers;
    r->csv = out;
    r->file = fopen(path, "rb");
    cgm_status status;
    if (r->file)
        status = read_table(r);
    else
        status = CGM_FAIL(CGM_E_ARG, "cannot open %s: %s", path, strerror(errno));
    if (r->file) fclose(r->file);
    for (size_t c = 0; c < CGM_CSV_MAX_COLUMNS; c++) {
        free(r->found[c].level);
        free(r->found[c].order);
    }
    free(r);
    return status;
}

void cgm_csv_clear(cgm_csv *csv)
{
    free(csv->values);
    free(csv->line);
    for (size_t k = 0; k < CGM_CSV_MAX_KEPT; k++) free(csv->kept[k]);
    cgm_arena_clear(&csv->arena);
    *csv = (cgm_csv){0};
}
