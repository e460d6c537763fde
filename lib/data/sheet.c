#include "data/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/store.h"
#include "io/picture.h"

#define MOST_IMAGES 10000
#define CAPTION_LINES 4

/* "digit 7", "thickness 2.41": a line each of the first few scalar variables. */
static const char *caption(const cgm_dataset *data, size_t row, cgm_arena *arena)
{
    char text[CAPTION_LINES * (CGM_DATA_MAX_NAME + 16)] = "";
    size_t used = 0, lines = 0;
    for (size_t v = 0; v < data->n_variables && lines < CAPTION_LINES; v++) {
        const double *values = data->column[v].values;
        if (!values) continue;
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

static cgm_status find_image(const cgm_dataset *data, const char *name, size_t *v)
{
    if (name)
        CGM_TRY(cgm_store_find(data, name, v));
    else
        for (*v = 0; *v < data->n_variables && data->variable[*v].type != CGM_IMAGE;) ++*v;
    if (*v < data->n_variables && data->variable[*v].type == CGM_IMAGE) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "%s: %s%s", data->description, name ? name : "no variable",
                    name ? " is no image" : " is an image");
}

cgm_status cgm_data_sheet_write(const cgm_dataset *data, cgm_split split, const char *image, size_t n, const char *path)
{
    size_t v, begin, rows;
    CGM_TRY(find_image(data, image, &v));
    cgm_dataset_split(data, split, &begin, &rows);
    if (n > rows) n = rows;
    if (n < 1 || n > MOST_IMAGES) return CGM_FAIL(CGM_E_ARG, "a sheet of %zu images; expected 1 to %d", n, MOST_IMAGES);
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
