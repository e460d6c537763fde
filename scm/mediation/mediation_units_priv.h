/* The inside of unit effects. Internal. */
#ifndef CGM_SCM_MEDIATION_UNITS_PRIV_H
#define CGM_SCM_MEDIATION_UNITS_PRIV_H

#include "scm/mediation/mediation_priv.h"
#include "scm/mediation/mediation_units.h"

struct cgm_unit_effects {
    cgm_run *run;
    cgm_arena arena; /* rows and values */
    size_t n, *rows; /* of the data set */
    mediation_plan plan;
    cgm_mediation_opts opts; /* its texts are the caller's, and used while answering only */
    const char *text;        /* the question, for files */
    scm_worlds worlds;       /* base: factual */
    const cgm_variable *outcome;
    size_t width;
    double **effect; /* [plan.n_effects]: [n, width] */
};

#endif
