/* Grad-CAM (Selvaraju et al. 2017, equations 1 and 2), stretched to the image's size. */
#include "scm/explain/method.h"

static cgm_status explain(explain_task *t, double *map)
{
    return cgm_layer_cam(t->layer, t->n, t->images, t->given, t->weight, map);
}

const explain_method cgm_explain_method_grad_cam = {
    .name = "grad_cam",
    .doc = "a layer's planes weighted by the score's mean gradient",
    .kind = EXPLAIN_PLANE,
    .uses = USES_IMAGES | USES_LEVEL | USES_LAYER,
    .explain = explain,
};
