/* The inside of counterfactuals of one unit. Internal. */
#ifndef CGM_SCM_UNIT_PRIV_H
#define CGM_SCM_UNIT_PRIV_H

#include "scm/intervention.h"
#include "scm/unit.h"

typedef struct unit_question {
    const cgm_scm *scm;
    cgm_rng rng;
    bool *seen;    /* [variables] */
    double *value; /* [variables]: of those seen */
    size_t n_do;
    const cgm_intervention *interventions;
    int threads;
} unit_question;

/* Fills the factual world with particles and their weights, which add to one. CGM_E_ARG when none is possible. */
cgm_status cgm_unit_particles(const unit_question *q, cgm_world *world, double *weight) CGM_CHECKED;
/* Mean and standard deviation of every variable after the interventions, all mechanisms being linear Gaussian. */
cgm_status cgm_unit_gaussian(const unit_question *q, cgm_unit_answer *out) CGM_CHECKED;

#endif
