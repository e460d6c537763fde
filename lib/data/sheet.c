#include "data/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/batches.h"
#include "data/store.h"
#include "io/picture.h"
#include "io/scatter.h"

#define MOST_IMAGES 10000
#define CAPTION_LINES 4
#define DRAWS 7 /* of an image beside itself */

/* "digit 7", "thickness 2.41": a line each of the first few scalar variables. */
static const char *caption(const cgm_dataset *data, size_t row, cgm_arena *arena)
{
    char text[CAPTION_LINES * (CGM_DATA_MAX_NAME + 16)] = "";
    size_t used = 0, lines = 0;
    for (size_t v = 0; v < data->n_variables && lines < CAPTION_LINES; v++) {
        const double *values = data->column[v].values;
        if (!cgm_variable_is_scalar(&data->variable[v])) continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %.3g", lines ? "\n" : "",
                                 data->variable[v].name, values[row]);
        lines++;
    }
    return cgm_arena_strdup(arena, text);
}

static cgm_status fill_cell(const cgm_dataset *data, size_t v, size_t row, cgm_arena *arena, cgm_picture_cell *cell)
{
    const cgm_column *column = &data->column[v];
    float *pixels = cgm_arena_array(arena, column->size, sizeof *pixels);
    cell->caption = caption(data, row, arena);
    if (!pixels || !cell->caption) return CGM_E_MEMORY;
    for (size_t i = 0; i < column->size; i++) pixels[i] = column->pixels[row * column->size + i];
    cell->pixels = pixels;
    return CGM_OK;
}

/* The variable of that name, or the first of the type, "image" in words. */
static cgm_status find(const cgm_dataset *data, const char *name, cgm_variable_type type, const char *what, size_t *v)
{
    if (name)
        CGM_TRY(cgm_store_find(data, name, v));
    else
        for (*v = 0; *v < data->n_variables && data->variable[*v].type != type;) ++*v;
    if (*v < data->n_variables && data->variable[*v].type == type) return CGM_OK;
    return name ? CGM_FAIL(CGM_E_ARG, "%s: %s is no %s", data->description, name, what)
                : CGM_FAIL(CGM_E_ARG, "%s: no variable is of type %s", data->description, what);
}

static cgm_status find_image(const cgm_dataset *data, const char *name, size_t *v)
{
    return find(data, name, CGM_IMAGE, "image", v);
}

static cgm_status check_count(size_t n, size_t rows, size_t *out)
{
    *out = n < rows ? n : rows;
    if (*out >= 1 && n <= MOST_IMAGES) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "a sheet of %zu images; expected 1 to %d", *out < 1 ? *out : n, MOST_IMAGES);
}

cgm_status cgm_data_sheet_write(const cgm_dataset *data, cgm_split split, const char *image, size_t n, const char *path)
{
    size_t v, begin, rows;
    CGM_TRY(find_image(data, image, &v));
    cgm_dataset_split(data, split, &begin, &rows);
    CGM_TRY(check_count(n, rows, &n));
    size_t columns = (size_t)ceil(sqrt((double)n * 1.5));
    cgm_arena arena = {0};
    cgm_picture_grid grid = {.title = data->description,
                             .rows = (n + columns - 1) / columns,
                             .columns = columns,
                             .channels = data->variable[v].channels,
                             .height = data->column[v].height,
                             .width = data->column[v].width};
    cgm_status status = CGM_OK;
    cgm_picture_cell *cells = cgm_arena_array(&arena, grid.rows * columns, sizeof *cells);
    if (!cells) status = CGM_E_MEMORY;
    for (size_t i = 0; i < n && status == CGM_OK; i++)
        status = fill_cell(data, v, begin + i * rows / n, &arena, &cells[i]);
    grid.cells = cells;
    if (status == CGM_OK) status = cgm_picture_write_grid(path, &grid);
    cgm_arena_clear(&arena);
    return status;
}

/* An image as it is, and DRAWS times as training may see it: a line of the sheet. */
static cgm_status fill_line(const cgm_dataset *data, size_t v, size_t row, const cgm_augmentation *augmentation,
                            const cgm_rng *rng, cgm_arena *arena, cgm_picture_cell *cells)
{
    size_t rows[DRAWS], width = cgm_variable_width(&data->variable[v]);
    cgm_rng own = cgm_rng_split_index(rng, row);
    for (size_t i = 0; i < DRAWS; i++) rows[i] = row;
    cgm_real *images = cgm_arena_array(arena, (DRAWS + 1) * width, sizeof *images);
    float *pixels = cgm_arena_array(arena, (DRAWS + 1) * width, sizeof *pixels);
    cells[0].caption = caption(data, row, arena);
    if (!images || !pixels || !cells[0].caption) return CGM_E_MEMORY;
    cgm_dataset_images(data, 1, rows, data->variable[v].name, 1, images);
    cgm_dataset_augment(data, DRAWS, rows, data->variable[v].name, augmentation, NULL, &own, 1, images + width);
    for (size_t i = 0; i < (DRAWS + 1) * width; i++) pixels[i] = (float)images[i];
    for (size_t i = 0; i <= DRAWS; i++) cells[i].pixels = pixels + i * width;
    cells[0].frame = 1;
    return CGM_OK;
}

cgm_status cgm_data_sheet_write_augmented(const cgm_dataset *data, const cgm_augmentation *augmentation,
                                          const char *image, uint64_t seed, size_t n, const char *path)
{
    size_t v, begin, rows;
    CGM_TRY(find_image(data, image, &v));
    cgm_dataset_split(data, CGM_TRAIN, &begin, &rows);
    CGM_TRY(check_count((n + DRAWS) / (DRAWS + 1), rows, &n));
    cgm_arena arena = {0};
    cgm_rng rng = cgm_rng_create(seed);
    cgm_picture_grid grid = {.title = data->description,
                             .rows = n,
                             .columns = DRAWS + 1,
                             .channels = data->variable[v].channels,
                             .height = data->variable[v].height,
                             .width = data->variable[v].width};
    cgm_picture_cell *cells = cgm_arena_array(&arena, n * grid.columns, sizeof *cells);
    cgm_status status = cells ? CGM_OK : CGM_E_MEMORY;
    for (size_t i = 0; i < n && status == CGM_OK; i++)
        status = fill_line(data, v, begin + i * rows / n, augmentation, &rng, &arena, &cells[i * grid.columns]);
    grid.cells = cells;
    if (status == CGM_OK) status = cgm_picture_write_grid(path, &grid);
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_data_sheet_write_points(const cgm_dataset *data, const char *vector, size_t n, const char *path)
{
    static const char *const captions[] = {[CGM_TRAIN] = "training rows", [CGM_TEST] = "test rows"};
    size_t v;
    cgm_scatter_panel panel[2];
    cgm_scatter scatter = {.title = data->description, .panels = panel};
    CGM_TRY(find(data, vector, CGM_VECTOR, "vector", &v));
    if (data->variable[v].width != 2)
        return CGM_FAIL(CGM_E_ARG, "%s: %s has %d numbers; points with 2 can be drawn", data->description,
                        data->variable[v].name, data->variable[v].width);
    for (int split = CGM_TRAIN; split <= CGM_TEST; split++) {
        size_t begin, rows;
        cgm_dataset_split(data, (cgm_split)split, &begin, &rows);
        if (rows == 0) continue;
        panel[scatter.n_panels++] = (cgm_scatter_panel){
            .caption = captions[split], .n = n < rows ? n : rows, .points = data->column[v].values + 2 * begin};
    }
    return cgm_scatter_write(path, &scatter);
}
