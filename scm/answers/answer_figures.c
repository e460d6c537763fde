/* The figures of a counterfactual answer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/measure.h"
#include "metrics/metrics.h"
#include "scm/answers/answer_priv.h"

/* Rows that a mechanism predicts at a time, so that what it needs to hold stays small. */
#define CHUNK 256

cgm_status cgm_answer_add_figure(cgm_answer *answer, const char *of, const char *name, double value)
{
    if (answer->n_figures == answer->figure_capacity) {
        size_t capacity = answer->figure_capacity ? 2 * answer->figure_capacity : 16;
        cgm_figure *grown = cgm_arena_array(&answer->arena, capacity, sizeof *grown);
        if (!grown) return CGM_E_MEMORY;
        if (answer->n_figures) memcpy(grown, answer->figure, answer->n_figures * sizeof *grown);
        answer->figure = grown;
        answer->figure_capacity = capacity;
    }
    answer->figure[answer->n_figures++] = (cgm_figure){of, name, value};
    return CGM_OK;
}

/* A mean under way, over images one by one, so that it does not depend on batches. */
typedef struct tally {
    double sum;
    size_t n;
} tally;

/* What is measured of a column. */
typedef struct column_figures {
    tally error, unedited, mean_error;
    tally *measured;               /* [measures] */
    cgm_answer_distance *distance; /* [measures], where the truth is known */
} column_figures;

typedef struct figures {
    cgm_arena arena;
    size_t image;
    column_figures *column;
    tally reconstruction, noisy, denoised;
    double composition[2];  /* sums, after one null intervention and after all */
    size_t composed;        /* images in them */
    double *measured;       /* [batch]: of one measure and column */
    double *of_truth;       /* [batch]: the same of the true images */
    double *zeros, *pixels; /* [CHUNK, widths]: no noise, and what it gives */
} figures;

static void add_errors(tally *t, size_t n, size_t width, const double *a, const double *b)
{
    for (size_t i = 0; i < n; i++) t->sum += cgm_mean_absolute_error(width, a + i * width, b + i * width);
    t->n += n;
}

static double mean_of(tally t)
{
    return t.n ? t.sum / (double)t.n : NAN;
}

/* ---- A batch ---- */

/* The errors of the column's images to the true ones, beside those of leaving the images as they are. */
static void add_truth(const figures *f, const cgm_answer *answer, const cgm_answer_column *column, column_figures *sums)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    size_t node = cgm_scm_node_of(scm, f->image), width = cgm_variable_width(cgm_scm_variable(scm, f->image));
    const double *truth = column->truth[f->image];
    add_errors(&sums->error, answer->count, width, column->world->value[node].data, truth);
    add_errors(&sums->unedited, answer->count, width, answer->factual->value[node].data, truth);
    if (column->mean) add_errors(&sums->mean_error, answer->count, width, column->mean[f->image], truth);
}

/* Predicts the image from its parents and the abducted internal variables, without pixel noise, over rows [begin, begin
 * + n) of a world of the batch, and adds its error to the factual one. */
static cgm_status reconstruct_rows(const figures *f, const cgm_answer *answer, const cgm_world *world, size_t begin,
                                   size_t n, tally *error)
{
    size_t image = f->image;
    const cgm_scm *scm = cgm_run_scm(answer->run);
    cgm_mechanism *m = cgm_scm_mechanism(scm, image);
    const cgm_mechanism_node *nodes;
    const size_t *parent;
    cgm_values parents[CGM_MAX_PARENTS], before[CGM_MAX_NODES];
    size_t n_parents = cgm_scm_parents(scm, image, &parent), n_nodes = m->methods->nodes(m, &nodes);
    size_t own = cgm_scm_node_of(scm, image), width = nodes[n_nodes - 1].width;
    for (size_t p = 0; p < n_parents; p++)
        parents[p] = cgm_values_rows(&world->value[cgm_scm_node_of(scm, parent[p])], begin, n);
    for (size_t k = 0; k + 1 < n_nodes; k++)
        before[k] = cgm_values_rows(&world->value[own - (n_nodes - 1) + k], begin, n);
    cgm_values noise = {n, nodes[n_nodes - 1].noise_width, f->zeros}, out = {n, width, f->pixels};
    CGM_TRY(m->methods->predict(m, n_nodes - 1, parents, before, &noise, answer->opts.threads, &out));
    add_errors(error, n, width, f->pixels, cgm_values_rows(&answer->factual->value[own], begin, n).data);
    return CGM_OK;
}

