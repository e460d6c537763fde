/* Answers as pictures. */
#include <stdio.h>
#include <string.h>

#include "io/picture.h"
#include "scm/runs/answer_priv.h"

/* A grid that a person can take in at a glance. */
#define PICTURE_ROWS 8
#define SHEET_COLUMNS 8
#define SHEET_CELLS 64

/* The grid under construction: its texts and pixels live in the arena. */
typedef struct drawing {
    const cgm_answer *answer;
    const cgm_scm *scm;
    size_t image; /* the variable */
    cgm_arena arena;
    cgm_picture_cell *cells;
    const char **headings;
    size_t rows, columns;
} drawing;

/* Where to read variable v's value of a row: a world, or the truth's columns. */
typedef struct source {
    const cgm_world *world;
    double *const *truth;
} source;

static const double *value_of(const drawing *d, source from, size_t v, size_t row)
{
    size_t width = cgm_variable_width(cgm_scm_variable(d->scm, v));
    const double *all = from.world ? from.world->value[cgm_scm_node_of(d->scm, v)].data : from.truth[v];
    return all + row * width;
}

/* "digit 7\nthickness 3.5\nintensity 231": the scalar variables' values. */
static const char *caption(drawing *d, source from, size_t row)
{
    const char *text = "";
    for (size_t v = 0; text && v < cgm_scm_count(d->scm); v++) {
        const cgm_variable *variable = cgm_scm_variable(d->scm, v);
        if (variable->type == CGM_IMAGE) continue;
        char value[CGM_VALUE_TEXT];
        cgm_variable_text(variable, *value_of(d, from, v, row), value);
        text = cgm_arena_printf(&d->arena, "%s%s%s %s", text, *text ? "\n" : "", variable->name, value);
    }
    return text;
}

static cgm_status fill_cell(drawing *d, source from, size_t row, int frame, cgm_picture_cell *cell)
{
    size_t width = cgm_variable_width(cgm_scm_variable(d->scm, d->image));
    const double *values = value_of(d, from, d->image, row);
    float *pixels = cgm_arena_array(&d->arena, width, sizeof *pixels);
    const char *text = caption(d, from, row);
    if (!pixels || !text) return CGM_E_MEMORY;
    for (size_t i = 0; i < width; i++) pixels[i] = (float)(values[i] < 0 ? 0 : values[i] > 255 ? 255 : values[i]);
    *cell = (cgm_picture_cell){.pixels = pixels, .caption = text, .frame = frame};
    return CGM_OK;
}

static cgm_status grid_create(drawing *d, size_t rows, size_t columns)
{
    d->rows = rows;
    d->columns = columns;
    d->cells = cgm_arena_array(&d->arena, rows * columns, sizeof *d->cells);
    d->headings = cgm_arena_array(&d->arena, columns, sizeof *d->headings);
    return d->cells && d->headings ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status fill_column(drawing *d, size_t column, const char *heading, source from, int frame)
{
    d->headings[column] = heading;
    for (size_t row = 0; row < d->rows; row++)
        CGM_TRY(fill_cell(d, from, row, frame, &d->cells[row * d->columns + column]));
    return CGM_OK;
}

static cgm_status counterfactual_grid(drawing *d)
{
    const cgm_answer *a = d->answer;
    size_t columns = 1 + a->n_columns;
    for (size_t c = 0; c < a->n_columns; c++) columns += a->column[c].has_truth;
    CGM_TRY(grid_create(d, a->n < PICTURE_ROWS ? a->n : PICTURE_ROWS, columns));
    size_t column = 0;
    CGM_TRY(fill_column(d, column++, "factual", (source){.world = a->factual}, 1));
    for (size_t c = 0; c < a->n_columns; c++) {
        const cgm_answer_column *what = &a->column[c];
        CGM_TRY(fill_column(d, column++, what->heading, (source){.world = what->world}, 0));
        if (what->has_truth) CGM_TRY(fill_column(d, column++, "truth", (source){.truth = what->truth}, 2));
    }
    return CGM_OK;
}

static cgm_status sample_sheet(drawing *d)
{
    const cgm_answer *a = d->answer;
    size_t n = a->n < SHEET_CELLS ? a->n : SHEET_CELLS, columns = n < SHEET_COLUMNS ? n : SHEET_COLUMNS;
    CGM_TRY(grid_create(d, (n + columns - 1) / columns, columns));
    d->headings = NULL;
    for (size_t i = 0; i < n; i++) CGM_TRY(fill_cell(d, (source){.world = a->column[0].world}, i, 0, &d->cells[i]));
    return CGM_OK;
}

cgm_status cgm_answer_draw(const cgm_answer *answer, const char *path)
{
    int image = cgm_answer_image(answer);
    if (image < 0) return CGM_FAIL(CGM_E_ARG, "%s: the graph has no image to draw", path);
    drawing d = {.answer = answer, .scm = cgm_run_scm(answer->run), .image = (size_t)image};
    cgm_status status = answer->factual ? counterfactual_grid(&d) : sample_sheet(&d);
    if (status == CGM_OK) {
        const cgm_variable *v = cgm_scm_variable(d.scm, d.image);
        cgm_picture_grid grid = {.title = answer->factual ? NULL : answer->column[0].heading,
                                 .rows = d.rows,
                                 .columns = d.columns,
                                 .channels = v->channels,
                                 .height = v->height,
                                 .width = v->width,
                                 .headings = d.headings,
                                 .cells = d.cells};
        status = cgm_picture_write_grid(path, &grid);
    }
    cgm_arena_clear(&d.arena);
    return status;
}
