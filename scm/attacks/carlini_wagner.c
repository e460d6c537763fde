/* The nearest image that is read otherwise: Carlini, Wagner 2017, "Towards evaluating the robustness of neural
 * networks", the attack for L2. With images x in [0, 1] it minimises
 *
 *     |x' - x|^2 + c max(s_y - max_{k != y} s_k, 0),    x' = (tanh w + 1) / 2,
 *
 * by Adam over w, so that x' stays in its range; s are the scores, y is the true level (with a target t, the term is
 * max(max_{k != t} s_k - s_t, 0)). The least c with which that leads to such an image is searched for: ten times as
 * large until there is one, then by bisection. Of all images on the way the nearest one that is read as it should be is
 * kept. Unlike theirs Adam's rate falls to 0 within a search, so that fewer steps come as near. */
#include <math.h>
#include <string.h>

#include "scm/attacks/method.h"

#define SEARCHES 9
#define STEPS 100  /* in each */
#define FIRST 1e-2 /* c */
#define RATE 0.1
#define INSIDE 0.9999 /* of tanh w, where the search begins: at 1 nothing moves */

static size_t steps(double epsilon)
{
    (void)epsilon;
    return STEPS;
}

/* All that a search holds, a row an image. */
typedef struct search {
    const attack_victim *victim;
    const attack_question *question;
    const attack_batch *batch;
    double *w, *mean, *square; /* [n, width]: what is moved, and Adam's moments */
    double *x, *slope;         /* [n, width]: in grey levels */
    double *score, *weight;    /* [n, levels] */
    double *nearest;           /* [n]: in grey levels; infinite: nothing was found */
    double *c, *low, *high;    /* [n]: of c; high: it led to an image */
    bool *found;               /* [n]: in the second half of this search */
} search;

static cgm_status create(search *s, cgm_arena *arena)
{
    size_t n = s->batch->n, numbers = n * s->victim->width, scores = n * s->victim->levels;
    double **rows[] = {&s->w, &s->mean, &s->square, &s->x, &s->slope};
    double **each[] = {&s->nearest, &s->c, &s->low, &s->high};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        if (!(*rows[k] = cgm_arena_array(arena, numbers, sizeof(double)))) return CGM_E_MEMORY;
    for (size_t k = 0; k < sizeof each / sizeof *each; k++)
        if (!(*each[k] = cgm_arena_array(arena, n, sizeof(double)))) return CGM_E_MEMORY;
    s->score = cgm_arena_array(arena, scores, sizeof *s->score);
    s->weight = cgm_arena_array(arena, scores, sizeof *s->weight);
    s->found = cgm_arena_array(arena, n, sizeof *s->found);
    return s->score && s->weight && s->found ? CGM_OK : CGM_E_MEMORY;
}

/* An image that is read as it should be without a change is its own nearest. */
static cgm_status begin(search *s)
{
    const attack_batch *b = s->batch;
    CGM_TRY(s->victim->scores(s->victim->context, b->n, b->image, s->score));
    memcpy(b->attacked, b->image, b->n * s->victim->width * sizeof *b->image);
    for (size_t i = 0; i < b->n; i++) {
        bool holds = cgm_attack_holds(s->victim, s->question, b->truth[i], s->score + i * s->victim->levels);
        s->nearest[i] = holds ? 0 : INFINITY;
        s->c[i] = FIRST;
        s->low[i] = 0;
        s->high[i] = INFINITY;
    }
    return CGM_OK;
}

static void begin_search(search *s)
{
    size_t numbers = s->batch->n * s->victim->width;
    for (size_t i = 0; i < numbers; i++) {
        s->w[i] = atanh(INSIDE * (s->batch->image[i] / 127.5 - 1));
        s->mean[i] = s->square[i] = 0;
    }
    memset(s->found, 0, s->batch->n * sizeof *s->found);
}

/* Keeps the image if it is the nearest of those that are read as they should be. That c is large enough is told by the
 * second half of a search, as Adam's first steps are as long whatever c is. */
