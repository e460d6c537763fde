/* What mediation's tests ask. */
#ifndef CGM_TESTS_MEDIATION_TOYS_H
#define CGM_TESTS_MEDIATION_TOYS_H

#include "scm/mediation/mediation.h"
#include "tests/run_toys.h"

/* Of the treatment t on y through m. */
static inline cgm_mediation_opts mediation_question(void)
{
    static const char *const mediator[] = {"m"};
    cgm_mediation_opts opts;
    cgm_mediation_init(&opts);
    opts.treatment = "t";
    opts.outcome = "y";
    opts.n_mediators = 1;
    opts.mediators = mediator;
    return opts;
}

#endif
