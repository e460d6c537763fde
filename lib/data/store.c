/* Filling a data set: what every reader does in the same way. */
#include "data/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

cgm_status cgm_store_create(cgm_dataset **out)
{
    cgm_dataset *data = calloc(1, sizeof *data);
    if (!data) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a data set");
    *out = data;
    return CGM_OK;
}

void cgm_dataset_destroy(cgm_dataset *data)
{
    if (!data) return;
    for (size_t v = 0; v < data->n_variables; v++) {
        free(data->column[v].values);
        free(data->column[v].pixels);
    }
    free(data->noise);
    free(data->given);
    cgm_arena_clear(&data->arena);
    free(data);
}

cgm_status cgm_store_alloc(size_t count, size_t size, const char *where, void **out)
{
    size_t bytes;
    double machine = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (__builtin_mul_overflow(count, size, &bytes) || (double)bytes > machine)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %.3g bytes of data, more than this machine's memory", where,
                        (double)count * (double)size);
    void *block = malloc(bytes ? bytes : 1);
    if (!block) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory: could not get %zu bytes", where, bytes);
    *out = block;
    return CGM_OK;
}

/* A variable's name becomes a key of configs, a path in files and a caption. */
static cgm_status check_name(const cgm_dataset *data, const char *name, const char *where)
{
    size_t n = strlen(name);
    if (n == 0 || n > CGM_DATA_MAX_NAME)
        return CGM_FAIL(CGM_E_FORMAT, "%s: a variable's name of %zu bytes; expected 1 to %d", where, n,
                        CGM_DATA_MAX_NAME);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c <= ' ' || strchr("/=,\"", *c))
            return CGM_FAIL(CGM_E_FORMAT, "%s: \"%s\" is not a variable's name: no blanks, '/', '=', ',' or quotes",
                            where, name);
    if (cgm_dataset_find(data, name))
        return CGM_FAIL(CGM_E_FORMAT, "%s: the variable \"%s\" appears twice", where, name);
    return CGM_OK;
}

static cgm_status add(cgm_dataset *data, const cgm_variable *variable, size_t rows, const char *where)
{
    CGM_TRY(check_name(data, variable->name, where));
    if (data->n_variables == CGM_DATA_MAX_VARIABLES)
        return CGM_FAIL(CGM_E_FORMAT, "%s: more than %d variables", where, CGM_DATA_MAX_VARIABLES);
    if (rows == 0) return CGM_FAIL(CGM_E_FORMAT, "%s: no rows", where);
    if (data->n_variables && rows != data->rows)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %zu rows, but \"%s\" has %zu", where, rows, data->variable[0].name,
                        data->rows);
    return cgm_variable_copy(&data->arena, variable, &data->variable[data->n_variables]);
}

cgm_status cgm_store_add_take(cgm_dataset *data, const cgm_variable *variable, size_t rows, double *values,
                              uint8_t *pixels, const char *where)
{
    cgm_status status = add(data, variable, rows, where);
    if (status != CGM_OK) {
        free(values);
        free(pixels);
        return status;
    }
    data->rows = data->train = rows;
    data->column[data->n_variables++] =
        (cgm_column){values, pixels, variable->height, variable->width, cgm_variable_width(variable)};
    return CGM_OK;
}

cgm_status cgm_store_check_column(const cgm_variable *variable, size_t rows, const double *values, const char *where)
{
    size_t width = cgm_variable_width(variable);
    for (size_t i = 0; i < rows * width; i++) {
        cgm_status status = cgm_variable_check(variable, values[i]);
        if (status != CGM_OK) return cgm_fail_context(CGM_E_FORMAT, "%s: row %zu", where, i / width);
    }
    return CGM_OK;
}

/* Moves the test rows to right behind the first `keep` training rows. */
static void drop_training_rows(cgm_dataset *data, size_t keep)
{
    size_t test = data->rows - data->train;
    for (size_t v = 0; v < data->n_variables; v++) {
        size_t width = data->column[v].size;
        double *x = data->column[v].values;
        uint8_t *p = data->column[v].pixels;
        if (x) memmove(x + keep * width, x + data->train * width, test * width * sizeof *x);
        if (p) memmove(p + keep * width, p + data->train * width, test * width);
    }
    if (data->noise) {
        size_t width = cgm_generator_noise_width(data->generator);
        memmove(data->noise + keep * width, data->noise + data->train * width, test * width * sizeof *data->noise);
    }
    if (data->given) {
        size_t size = cgm_variable_width(&data->generator->variables[data->generator->n_variables - 1]);
        memmove(data->given + keep * size, data->given + data->train * size, test * size);
    }
    data->train = keep;
    data->rows = keep + test;
}

cgm_status cgm_store_apply(cgm_dataset *data, const cgm_data_opts *opts)
{
    if (!data->has_split) {
        int64_t test = opts->test_share > 0 ? llround(opts->test_share * (double)data->rows) : opts->test;
        if (test < 0 || (uint64_t)test >= data->rows)
            return CGM_FAIL(CGM_E_CONFIG, "data.test: %lld of %zu rows to hold out leave none to train on",
                            (long long)test, data->rows);
        data->train = data->rows - (size_t)test;
    }
    if (opts->limit > 0 && (uint64_t)opts->limit < data->train) drop_training_rows(data, (size_t)opts->limit);
    data->pad = (int)opts->pad;
    for (size_t v = 0; v < data->n_variables; v++) {
        cgm_variable *variable = &data->variable[v];
        if (variable->type != CGM_IMAGE) continue;
        variable->height = data->column[v].height + 2 * data->pad;
        variable->width = data->column[v].width + 2 * data->pad;
    }
    return CGM_OK;
}