static void keep(search *s, size_t i, bool settled)
{
    size_t width = s->victim->width;
    const double *x = s->x + i * width;
    if (!cgm_attack_holds(s->victim, s->question, s->batch->truth[i], s->score + i * s->victim->levels)) return;
    double distance = cgm_attack_distance(width, x, s->batch->image + i * width);
    s->found[i] = s->found[i] || settled;
    if (!(distance < s->nearest[i])) return;
    s->nearest[i] = distance;
    memcpy(s->batch->attacked + i * width, x, width * sizeof *x);
}

/* Weights of the scores in c max(difference, 0): 0 where it is 0 already. */
static void weigh(search *s, size_t i)
{
    size_t levels = s->victim->levels, own = (size_t)s->batch->truth[i], other = levels;
    const double *score = s->score + i * levels;
    double *weight = s->weight + i * levels, sign = s->question->target < 0 ? 1 : -1;
    if (s->question->target >= 0) own = (size_t)s->question->target;
    for (size_t k = 0; k < levels; k++) {
        weight[k] = 0;
        if (k != own && (other == levels || score[k] > score[other])) other = k;
    }
    if (!(sign * (score[own] - score[other]) > 0)) return;
    weight[own] = sign * s->c[i];
    weight[other] = -sign * s->c[i];
}

/* One of Adam's steps, the k-th from 0, of a number. */
static void move(search *s, size_t i, size_t k, double gradient)
{
    const double b1 = 0.9, b2 = 0.999, small = 1e-8;
    double rate = RATE * (1 - (double)k / (double)s->question->iterations), t = (double)k + 1;
    s->mean[i] += (1 - b1) * (gradient - s->mean[i]);
    s->square[i] += (1 - b2) * (gradient * gradient - s->square[i]);
    s->w[i] -= rate * (s->mean[i] / (1 - pow(b1, t))) / (sqrt(s->square[i] / (1 - pow(b2, t))) + small);
}

static cgm_status step(search *s, size_t k)
{
    const attack_batch *b = s->batch;
    size_t n = b->n, width = s->victim->width;
    for (size_t i = 0; i < n * width; i++) s->x[i] = 127.5 * (tanh(s->w[i]) + 1);
    CGM_TRY(s->victim->scores(s->victim->context, n, s->x, s->score));
    for (size_t i = 0; i < n; i++) {
        keep(s, i, 2 * k >= s->question->iterations);
        weigh(s, i);
    }
    CGM_TRY(s->victim->slopes(s->victim->context, n, s->x, s->weight, s->slope));
    for (size_t i = 0; i < n * width; i++) {
        double share = s->x[i] / 255, gradient = 2 * (share - b->image[i] / 255) + 255 * s->slope[i];
        move(s, i, k, gradient * 2 * share * (1 - share)); /* dx'/dw = (1 - tanh^2 w) / 2 = 2 x' (1 - x') */
    }
    return CGM_OK;
}

static void choose(search *s, size_t i)
{
    if (s->found[i])
        s->high[i] = fmin(s->high[i], s->c[i]);
    else
        s->low[i] = fmax(s->low[i], s->c[i]);
    s->c[i] = isfinite(s->high[i]) ? (s->low[i] + s->high[i]) / 2 : 10 * s->c[i];
}

static cgm_status run(const attack_victim *victim, const attack_question *q, const attack_batch *batch,
                      cgm_arena *arena)
{
    search s = {.victim = victim, .question = q, .batch = batch};
    CGM_TRY(create(&s, arena));
    CGM_TRY(begin(&s));
    for (int k = 0; k < SEARCHES; k++) {
        begin_search(&s);
        for (size_t t = 0; t < q->iterations; t++) CGM_TRY(step(&s, t));
        for (size_t i = 0; i < batch->n; i++) choose(&s, i);
    }
    return CGM_OK;
}

const attack_method cgm_attack_carlini_wagner = {
    .name = "carlini_wagner",
    .doc = "the nearest image, by Adam and a search for the weight of what is read (Carlini and Wagner 2017)",
    .steps = steps,
    .run = run,
};