static cgm_status reconstruct(const figures *f, const cgm_answer *answer, const cgm_world *world, tally *error)
{
    for (size_t begin = 0; begin < answer->count; begin += CHUNK) {
        size_t left = answer->count - begin;
        CGM_TRY(reconstruct_rows(f, answer, world, begin, left < CHUNK ? left : CHUNK, error));
    }
    return CGM_OK;
}

static cgm_status denoise(figures *f, const cgm_answer *answer)
{
    cgm_world *noisy = NULL;
    size_t own = cgm_scm_node_of(cgm_run_scm(answer->run), f->image);
    const cgm_values *factual = &answer->factual->value[own];
    if (!(answer->query.denoise > 0)) return CGM_OK;
    CGM_TRY(cgm_answer_abduct_noisy(answer, f->image, &noisy));
    add_errors(&f->noisy, factual->n, factual->width, noisy->value[own].data, factual->data);
    cgm_status status = reconstruct(f, answer, noisy, &f->denoised);
    cgm_world_destroy(noisy);
    return status;
}

static cgm_status measure_images(const figures *f, const cgm_answer *answer, const cgm_measure *measure,
                                 const double *pixels, double *out)
{
    const cgm_variable *x = cgm_scm_variable(cgm_run_scm(answer->run), f->image);
    return cgm_measure_images(measure, answer->count, (size_t)x->height, (size_t)x->width, cgm_variable_width(x),
                              pixels, answer->opts.threads, out);
}

/* |measure of the counterfactual image - predicted value| of the rows on which the measure is defined; and its
 * distribution beside that of the true images. */
static cgm_status add_measured(const figures *f, const cgm_answer *answer, const cgm_measure *measure,
                               const cgm_answer_column *column, tally *sum, cgm_answer_distance *distance)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    const double *pixels = column->world->value[cgm_scm_node_of(scm, f->image)].data;
    const double *predicted = column->world->value[cgm_scm_node_of(scm, (size_t)cgm_scm_find(scm, measure->name))].data;
    CGM_TRY(measure_images(f, answer, measure, pixels, f->measured));
    if (column->has_truth) {
        CGM_TRY(measure_images(f, answer, measure, column->truth[f->image], f->of_truth));
        cgm_answer_distance_take(distance, answer, column->world, f->measured, f->of_truth);
    }
    for (size_t i = 0; i < answer->count; i++) {
        if (isnan(f->measured[i])) continue;
        sum->sum += fabs(f->measured[i] - predicted[i]);
        sum->n++;
    }
    return CGM_OK;
}

/* ---- Checking ---- */

cgm_status cgm_answer_check_measures(const cgm_answer *answer)
{
    if (answer->query.n_measures > 0 && cgm_answer_image(answer) < 0)
        return CGM_FAIL(CGM_E_ARG, "measure: the graph has no image to measure");
    for (size_t k = 0; k < answer->query.n_measures; k++) {
        const char *name = answer->query.measures[k];
        if (!cgm_measure_find(name))
            return CGM_FAIL(CGM_E_ARG, "measure: there is no measure of images named \"%s\"", name);
        if (cgm_scm_find(cgm_run_scm(answer->run), name) < 0)
            return CGM_FAIL(CGM_E_ARG, "measure: the graph has no variable \"%s\" to compare the image with", name);
    }
    return CGM_OK;
}

/* ---- The sink ---- */

static cgm_status make_room_for_measures(figures *f, const cgm_answer *answer, bool has_truth, column_figures *column)
{
    size_t n = answer->query.n_measures;
    column->measured = cgm_arena_array(&f->arena, n + 1, sizeof *column->measured);
    column->distance = cgm_arena_array(&f->arena, n + 1, sizeof *column->distance);
    if (!column->measured || !column->distance) return CGM_E_MEMORY;
    for (size_t k = 0; has_truth && k < n; k++)
        CGM_TRY(cgm_answer_distance_init(&column->distance[k], answer->n, &f->arena));
    return CGM_OK;
}

static cgm_status make_room(figures *f, const cgm_answer *answer)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    size_t own = cgm_scm_node_of(scm, f->image), chunk = answer->batch < CHUNK ? answer->batch : CHUNK;
    f->column = cgm_arena_array(&f->arena, answer->n_columns, sizeof *f->column);
    f->zeros = cgm_arena_array(&f->arena, chunk, (cgm_scm_node(scm, own)->noise_width + 1) * sizeof *f->zeros);
    f->pixels = cgm_arena_array(&f->arena, chunk, cgm_scm_node(scm, own)->width * sizeof *f->pixels);
    f->measured = cgm_arena_array(&f->arena, answer->batch, sizeof *f->measured);
    f->of_truth = cgm_arena_array(&f->arena, answer->batch, sizeof *f->of_truth);
    if (!f->column || !f->zeros || !f->pixels || !f->measured || !f->of_truth) return CGM_E_MEMORY;
    for (size_t c = 0; c < answer->n_columns; c++)
        CGM_TRY(make_room_for_measures(f, answer, answer->column[c].has_truth, &f->column[c]));
    return CGM_OK;
}

