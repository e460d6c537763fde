/* Answers as pictures of images. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/picture.h"
#include "scm/answers/answer_priv.h"

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
    size_t rows, columns, filled; /* filled: of the answer's rows */
    float *brightest;             /* [columns]: the largest standard deviation there */
} drawing;

/* Where to read variable v's value of a row of the batch: a world, or arrays of the variables that they have. */
typedef struct source {
    const cgm_world *world;
    double *const *array;
} source;

static const double *value_of(const drawing *d, source from, size_t v, size_t row)
{
    size_t width = cgm_variable_width(cgm_scm_variable(d->scm, v));
    const double *all = from.world ? from.world->value[cgm_scm_node_of(d->scm, v)].data : from.array[v];
    return all + row * width;
}

/* "digit 7\nthickness 3.5\nintensity 231": the scalar variables' values. */
static const char *caption(drawing *d, source from, size_t row)
{
    const char *text = "";
    for (size_t v = 0; text && v < cgm_scm_count(d->scm); v++) {
        const cgm_variable *variable = cgm_scm_variable(d->scm, v);
        if (!cgm_variable_is_scalar(variable) || (!from.world && !from.array[v])) continue;
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

/* Cells of one row, from left to right. */
typedef struct place {
    drawing *d;
    size_t from; /* the batch's row */
    size_t row, column;
} place;

static cgm_status put(place *at, const char *heading, source from, int frame)
{
    drawing *d = at->d;
    d->headings[at->column] = heading;
    return fill_cell(d, from, at->from, frame, &d->cells[at->row * d->columns + at->column++]);
}

/* The standard deviations of a row, as they are: how bright they are drawn is known when all rows are there. */
static cgm_status put_deviation(place *at, const cgm_answer_column *column)
{
    drawing *d = at->d;
    size_t width = cgm_variable_width(cgm_scm_variable(d->scm, d->image));
    const double *variance = column->variance[d->image] + at->from * width;
    float *pixels = cgm_arena_array(&d->arena, width, sizeof *pixels);
    if (!pixels) return CGM_E_MEMORY;
    for (size_t i = 0; i < width; i++) {
        pixels[i] = sqrtf((float)variance[i]);
        d->brightest[at->column] = fmaxf(d->brightest[at->column], pixels[i]);
    }
    d->cells[at->row * d->columns + at->column++] = (cgm_picture_cell){.pixels = pixels};
    return CGM_OK;
}

static cgm_status put_particles(place *at, const cgm_answer *a, const cgm_answer_column *column)
{
    const char *heading = cgm_arena_printf(&at->d->arena, "mean of %zu", a->query.particles);
    if (!heading) return CGM_E_MEMORY;
    CGM_TRY(put(at, heading, (source){.array = column->mean}, 0));
    return put_deviation(at, column);
}

static cgm_status fill_counterfactual(drawing *d, size_t i)
{
    const cgm_answer *a = d->answer;
    place at = {.d = d, .from = i, .row = d->filled};
    CGM_TRY(put(&at, "factual", (source){.world = a->factual}, 1));
    for (size_t c = 0; c < a->n_columns; c++) {
        const cgm_answer_column *what = &a->column[c];
        CGM_TRY(put(&at, what->heading, (source){.world = what->world}, 0));
        if (what->mean) CGM_TRY(put_particles(&at, a, what));
        if (what->has_truth) CGM_TRY(put(&at, "truth", (source){.array = what->truth}, 2));
    }
    return CGM_OK;
}

/* Standard deviations are drawn in grey, the largest of their column white. */
static cgm_status scale_deviations(drawing *d)
{
    size_t width = cgm_variable_width(cgm_scm_variable(d->scm, d->image));
    for (size_t column = 0; column < d->columns; column++) {
        if (d->headings[column]) continue;
        float top = d->brightest[column] > 0 ? d->brightest[column] : 1;
        d->headings[column] = cgm_arena_printf(&d->arena, "std. dev.\nwhite: %.3g", (double)top);
        if (!d->headings[column]) return CGM_E_MEMORY;
        for (size_t row = 0; row < d->rows; row++) {
            float *pixels = (float *)d->cells[row * d->columns + column].pixels;
            for (size_t i = 0; i < width; i++) pixels[i] *= 255 / top;
        }
    }
    return CGM_OK;
}

/* ---- The sink ---- */

static void picture_drop(void *sink)
{
    drawing *d = sink;
    if (d) cgm_arena_clear(&d->arena);
    free(d);
}

static cgm_status make_grid(drawing *d)
{
    const cgm_answer *a = d->answer;
    bool sample = a->query.kind == CGM_SAMPLE;
    size_t most = sample ? SHEET_CELLS : PICTURE_ROWS, n = a->n < most ? a->n : most;
    d->columns = sample ? (n < SHEET_COLUMNS ? n : SHEET_COLUMNS) : 1 + a->n_columns;
    if (!sample && a->query.particles > 1) d->columns += 2 * a->n_columns;
    for (size_t c = 0; c < a->n_columns; c++) d->columns += a->column[c].has_truth;
    d->rows = sample ? (n + d->columns - 1) / d->columns : n;
    d->cells = cgm_arena_array(&d->arena, d->rows * d->columns, sizeof *d->cells);
    d->headings = cgm_arena_array(&d->arena, d->columns, sizeof *d->headings);
    d->brightest = cgm_arena_array(&d->arena, d->columns, sizeof *d->brightest);
    return d->cells && d->headings && d->brightest ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status picture_begin(cgm_answer *answer, void **out)
{
    if (!answer->query.png || cgm_answer_image(answer) < 0) return CGM_OK;
    drawing *d = calloc(1, sizeof *d);
    if (!d) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %s", answer->query.png);
    *out = d;
    d->answer = answer;
    d->scm = cgm_run_scm(answer->run);
    d->image = (size_t)cgm_answer_image(answer);
    return make_grid(d);
}

static cgm_status picture_take(void *sink, cgm_answer *answer)
{
    drawing *d = sink;
    bool sample = answer->query.kind == CGM_SAMPLE;
    size_t room = sample ? SHEET_CELLS : PICTURE_ROWS;
    for (size_t i = 0; i < answer->count && d->filled < room; i++, d->filled++)
        CGM_TRY(sample ? fill_cell(d, (source){.world = answer->column[0].world}, i, 0, &d->cells[d->filled])
                       : fill_counterfactual(d, i));
    return CGM_OK;
}

static cgm_status picture_end(void *sink, cgm_answer *answer)
{
    drawing *d = sink;
    const cgm_variable *v = cgm_scm_variable(d->scm, d->image);
    bool sample = answer->query.kind == CGM_SAMPLE;
    if (!sample) CGM_TRY(scale_deviations(d));
    cgm_picture_grid grid = {.title = sample ? answer->column[0].heading : NULL,
                             .rows = d->rows,
                             .columns = d->columns,
                             .channels = v->channels,
                             .height = v->height,
                             .width = v->width,
                             .headings = sample ? NULL : d->headings,
                             .cells = d->cells};
    return cgm_picture_write_grid(answer->query.png, &grid);
}

const cgm_answer_sink cgm_answer_picture_sink = {picture_begin, picture_take, picture_end, picture_drop};
