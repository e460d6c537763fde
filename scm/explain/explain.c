#include "scm/explain/explain.h"

#include <math.h>

#include "scm/explain/explain_priv.h"
#include "scm/predictors/law.h"

void cgm_explain_init(cgm_explain_opts *opts)
{
    *opts = (cgm_explain_opts){.rows = {.split = CGM_TEST}, .baseline = -1, .smoothness = -1, .seed = 1};
}

cgm_status cgm_run_check_explain(cgm_run *run, const cgm_explain_opts *opts)
{
    explaining e = {.run = run, .opts = opts};
    cgm_status status = cgm_explain_plan(&e);
    cgm_arena_clear(&e.arena);
    return status;
}

/* ---- What is asked of the predictor ---- */

cgm_status cgm_explain_ask(void *context, size_t row, size_t n, const double *variants, double *score)
{
    const explain_asked *a = context;
    double value[CGM_MAX_PARENTS][EXPLAIN_ROWS];
    const double *given[CGM_MAX_PARENTS], *weight = a->weight + row * a->n_scores;
    for (size_t k = 0; k < a->predictor->n_given; k++) {
        for (size_t i = 0; i < n; i++) value[k][i] = a->given[k][row];
        given[k] = value[k];
    }
    CGM_TRY(cgm_predictor_scores(a->predictor, a->threads, n, variants, given, a->scores));
    for (size_t i = 0; i < n; i++) {
        score[i] = 0;
        for (size_t s = 0; s < a->n_scores; s++) score[i] += weight[s] * a->scores[i * a->n_scores + s];
    }
    return CGM_OK;
}

/* ---- Rows ---- */

static cgm_status read_given(explaining *e)
{
    const cgm_predictor *p = e->predictor;
    e->given = cgm_arena_array(&e->arena, p->n_given + 1, sizeof *e->given);
    if (!e->given) return CGM_E_MEMORY;
    for (size_t k = 0; k < p->n_given; k++) {
        e->given[k] = cgm_arena_array(&e->arena, e->n, sizeof **e->given);
        if (!e->given[k]) return CGM_E_MEMORY;
        CGM_TRY(cgm_dataset_read(e->run->data, p->seen.variable[k]->name, e->n, e->rows, e->given[k]));
    }
    return CGM_OK;
}

static cgm_status read_images(explaining *e)
{
    cgm_explanation *out = e->out;
    const cgm_dataset *data = e->run->data;
    out->row = cgm_arena_array(&out->arena, e->n, sizeof *out->row);
    out->images = cgm_arena_array(&out->arena, e->n, cgm_variable_width(e->image) * sizeof *out->images);
    out->truth = cgm_arena_array(&out->arena, 2 * e->n, sizeof *out->truth);
    if (!out->row || !out->images || !out->truth) return CGM_E_MEMORY;
    out->read = out->truth + e->n;
    for (size_t i = 0; i < e->n; i++) out->row[i] = e->rows[i];
    CGM_TRY(cgm_dataset_read(data, e->image->name, e->n, e->rows, out->images));
    CGM_TRY(cgm_dataset_read(data, e->attribute->name, e->n, e->rows, out->truth));
    return cgm_predictor_read(e->predictor, e->run->opts.threads, e->n, out->images, (const double *const *)e->given,
                              out->read);
}

/* Which score of each image is explained, and with what sign. */
static cgm_status choose_scores(explaining *e)
{
    cgm_explanation *out = e->out;
    size_t scores = cgm_predictor_n_scores(e->predictor);
    out->level = cgm_arena_array(&out->arena, 2 * e->n, sizeof *out->level);
    e->weight = cgm_arena_array(&e->arena, e->n, scores * sizeof *e->weight);
    e->score = cgm_arena_array(&e->arena, e->n, sizeof *e->score);
    if (!out->level || !e->weight || !e->score) return CGM_E_MEMORY;
    out->value = out->level + e->n;
    for (size_t i = 0; i < e->n; i++) {
        double level = !isnan(e->level) ? e->level : out->read ? out->read[i] : (double)i;
        bool levels = cgm_variable_has_levels(e->attribute), less = !levels && !out->read && i == 1;
        e->score[i] = levels ? (size_t)level : 0;
        e->weight[i * scores + e->score[i]] = less ? -1 : 1;
        out->level[i] = levels ? level : out->read ? NAN : less ? -1 : 1;
    }
    return CGM_OK;
}

