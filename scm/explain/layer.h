/* A layer of a predictor's network between the image and the scores. Internal to scm/explain/. */
#ifndef CGM_SCM_EXPLAIN_LAYER_H
#define CGM_SCM_EXPLAIN_LAYER_H

#include "scm/predictors/predictor_priv.h"

enum { LAYER_CAM, LAYER_ACTIVATION, LAYER_MATCH, LAYER_PARTS };

/* Set the first two, the rest zero, and find the layer. As predictor_response: programs are kept, rows independent. */
typedef struct layer_response {
    cgm_predictor *predictor; /* borrowed */
    int threads;
    size_t layer; /* number in the network's trace */
    size_t size;  /* numbers that it gives of an image */
    char name[32];
    network_part part[LAYER_PARTS];
} layer_response;

/* The layer of that name, or NULL: the last that has planes. Fills layer, size and name; CGM_E_ARG with the nearest
 * name, or if it must have planes and has none. */
cgm_status cgm_layer_find(layer_response *r, const char *name, bool planes) CGM_CHECKED;
void cgm_layer_clear(layer_response *r);

/* Grad-CAM of sum_s weight[i, s] score[i, s], [n, H W]: max(sum_k mean(dscore/dA_k) A_k, 0), the layer's planes A,
 * stretched to the image's size between pixels. */
cgm_status cgm_layer_cam(layer_response *r, size_t n, const double *images, const double *const *given,
                         const double *weight, double *map) CGM_CHECKED;
/* What the layer gives, [n, size]. */
cgm_status cgm_layer_activation(layer_response *r, size_t n, const double *images, const double *const *given,
                                double *out) CGM_CHECKED;
/* error [n]: |A(image) - target|^2 / |target|^2, target [n, size]; gradient [n, C H W] of each. */
cgm_status cgm_layer_match(layer_response *r, size_t n, const double *images, const double *const *given,
                           const double *target, double *error, double *gradient) CGM_CHECKED;

#endif
