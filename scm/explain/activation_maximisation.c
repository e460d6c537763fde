/* Images with the largest score (Simonyan, Vedaldi and Zisserman 2014, section 2; Erhan et al. 2009), smooth rather
 * than of small norm, as grey levels are bounded anyway. */
#include "scm/explain/make.h"

static cgm_status energy(explain_task *t, void *context, const double *images, double *out, double *gradient)
{
    double *scores = context;
    CGM_TRY(
        cgm_response_scores(t->response, CGM_BACKWARD_GRADIENT, t->n, images, t->given, t->weight, scores, gradient));
    for (size_t i = 0; i < t->n * t->width; i++) gradient[i] = -gradient[i];
    for (size_t row = 0; row < t->n; row++) {
        out[row] = 0;
        for (size_t s = 0; s < t->n_scores; s++)
            out[row] -= t->weight[row * t->n_scores + s] * scores[row * t->n_scores + s];
    }
    return CGM_OK;
}

static cgm_status explain(explain_task *t, double *map)
{
    cgm_arena arena = {0};
    double *scores = cgm_arena_array(&arena, t->n, t->n_scores * sizeof *scores);
    double *least = cgm_arena_array(&arena, t->n, sizeof *least);
    cgm_status status = scores && least ? cgm_explain_make(t, energy, scores, map, least) : CGM_E_MEMORY;
    cgm_arena_clear(&arena);
    return status;
}

const explain_method cgm_explain_method_activation_maximisation = {
    .name = "activation_maximisation",
    .doc = "images made to have the largest score",
    .kind = EXPLAIN_IMAGES,
    .uses = USES_LEVEL | USES_ITERATIONS | USES_BASELINE | USES_SMOOTHNESS,
    .usual_smoothness = 200,
    .explain = explain,
};
