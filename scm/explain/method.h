/* The methods that explain a predictor: one row and one file each. Internal to scm/explain/. */
#ifndef CGM_SCM_EXPLAIN_METHOD_H
#define CGM_SCM_EXPLAIN_METHOD_H

#include "scm/explain/explain.h"
#include "scm/explain/layer.h"
#include "scm/predictors/response.h"

#define EXPLAIN_ROWS NETWORK_ROWS /* variants of an image that are asked about together, at most */

/* The score in question of n variants, at most EXPLAIN_ROWS, of image number `row`. */
typedef cgm_status explain_ask_fn(void *context, size_t row, size_t n, const double *variants, double *score);

/* What a method is given. What asks scores alone uses `ask` and nothing of the predictor. */
typedef struct explain_task {
    const cgm_variable *image;
    size_t n, width;      /* images; numbers of one */
    const double *images; /* [n, C H W] */
    explain_ask_fn *ask;
    void *context;
    /* The predictor, and the scores that are explained of it: [n, scores], of which the context of `ask` takes those
     * that are not 0. */
    predictor_response *response;
    layer_response *layer;
    const double *const *given;
    size_t n_scores;
    const double *weight;
    /* The options, with nothing left unsaid. */
    size_t patch, samples, iterations;
    double baseline, smoothness;
    cgm_explain_parts parts;
    cgm_rng rng; /* split by the image's number */
    const volatile int *stop;
    /* What it answers beside the map. */
    int64_t *part;  /* [n, H W] */
    double *figure; /* [n] */
} explain_task;

typedef enum explain_kind {
    EXPLAIN_PIXELS, /* a number for each pixel and channel */
    EXPLAIN_PLANE,  /* a number for each pixel */
    EXPLAIN_IMAGES  /* images that are made, from those given or, without USES_IMAGES, from nothing */
} explain_kind;

/* What a method has a use for. */
enum {
    USES_IMAGES = 1,
    USES_LEVEL = 2,
    USES_LAYER = 4,
    USES_PATCH = 8,
    USES_SAMPLES = 16,
    USES_ITERATIONS = 32,
    USES_BASELINE = 64,
    USES_SMOOTHNESS = 128,
    USES_PARTS = 256
};

typedef struct explain_method {
    const char *name, *doc;
    explain_kind kind;
    unsigned uses;
    size_t usual_samples;
    double usual_smoothness;
    const char *unit;   /* of the map, the score per so much: "grey level"; NULL: it has none */
    const char *figure; /* what `figure` is, or NULL */
    /* map: [n, C H W] or [n, H W]. */
    cgm_status (*explain)(explain_task *t, double *map);
} explain_method;

#define EXPLAIN_METHOD_TABLE(ROW)                                                                                      \
    ROW(saliency)                                                                                                      \
    ROW(guided_backpropagation)                                                                                        \
    ROW(deconvnet)                                                                                                     \
    ROW(grad_cam)                                                                                                      \
    ROW(guided_grad_cam)                                                                                               \
    ROW(occlusion)                                                                                                     \
    ROW(lime)                                                                                                          \
    ROW(shap)                                                                                                          \
    ROW(activation_maximisation)                                                                                       \
    ROW(inversion)
#define EXPLAIN_METHOD_DECLARE(name) extern const explain_method cgm_explain_method_##name;
EXPLAIN_METHOD_TABLE(EXPLAIN_METHOD_DECLARE)
#undef EXPLAIN_METHOD_DECLARE

/* The one of that name; CGM_E_ARG with the nearest. */
cgm_status cgm_explain_find_method(const char *name, const explain_method **out) CGM_CHECKED;
/* CGM_E_INTERRUPTED when the stop flag is set. */
cgm_status cgm_explain_go_on(const explain_task *t) CGM_CHECKED;
/* A variant of an image, [C, H, W]: grey level `baseline` where `away` [H W] is true. */
void cgm_explain_take_away(const explain_task *t, const double *image, const bool *away, double *variant);

#endif
