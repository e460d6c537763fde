/* Asks a run for counterfactuals and turns them into pictures. */
#include "tools/report/worlds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_IMAGES = 8, USUAL_STEPS = 9, MOST_LEVELS = 32 };

bool worlds_reaches(const cgm_scm *scm, size_t from, size_t to)
{
    const size_t *parents;
    size_t n = cgm_scm_parents(scm, to, &parents);
    /* Parents come before their children, so this ends. */
    for (size_t k = 0; k < n; k++)
        if (parents[k] == from || (parents[k] > from && worlds_reaches(scm, from, parents[k]))) return true;
    return false;
}

/* ---- Values ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

cgm_status worlds_choose_values(const report *r, worlds *w)
{
    const cgm_variable *v = cgm_scm_variable(w->scm, w->attribute);
    const cgm_dataset *data = cgm_run_data(r->run);
    size_t begin, rows, steps = r->options->steps > 0 ? (size_t)r->options->steps : USUAL_STEPS;
    bool levels = cgm_variable_has_levels(v);
    if (levels) steps = v->levels < MOST_LEVELS ? (size_t)v->levels : MOST_LEVELS;
    w->value = cgm_arena_array(&w->arena, steps, sizeof *w->value);
    if (!w->value) return CGM_E_MEMORY;
    w->steps = steps;
    for (size_t k = 0; k < steps; k++) w->value[k] = (double)k;
    if (levels) return CGM_OK;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &rows);
    const double *column = cgm_dataset_column(data, v->name);
    double *sorted = cgm_arena_array(&w->arena, rows + 1, sizeof *sorted);
    if (!sorted) return CGM_E_MEMORY;
    if (!column || rows == 0) return CGM_FAIL(CGM_E_ARG, "%s: there are no training rows", v->name);
    memcpy(sorted, column + begin, rows * sizeof *sorted);
    qsort(sorted, rows, sizeof *sorted, compare);
    double low = sorted[(rows - 1) / 100], high = sorted[(rows - 1) - (rows - 1) / 100];
    w->steps = 0;
    for (size_t k = 0; k < steps; k++) {
        double x = low + (high - low) * (double)k / (double)(steps - 1);
        if (v->type == CGM_COUNT) x = round(x);
        if (w->steps == 0 || x > w->value[w->steps - 1]) w->value[w->steps++] = x;
    }
    return CGM_OK;
}

/* ---- The answer ---- */

/* What the visits of the answer's batches gather. */
typedef struct gathering {
    worlds *w;
    size_t width;
    double *factual, *pixels, *truth; /* [n, width], [steps, n, width] */
} gathering;

static const double *value_of(const gathering *g, const cgm_world *world, size_t variable)
{
    return world->value[cgm_scm_node_of(g->w->scm, variable)].data;
}

static cgm_status gather(void *context, const cgm_answer *answer)
{
    gathering *g = context;
    worlds *w = g->w;
    const cgm_world *factual = cgm_answer_factual(answer);
    size_t first = factual->first, n = factual->n, width = g->width;
    memcpy(g->factual + first * width, value_of(g, factual, w->image), n * width * sizeof(double));
    for (size_t m = 0; m < w->n_moved; m++)
        memcpy(w->moved_factual[m] + first, value_of(g, factual, w->moved[m]), n * sizeof(double));
    for (size_t k = 0; k < w->steps; k++) {
        const cgm_world *world = cgm_answer_world(answer, k);
        const double *truth = cgm_answer_truth(answer, k, w->image);
        size_t at = k * w->n + first;
        memcpy(g->pixels + at * width, value_of(g, world, w->image), n * width * sizeof(double));
        if (truth) memcpy(g->truth + at * width, truth, n * width * sizeof(double));
        if (!truth) w->shown[WORLD_TRUTH] = NULL;
        for (size_t m = 0; m < w->n_moved; m++)
            memcpy(w->moved_value[m] + at, value_of(g, world, w->moved[m]), n * sizeof(double));
    }
    return CGM_OK;
}

