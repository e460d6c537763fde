/* Data sets from CSV files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/csv.h"
#include "data/store.h"

enum { IMAGES, SPLIT }; /* the columns kept as they are */

typedef struct table {
    const char *path;
    const cgm_data_opts *opts;
    const char *root;
    int threads;
    const cgm_csv *csv;
    const size_t *order; /* [rows] */
    size_t train;
    cgm_dataset *data;
} table;

static const cgm_variable *find_expected(const cgm_data_opts *opts, const char *name)
{
    for (size_t i = 0; i < opts->n_expect; i++)
        if (strcmp(opts->expect[i].name, name) == 0) return &opts->expect[i];
    return NULL;
}

/* One more than the largest value. */
static int count_levels(const cgm_csv *csv, size_t column)
{
    double most = 0;
    for (size_t i = 0; i < csv->rows; i++) most = fmax(most, csv->values[i * csv->n_columns + column]);
    return most < CGM_DATA_MAX_LEVELS ? (int)most + 1 : CGM_DATA_MAX_LEVELS;
}

/* What a column's variable is: as expected, or categorical if it holds texts. The range of a continuous variable is the
 * model's to say. */
static cgm_variable variable_of(const cgm_csv *csv, size_t column, const cgm_variable *expected)
{
    cgm_variable v = {.name = csv->name[column]};
    bool level = expected && cgm_variable_has_levels(expected), count = expected && expected->type == CGM_COUNT;
    if (csv->n_levels[column]) {
        v.type = level ? expected->type : CGM_CATEGORICAL;
        v.levels = (int)csv->n_levels[column];
        v.level_names = csv->level[column];
    } else if (level) {
        v.type = expected->type;
        v.levels = expected->levels ? expected->levels : count_levels(csv, column);
    } else if (count) {
        v = *expected;
    }
    return v;
}

static cgm_status check_levels(const cgm_variable *v, const cgm_variable *expected, const char *where)
{
    if (v->type == CGM_BINARY && v->levels != 2)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %d different values; expected the 2 of a binary variable", where, v->levels);
    if (v->type == CGM_ORDINAL && v->level_names && !expected->level_names)
        return CGM_FAIL(CGM_E_FORMAT,
                        "%s: texts, which have no order of their own; expected levels: [%s, ...] in order", where,
                        v->level_names[0]);
    return CGM_OK;
}

/* What the cells of a column have become: codes or numbers, checked while they are in the file's order. */
static cgm_status add_column(const table *t, size_t column)
{
    char where[4096];
    double *values;
    const cgm_csv *csv = t->csv;
    const cgm_variable *expected = find_expected(t->opts, csv->name[column]);
    cgm_variable v = variable_of(csv, column, expected);
    snprintf(where, sizeof where, "%s: %s", t->path, v.name);
    CGM_TRY(check_levels(&v, expected, where));
    CGM_TRY(cgm_store_alloc(csv->rows, sizeof *values, where, (void **)&values));
    for (size_t i = 0; i < csv->rows; i++) values[i] = csv->values[i * csv->n_columns + column];
    cgm_status status = cgm_store_check_column(&v, csv->rows, values, where);
    for (size_t i = 0; i < csv->rows; i++) values[i] = csv->values[t->order[i] * csv->n_columns + column];
    if (status == CGM_OK) return cgm_store_add_take(t->data, &v, csv->rows, values, NULL, where);
    free(values);
    return status;
}

/* ---- PNG files that the table names ---- */

/* Bytes of a name before the extension of a picture, if it has one. */
static int stem(const char *name)
{
    static const char *const pictures[] = {".png", ".jpg", ".jpeg"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof pictures / sizeof *pictures; i++)
        if (strcasecmp(dot, pictures[i]) == 0) return (int)(dot - name);
    return (int)strlen(name);
}

static const char *path_of(const table *t, const char *name, cgm_arena *arena)
{
    const char *extension = t->opts->extension ? t->opts->extension : "";
    int n = t->opts->extension ? stem(name) : (int)strlen(name);
    if (name[0] == '/') return cgm_arena_printf(arena, "%.*s%s", n, name, extension);
    return cgm_arena_printf(arena, "%s/%.*s%s", t->root, n, name, extension);
}

static cgm_status list_images(const table *t, cgm_arena *arena, cgm_image_list *list)
{
    size_t rows = t->csv->rows;
    const char **path = cgm_arena_array(arena, rows, sizeof *path), **name = cgm_arena_array(arena, rows, sizeof *name);
    size_t *line = cgm_arena_array(arena, rows, sizeof *line);
    if (!path || !name || !line) return CGM_E_MEMORY;
    for (size_t i = 0; i < rows; i++) {
        name[i] = t->csv->kept[IMAGES][t->order[i]];
        line[i] = t->csv->line[t->order[i]];
        if (!(path[i] = path_of(t, name[i], arena))) return CGM_E_MEMORY;
    }
    *list = (cgm_image_list){t->path, rows, path, name, line};
    return CGM_OK;
}

