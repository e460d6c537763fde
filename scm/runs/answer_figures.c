/* The figures of a counterfactual answer. */
#include <math.h>
#include <string.h>

#include "metrics/measure.h"
#include "metrics/metrics.h"
#include "scm/runs/answer_priv.h"

/* Rows that a mechanism predicts at a time, so that what it needs to hold stays small. */
#define CHUNK 256

static cgm_status add_figure(cgm_answer *answer, const char *of, const char *name, double value)
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

static double mean_error(size_t n, size_t width, const double *a, const double *b)
{
    return cgm_set_mean_absolute_error(n, width, a, b, NULL).mean;
}

/* The error of each column's images to the true ones, beside that of leaving the images as they are. */
static cgm_status truth_figures(cgm_answer *answer, size_t image, const cgm_answer_column *column)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    size_t node = cgm_scm_node_of(scm, image), width = cgm_variable_width(cgm_scm_variable(scm, image));
    const double *truth = column->truth[image];
    double error = mean_error(answer->n, width, column->world->value[node].data, truth);
    double unedited = mean_error(answer->n, width, answer->factual->value[node].data, truth);
    CGM_TRY(add_figure(answer, column->heading, "error", error));
    CGM_TRY(add_figure(answer, column->heading, "unedited", unedited));
    return add_figure(answer, column->heading, "ratio", error / unedited);
}

/* A window on rows [begin, begin + n) of values. */
static cgm_values rows_of(cgm_values all, size_t begin, size_t n)
{
    return (cgm_values){n, all.width, all.data + begin * all.width};
}

/* Predicts the image from its factual parents and the abducted internal variables, without pixel noise, over rows
 * [begin, begin + n); returns the sum of the rows' errors. */
static cgm_status reconstruct(const cgm_answer *answer, size_t image, size_t begin, size_t n, double *zeros,
                              double *pixels, double *sum)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    const cgm_world *world = answer->factual;
    cgm_mechanism *m = cgm_scm_mechanism(scm, image);
    const cgm_mechanism_node *nodes;
    const size_t *parent;
    cgm_values parents[CGM_MAX_PARENTS], before[CGM_MAX_NODES];
    size_t n_parents = cgm_scm_parents(scm, image, &parent), n_nodes = m->methods->nodes(m, &nodes);
    size_t own = cgm_scm_node_of(scm, image), width = nodes[n_nodes - 1].width;
    for (size_t p = 0; p < n_parents; p++)
        parents[p] = rows_of(world->value[cgm_scm_node_of(scm, parent[p])], begin, n);
    for (size_t k = 0; k + 1 < n_nodes; k++) before[k] = rows_of(world->value[own - (n_nodes - 1) + k], begin, n);
    cgm_values noise = {n, nodes[n_nodes - 1].noise_width, zeros}, out = {n, width, pixels};
    CGM_TRY(m->methods->predict(m, n_nodes - 1, parents, before, &noise, answer->opts.threads, &out));
    *sum += (double)n * mean_error(n, width, pixels, rows_of(world->value[own], begin, n).data);
    return CGM_OK;
}

static cgm_status reconstruction_figure(cgm_answer *answer, size_t image)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    size_t own = cgm_scm_node_of(scm, image), chunk = answer->n < CHUNK ? answer->n : CHUNK;
    cgm_arena scratch = {0};
    double sum = 0;
    double *zeros = cgm_arena_array(&scratch, chunk, (cgm_scm_node(scm, own)->noise_width + 1) * sizeof *zeros);
    double *pixels = cgm_arena_array(&scratch, chunk, cgm_scm_node(scm, own)->width * sizeof *pixels);
    cgm_status status = zeros && pixels ? CGM_OK : CGM_E_MEMORY;
    for (size_t begin = 0; status == CGM_OK && begin < answer->n; begin += chunk) {
        size_t n = answer->n - begin < chunk ? answer->n - begin : chunk;
        status = reconstruct(answer, image, begin, n, zeros, pixels, &sum);
    }
    cgm_arena_clear(&scratch);
    CGM_TRY(status);
    return add_figure(answer, "reconstruction", "error", sum / (double)answer->n);
}

/* Mean |measure of the counterfactual image - predicted value|, over the rows on which the measure is defined. */
static cgm_status measure_figure(cgm_answer *answer, size_t image, const cgm_measure *measure,
                                 const cgm_answer_column *column)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    const cgm_variable *variable = cgm_scm_variable(scm, image);
    cgm_values pixels = column->world->value[cgm_scm_node_of(scm, image)];
    const double *predicted = column->world->value[cgm_scm_node_of(scm, (size_t)cgm_scm_find(scm, measure->name))].data;
    double sum = 0, *measured = cgm_arena_array(&answer->arena, answer->n, sizeof *measured);
    size_t defined = 0;
    if (!measured) return CGM_E_MEMORY;
    CGM_TRY(cgm_measure_images(measure, answer->n, (size_t)variable->height, (size_t)variable->width, pixels.width,
                               pixels.data, answer->opts.threads, measured));
    for (size_t i = 0; i < answer->n; i++) {
        if (isnan(measured[i])) continue;
        sum += fabs(measured[i] - predicted[i]);
        defined++;
    }
    const char *name = cgm_arena_printf(&answer->arena, "%s measured", measure->name);
    if (!name) return CGM_E_MEMORY;
    return add_figure(answer, column->heading, name, defined ? sum / (double)defined : NAN);
}

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

cgm_status cgm_answer_measure(cgm_answer *answer)
{
    int image = cgm_answer_image(answer);
    if (image < 0) return CGM_OK;
    for (size_t c = 0; c < answer->n_columns; c++) {
        const cgm_answer_column *column = &answer->column[c];
        if (column->has_truth) CGM_TRY(truth_figures(answer, (size_t)image, column));
        for (size_t k = 0; k < answer->query.n_measures; k++)
            CGM_TRY(measure_figure(answer, (size_t)image, cgm_measure_find(answer->query.measures[k]), column));
    }
    return reconstruction_figure(answer, (size_t)image);
}
