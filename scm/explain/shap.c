/* Shapley values of an image's parts (Shapley 1953; Lundberg and Lee 2017) by sampled orders (Strumbelj and Kononenko
 * 2010), each also backwards, which is antithetic (Mitchell et al. 2022): parts come back one after the other to an
 * image of the baseline, and each is given what the score rises by. In every order that adds up to the whole rise, so
 * the values do. */
#include <stdlib.h>

#include "scm/explain/parts.h"

/* One image's orders under way. */
typedef struct orders {
    cgm_arena arena;
    size_t parts;
    size_t *order;           /* [parts] */
    double *value, *score;   /* [parts]; [parts + 1]: of the first k parts of the order */
    double *room, *variants; /* [parts], [EXPLAIN_ROWS, C H W] */
    bool *away, *there;      /* [H W], [parts] */
} orders;

static cgm_status make_room(orders *o, const explain_task *t)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width;
    o->order = cgm_arena_array(&o->arena, o->parts, sizeof *o->order);
    o->value = cgm_arena_array(&o->arena, o->parts, sizeof *o->value);
    o->score = cgm_arena_array(&o->arena, o->parts + 1, sizeof *o->score);
    o->room = cgm_arena_array(&o->arena, o->parts, sizeof *o->room);
    o->variants = cgm_arena_array(&o->arena, EXPLAIN_ROWS, t->width * sizeof *o->variants);
    o->away = cgm_arena_array(&o->arena, plane, sizeof *o->away);
    o->there = cgm_arena_array(&o->arena, o->parts, sizeof *o->there);
    return o->order && o->value && o->score && o->room && o->variants && o->away && o->there ? CGM_OK : CGM_E_MEMORY;
}

/* The image with the first k parts of the order. */
static void compose(orders *o, const explain_task *t, size_t row, size_t k, double *variant)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width;
    const int64_t *part = t->part + row * plane;
    for (size_t i = 0; i < o->parts; i++) o->there[o->order[i]] = i < k;
    for (size_t i = 0; i < plane; i++) o->away[i] = !o->there[part[i]];
    cgm_explain_take_away(t, t->images + row * t->width, o->away, variant);
}

/* Scores of the first `from` to `to` - 1 parts of the order. */
static cgm_status ask(orders *o, const explain_task *t, size_t row, size_t from, size_t to)
{
    for (size_t at = from; at < to; at += EXPLAIN_ROWS) {
        size_t here = to - at < EXPLAIN_ROWS ? to - at : EXPLAIN_ROWS;
        for (size_t k = 0; k < here; k++) compose(o, t, row, at + k, o->variants + k * t->width);
        CGM_TRY(t->ask(t->context, row, here, o->variants, o->score + at));
    }
    return CGM_OK;
}

static void turn(orders *o)
{
    for (size_t i = 0, k = o->parts - 1; i < k; i++, k--) {
        size_t other = o->order[i];
        o->order[i] = o->order[k];
        o->order[k] = other;
    }
}

/* No part and all parts have been asked already. */
static cgm_status take_order(orders *o, const explain_task *t, size_t row)
{
    CGM_TRY(ask(o, t, row, 1, o->parts));
    for (size_t k = 0; k < o->parts; k++) o->value[o->order[k]] += o->score[k + 1] - o->score[k];
    return CGM_OK;
}

static cgm_status explain_row(explain_task *t, size_t row, orders *o, double *map)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width;
    cgm_rng rng = cgm_rng_split_index(&t->rng, row);
    CGM_TRY(cgm_explain_cut(t, row, &o->parts));
    CGM_TRY(make_room(o, t));
    for (size_t k = 0; k < o->parts; k++) o->order[k] = k;
    CGM_TRY(ask(o, t, row, 0, 1));
    CGM_TRY(ask(o, t, row, o->parts, o->parts + 1));
    for (size_t sample = 0; sample < t->samples; sample++) {
        CGM_TRY(cgm_explain_go_on(t));
        cgm_rng_permutation(&rng, o->parts, o->order);
        CGM_TRY(take_order(o, t, row));
        turn(o);
        CGM_TRY(take_order(o, t, row));
    }
    for (size_t k = 0; k < o->parts; k++) o->value[k] /= 2 * (double)t->samples;
    t->figure[row] = o->score[o->parts] - o->score[0];
    cgm_explain_spread(t, row, o->parts, o->value, o->room, map + row * plane);
    return CGM_OK;
}

static cgm_status explain(explain_task *t, double *map)
{
    cgm_status status = CGM_OK;
    for (size_t row = 0; status == CGM_OK && row < t->n; row++) {
        orders o = {.parts = 0};
        status = explain_row(t, row, &o, map);
        cgm_arena_clear(&o.arena);
    }
    return status;
}

const explain_method cgm_explain_method_shap = {
    .name = "shap",
    .doc = "Shapley values of the image's parts, by sampled orders",
    .kind = EXPLAIN_PLANE,
    .uses = USES_IMAGES | USES_LEVEL | USES_PATCH | USES_SAMPLES | USES_BASELINE | USES_PARTS,
    .usual_samples = 32,
    .unit = "pixel",
    .figure = "sum of the map",
    .explain = explain,
};