/* Each column of the answer sets the attribute to one of the values, the same in all rows. */
static cgm_status ask(report *r, gathering *g)
{
    worlds *w = g->w;
    cgm_query query;
    cgm_answer *answer;
    cgm_do *dos = cgm_arena_array(&w->arena, w->steps, sizeof *dos);
    cgm_setting *settings = cgm_arena_array(&w->arena, w->steps, sizeof *settings);
    double *values = cgm_arena_array(&w->arena, w->steps * w->n, sizeof *values);
    if (!dos || !settings || !values) return CGM_E_MEMORY;
    for (size_t k = 0; k < w->steps; k++) {
        for (size_t i = 0; i < w->n; i++) values[k * w->n + i] = w->value[k];
        settings[k] = (cgm_setting){k, cgm_scm_variable(w->scm, w->attribute)->name, values + k * w->n};
    }
    cgm_query_init(&query, CGM_COUNTERFACTUAL);
    query.n_dos = query.n_settings = w->steps;
    query.dos = dos;
    query.settings = settings;
    query.n = w->n;
    query.n_rows = r->options->n_rows;
    query.rows = r->options->rows;
    if (r->options->seed >= 0) query.seed = (uint64_t)r->options->seed;
    query.temperature = r->options->temperature;
    query.pixel_temperature = r->options->pixel_temperature;
    query.visit = gather;
    query.context = g;
    CGM_TRY(cgm_run_answer(r->run, &query, &answer));
    size_t n;
    const size_t *rows = cgm_answer_rows(answer, &n);
    size_t *copy = cgm_arena_array(&w->arena, n + 1, sizeof *copy);
    if (copy) memcpy(copy, rows, n * sizeof *copy);
    w->row = copy;
    cgm_answer_destroy(answer);
    return copy ? CGM_OK : CGM_E_MEMORY;
}

/* ---- Pictures ---- */

static cgm_status encode(const cgm_variable *image, const double *pixels, picture *out)
{
    return cgm_image_encode(image, 0, pixels, &out->bytes, &out->n);
}

/* The mean over the channels of a difference, in the colours of differences. */
static cgm_status encode_change(const worlds *w, const double *change, double limit, picture *out)
{
    cgm_variable coloured = *cgm_scm_variable(w->scm, w->image);
    size_t plane = (size_t)coloured.height * (size_t)coloured.width, channels = (size_t)coloured.channels;
    double *rgb = malloc(3 * plane * sizeof *rgb);
    if (!rgb) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a picture");
    for (size_t i = 0; i < plane; i++) {
        uint8_t colour[3];
        double sum = 0;
        for (size_t c = 0; c < channels; c++) sum += change[c * plane + i];
        cgm_colour_map_diverging(sum / (double)channels / limit, colour);
        for (size_t c = 0; c < 3; c++) rgb[c * plane + i] = colour[c];
    }
    coloured.channels = 3;
    cgm_status status = encode(&coloured, rgb, out);
    free(rgb);
    return status;
}

static cgm_status draw_changes(worlds *w, gathering *g, double *change)
{
    size_t all = w->steps * w->n;
    w->change_limit = 1;
    for (size_t i = 0; i < all * g->width; i++) {
        size_t at = i % (w->n * g->width);
        w->change_limit = fmax(w->change_limit, fabs(g->pixels[i] - g->factual[at]));
    }
    for (size_t i = 0; i < all; i++) {
        const double *from = g->factual + i % w->n * g->width, *to = g->pixels + i * g->width;
        for (size_t p = 0; p < g->width; p++) change[p] = to[p] - from[p];
        CGM_TRY(encode_change(w, change, w->change_limit, &w->shown[WORLD_CHANGE][i]));
    }
    return CGM_OK;
}

static cgm_status draw_mean(worlds *w, gathering *g, double *change)
{
    const double *first = g->pixels, *last = g->pixels + (w->steps - 1) * w->n * g->width;
    w->mean_limit = 1;
    for (size_t p = 0; p < g->width; p++) {
        change[p] = 0;
        for (size_t i = 0; i < w->n; i++)
            change[p] += (last[i * g->width + p] - first[i * g->width + p]) / (double)w->n;
        w->mean_limit = fmax(w->mean_limit, fabs(change[p]));
    }
    return encode_change(w, change, w->mean_limit, &w->mean_change);
}

