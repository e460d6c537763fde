/* The inside of counterfactuals of one unit. Internal. */
#ifndef CGM_SCM_UNIT_PRIV_H
#define CGM_SCM_UNIT_PRIV_H

#include "scm/interventions/intervention.h"
#include "scm/queries/unit.h"

typedef struct unit_question {
    const cgm_scm *scm;
    cgm_rng rng;
    bool *seen;    /* [variables] */
    double *value; /* [variables]: of those seen */
    size_t n_do;
    const cgm_intervention *interventions;
    int threads;
} unit_question;

/* Reads the evidence into a question, whose arrays live in the arena, and checks that its mechanisms can answer. */
cgm_status cgm_unit_ask(const cgm_scm *scm, const cgm_rng *rng, size_t n_evidence, const cgm_observation *evidence,
                        const cgm_unit_opts *opts, cgm_arena *arena, unit_question *out) CGM_CHECKED;
bool cgm_unit_all_seen(const unit_question *q);
bool cgm_unit_is_gaussian(const unit_question *q);
/* How many particles the options ask for. */
size_t cgm_unit_particle_count(const cgm_unit_opts *opts);

/* Fills the factual world with particles and their weights, which add to one; *log_mean is the logarithm of the mean
 * weight before that. CGM_E_ARG when none is possible. */
cgm_status cgm_unit_particles(const unit_question *q, cgm_world *world, double *weight, double *log_mean) CGM_CHECKED;
/* The evidence's log-density, all mechanisms being linear Gaussian. */
cgm_status cgm_unit_gaussian_log_prob(const unit_question *q, double *out) CGM_CHECKED;
/* Mean and standard deviation of every variable after the interventions, all mechanisms being linear Gaussian. */
cgm_status cgm_unit_gaussian(const unit_question *q, cgm_unit_answer *out) CGM_CHECKED;
/* Those values that a twin network gives; they are marked as exact. Sets out->why when one is too large. CGM_E_ARG for
 * evidence of probability zero. */
cgm_status cgm_unit_discrete(const unit_question *q, cgm_unit_answer *out) CGM_CHECKED;
/* The evidence's log-probability where what matters to it and was not seen has levels; else *exact is false. */
cgm_status cgm_unit_discrete_log_prob(const unit_question *q, bool *exact, double *out) CGM_CHECKED;

#endif
