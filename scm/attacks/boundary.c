/* An image near by that is read otherwise, from decisions alone: Brendel, Rauber, Bethge 2018, "Decision-based
 * adversarial attacks: reliable attacks against black-box machine learning models". It begins with an image that is
 * read as it should be, goes along the line to the attacked one as far as that lasts, and walks along the border: a
 * step at random on the sphere about the attacked image, delta of its radius long, then one of epsilon of the radius
 * towards it, taken if what comes out is still read so. Each of the two is made longer after a success and shorter
 * after a failure, so that half of the steps on the sphere and a quarter of both together succeed. */
#include <math.h>
#include <string.h>

#include "scm/attacks/method.h"

#define STEPS 1000
#define HALVINGS 12 /* of the line to where it begins */
#define TRIES 64    /* images of the pool, then as many of noise, to begin with */
#define LONGER 1.1

static size_t steps(double epsilon)
{
    (void)epsilon;
    return STEPS;
}

typedef struct walk {
    const attack_victim *victim;
    const attack_question *question;
    const attack_batch *batch;
    double *sphere, *next;   /* [n, width]: after the first step, and after both */
    double *score;           /* [n, levels] */
    double *noise;           /* [width] */
    bool *begun, *holds;     /* [n] */
    double *delta, *epsilon; /* [n] */
    double *distance;        /* [n]: of where it is */
    cgm_rng *rng;            /* [n] */
} walk;

static cgm_status create(walk *s, cgm_arena *arena)
{
    size_t n = s->batch->n, width = s->victim->width;
    s->sphere = cgm_arena_array(arena, n * width, sizeof *s->sphere);
    s->next = cgm_arena_array(arena, n * width, sizeof *s->next);
    s->score = cgm_arena_array(arena, n * s->victim->levels, sizeof *s->score);
    s->noise = cgm_arena_array(arena, width, sizeof *s->noise);
    s->begun = cgm_arena_array(arena, n, sizeof *s->begun);
    s->holds = cgm_arena_array(arena, n, sizeof *s->holds);
    s->delta = cgm_arena_array(arena, 3 * n, sizeof *s->delta);
    s->rng = cgm_arena_array(arena, n, sizeof *s->rng);
    if (!s->sphere || !s->next || !s->score || !s->noise || !s->begun || !s->holds || !s->delta || !s->rng)
        return CGM_E_MEMORY;
    s->epsilon = s->delta + n;
    s->distance = s->epsilon + n;
    for (size_t i = 0; i < n; i++) {
        s->rng[i] = cgm_rng_split_index(&s->batch->rng, s->batch->first + i);
        s->delta[i] = s->epsilon[i] = 0.1;
    }
    memcpy(s->batch->attacked, s->batch->image, n * width * sizeof *s->batch->image);
    return CGM_OK;
}

/* Which of the images [n, width] are read as they should be. */
static cgm_status ask(walk *s, const double *image)
{
    const attack_batch *b = s->batch;
    CGM_TRY(s->victim->scores(s->victim->context, b->n, image, s->score));
    for (size_t i = 0; i < b->n; i++)
        s->holds[i] = cgm_attack_holds(s->victim, s->question, b->truth[i], s->score + i * s->victim->levels);
    return CGM_OK;
}

/* ---- Where it begins ---- */

/* Where an image may begin: another one of the pool, or noise. */
static void propose(walk *s, size_t i, size_t attempt)
{
    size_t width = s->victim->width;
    double *out = s->next + i * width;
    const attack_question *q = s->question;
    bool noise = attempt >= TRIES || attempt >= q->n_pool;
    const double *other = noise ? NULL : q->pool + (s->batch->first + i + attempt) % q->n_pool * width;
    for (size_t j = 0; j < width; j++) out[j] = noise ? 255 * cgm_rng_uniform(&s->rng[i]) : other[j];
}

static cgm_status find_beginnings(walk *s)
{
    const attack_batch *b = s->batch;
    size_t width = s->victim->width, left = b->n;
    CGM_TRY(ask(s, b->image));
    for (size_t i = 0; i < b->n; i++) left -= s->begun[i] = s->holds[i];
    for (size_t attempt = 0; attempt < 2 * TRIES && left > 0; attempt++) {
        for (size_t i = 0; i < b->n; i++) propose(s, i, attempt);
        CGM_TRY(ask(s, s->next));
        for (size_t i = 0; i < b->n; i++) {
            if (s->begun[i] || !s->holds[i]) continue;
            memcpy(b->attacked + i * width, s->next + i * width, width * sizeof *s->next);
            s->begun[i] = true;
            left--;
        }
    }
    return CGM_OK;
}

