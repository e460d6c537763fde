/* The deconvnet (Zeiler and Fergus 2014): the score sent back through the network, rectified as on the way up. */
#include "scm/explain/method.h"

static cgm_status explain(explain_task *t, double *map)
{
    return cgm_response_scores(t->response, CGM_BACKWARD_DECONVOLUTION, t->n, t->images, t->given, t->weight, NULL,
                               map);
}

const explain_method cgm_explain_method_deconvnet = {
    .name = "deconvnet",
    .doc = "the score sent back through rectifiers that see the signal alone",
    .kind = EXPLAIN_PIXELS,
    .uses = USES_IMAGES | USES_LEVEL,
    .explain = explain,
};