/* Their scores, of the images or of those that were made. */
static cgm_status find_values(explaining *e, const double *images)
{
    size_t scores = cgm_predictor_n_scores(e->predictor);
    double *all = cgm_arena_array(&e->arena, e->n, scores * sizeof *all);
    if (!all) return CGM_E_MEMORY;
    CGM_TRY(
        cgm_predictor_scores(e->predictor, e->run->opts.threads, e->n, images, (const double *const *)e->given, all));
    for (size_t i = 0; i < e->n; i++) e->out->value[i] = all[i * scores + e->score[i]];
    return CGM_OK;
}

/* ---- The answer ---- */

static cgm_status describe(explaining *e)
{
    cgm_explanation *out = e->out;
    bool layer = e->method->uses & USES_LAYER;
    out->predictor = cgm_arena_strdup(&out->arena, e->predictor->name);
    out->layer = layer ? cgm_arena_strdup(&out->arena, e->layer.name) : NULL;
    if (!out->predictor || (layer && !out->layer)) return CGM_E_MEMORY;
    out->method = e->method->name;
    out->score = e->predictor->law->score;
    out->attribute = e->attribute;
    out->image = e->image;
    out->n = e->n;
    out->makes_images = e->method->kind == EXPLAIN_IMAGES;
    out->map_channels = e->method->kind == EXPLAIN_PLANE ? 1 : e->image->channels;
    out->figure_name = e->method->figure;
    return CGM_OK;
}

static cgm_status make_room(explaining *e)
{
    cgm_explanation *out = e->out;
    size_t plane = (size_t)e->image->height * (size_t)e->image->width;
    e->map_width = (size_t)out->map_channels * plane;
    out->map = cgm_arena_array(&out->arena, e->n, e->map_width * sizeof *out->map);
    out->figure = cgm_arena_array(&out->arena, e->n, sizeof *out->figure);
    if (e->method->uses & USES_PARTS) out->part = cgm_arena_array(&out->arena, e->n, plane * sizeof *out->part);
    e->asked = (explain_asked){.predictor = e->predictor,
                               .threads = e->run->opts.threads,
                               .given = (const double *const *)e->given,
                               .n_scores = cgm_predictor_n_scores(e->predictor),
                               .weight = e->weight};
    e->asked.scores = cgm_arena_array(&e->arena, EXPLAIN_ROWS, e->asked.n_scores * sizeof *e->asked.scores);
    if (!out->map || !out->figure || !e->asked.scores) return CGM_E_MEMORY;
    return e->method->uses & USES_PARTS && !out->part ? CGM_E_MEMORY : CGM_OK;
}

static void fill_task(explaining *e)
{
    explain_task *t = &e->task;
    e->response = (predictor_response){.predictor = e->predictor, .threads = e->run->opts.threads};
    t->image = e->image;
    t->n = e->n;
    t->width = cgm_variable_width(e->image);
    t->images = e->out->images;
    t->ask = cgm_explain_ask;
    t->context = &e->asked;
    t->response = &e->response;
    t->layer = &e->layer;
    t->given = (const double *const *)e->given;
    t->n_scores = e->asked.n_scores;
    t->weight = e->weight;
    t->stop = e->run->opts.stop;
    t->part = e->out->part;
    t->figure = e->out->figure;
}

static cgm_status answer(explaining *e)
{
    CGM_TRY(cgm_explain_plan(e));
    CGM_TRY(describe(e));
    CGM_TRY(read_given(e));
    if (e->method->uses & USES_IMAGES) CGM_TRY(read_images(e));
    CGM_TRY(choose_scores(e));
    CGM_TRY(make_room(e));
    fill_task(e);
    CGM_TRY(e->method->explain(&e->task, e->out->map));
    CGM_TRY(find_values(e, e->out->makes_images ? e->out->map : e->out->images));
    if (e->opts->randomise) CGM_TRY(cgm_explain_cascade(e));
    if (e->opts->out) CGM_TRY(cgm_explain_write(e, e->opts->out));
    return e->opts->png ? cgm_explain_draw(e, e->opts->png) : CGM_OK;
}

cgm_status cgm_run_explain(cgm_run *run, const cgm_explain_opts *opts, cgm_explanation *out)
{
    cgm_explanation made = {0};
    explaining e = {.run = run, .opts = opts, .out = &made};
    CGM_TRY(cgm_run_check_finished(run));
    cgm_status status = answer(&e);
    cgm_response_clear(&e.response);
    cgm_layer_clear(&e.layer);
    cgm_arena_clear(&e.arena);
    if (status == CGM_OK)
        *out = made;
    else
        cgm_explanation_clear(&made);
    return status;
}

void cgm_explanation_clear(cgm_explanation *e)
{
    cgm_arena_clear(&e->arena);
    *e = (cgm_explanation){0};
}
