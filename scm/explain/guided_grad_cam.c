/* Guided Grad-CAM (Selvaraju et al. 2017, section 3.2): guided backpropagation where Grad-CAM is. */
#include <stdlib.h>

#include "scm/explain/method.h"

static cgm_status explain(explain_task *t, double *map)
{
    size_t plane = (size_t)t->image->height * (size_t)t->image->width;
    double *cam = malloc(t->n * plane * sizeof *cam);
    if (!cam) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu maps", t->n);
    cgm_status status = cgm_layer_cam(t->layer, t->n, t->images, t->given, t->weight, cam);
    if (status == CGM_OK)
        status = cgm_response_scores(t->response, CGM_BACKWARD_GUIDED, t->n, t->images, t->given, t->weight, NULL, map);
    for (size_t i = 0; status == CGM_OK && i < t->n * t->width; i++)
        map[i] *= cam[i / t->width * plane + i % plane]; /* a row has whole planes */
    free(cam);
    return status;
}

const explain_method cgm_explain_method_guided_grad_cam = {
    .name = "guided_grad_cam",
    .doc = "guided backpropagation times grad_cam",
    .kind = EXPLAIN_PIXELS,
    .uses = USES_IMAGES | USES_LEVEL | USES_LAYER,
    .explain = explain,
};
