/* A data set to HDF5, in the layout that hdf5.c reads back. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/level_names.h"
#include "data/store.h"

static cgm_status save_whole(const cgm_dataset *data, size_t v, const char *path, cgm_file *file)
{
    static const char *const axes[] = {"row"};
    int64_t *whole;
    CGM_TRY(cgm_store_alloc(data->rows, sizeof *whole, path, (void **)&whole));
    for (size_t i = 0; i < data->rows; i++) whole[i] = (int64_t)data->column[v].values[i];
    cgm_status status = cgm_file_write(file, path, CGM_I64, CGM_SHAPE((int64_t)data->rows), axes, whole);
    free(whole);
    return status;
}

static cgm_status save_levels(const cgm_dataset *data, size_t v, const char *path, cgm_file *file)
{
    CGM_TRY(save_whole(data, v, path, file));
    CGM_TRY(cgm_file_set_integer(file, path, "levels", (uint64_t)data->variable[v].levels));
    return cgm_level_names_save(file, path, &data->variable[v]);
}

static cgm_status save_continuous(const cgm_dataset *data, size_t v, const char *path, cgm_file *file)
{
    static const char *const axes[] = {"row"};
    return cgm_file_write(file, path, CGM_F64, CGM_SHAPE((int64_t)data->rows), axes, data->column[v].values);
}

static cgm_status save_bounds(const cgm_variable *variable, const char *path, cgm_file *file)
{
    if (!variable->bounded) return CGM_OK;
    CGM_TRY(cgm_file_set_number(file, path, "low", variable->low));
    return cgm_file_set_number(file, path, "high", variable->high);
}

static cgm_status save_image(const cgm_dataset *data, size_t v, const char *path, cgm_file *file)
{
    static const char *const axes[] = {"row", "channel", "y", "x"};
    const cgm_column *column = &data->column[v];
    cgm_shape shape = CGM_SHAPE((int64_t)data->rows, data->variable[v].channels, column->height, column->width);
    return cgm_file_write(file, path, CGM_U8, shape, axes, column->pixels);
}

static cgm_status save_vector(const cgm_dataset *data, size_t v, const char *path, cgm_file *file)
{
    static const char *const axes[] = {"row", "component"};
    const cgm_column *column = &data->column[v];
    return cgm_file_write(file, path, CGM_F64, CGM_SHAPE((int64_t)data->rows, (int64_t)column->size), axes,
                          column->values);
}

static cgm_status save_variable(const cgm_dataset *data, size_t v, cgm_file *file)
{
    const cgm_variable *variable = &data->variable[v];
    char path[CGM_DATA_MAX_NAME + 2];
    snprintf(path, sizeof path, "/%s", variable->name);
    if (cgm_variable_has_levels(variable)) CGM_TRY(save_levels(data, v, path, file));
    if (variable->type == CGM_CONTINUOUS) CGM_TRY(save_continuous(data, v, path, file));
    if (variable->type == CGM_COUNT) CGM_TRY(save_whole(data, v, path, file));
    if (variable->type == CGM_IMAGE) CGM_TRY(save_image(data, v, path, file));
    if (variable->type == CGM_VECTOR) CGM_TRY(save_vector(data, v, path, file));
    CGM_TRY(save_bounds(variable, path, file));
    return cgm_file_set_text(file, path, "type", cgm_variable_type_name(variable));
}

static cgm_status save_given(const cgm_dataset *data, cgm_file *file)
{
    static const char *const axes[] = {"row", "y", "x"};
    char path[128];
    const cgm_variable *image = &data->generator->variables[data->generator->n_variables - 1];
    snprintf(path, sizeof path, "/noise/%s", data->generator->given);
    return cgm_file_write(file, path, CGM_U8, CGM_SHAPE((int64_t)data->rows, image->height, image->width), axes,
                          data->given);
}

static cgm_status save_noise(const cgm_dataset *data, cgm_file *file)
{
    static const char *const axes[] = {"row", NULL};
    const cgm_generator *g = data->generator;
    size_t width = cgm_generator_noise_width(g), offset = 0;
    for (size_t k = 0; k < g->n_noise; k++) {
        const cgm_generator_noise *part = &g->noise[k];
        char path[128];
        double *values;
        snprintf(path, sizeof path, "/noise/%s", part->name);
        CGM_TRY(cgm_store_alloc(data->rows * part->width, sizeof *values, path, (void **)&values));
        for (size_t i = 0; i < data->rows; i++)
            memcpy(values + i * part->width, data->noise + i * width + offset, part->width * sizeof *values);
        cgm_status status =
            cgm_file_write(file, path, CGM_F64, CGM_SHAPE((int64_t)data->rows, (int64_t)part->width), axes, values);
        free(values);
        CGM_TRY(status);
        offset += part->width;
    }
    if (g->given) CGM_TRY(save_given(data, file));
    CGM_TRY(cgm_file_set_text(file, "/", "generator", g->name));
    return cgm_file_set_integer(file, "/", "seed", (uint64_t)data->seed);
}

static cgm_status save(const cgm_dataset *data, cgm_file *file)
{
    char names[CGM_DATA_MAX_VARIABLES * (CGM_DATA_MAX_NAME + 1)] = "";
    size_t used = 0;
    for (size_t v = 0; v < data->n_variables; v++) {
        CGM_TRY(save_variable(data, v, file));
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", v ? " " : "", data->variable[v].name);
    }
    CGM_TRY(cgm_file_set_text(file, "/", "variables", names));
    CGM_TRY(cgm_file_set_integer(file, "/", "train", data->train));
    CGM_TRY(cgm_file_set_text(file, "/", "cgm_version", PACKAGE_VERSION));
    return cgm_dataset_has_truth(data) ? save_noise(data, file) : CGM_OK;
}

cgm_status cgm_dataset_save(const cgm_dataset *data, const char *path)
{
    cgm_file *file;
    CGM_TRY(cgm_file_create(path, &file));
    cgm_status status = save(data, file);
    if (status == CGM_OK) return cgm_file_commit(file);
    cgm_file_close(file);
    return status;
}
