/* Normalisations. A variance is the mean of squared deviations from the mean; y = (x - mean) / sqrt(variance +
 * epsilon), then times "weight", which begins as 1, plus "bias", which begins as 0. x is [N, C] or [N, C, ...]. */
#ifndef CGM_NN_NORMALIZATION_H
#define CGM_NN_NORMALIZATION_H

#include "graph/ops.h"
#include "nn/params.h"

typedef enum cgm_norm_kind {
    CGM_NORM_NONE = 0,
    /* Over samples and places, a channel at a time (Ioffe and Szegedy 2015). In evaluation with the state running_mean
     * and running_var [C], which training moves by `momentum` towards each batch's mean and unbiased variance. */
    CGM_NORM_BATCH,
    CGM_NORM_INSTANCE, /* over places, a sample and channel at a time (Ulyanov et al. 2016) */
    CGM_NORM_GROUP,    /* over places and the channels of a group, a sample at a time (Wu and He 2018) */
    CGM_NORM_LAYER,    /* over all of a sample; weight and bias have its shape (Ba et al. 2016) */
    CGM_NORM_PIXEL     /* x / sqrt(mean of x^2 over channels + epsilon), no parameters (Karras et al. 2018, 4.2) */
} cgm_norm_kind;

/* Zero-initialise for the defaults. */
typedef struct cgm_norm_opts {
    cgm_norm_kind kind;
    double epsilon;  /* 0: 1e-5, of a pixel normalisation 1e-8 */
    double momentum; /* 0: 0.1 */
    int64_t groups;  /* of CGM_NORM_GROUP: a divisor of C */
    bool plain;      /* without weight and bias */
} cgm_norm_opts;

/* Parameters and state are NAME.weight, NAME.bias, NAME.running_mean and NAME.running_var. Statistics of one number
 * are refused. */
CGM_API cgm_node cgm_normalize(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, const cgm_norm_opts *opts,
                               cgm_mode mode);

/* Adaptive instance normalisation: instance normalisation, then times scale plus shift, [N, C] each (Huang and Belongie
 * 2017, eq. 8; Karras et al. 2019, eq. 1). epsilon 0: 1e-5. */
CGM_API cgm_node cgm_adain(cgm_graph *g, cgm_node x, cgm_node scale, cgm_node shift, double epsilon);
/* With scale - 1 and shift made of a style [N, K] by the linear layer NAME to 2C numbers. */
CGM_API cgm_node cgm_adain_layer(cgm_params *p, cgm_graph *g, const char *name, cgm_node x, cgm_node style,
                                 cgm_init init, double gain);

#endif
