/* The categorical mechanism: x = argmax over the levels of log p(level | parents) + u_level, u_level standard Gumbels.
 * Logits are linear in the parents' features. Internal. */
#ifndef CGM_SCM_MECHANISMS_CATEGORICAL_H
#define CGM_SCM_MECHANISMS_CATEGORICAL_H

#include "scm/mechanism_table.h"
#include "scm/mechanisms/features.h"

typedef struct scm_categorical {
    cgm_mechanism base;
    cgm_arena arena;
    const cgm_variable *variable;
    cgm_mechanism_node node;
    scm_features features;
    size_t levels;
    double *weight; /* [levels, features.n] */
} scm_categorical;

/* Maximum likelihood from plain windows: value [n, 1], parents [n, 1] each. Without parents: the frequencies, a
 * thousandth of a row added to each level, so that a level that was never seen keeps a small probability. With parents:
 * multinomial logistic regression by Newton's method on the mean negative log-likelihood + 1e-6 / 2 |weight|^2; the
 * ridge makes the weights unique, keeps separable data finite, and does for unseen levels what the thousandth does.
 * *nll: the mean negative log-likelihood in nats. */
cgm_status cgm_scm_categorical_fit(scm_categorical *m, const cgm_values *value, const cgm_values *parents,
                                   double *nll) CGM_CHECKED;
/* log p of every level in row i, [levels]. */
void cgm_scm_categorical_log_probs(const scm_categorical *m, const cgm_values *parents, size_t i, double *out);
/* The level that Gumbels u, [levels], choose. */
size_t cgm_scm_gumbel_argmax(size_t levels, const double *log_p, const double *u);
/* The method: standard Gumbels. */
cgm_status cgm_scm_gumbel_sample(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise) CGM_CHECKED;
/* Gumbels u with argmax(log_p + u) = observed, drawn from their exact posterior: the maximum is a Gumbel at log sum
 * exp(log_p) = 0, and each other one a Gumbel truncated below it (Maddison, Tarlow, Minka 2014, "A* sampling",
 * algorithm 1, top-down; used for counterfactuals by Oberst and Sontag 2019, "Counterfactual off-policy evaluation with
 * Gumbel-max structural causal models"). */
void cgm_scm_categorical_posterior(size_t levels, const double *log_p, size_t observed, cgm_rng *rng, double *u);

#endif
