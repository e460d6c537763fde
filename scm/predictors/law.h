/* What a predictor says of its attribute, by the attribute's type: a row of a table. Internal to scm/predictors/. */
#ifndef CGM_SCM_PREDICTORS_LAW_H
#define CGM_SCM_PREDICTORS_LAW_H

#include "scm/predictors/predictor_priv.h"

typedef struct predictor_law {
    const char *doc; /* "Gaussian with its own scale" */
    unsigned types;  /* bits 1 << cgm_variable_type */
    /* Numbers that the last linear layer gives. */
    int64_t (*numbers)(const cgm_variable *attribute);
    /* -log of the probability of each row's value, [n, 1] in nats: raw [n, numbers]; target [n, features], the
     * attribute as networks see it: a one-hot code, or standardised. A density is of the standardised value. */
    cgm_node (*loss)(const cgm_predictor *p, cgm_graph *g, cgm_node raw, cgm_node target);
    /* [n, outputs]: the probability of each level, or mean and standard deviation of the standardised value. */
    cgm_node (*outputs)(const cgm_predictor *p, cgm_graph *g, cgm_node raw);
    /* [n, scores]: a number a level, the likeliest level's the largest, without the probabilities' flat ends; or the
     * mean of the standardised value. What they are called: "logit". */
    cgm_node (*scores)(const cgm_predictor *p, cgm_graph *g, cgm_node raw);
    const char *score;
} predictor_law;

/* NULL where no predictor has such attributes. */
const predictor_law *cgm_predictor_law(cgm_variable_type type);

#endif
