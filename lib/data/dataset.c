/* Reading from a data set. */
#include "data/dataset.h"

#include <string.h>

#include "data/store.h"

size_t cgm_dataset_variables(const cgm_dataset *data)
{
    return data->n_variables;
}

const cgm_variable *cgm_dataset_variable(const cgm_dataset *data, size_t i)
{
    CGM_CHECK(i < data->n_variables);
    return &data->variable[i];
}

/* The variable's place, n_variables when there is none. */
static size_t find(const cgm_dataset *data, const char *name)
{
    size_t v = 0;
    while (v < data->n_variables && strcmp(data->variable[v].name, name)) v++;
    return v;
}

const cgm_variable *cgm_dataset_find(const cgm_dataset *data, const char *name)
{
    size_t v = find(data, name);
    return v < data->n_variables ? &data->variable[v] : NULL;
}

const char *cgm_dataset_description(const cgm_dataset *data)
{
    return data->description;
}

const char *cgm_dataset_sha256(const cgm_dataset *data)
{
    return data->sha256;
}

size_t cgm_dataset_rows(const cgm_dataset *data)
{
    return data->rows;
}

void cgm_dataset_split(const cgm_dataset *data, cgm_split split, size_t *begin, size_t *n)
{
    *begin = split == CGM_TRAIN ? 0 : data->train;
    *n = split == CGM_TRAIN ? data->train : data->rows - data->train;
}

int cgm_dataset_pad(const cgm_dataset *data)
{
    return data->pad;
}

const double *cgm_dataset_column(const cgm_dataset *data, const char *variable)
{
    size_t v = find(data, variable);
    return v < data->n_variables && cgm_variable_is_scalar(&data->variable[v]) ? data->column[v].values : NULL;
}

const uint8_t *cgm_dataset_pixels(const cgm_dataset *data, const char *variable, size_t row)
{
    size_t v = find(data, variable);
    if (v == data->n_variables || !data->column[v].pixels || row >= data->rows) return NULL;
    return data->column[v].pixels + row * data->column[v].size;
}

void cgm_pixels_pad(const cgm_column *image, int channels, int pad, const uint8_t *pixels, double *out)
{
    size_t height = (size_t)image->height, width = (size_t)image->width, border = (size_t)pad;
    size_t padded = width + 2 * border;
    memset(out, 0, (size_t)channels * (height + 2 * border) * padded * sizeof *out);
    for (int c = 0; c < channels; c++) {
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++) out[(y + border) * padded + x + border] = *pixels++;
        out += (height + 2 * border) * padded;
    }
}

cgm_status cgm_store_check_rows(const cgm_dataset *data, size_t n, const size_t *rows)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i] >= data->rows)
            return CGM_FAIL(CGM_E_ARG, "%s: row %zu; expected one below %zu", data->description, rows[i], data->rows);
    return CGM_OK;
}

cgm_status cgm_store_find(const cgm_dataset *data, const char *name, size_t *v)
{
    *v = find(data, name);
    if (*v < data->n_variables) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "%s: no variable \"%s\"", data->description, name);
}

cgm_status cgm_dataset_read(const cgm_dataset *data, const char *variable, size_t n, const size_t *rows, double *out)
{
    size_t v;
    CGM_TRY(cgm_store_find(data, variable, &v));
    CGM_TRY(cgm_store_check_rows(data, n, rows));
    const cgm_column *column = &data->column[v];
    size_t width = cgm_variable_width(&data->variable[v]);
    for (size_t i = 0; i < n; i++) {
        if (column->values)
            memcpy(out + i * width, column->values + rows[i] * width, width * sizeof *out);
        else
            cgm_pixels_pad(column, data->variable[v].channels, data->pad, column->pixels + rows[i] * column->size,
                           out + i * width);
    }
    return CGM_OK;
}
