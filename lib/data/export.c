#define _GNU_SOURCE
#include "data/export.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/threads.h"
#include "data/store.h"

#define TABLE "attributes.csv"
#define NAME_BYTES 32
#define FILES_A_TASK 64

typedef struct export
{
    const cgm_dataset *data;
    size_t image;
    const char *folder; /* being filled */
    cgm_status *status; /* [tasks] */
}
export;

/* Closes; the error of an earlier write counts as well. */
static cgm_status close_file(FILE *f, const char *path, bool written)
{
    int failed = written && !ferror(f) ? 0 : errno ? errno : EIO;
    if (fclose(f) != 0 && !failed) failed = errno;
    return failed ? CGM_FAIL(CGM_E_IO, "cannot write %s: %s", path, strerror(failed)) : CGM_OK;
}

static void name_of(size_t row, char name[NAME_BYTES])
{
    snprintf(name, NAME_BYTES, "%06zu.png", row);
}

static char *path_in(const export *e, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", e->folder, name) >= 0) return path;
    (void)CGM_FAIL(CGM_E_MEMORY, "out of memory for a path");
    return NULL;
}

/* Channels one after the other become channels side by side. */
static void interleave(const uint8_t *pixels, size_t channels, size_t size, uint8_t *out)
{
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < size; i++) out[i * channels + c] = pixels[c * size + i];
}

static cgm_status write_image(const export *e, size_t row, uint8_t *scratch)
{
    char name[NAME_BYTES];
    const cgm_column *column = &e->data->column[e->image];
    int channels = e->data->variable[e->image].channels;
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .height = (png_uint_32)column->height,
                       .width = (png_uint_32)column->width,
                       .format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    name_of(row, name);
    char *path = path_in(e, name);
    if (!path) return CGM_E_MEMORY;
    interleave(column->pixels + row * column->size, (size_t)channels, column->size / (size_t)channels, scratch);
    FILE *f = fopen(path, "wbe");
    errno = f ? 0 : errno;
    cgm_status status = f ? close_file(f, path, png_image_write_to_stdio(&image, f, 0, scratch, 0, NULL))
                          : CGM_FAIL(CGM_E_IO, "cannot write %s: %s", path, strerror(errno));
    free(path);
    return status;
}

static cgm_status write_some(const export *e, size_t task)
{
    size_t end = (task + 1) * FILES_A_TASK;
    uint8_t *scratch = malloc(e->data->column[e->image].size);
    if (!scratch) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", e->folder);
    cgm_status status = CGM_OK;
    for (size_t row = task * FILES_A_TASK; status == CGM_OK && row < end && row < e->data->rows; row++)
        status = write_image(e, row, scratch);
    free(scratch);
    return status;
}

static void write_task(void *context, size_t task, int worker)
{
    (void)worker;
    export *e = context;
    e->status[task] = write_some(e, task);
}

/* A message belongs to the thread that left it, so what failed is tried again in this one. */
static cgm_status write_images(export *e, int threads)
{
    size_t tasks = (e->data->rows + FILES_A_TASK - 1) / FILES_A_TASK;
    e->status = calloc(tasks, sizeof *e->status);
    if (!e->status) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", e->folder);
    cgm_parallel(threads, tasks, write_task, e);
    cgm_status status = CGM_OK;
    for (size_t t = 0; status == CGM_OK && t < tasks; t++)
        if (e->status[t] != CGM_OK) status = write_some(e, t);
    free(e->status);
    return status;
}

static void write_row(const export *e, FILE *f, size_t row)
{
    char text[CGM_VALUE_TEXT], name[NAME_BYTES];
    const cgm_dataset *data = e->data;
    name_of(row, name);
    fprintf(f, "%s,%s", name, row < data->train ? "train" : "test");
    for (size_t v = 0; v < data->n_variables; v++) {
        if (v == e->image) continue;
        double value = data->column[v].values[row];
        fputc(',', f);
        if (data->variable[v].level_names)
            cgm_csv_put(f, cgm_variable_text(&data->variable[v], value, text));
        else
            fprintf(f, "%.17g", value);
    }
    fputc('\n', f);
}

static cgm_status write_table(const export *e)
{
    char *path = path_in(e, TABLE);
    if (!path) return CGM_E_MEMORY;
    cgm_status status = CGM_OK;
    FILE *f = fopen(path, "we");
    if (f) {
        errno = 0;
        fputs("file,split", f);
        for (size_t v = 0; v < e->data->n_variables; v++) {
            if (v == e->image) continue;
            fputc(',', f);
            cgm_csv_put(f, e->data->variable[v].name);
        }
        fputc('\n', f);
        for (size_t row = 0; row < e->data->rows; row++) write_row(e, f, row);
        status = close_file(f, path, true);
    } else {
        status = CGM_FAIL(CGM_E_IO, "cannot write %s: %s", path, strerror(errno));
    }
    free(path);
    return status;
}

static cgm_status find_image(export *e)
{
    size_t images = 0;
    for (size_t v = 0; v < e->data->n_variables; v++) {
        const cgm_variable *x = &e->data->variable[v];
        if (x->type == CGM_IMAGE) {
            e->image = v;
            images++;
        } else if (x->type == CGM_VECTOR) {
            return CGM_FAIL(CGM_E_ARG, "%s: " TABLE " has no room for the vector \"%s\"",
                            cgm_dataset_description(e->data), x->name);
        } else if (strcmp(x->name, "file") == 0 || strcmp(x->name, "split") == 0) {
            return CGM_FAIL(CGM_E_ARG, "%s: a variable is called \"%s\", like a column that " TABLE " needs for itself",
                            cgm_dataset_description(e->data), x->name);
        }
    }
    if (images != 1)
        return CGM_FAIL(CGM_E_ARG, "%s: %zu image variables; expected one", cgm_dataset_description(e->data), images);
    int channels = e->data->variable[e->image].channels;
    if (channels == 1 || channels == 3) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "%s: images of %d channels; PNG files have 1 or 3", cgm_dataset_description(e->data),
                    channels);
}

static cgm_status fill(export *e, int threads)
{
    CGM_TRY(write_images(e, threads));
    return write_table(e);
}

cgm_status cgm_dataset_export(const cgm_dataset *data, const char *folder, int threads)
{
    export e = {.data = data};
    struct stat info;
    cgm_filling *filling;
    CGM_TRY(find_image(&e));
    if (lstat(folder, &info) == 0)
        return CGM_FAIL(CGM_E_ARG, "%s is there already; expected a new folder's name", folder);
    CGM_TRY(cgm_filling_begin(folder, &filling, &e.folder));
    cgm_status status = fill(&e, threads), ended = cgm_filling_end(filling, status == CGM_OK);
    return status == CGM_OK ? ended : status;
}
