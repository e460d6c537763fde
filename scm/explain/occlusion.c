/* Occlusion (Zeiler and Fergus 2014, section 4.2): how much the score falls while a square is covered. */
#include <stdlib.h>

#include "scm/explain/method.h"

/* Squares of `patch` pixels at every half of that, the last ones at the border. */
typedef struct squares {
    size_t side_y, side_x, rows, columns, step;
} squares;

static squares squares_of(const explain_task *t)
{
    size_t height = (size_t)t->image->height, width = (size_t)t->image->width;
    squares s = {.side_y = t->patch < height ? t->patch : height, .side_x = t->patch < width ? t->patch : width};
    s.step = t->patch > 1 ? t->patch / 2 : 1;
    s.rows = (height - s.side_y + s.step - 1) / s.step + 1;
    s.columns = (width - s.side_x + s.step - 1) / s.step + 1;
    return s;
}

static size_t begin_of(size_t number, size_t step, size_t side, size_t extent)
{
    return number * step + side <= extent ? number * step : extent - side;
}

/* Visits the pixels of square k: what[pixel] += by. */
static void add(const explain_task *t, const squares *s, size_t k, double by, double *what)
{
    size_t height = (size_t)t->image->height, width = (size_t)t->image->width;
    size_t top = begin_of(k / s->columns, s->step, s->side_y, height);
    size_t left = begin_of(k % s->columns, s->step, s->side_x, width);
    for (size_t y = top; y < top + s->side_y; y++)
        for (size_t x = left; x < left + s->side_x; x++) what[y * width + x] += by;
}

static void cover(const explain_task *t, const squares *s, size_t k, const double *image, double *variant)
{
    size_t height = (size_t)t->image->height, width = (size_t)t->image->width;
    size_t top = begin_of(k / s->columns, s->step, s->side_y, height);
    size_t left = begin_of(k % s->columns, s->step, s->side_x, width);
    for (size_t i = 0; i < t->width; i++) {
        size_t y = i / width % height, x = i % width;
        bool covered = y >= top && y < top + s->side_y && x >= left && x < left + s->side_x;
        variant[i] = covered ? t->baseline : image[i];
    }
}

/* A pixel has the mean over the squares that cover it. room: EXPLAIN_ROWS variants, then a count a pixel. */
static cgm_status explain_row(const explain_task *t, const squares *s, size_t row, double *room, double *map)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width, n = s->rows * s->columns;
    const double *image = t->images + row * t->width;
    double whole, score[EXPLAIN_ROWS], *count = room + EXPLAIN_ROWS * t->width;
    for (size_t i = 0; i < plane; i++) map[i] = count[i] = 0;
    CGM_TRY(t->ask(t->context, row, 1, image, &whole));
    for (size_t at = 0; at < n; at += EXPLAIN_ROWS) {
        size_t here = n - at < EXPLAIN_ROWS ? n - at : EXPLAIN_ROWS;
        for (size_t k = 0; k < here; k++) cover(t, s, at + k, image, room + k * t->width);
        CGM_TRY(t->ask(t->context, row, here, room, score));
        for (size_t k = 0; k < here; k++) {
            add(t, s, at + k, whole - score[k], map);
            add(t, s, at + k, 1, count);
        }
    }
    for (size_t i = 0; i < plane; i++) map[i] /= count[i];
    return CGM_OK;
}

static cgm_status explain(explain_task *t, double *map)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width;
    const squares s = squares_of(t);
    double *room = malloc((EXPLAIN_ROWS * t->width + plane) * sizeof *room);
    cgm_status status = room ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for covered images");
    for (size_t row = 0; status == CGM_OK && row < t->n; row++) {
        status = cgm_explain_go_on(t);
        if (status == CGM_OK) status = explain_row(t, &s, row, room, map + row * plane);
    }
    free(room);
    return status;
}

const explain_method cgm_explain_method_occlusion = {
    .name = "occlusion",
    .doc = "how much the score falls while a square is covered",
    .kind = EXPLAIN_PLANE,
    .uses = USES_IMAGES | USES_LEVEL | USES_PATCH | USES_BASELINE,
    .unit = "square",
    .explain = explain,
};