/* Halves the line between the image and where it begins, again and again. */
static cgm_status approach(walk *s)
{
    const attack_batch *b = s->batch;
    size_t width = s->victim->width;
    memcpy(s->sphere, b->image, b->n * width * sizeof *b->image); /* the end that is not read so */
    for (int k = 0; k < HALVINGS; k++) {
        for (size_t i = 0; i < b->n * width; i++) s->next[i] = (s->sphere[i] + b->attacked[i]) / 2;
        CGM_TRY(ask(s, s->next));
        for (size_t i = 0; i < b->n; i++)
            memcpy((s->holds[i] ? b->attacked : s->sphere) + i * width, s->next + i * width, width * sizeof *s->next);
    }
    for (size_t i = 0; i < b->n; i++)
        s->distance[i] = cgm_attack_distance(width, b->attacked + i * width, b->image + i * width);
    return CGM_OK;
}

/* ---- Along the border ---- */

/* A point at random near where it is, drawn back onto the sphere about the image, in range. */
static void step_aside(walk *s, size_t i)
{
    size_t width = s->victim->width;
    const double *image = s->batch->image + i * width, *here = s->batch->attacked + i * width;
    double *out = s->sphere + i * width, size = 0, radius = s->distance[i];
    for (size_t j = 0; j < width; j++) {
        s->noise[j] = cgm_rng_normal(&s->rng[i]);
        size += s->noise[j] * s->noise[j];
    }
    double length = s->delta[i] * radius / fmax(sqrt(size), 1e-300);
    for (size_t j = 0; j < width; j++) out[j] = here[j] + length * s->noise[j];
    double now = cgm_attack_distance(width, out, image), back = now > 0 ? radius / now : 1;
    for (size_t j = 0; j < width; j++) out[j] = fmin(fmax(image[j] + back * (out[j] - image[j]), 0), 255);
}

static void step_nearer(walk *s, size_t i)
{
    size_t width = s->victim->width;
    const double *image = s->batch->image + i * width, *from = s->sphere + i * width;
    for (size_t j = 0; j < width; j++) s->next[i * width + j] = from[j] + s->epsilon[i] * (image[j] - from[j]);
}

static cgm_status step(walk *s)
{
    const attack_batch *b = s->batch;
    size_t width = s->victim->width;
    for (size_t i = 0; i < b->n; i++) {
        step_aside(s, i);
        step_nearer(s, i);
    }
    CGM_TRY(ask(s, s->sphere));
    for (size_t i = 0; i < b->n; i++) s->delta[i] = fmin(s->delta[i] * (s->holds[i] ? LONGER : 1 / LONGER), 1);
    CGM_TRY(ask(s, s->next));
    for (size_t i = 0; i < b->n; i++) {
        double distance = cgm_attack_distance(width, s->next + i * width, b->image + i * width);
        s->epsilon[i] = fmin(s->epsilon[i] * (s->holds[i] ? LONGER : pow(LONGER, -1.0 / 3)), 0.9);
        if (!s->begun[i] || !s->holds[i] || !(distance < s->distance[i])) continue;
        memcpy(b->attacked + i * width, s->next + i * width, width * sizeof *s->next);
        s->distance[i] = distance;
    }
    return CGM_OK;
}

static cgm_status run(const attack_victim *victim, const attack_question *q, const attack_batch *batch,
                      cgm_arena *arena)
{
    walk s = {.victim = victim, .question = q, .batch = batch};
    CGM_TRY(create(&s, arena));
    CGM_TRY(find_beginnings(&s));
    CGM_TRY(approach(&s));
    for (size_t k = 0; k < q->iterations; k++) CGM_TRY(step(&s));
    return CGM_OK;
}

const attack_method cgm_attack_boundary = {
    .name = "boundary",
    .doc = "a walk along the border of what is read otherwise, by decisions alone (Brendel et al. 2018)",
    .by_decisions = true,
    .steps = steps,
    .run = run,
};
