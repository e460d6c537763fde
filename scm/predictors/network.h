/* The networks of predictors, one row and one file a kind. Internal to scm/predictors/. */
#ifndef CGM_SCM_PREDICTORS_NETWORK_H
#define CGM_SCM_PREDICTORS_NETWORK_H

#include "graph/ops.h"
#include "scm/predictors/predictor_priv.h"

typedef struct predictor_network {
    const char *name; /* in configs */
    const char *doc;
    int64_t usual_width;
    /* Pixels in [-1, 1], [n, C, H, W], and the features of the given attributes, no node where there are none -> [n,
     * K]. Tells of its layers by cgm_predictor_layer. */
    cgm_node (*features)(const cgm_predictor *p, cgm_graph *g, cgm_node x, cgm_node given, cgm_mode mode,
                         predictor_trace *trace);
} predictor_network;

#define PREDICTOR_NETWORK_TABLE(ROW)                                                                                   \
    ROW(CONVOLUTIONAL, convolutional)                                                                                  \
    ROW(RESIDUAL, residual)

#define PREDICTOR_NETWORK_ENUMERATOR(upper, lower) PREDICTOR_NETWORK_##upper,
typedef enum predictor_network_kind {
    PREDICTOR_NETWORK_TABLE(PREDICTOR_NETWORK_ENUMERATOR) PREDICTOR_NETWORK_KINDS
} predictor_network_kind;
#undef PREDICTOR_NETWORK_ENUMERATOR
#define PREDICTOR_NETWORK_DECLARE(upper, lower) extern const predictor_network cgm_predictor_network_##lower;
PREDICTOR_NETWORK_TABLE(PREDICTOR_NETWORK_DECLARE)
#undef PREDICTOR_NETWORK_DECLARE

const predictor_network *cgm_predictor_network(predictor_network_kind kind);
/* How many times a first layer halves an image: once above 64 pixels, so that what follows sees no more than such. */
int64_t cgm_predictor_first_stride(const cgm_predictor *p);
/* Notes in the trace, unless it is NULL, what the layer of that name gives, and returns it. */
cgm_node cgm_predictor_layer(const cgm_predictor *p, predictor_trace *trace, const char *name, cgm_node x);
/* What the kinds end with: h [n, C, H, W], its means over the plane beside the given attributes, one linear layer to
 * `width` with batch normalisation and leaky ReLU, the layer "join". */
cgm_node cgm_predictor_join(const cgm_predictor *p, cgm_graph *g, cgm_node h, cgm_node given, int64_t width,
                            cgm_mode mode, predictor_trace *trace);
#define PREDICTOR_SLOPE 0.01 /* of leaky ReLU below 0 */

#endif
