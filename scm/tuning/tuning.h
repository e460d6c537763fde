/* Counterfactual fine-tuning: a stage of a run after its predictors, in which the image's mechanism is trained on, so
 * that predictors read off its counterfactuals what these were asked to show (De Sousa Ribeiro, Xia, Monteiro,
 * Pawlowski, Glocker 2023, "High fidelity image counterfactuals with probabilistic causal models", section 3.4):
 *
 *     minimise  -sum_k log q_k(pa*_k | x*, ...)   subject to   F(x, pa) <= c
 *
 * F is what the image was trained for, the negative evidence bound with the KL weighted by the run's `train: beta`, in
 * nats a number of the image, and c what it was when the stage began, over up to 64 batches. (With another weight the
 * constraint would pull the model to another optimum than the one it comes from.) x* is the counterfactual of x under
 * an intervention on one attribute, drawn for each batch, which takes the batch's own values in a random order; pa* are
 * the parents in that world. The predictors are held, and their log-probabilities are sums over all of them, means over
 * the batch. With the damped Lagrangian
 *
 *     L = -sum_k log q_k - (lambda - damping sg(c - F)) (c - F),
 *
 * where sg has no gradient, parameters descend and lambda, at least 0, ascends, the latter by Adam's steps.
 *
 * What answers is the average of the parameters from the beginning of the stage on. Internal to scm/. */
#ifndef CGM_SCM_TUNING_H
#define CGM_SCM_TUNING_H

#include "data/batches.h"
#include "scm/networks/tunable.h"
#include "scm/predictors/predictor_priv.h"
#include "scm/scm.h"

#define TUNING_MAX_PREDICTORS 32

/* The section `finetune` of a config. */
typedef struct tuning_options {
    cgm_texts predictors, actions;
    int64_t epochs, batch, seed;
    double minutes, rate, multiplier_rate, damping;
} tuning_options;

typedef struct tuning_fit tuning_fit;

typedef struct cgm_tuner {
    cgm_mechanism base; /* of cgm_tuner_class: it is fitted and filed as mechanisms are, and never asked as one */
    const cgm_scm *scm;
    cgm_mechanism *image; /* what it trains */
    image_tunable model;
    size_t n_predictors;
    cgm_predictor *predictor[TUNING_MAX_PREDICTORS];
    size_t n_actions;
    size_t action[CGM_MAX_PARENTS]; /* variables that are intervened on */
    double multiplier_rate, damping;
    cgm_train_opts train;
    double constraint, multiplier; /* c and lambda */
    tuning_fit *fit;               /* while one is under way */
} cgm_tuner;

extern const cgm_mechanism_class cgm_tuner_class;

/* ---- Making (tuning.c) ---- */

/* The section with nothing left unsaid but lists; cgm_finetune_keys is its schema. */
cgm_status cgm_tuning_read_options(const cgm_yaml *map, int64_t seed, tuning_options *out) CGM_CHECKED;
/* From the section; train: that of the run, whose optimiser and augmentation it takes over. Model and predictors are
 * borrowed. CGM_E_CONFIG at the section's line. */
cgm_status cgm_tuner_create(const cgm_yaml *map, const cgm_scm *scm, size_t n_predictors,
                            cgm_predictor *const *predictors, const cgm_train_opts *train, cgm_tuner **out) CGM_CHECKED;
void cgm_tuner_destroy(cgm_tuner *t);

/* ---- Other parents (tuning_parents.c) ---- */

/* The factors that augmentation puts on a step's images and amplitudes, or NULL; borrowed as cgm_batches_gains' are. */
const double *cgm_tuning_gains(const cgm_tuner *t, cgm_batches *batches, uint64_t step);
/* The attributes of an epoch's batches, augmented, as they would be under each batch's intervention. */
typedef struct tuning_parents {
    cgm_scm *part;              /* image's parents, what predictors see, and what these depend on */
    cgm_world *factual, *other; /* of one batch */
    size_t batch, per_epoch;
    uint64_t epoch; /* that values are of, from 1; 0: none */
    double *values; /* [per_epoch, batch, variables of part] */
    double *set;    /* [batch] */
    size_t *order;  /* [batch] */
    cgm_rng rng;
} tuning_parents;

cgm_status cgm_tuning_parents_begin(const cgm_tuner *t, size_t batch, size_t per_epoch, const cgm_rng *rng,
                                    tuning_parents *out) CGM_CHECKED;
/* Those of the epoch that a step is in, unless they are there. */
cgm_status cgm_tuning_parents_get(const cgm_tuner *t, tuning_parents *p, cgm_batches *batches, const cgm_dataset *data,
                                  uint64_t step, int threads) CGM_CHECKED;
/* The features of some variables of the step's batch, [batch, features]. */
void cgm_tuning_parents_fill(const tuning_parents *p, const network_parents *seen, uint64_t step, cgm_real *out);
void cgm_tuning_parents_clear(tuning_parents *p);
size_t cgm_tuning_parents_bytes(const tuning_parents *p);

/* ---- Training (tuning_train.c) ---- */

cgm_status cgm_tuning_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_tuning_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_tuning_fit_end(cgm_mechanism *base);
/* What resuming needs of a fit under way. */
cgm_status cgm_tuning_fit_state(cgm_tuner *t, cgm_state *state) CGM_CHECKED;

#endif
