/* What training by gradient makes of the config's `train` map. Internal. */
#ifndef CGM_SCM_TRAIN_H
#define CGM_SCM_TRAIN_H

#include "nn/optimizer.h"
#include "scm/mechanism.h"

/* What a mechanism takes where the map leaves a value to it. */
typedef struct cgm_train_defaults {
    double clip;       /* 0: never */
    double skip_norm;  /* 0: only what is not finite */
    double validation; /* share of the training rows held out */
    double adam_beta2; /* 0: 0.999 */
} cgm_train_defaults;

/* The map's value, or the mechanism's. */
static inline double cgm_train_choose(double value, double otherwise)
{
    return value == CGM_TRAIN_DEFAULT ? otherwise : value;
}

cgm_optimizer_opts cgm_train_optimizer(const cgm_train_opts *train, const cgm_train_defaults *defaults);

#endif
