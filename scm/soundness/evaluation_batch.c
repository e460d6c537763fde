/* What a batch of counterfactuals adds to an evaluation. */
#include <math.h>

#include "metrics/metrics.h"
#include "scm/soundness/evaluation_priv.h"

static const double *pixels_of(const evaluation *e, const cgm_world *world)
{
    return world->value[cgm_scm_node_of(e->run->scm, e->image)].data;
}

/* ---- Images beside images ---- */

typedef enum comparison { L1, L2, SSIM, PSNR, COMPARISONS } comparison;

static cgm_status compare(const evaluation *e, comparison how, size_t n, const double *a, const double *b, double *each)
{
    size_t width = cgm_variable_width(e->image_variable);
    if (how == SSIM) return cgm_similarity_measure(e->similarity, n, a, NULL, b, NULL, each);
    for (size_t i = 0; i < n; i++) {
        const double *x = a + i * width, *y = b + i * width;
        if (how == L1) each[i] = cgm_mean_absolute_error(width, x, y);
        if (how == L2) each[i] = sqrt(cgm_mean_squared_error(width, x, y));
        if (how == PSNR) each[i] = cgm_psnr(width, x, y, 255);
        if (!isfinite(each[i])) each[i] = NAN; /* PSNR of equal images */
    }
    return CGM_OK;
}

/* The first `kinds` comparisons of a batch of images, named by the axiom. */
static cgm_status put_comparisons(evaluation *e, const cgm_answer *answer, const char *const *metric, int kinds,
                                  const evaluation_key *about, const double *a, const double *b)
{
    for (int how = 0; how < kinds; how++) {
        evaluation_key key = *about;
        key.metric = metric[how];
        if (how == SSIM && !e->similarity) continue;
        CGM_TRY(compare(e, (comparison)how, answer->count, a, b, e->scratch[0]));
        CGM_TRY(cgm_evaluation_put(e, &key, NULL, answer->begin, answer->count, e->scratch[0]));
    }
    return CGM_OK;
}

/* ---- Composition and reversibility ---- */

typedef struct cycling {
    evaluation *e;
    const char *treatment; /* NULL: composition */
} cycling;

static cgm_status take_cycle(void *context, const cgm_answer *answer, size_t cycle, const cgm_world *world)
{
    static const char *const composition[] = {"composition L1", "composition L2", "composition SSIM",
                                              "composition PSNR"};
    static const char *const reversibility[] = {"reversibility L1", "reversibility L2"};
    const cycling *c = context;
    const evaluation_key about = {.treatment = c->treatment, .after = cycle};
    return put_comparisons(c->e, answer, c->treatment ? reversibility : composition, c->treatment ? 2 : COMPARISONS,
                           &about, pixels_of(c->e, world), pixels_of(c->e, answer->factual));
}

static cgm_status take_cycles(evaluation *e, const cgm_answer *answer)
{
    cycling c = {e, NULL};
    CGM_TRY(cgm_answer_cycle(answer, e->image, NULL, e->opts->cycles, take_cycle, &c));
    for (size_t k = 0; k < e->n_treatments; k++) {
        c.treatment = e->name[e->treatment[k]];
        CGM_TRY(cgm_answer_cycle(answer, e->image, &answer->column[k], e->opts->cycles, take_cycle, &c));
    }
    return CGM_OK;
}

/* ---- Effectiveness ---- */

/* How a judge finds a world's images, one by one: NaN where a measure is not defined. */
static cgm_status judge_world(const evaluation *e, const evaluation_judge *judge, const cgm_answer *answer,
                              const cgm_world *world, double *each)
{
    cgm_judgement all = {0, 0};
    const cgm_variable *x = e->image_variable;
    const double *should = world->value[cgm_scm_node_of(e->run->scm, judge->attribute)].data;
    if (judge->predictor)
        CGM_TRY(cgm_answer_judge(answer, judge->predictor, world, each, &all));
    else
        CGM_TRY(cgm_measure_images(judge->measure, answer->count, (size_t)x->height, (size_t)x->width,
                                   cgm_variable_width(x), pixels_of(e, world), answer->opts.threads, each));
    for (size_t i = 0; i < answer->count; i++)
        each[i] =
            judge->predictor ? cgm_predictor_mark(judge->predictor, each[i], should[i]) : fabs(each[i] - should[i]);
    return CGM_OK;
}

static cgm_status take_effectiveness(evaluation *e, const cgm_answer *answer)
{
    for (size_t j = 0; j < e->n_judges; j++) {
        const evaluation_judge *judge = &e->judge[j];
        if (e->first) CGM_TRY(judge_world(e, judge, answer, answer->factual, judge->own + answer->begin));
        for (size_t k = 0; k < e->n_treatments; k++) {
            const evaluation_key key = {.metric = judge->metric,
                                        .treatment = e->name[e->treatment[k]],
                                        .attribute = e->name[judge->attribute],
                                        .by = judge->by};
            CGM_TRY(judge_world(e, judge, answer, answer->column[k].world, e->scratch[0]));
            CGM_TRY(cgm_evaluation_put(e, &key, judge->own, answer->begin, answer->count, e->scratch[0]));
        }
    }
    return CGM_OK;
}

/* ---- The truth ---- */

/* Attributes that the treatment moves, but for itself. */
static cgm_status take_true_attributes(evaluation *e, const cgm_answer *answer, size_t k)
{
    const cgm_scm *scm = e->run->scm;
    const cgm_answer_column *column = &answer->column[k];
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        const evaluation_key key = {
            .metric = "truth error", .treatment = e->name[e->treatment[k]], .attribute = e->name[v]};
        const double *predicted = column->world->value[cgm_scm_node_of(scm, v)].data;
        if (v == e->treatment[k] || !e->moves[k][cgm_scm_node_of(scm, v)]) continue;
        if (!cgm_variable_is_scalar(cgm_scm_variable(scm, v))) continue;
        bool levels = cgm_variable_has_levels(cgm_scm_variable(scm, v));
        for (size_t i = 0; i < answer->count; i++) {
            double apart = fabs(predicted[i] - column->truth[v][i]);
            e->scratch[0][i] = levels ? apart > 0 : apart;
        }
        CGM_TRY(cgm_evaluation_put(e, &key, NULL, answer->begin, answer->count, e->scratch[0]));
    }
    return CGM_OK;
}

static cgm_status take_truth(evaluation *e, const cgm_answer *answer)
{
    static const char *const metric[] = {"truth L1", "truth L2", "truth SSIM", "truth PSNR"};
    static const char *const unedited[] = {"truth unedited L1"};
    for (size_t k = 0; k < e->n_treatments; k++) {
        const cgm_answer_column *column = &answer->column[k];
        const evaluation_key about = {.treatment = e->name[e->treatment[k]]};
        if (!column->has_truth) continue;
        const double *truth = column->truth[e->image];
        CGM_TRY(put_comparisons(e, answer, metric, COMPARISONS, &about, pixels_of(e, column->world), truth));
        CGM_TRY(put_comparisons(e, answer, unedited, 1, &about, pixels_of(e, answer->factual), truth));
        CGM_TRY(take_true_attributes(e, answer, k));
    }
    return CGM_OK;
}

cgm_status cgm_evaluation_take(void *context, const cgm_answer *answer)
{
    evaluation *e = context;
    CGM_TRY(take_effectiveness(e, answer));
    CGM_TRY(take_truth(e, answer));
    CGM_TRY(take_cycles(e, answer));
    return cgm_evaluation_take_sets(e, answer);
}
