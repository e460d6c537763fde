/* Inversion of a layer (Mahendran and Vedaldi 2015, section 3): images of which the layer gives what it gives of the
 * image, smooth, and in place of the norm's bound held in the range of grey levels. */
#include "scm/explain/make.h"

static cgm_status energy(explain_task *t, void *context, const double *images, double *out, double *gradient)
{
    return cgm_layer_match(t->layer, t->n, images, t->given, context, out, gradient);
}

static cgm_status explain(explain_task *t, double *map)
{
    cgm_arena arena = {0};
    double *target = cgm_arena_array(&arena, t->n, t->layer->size * sizeof *target);
    cgm_status status = target ? CGM_OK : CGM_E_MEMORY;
    if (status == CGM_OK) status = cgm_layer_activation(t->layer, t->n, t->images, t->given, target);
    if (status == CGM_OK) status = cgm_explain_make(t, energy, target, map, t->figure);
    cgm_arena_clear(&arena);
    return status;
}

const explain_method cgm_explain_method_inversion = {
    .name = "inversion",
    .doc = "images made to give a layer what the image gives it",
    .kind = EXPLAIN_IMAGES,
    .uses = USES_IMAGES | USES_LAYER | USES_ITERATIONS | USES_BASELINE | USES_SMOOTHNESS,
    .usual_smoothness = 3,
    .figure = "relative error",
    .explain = explain,
};