static cgm_status draw(worlds *w, gathering *g)
{
    const cgm_variable *image = cgm_scm_variable(w->scm, w->image);
    double *change = malloc(g->width * sizeof *change);
    cgm_status status = change ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for a picture");
    for (size_t i = 0; status == CGM_OK && i < w->n; i++)
        status = encode(image, g->factual + i * g->width, &w->factual[i]);
    for (size_t i = 0; status == CGM_OK && i < w->steps * w->n; i++) {
        status = encode(image, g->pixels + i * g->width, &w->shown[WORLD_COUNTERFACTUAL][i]);
        if (status == CGM_OK && w->shown[WORLD_TRUTH])
            status = encode(image, g->truth + i * g->width, &w->shown[WORLD_TRUTH][i]);
    }
    if (status == CGM_OK) status = draw_changes(w, g, change);
    if (status == CGM_OK) status = draw_mean(w, g, change);
    free(change);
    return status;
}

/* ---- All of it ---- */

static cgm_status find_moved(worlds *w)
{
    size_t n = cgm_scm_count(w->scm);
    w->moved = cgm_arena_array(&w->arena, n, sizeof *w->moved);
    w->moved_value = cgm_arena_array(&w->arena, n, sizeof *w->moved_value);
    w->moved_factual = cgm_arena_array(&w->arena, n, sizeof *w->moved_factual);
    if (!w->moved || !w->moved_value || !w->moved_factual) return CGM_E_MEMORY;
    for (size_t v = 0; v < n; v++) {
        if (!cgm_variable_is_scalar(cgm_scm_variable(w->scm, v)) || !worlds_reaches(w->scm, w->attribute, v)) continue;
        double *value = cgm_arena_array(&w->arena, w->steps * w->n, sizeof *value);
        double *factual = cgm_arena_array(&w->arena, w->n, sizeof *factual);
        if (!value || !factual) return CGM_E_MEMORY;
        w->moved[w->n_moved] = v;
        w->moved_value[w->n_moved] = value;
        w->moved_factual[w->n_moved++] = factual;
    }
    return CGM_OK;
}

static size_t count_images(const report *r)
{
    size_t begin, tests, n = r->options->images > 0 ? (size_t)r->options->images : USUAL_IMAGES;
    cgm_dataset_split(cgm_run_data(r->run), CGM_TEST, &begin, &tests);
    if (r->options->n_rows > 0) return r->options->n_rows;
    return n < tests ? n : tests;
}

cgm_status worlds_make(report *r, worlds *w)
{
    gathering g = {w, cgm_variable_width(cgm_scm_variable(w->scm, w->image)), NULL, NULL, NULL};
    w->n = count_images(r);
    size_t all = w->n * w->steps;
    if (w->n == 0) return CGM_FAIL(CGM_E_ARG, "there are no test rows");
    w->factual = cgm_arena_array(&w->arena, w->n, sizeof *w->factual);
    for (int k = 0; k < WORLD_KINDS; k++)
        if (!(w->shown[k] = cgm_arena_array(&w->arena, all, sizeof *w->shown[k]))) return CGM_E_MEMORY;
    g.factual = cgm_arena_array(&w->arena, w->n * g.width, sizeof(double));
    g.pixels = cgm_arena_array(&w->arena, all * g.width, sizeof(double));
    g.truth = cgm_arena_array(&w->arena, all * g.width, sizeof(double));
    if (!w->factual || !g.factual || !g.pixels || !g.truth) return CGM_E_MEMORY;
    CGM_TRY(find_moved(w));
    CGM_TRY(ask(r, &g));
    return draw(w, &g);
}

void worlds_clear(worlds *w)
{
    for (size_t i = 0; w->factual && i < w->n; i++) free(w->factual[i].bytes);
    for (int k = 0; k < WORLD_KINDS; k++)
        for (size_t i = 0; w->shown[k] && i < w->n * w->steps; i++) free(w->shown[k][i].bytes);
    free(w->mean_change.bytes);
    cgm_arena_clear(&w->arena);
}
