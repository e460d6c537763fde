/* The methods of attacking, one row and one file a method, against what they see of a predictor. Internal. */
#ifndef CGM_SCM_ATTACKS_METHOD_H
#define CGM_SCM_ATTACKS_METHOD_H

#include "base/arena.h"
#include "base/rng.h"

/* What is attacked, as functions of n images [n, width] in grey levels, n at most ATTACK_ROWS, that are the rows of the
 * batch under way in its order. */
#define ATTACK_ROWS 64
typedef struct attack_victim {
    size_t width;  /* numbers of an image */
    size_t levels; /* of the attribute; 0: it is continuous */
    /* What levels are read by, [n, levels], the largest of the level that is read; of a continuous attribute what is
     * read, [n]. */
    cgm_status (*scores)(void *context, size_t n, const double *image, double *score);
    /* slope [n, width]: of sum_k weight[i, k] score[i, k] by image i. */
    cgm_status (*slopes)(void *context, size_t n, const double *image, const double *weight, double *slope);
    /* slope [n, width]: of -log of the probability of the level value[i] by image i. Of attributes with levels. */
    cgm_status (*losses)(void *context, size_t n, const double *image, const double *value, double *slope);
    void *context;
} attack_victim;

/* The question, the same for all batches. */
typedef struct attack_question {
    double epsilon;    /* grey levels; 0: no bound */
    size_t iterations; /* steps */
    int target;        /* level that is to be read; -1: any but the true one */
    size_t n_pool;     /* images that are read in some other way, perhaps: where boundary begins */
    const double *pool;
} attack_question;

/* n images that are attacked together; whatever an image becomes depends on its row alone. */
typedef struct attack_batch {
    size_t n;
    const double *image; /* [n, width] */
    const double *truth; /* [n] */
    cgm_rng rng;         /* image i draws from the stream split by first + i */
    size_t first;
    double *attacked; /* [n, width]: what comes out, in 0 to 255; the image itself where nothing was found */
} attack_batch;

typedef struct attack_method {
    const char *name;
    const char *doc;
    bool continuous;                 /* it can attack a continuous attribute, too */
    bool bounded;                    /* no pixel is changed by more than epsilon */
    bool transfers;                  /* its victim is a surrogate of the predictor */
    bool by_decisions;               /* it asks for a pool of images, and for nothing but what is read */
    size_t (*steps)(double epsilon); /* its usual number; NULL: it has none */
    cgm_status (*run)(const attack_victim *victim, const attack_question *question, const attack_batch *batch,
                      cgm_arena *arena);
} attack_method;

#define ATTACK_METHOD_TABLE(ROW)                                                                                       \
    ROW(fgsm)                                                                                                          \
    ROW(iterative_fgsm)                                                                                                \
    ROW(carlini_wagner)                                                                                                \
    ROW(boundary)                                                                                                      \
    ROW(surrogate)
#define ATTACK_METHOD_DECLARE(name) extern const attack_method cgm_attack_##name;
ATTACK_METHOD_TABLE(ATTACK_METHOD_DECLARE)
#undef ATTACK_METHOD_DECLARE

/* ---- What they share (method.c) ---- */

/* CGM_E_ARG with the nearest name. */
cgm_status cgm_attack_find_method(const char *name, const attack_method **out) CGM_CHECKED;
/* The level that is read: the first of the largest scores. */
size_t cgm_attack_read(size_t levels, const double *score);
/* Whether an image with these scores is what is looked for. */
bool cgm_attack_holds(const attack_victim *victim, const attack_question *q, double truth, const double *score);
/* One step by the gradient's sign: at [n, width], in place, by `step` grey levels, so that the loss of what is true
 * grows, or that of the target falls, within epsilon of the images and 0 to 255. slope, score: room [n, width] and [n,
 * levels]. */
cgm_status cgm_attack_step(const attack_victim *victim, const attack_question *q, const attack_batch *batch,
                           double step, double *at, double *slope, double *score) CGM_CHECKED;
/* The root of the sum of squared differences. */
double cgm_attack_distance(size_t width, const double *a, const double *b);

#endif