static cgm_status add_images(const table *t)
{
    cgm_arena arena = {0};
    cgm_image_list list;
    cgm_status status = list_images(t, &arena, &list);
    if (status == CGM_OK) status = cgm_store_add_images(&list, t->opts, t->threads, t->data);
    cgm_arena_clear(&arena);
    return status;
}

static cgm_status add_columns(const table *t)
{
    const cgm_csv *csv = t->csv;
    if (csv->rows == 0) return CGM_FAIL(CGM_E_FORMAT, "%s: no rows with a value in every column", t->path);
    for (size_t c = 0; c < csv->n_columns; c++) CGM_TRY(add_column(t, c));
    if (t->opts->images) CGM_TRY(add_images(t));
    return t->data->n_variables ? CGM_OK : CGM_FAIL(CGM_E_FORMAT, "%s: none of its columns is a variable", t->path);
}

/* What a cell of the split's column says. CelebA's 0, 1 and 2 are training, validation and test. */
static cgm_status read_split(const table *t, size_t row, bool *test)
{
    static const char *const train[] = {"train", "training", "val", "valid", "validation", "0", "1"},
                             *const held_out[] = {"test", "testing", "2"};
    const char *text = t->csv->kept[SPLIT][row];
    for (size_t i = 0; i < sizeof train / sizeof *train; i++)
        if (strcasecmp(text, train[i]) == 0) return *test = false, CGM_OK;
    for (size_t i = 0; i < sizeof held_out / sizeof *held_out; i++)
        if (strcasecmp(text, held_out[i]) == 0) return *test = true, CGM_OK;
    return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: %s: \"%.40s\"; expected train, validation, test, or 0, 1, 2", t->path,
                    t->csv->line[row], t->opts->split, text);
}

/* The file's rows in the order that they get: training rows, then test rows, each as they are in the file. */
static cgm_status find_order(table *t)
{
    size_t train = 0, rows = t->csv->rows, *order = cgm_arena_array(&t->data->arena, rows + 1, sizeof *order);
    if (!order) return CGM_E_MEMORY;
    t->order = order;
    t->train = rows;
    for (size_t i = 0; i < rows; i++) order[i] = i;
    if (!t->opts->split) return CGM_OK;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < rows; i++) {
            bool test = false;
            CGM_TRY(read_split(t, i, &test));
            if (test == (pass == 1)) order[train++] = i;
            if (pass == 0) t->train = train;
        }
    if (t->train == 0 && rows > 0)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %s: no row is for training", t->path, t->opts->split);
    return CGM_OK;
}

static cgm_status fill(table *t)
{
    CGM_TRY(find_order(t));
    CGM_TRY(add_columns(t));
    t->data->train = t->train;
    t->data->has_split = t->train < t->csv->rows;
    return CGM_OK;
}

cgm_status cgm_store_open_csv(const char *path, const cgm_data_opts *opts, const char *root, int threads,
                              const cgm_sink *sink, cgm_dataset *data)
{
    cgm_csv csv = {0};
    cgm_csv_want *want = cgm_arena_array(&data->arena, opts->n_expect + 1, sizeof *want);
    if (!want) return CGM_E_MEMORY;
    cgm_csv_opts read = {.want = want,
                         .only_wanted = opts->n_expect > 0,
                         .texts = true,
                         .drop_missing = opts->missing == CGM_MISSING_DROP,
                         .keep = {[IMAGES] = opts->images, [SPLIT] = opts->split}};
    for (size_t i = 0; i < opts->n_expect; i++) {
        const cgm_variable *v = &opts->expect[i];
        if (v->type == CGM_VECTOR)
            return CGM_FAIL(CGM_E_FORMAT, "%s: %s: a table has no vectors; expected HDF5, a data set [rows, width]",
                            path, v->name);
        if (v->type == CGM_IMAGE && opts->images) continue; /* a column of its name holds no numbers */
        want[read.n_want++] = (cgm_csv_want){v->name, v->level_names ? (size_t)v->levels : 0, v->level_names,
                                             !cgm_variable_has_levels(v)};
    }
    table t = {.path = path, .opts = opts, .root = root, .threads = threads, .csv = &csv, .data = data};
    cgm_status status = cgm_csv_load(path, &read, &csv);
    if (status == CGM_OK) status = fill(&t);
    if (status == CGM_OK && csv.dropped)
        cgm_sink_log(sink, CGM_LOG_WARNING, "%s: rows left out because they lack a value: %zu", path, csv.dropped);
    cgm_csv_clear(&csv);
    return status;
}
