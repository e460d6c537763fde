/* The conditional affine flow: u ~ N(0, 1), y = location(pa) + exp(log_scale(pa)) u; x = y, or for a variable with a
 * range x = low + (high - low) sigmoid(y). Location and log-scale are linear in the parents' features. One step of a
 * normalising flow with an exact inverse (Papamakarios et al. 2021, "Normalizing flows for probabilistic modeling and
 * inference", section 3.1). Internal. */
#ifndef CGM_SCM_MECHANISMS_AFFINE_FLOW_H
#define CGM_SCM_MECHANISMS_AFFINE_FLOW_H

#include "scm/mechanism_table.h"
#include "scm/mechanisms/features.h"

typedef struct scm_affine_flow {
    cgm_mechanism base;
    cgm_arena arena;
    const cgm_variable *variable;
    cgm_mechanism_node node;
    scm_features features;
    size_t n_scale;    /* weights of the log-scale: 1 when it is constant, else features.n */
    double *location;  /* [features.n] */
    double *log_scale; /* [features.n], the first n_scale in use */
} scm_affine_flow;

/* y of a value of the variable: the value, or its logit within the range. Values at a bound, and those nearer to it
 * than 1e-6 of the range's width, count as that far inside: data rounded onto a bound would otherwise have an infinite
 * y. */
double cgm_scm_affine_unsquash(const cgm_variable *variable, double x);
double cgm_scm_affine_squash(const cgm_variable *variable, double y);

/* Maximum likelihood from plain windows: value [n, 1], parents [n, 1] each. Sets the features' scaling, location and
 * log_scale; the mean negative log-likelihood in nats goes to *nll. The start is least squares, which is the answer for
 * a constant scale; else Fisher scoring follows. CGM_E_ARG when the value is an exact linear function of the parents, so that no density
 * exists; CGM_E_NUMERIC. */
cgm_status cgm_scm_affine_fit(scm_affine_flow *m, const cgm_values *value, const cgm_values *parents,
                              double *nll) CGM_CHECKED;

#endif
