/* Guided backpropagation (Springenberg et al. 2015): what rectifiers pass back is the gradient of what would raise
 * them. */
#include "scm/explain/method.h"

static cgm_status explain(explain_task *t, double *map)
{
    return cgm_response_scores(t->response, CGM_BACKWARD_GUIDED, t->n, t->images, t->given, t->weight, NULL, map);
}

const explain_method cgm_explain_method_guided_backpropagation = {
    .name = "guided_backpropagation",
    .doc = "the gradient without what lowers a unit",
    .kind = EXPLAIN_PIXELS,
    .uses = USES_IMAGES | USES_LEVEL,
    .explain = explain,
};
