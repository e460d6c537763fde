/* What the files of mediation share. Internal. */
#ifndef CGM_SCM_MEDIATION_PRIV_H
#define CGM_SCM_MEDIATION_PRIV_H

#include "scm/mediation.h"
#include "scm/object.h"
#include "scm/run_priv.h"

/* The question in terms of one model's nodes. */
typedef struct mediation_plan {
    const cgm_mediation_opts *opts;
    cgm_arena arena;
    size_t treatment, outcome; /* nodes */
    size_t *mediator;          /* nodes, [opts->n_mediators] */
    bool *moved;               /* [variables]: a descendant of the treatment */
    bool *refit;               /* [variables]: moved, and the outcome or an ancestor of it */
    bool exact;
} mediation_plan;

/* The effects of one fitted model over the training rows of data, [CGM_MEDIATION_EFFECTS]; mc_error likewise, or NULL.
 */
cgm_status cgm_mediation_effects(const mediation_plan *plan, const cgm_scm *scm, const cgm_dataset *data,
                                 const cgm_rng *rng, double *effect, double *mc_error) CGM_CHECKED;

#endif
