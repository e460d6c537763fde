/* Answers as pictures of points: of models whose vector of two numbers is what there is to see. */
#include <stdlib.h>
#include <string.h>

#include "io/scatter.h"
#include "scm/answers/answer_priv.h"
#include "scm/answers/critic_field.h"
#include "scm/runs/run_priv.h"

enum { MOST_POINTS = 10000 /* of a panel */ };

/* What a panel shows. */
typedef enum panel_kind { DATA, FACTUAL, PREDICTED, TRUTH } panel_kind;
typedef struct source {
    panel_kind kind;
    size_t column; /* of the answer */
} source;

typedef struct drawing {
    const cgm_answer *answer;
    size_t vector; /* the variable */
    cgm_arena arena;
    size_t n_panels, room, filled; /* points of each panel that is not DATA */
    cgm_scatter_panel *panel;
    source *source; /* [panels] */
    double **point; /* [panels]: [room, 2] */
    bool scored;    /* samples beside data, behind which are the critic's contours */
    cgm_critic_field critic;
} drawing;

cgm_status cgm_answer_check_scatter(const cgm_answer *answer)
{
    const char *path = answer->query.png;
    int v = cgm_answer_vector(answer);
    if (v < 0) return CGM_FAIL(CGM_E_ARG, "png: %s: the graph has no image to draw, nor a vector", path);
    const cgm_variable *x = cgm_scm_variable(answer->run->scm, (size_t)v);
    if (x->width == 2) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "png: %s: '%s' has %d numbers; points with 2 can be drawn", path, x->name, x->width);
}

static cgm_status add_panel(drawing *d, panel_kind kind, size_t column, const char *caption)
{
    double *point = cgm_arena_array(&d->arena, d->room, 2 * sizeof *point);
    if (!point || !caption) return CGM_E_MEMORY;
    d->point[d->n_panels] = point;
    d->source[d->n_panels] = (source){kind, column};
    d->panel[d->n_panels++] = (cgm_scatter_panel){.caption = caption, .points = point};
    return CGM_OK;
}

/* As many training rows as there are samples. */
static cgm_status add_data(drawing *d)
{
    cgm_run *run = d->answer->run;
    size_t begin, rows;
    CGM_TRY(cgm_run_load_data(run));
    cgm_dataset_split(run->data, CGM_TRAIN, &begin, &rows);
    CGM_TRY(add_panel(d, DATA, 0, "training rows"));
    size_t n = rows < d->room ? rows : d->room, *row = cgm_arena_array(&d->arena, n, sizeof *row);
    if (!row) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) row[i] = begin + i;
    d->panel[0].n = n;
    return cgm_dataset_read(run->data, cgm_scm_variable(run->scm, d->vector)->name, n, row, d->point[0]);
}

static cgm_status add_panels(drawing *d)
{
    const cgm_answer *a = d->answer;
    size_t most = 1 + 2 * a->n_columns;
    d->panel = cgm_arena_array(&d->arena, most, sizeof *d->panel);
    d->source = cgm_arena_array(&d->arena, most, sizeof *d->source);
    d->point = cgm_arena_array(&d->arena, most, sizeof *d->point);
    if (!d->panel || !d->source || !d->point) return CGM_E_MEMORY;
    if (a->query.kind == CGM_SAMPLE) {
        CGM_TRY(add_data(d));
        return add_panel(d, PREDICTED, 0, a->column[0].heading ? a->column[0].heading : "sample");
    }
    CGM_TRY(add_panel(d, FACTUAL, 0, "factual"));
    for (size_t c = 0; c < a->n_columns; c++) {
        CGM_TRY(add_panel(d, PREDICTED, c, a->column[c].heading));
        if (a->column[c].has_truth)
            CGM_TRY(add_panel(d, TRUTH, c, cgm_arena_printf(&d->arena, "truth, %s", a->column[c].heading)));
    }
    return CGM_OK;
}

/* ---- The sink ---- */

static cgm_status scatter_begin(cgm_answer *answer, void **out)
{
    if (!answer->query.png || cgm_answer_image(answer) >= 0) return CGM_OK;
    drawing *d = calloc(1, sizeof *d);
    if (!d) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %s", answer->query.png);
    *out = d;
    d->answer = answer;
    d->vector = (size_t)cgm_answer_vector(answer); /* there is one: cgm_answer_check_scatter */
    d->room = answer->n < MOST_POINTS ? answer->n : MOST_POINTS;
    return add_panels(d);
}

/* The panel's points of the batch. */
static const double *batch_of(const drawing *d, size_t panel)
{
    const cgm_answer *a = d->answer;
    const cgm_answer_column *column = &a->column[d->source[panel].column];
    size_t node = cgm_scm_node_of(a->run->scm, d->vector);
    if (d->source[panel].kind == TRUTH) return column->truth[d->vector];
    return d->source[panel].kind == FACTUAL ? a->factual->value[node].data : column->world->value[node].data;
}

/* With the parents of the first samples. */
static cgm_status take_critic(drawing *d)
{
    const cgm_answer *a = d->answer;
    if (d->filled > 0 || a->query.kind != CGM_SAMPLE || !cgm_critic_field_suits(a->run->scm, d->vector)) return CGM_OK;
    d->scored = true;
    return cgm_critic_field_init(a->run->scm, d->vector, a->column[0].world, a->count, a->opts.threads, &d->arena,
                                 &d->critic);
}

static cgm_status scatter_take(void *sink, cgm_answer *answer)
{
    drawing *d = sink;
    CGM_TRY(take_critic(d));
    size_t left = d->room - d->filled, n = answer->count < left ? answer->count : left;
    for (size_t k = 0; k < d->n_panels; k++) {
        if (d->source[k].kind == DATA) continue;
        memcpy(d->point[k] + 2 * d->filled, batch_of(d, k), 2 * n * sizeof(double));
        d->panel[k].n += n;
    }
    d->filled += n;
    return CGM_OK;
}

static cgm_status scatter_end(void *sink, cgm_answer *answer)
{
    const drawing *d = sink;
    const cgm_scatter scatter = {.title = cgm_scm_variable(answer->run->scm, d->vector)->name,
                                 .n_panels = d->n_panels,
                                 .panels = d->panel,
                                 .field = d->scored ? &d->critic.field : NULL};
    return cgm_scatter_write(answer->query.png, &scatter);
}

static void scatter_drop(void *sink)
{
    drawing *d = sink;
    if (d) cgm_arena_clear(&d->arena);
    free(d);
}

const cgm_answer_sink cgm_answer_scatter_sink = {scatter_begin, scatter_take, scatter_end, scatter_drop};