static cgm_status figures_begin(cgm_answer *answer, void **out)
{
    int image = cgm_answer_image(answer);
    if (image < 0 || answer->query.kind == CGM_SAMPLE) return CGM_OK;
    figures *f = calloc(1, sizeof *f);
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "out of memory for figures");
    *out = f;
    f->image = (size_t)image;
    return make_room(f, answer);
}

static cgm_status add_composition(figures *f, const cgm_answer *answer)
{
    if (answer->query.cycles == 0) return CGM_OK;
    f->composed += answer->count;
    return cgm_answer_compose(answer, f->image, f->composition);
}

static cgm_status figures_take(void *sink, cgm_answer *answer)
{
    figures *f = sink;
    for (size_t c = 0; c < answer->n_columns; c++) {
        const cgm_answer_column *column = &answer->column[c];
        if (column->has_truth) add_truth(f, answer, column, &f->column[c]);
        for (size_t k = 0; k < answer->query.n_measures; k++)
            CGM_TRY(add_measured(f, answer, cgm_measure_find(answer->query.measures[k]), column,
                                 &f->column[c].measured[k], &f->column[c].distance[k]));
    }
    CGM_TRY(reconstruct(f, answer, answer->factual, &f->reconstruction));
    CGM_TRY(denoise(f, answer));
    return add_composition(f, answer);
}

static cgm_status end_column(cgm_answer *answer, const cgm_answer_column *column, const column_figures *sums)
{
    if (column->has_truth) {
        double error = mean_of(sums->error), unedited = mean_of(sums->unedited);
        CGM_TRY(cgm_answer_add_figure(answer, column->heading, "error", error));
        CGM_TRY(cgm_answer_add_figure(answer, column->heading, "unedited", unedited));
        CGM_TRY(cgm_answer_add_figure(answer, column->heading, "ratio", error / unedited));
        if (column->mean)
            CGM_TRY(cgm_answer_add_figure(answer, column->heading, "error of the mean", mean_of(sums->mean_error)));
    }
    for (size_t k = 0; k < answer->query.n_measures; k++) {
        const char *name = cgm_arena_printf(&answer->arena, "%s measured", answer->query.measures[k]);
        if (!name) return CGM_E_MEMORY;
        CGM_TRY(cgm_answer_add_figure(answer, column->heading, name, mean_of(sums->measured[k])));
        if (!column->has_truth) continue;
        if (!(name = cgm_arena_printf(&answer->arena, "%s distance", answer->query.measures[k]))) return CGM_E_MEMORY;
        CGM_TRY(cgm_answer_add_figure(answer, column->heading, name, cgm_answer_distance_end(&sums->distance[k])));
    }
    return CGM_OK;
}

static cgm_status end_composition(const figures *f, cgm_answer *answer)
{
    size_t cycles = answer->query.cycles;
    if (cycles == 0) return CGM_OK;
    CGM_TRY(cgm_answer_add_figure(answer, "composition", "after 1", f->composition[0] / (double)f->composed));
    if (cycles == 1) return CGM_OK;
    const char *name = cgm_arena_printf(&answer->arena, "after %zu", cycles);
    return name ? cgm_answer_add_figure(answer, "composition", name, f->composition[1] / (double)f->composed)
                : CGM_E_MEMORY;
}

static cgm_status figures_end(void *sink, cgm_answer *answer)
{
    figures *f = sink;
    for (size_t c = 0; c < answer->n_columns; c++) CGM_TRY(end_column(answer, &answer->column[c], &f->column[c]));
    CGM_TRY(cgm_answer_add_figure(answer, "reconstruction", "error", mean_of(f->reconstruction)));
    if (answer->query.denoise > 0) {
        CGM_TRY(cgm_answer_add_figure(answer, "denoising", "noisy", mean_of(f->noisy)));
        CGM_TRY(cgm_answer_add_figure(answer, "denoising", "error", mean_of(f->denoised)));
    }
    return end_composition(f, answer);
}

static void figures_drop(void *sink)
{
    figures *f = sink;
    if (f) cgm_arena_clear(&f->arena);
    free(f);
}

const cgm_answer_sink cgm_answer_figures_sink = {figures_begin, figures_take, figures_end, figures_drop};
