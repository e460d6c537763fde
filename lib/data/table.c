/* Data sets from CSV files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/csv.h"
#include "data/store.h"

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

static cgm_status add_column(const char *path, const cgm_csv *csv, size_t column, const cgm_data_opts *opts,
                             cgm_dataset *data)
{
    char where[4096];
    double *values;
    const cgm_variable *expected = find_expected(opts, csv->name[column]);
    cgm_variable v = variable_of(csv, column, expected);
    snprintf(where, sizeof where, "%s: %s", path, v.name);
    CGM_TRY(check_levels(&v, expected, where));
    CGM_TRY(cgm_store_alloc(csv->rows, sizeof *values, where, (void **)&values));
    for (size_t i = 0; i < csv->rows; i++) values[i] = csv->values[i * csv->n_columns + column];
    cgm_status status = cgm_store_check_column(&v, csv->rows, values, where);
    if (status == CGM_OK) return cgm_store_add_take(data, &v, csv->rows, values, NULL, where);
    free(values);
    return status;
}

static cgm_status add_columns(const char *path, const cgm_csv *csv, const cgm_data_opts *opts, cgm_dataset *data)
{
    if (csv->rows == 0) return CGM_FAIL(CGM_E_FORMAT, "%s: no rows with a value in every column", path);
    for (size_t c = 0; c < csv->n_columns; c++) CGM_TRY(add_column(path, csv, c, opts, data));
    return data->n_variables ? CGM_OK : CGM_FAIL(CGM_E_FORMAT, "%s: none of its columns is a variable", path);
}

cgm_status cgm_store_open_csv(const char *path, const cgm_data_opts *opts, const cgm_sink *sink, cgm_dataset *data)
{
    cgm_csv csv = {0};
    cgm_csv_want *want = cgm_arena_array(&data->arena, opts->n_expect + 1, sizeof *want);
    if (!want) return CGM_E_MEMORY;
    for (size_t i = 0; i < opts->n_expect; i++) {
        const cgm_variable *v = &opts->expect[i];
        want[i] = (cgm_csv_want){v->name, v->level_names ? (size_t)v->levels : 0, v->level_names,
                                 !cgm_variable_has_levels(v)};
    }
    cgm_csv_opts read = {
        .n_want = opts->n_expect, .want = want, .texts = true, .drop_missing = opts->missing == CGM_MISSING_DROP};
    cgm_status status = cgm_csv_load(path, &read, &csv);
    if (status == CGM_OK) status = add_columns(path, &csv, opts, data);
    if (status == CGM_OK && csv.dropped)
        cgm_sink_log(sink, CGM_LOG_WARNING, "%s: rows left out because they lack a value: %zu", path, csv.dropped);
    cgm_csv_clear(&csv);
    return status;
}
