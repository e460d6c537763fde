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

/* What a column's variable is: as expected, or categorical if it holds texts. */
static cgm_variable variable_of(const cgm_csv *csv, size_t column, const cgm_variable *expected)
{
    cgm_variable v = {.name = csv->name[column]};
    if (csv->n_levels[column]) {
        v.type = expected && expected->type == CGM_BINARY ? CGM_BINARY : CGM_CATEGORICAL;
        v.levels = (int)csv->n_levels[column];
        v.level_names = csv->level[column];
    } else if (expected && cgm_variable_has_levels(expected)) {
        v.type = expected->type;
        v.levels = expected->levels ? expected->levels : count_levels(csv, column);
    }
    return v;
}

static cgm_status add_column(const char *path, const cgm_csv *csv, size_t column, const cgm_data_opts *opts,
                             cgm_dataset *data)
{
    char where[4096];
    double *values;
    cgm_variable v = variable_of(csv, column, find_expected(opts, csv->name[column]));
    snprintf(where, sizeof where, "%s: %s", path, v.name);
    if (v.type == CGM_BINARY && v.levels != 2)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %d different values; expected the 2 of a binary variable", where, v.levels);
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
        want[i] = (cgm_csv_want){v->name, v->level_names ? (size_t)v->levels : 0, v->level_names};
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
