/* LIME (Ribeiro, Singh and Guestrin 2016, section 3): a linear model of which parts are there, fitted by weighted ridge
 * regression to the scores of the image without some of them. Weights and ridge are those of the authors' code: a
 * kernel exp(-D^2 / 0.25^2) of the cosine distance D to the whole image, penalty 1. */
#include <math.h>
#include <stdlib.h>

#include "scm/explain/parts.h"
#include "scm/mechanisms/newton.h"

#define KERNEL_WIDTH 0.25
#define PENALTY 1.0

/* The samples of one image, and its regression. */
typedef struct fit {
    cgm_arena arena;
    size_t n, parts; /* samples */
    bool *there;     /* [n, parts] */
    double *score, *weight;
    double *mean, *a, *b, *x; /* [parts], [parts, parts], [parts], [parts] */
    double *variants;         /* [EXPLAIN_ROWS, C H W] */
    bool *away;               /* [H W] */
} fit;

static cgm_status make_room(fit *f, const explain_task *t)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width;
    f->there = cgm_arena_array(&f->arena, f->n, f->parts * sizeof *f->there);
    f->score = cgm_arena_array(&f->arena, 2 * f->n, sizeof *f->score);
    f->mean = cgm_arena_array(&f->arena, 3 * f->parts, sizeof *f->mean);
    f->a = cgm_arena_array(&f->arena, f->parts, f->parts * sizeof *f->a);
    f->variants = cgm_arena_array(&f->arena, EXPLAIN_ROWS, t->width * sizeof *f->variants);
    f->away = cgm_arena_array(&f->arena, plane, sizeof *f->away);
    if (!f->there || !f->score || !f->mean || !f->a || !f->variants || !f->away) return CGM_E_MEMORY;
    f->weight = f->score + f->n;
    f->b = f->mean + f->parts;
    f->x = f->b + f->parts;
    return CGM_OK;
}

/* The first sample is the image; in each other a part is there with probability 1/2. */
static void draw(fit *f, const explain_task *t, size_t row)
{
    cgm_rng rng = cgm_rng_split_index(&t->rng, row);
    for (size_t i = 0; i < f->n; i++) {
        size_t there = 0;
        for (size_t k = 0; k < f->parts; k++) {
            f->there[i * f->parts + k] = i == 0 || cgm_rng_below(&rng, 2);
            there += f->there[i * f->parts + k];
        }
        double distance = 1 - sqrt((double)there / (double)f->parts);
        f->weight[i] = exp(-distance * distance / (KERNEL_WIDTH * KERNEL_WIDTH));
    }
}

static cgm_status ask(fit *f, const explain_task *t, size_t row)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width;
    const int64_t *part = t->part + row * plane;
    for (size_t at = 0; at < f->n; at += EXPLAIN_ROWS) {
        size_t here = f->n - at < EXPLAIN_ROWS ? f->n - at : EXPLAIN_ROWS;
        CGM_TRY(cgm_explain_go_on(t));
        for (size_t k = 0; k < here; k++) {
            const bool *there = f->there + (at + k) * f->parts;
            for (size_t i = 0; i < plane; i++) f->away[i] = !there[part[i]];
            cgm_explain_take_away(t, t->images + row * t->width, f->away, f->variants + k * t->width);
        }
        CGM_TRY(t->ask(t->context, row, here, f->variants, f->score + at));
    }
    return CGM_OK;
}

/* Coefficients around the weighted means, so that the intercept is not penalised; *r_squared of the fit. */
static cgm_status regress(fit *f, double *r_squared)
{
    size_t m = f->parts;
    double sum = 0, mean = 0, total = 0, left = 0;
    for (size_t i = 0; i < f->n; i++) {
        sum += f->weight[i];
        mean += f->weight[i] * f->score[i];
        for (size_t k = 0; k < m; k++) f->mean[k] += f->weight[i] * f->there[i * m + k];
    }
    mean /= sum;
    for (size_t k = 0; k < m; k++) f->mean[k] /= sum;
    for (size_t i = 0; i < f->n; i++) {
        const bool *there = f->there + i * m;
        for (size_t k = 0; k < m; k++) {
            double z = f->weight[i] * (there[k] - f->mean[k]);
            f->b[k] += z * (f->score[i] - mean);
            for (size_t l = 0; l < m; l++) f->a[k * m + l] += z * (there[l] - f->mean[l]);
        }
    }
    for (size_t k = 0; k < m; k++) f->a[k * m + k] += PENALTY;
    CGM_TRY(cgm_scm_solve_positive(m, f->a, f->b, f->x));
    for (size_t i = 0; i < f->n; i++) {
        double off = f->score[i] - mean, error = off;
        for (size_t k = 0; k < m; k++) error -= f->x[k] * (f->there[i * m + k] - f->mean[k]);
        total += f->weight[i] * off * off;
        left += f->weight[i] * error * error;
    }
    *r_squared = total > 0 ? 1 - left / total : NAN;
    return CGM_OK;
}

static cgm_status explain_row(explain_task *t, size_t row, fit *f, double *map)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width;
    CGM_TRY(cgm_explain_cut(t, row, &f->parts));
    CGM_TRY(make_room(f, t));
    draw(f, t, row);
    CGM_TRY(ask(f, t, row));
    CGM_TRY(regress(f, &t->figure[row]));
    cgm_explain_spread(t, row, f->parts, f->x, f->mean, map + row * plane);
    return CGM_OK;
}

static cgm_status explain(explain_task *t, double *map)
{
    cgm_status status = CGM_OK;
    for (size_t row = 0; status == CGM_OK && row < t->n; row++) {
        fit f = {.n = t->samples};
        status = explain_row(t, row, &f, map);
        cgm_arena_clear(&f.arena);
    }
    return status;
}

const explain_method cgm_explain_method_lime = {
    .name = "lime",
    .doc = "a linear model of which parts are there",
    .kind = EXPLAIN_PLANE,
    .uses = USES_IMAGES | USES_LEVEL | USES_PATCH | USES_SAMPLES | USES_BASELINE | USES_PARTS,
    .usual_samples = 1000,
    .unit = "pixel",
    .figure = "R^2",
    .explain = explain,
};
