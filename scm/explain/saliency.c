/* The gradient of the score by the image (Simonyan, Vedaldi and Zisserman 2014). */
#include "scm/explain/method.h"

static cgm_status explain(explain_task *t, double *map)
{
    return cgm_response_scores(t->response, CGM_BACKWARD_GRADIENT, t->n, t->images, t->given, t->weight, NULL, map);
}

const explain_method cgm_explain_method_saliency = {
    .name = "saliency",
    .doc = "the gradient of the score by the pixels",
    .kind = EXPLAIN_PIXELS,
    .uses = USES_IMAGES | USES_LEVEL,
    .unit = "grey level",
    .explain = explain,
};
