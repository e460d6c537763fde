/* What the files of mediation share. Internal. */
#ifndef CGM_SCM_MEDIATION_PRIV_H
#define CGM_SCM_MEDIATION_PRIV_H

#include "scm/mediation/mediation.h"
#include "scm/queries/expectation.h"
#include "scm/runs/run_priv.h"

/* The question in terms of the part of a model that treatment and outcome depend on. */
typedef struct mediation_plan {
    const cgm_mediation_opts *opts;
    bool units;        /* effects of single rows: an outcome of any kind, and no averages */
    const double *own; /* [rows]: what the control is where it is each row's own; else NULL */
    cgm_arena arena;
    size_t ends[2];            /* variables of the whole model: treatment and outcome */
    cgm_scm *part;             /* of the run's model */
    size_t treatment, outcome; /* nodes of the part, as are all below */
    int level;                 /* of the outcome, or -1 */
    size_t *mediator;          /* [opts->n_mediators] */
    bool *leads;               /* [nodes]: the outcome, or an ancestor of it */
    bool *carries;             /* [nodes]: children of the treatment at which the paths begin; NULL without paths */
    size_t n_effects, effect[CGM_MEDIATION_EFFECTS]; /* those asked for */
    scm_comparison comparison;
    bool *refit; /* [variables of the whole model]: what the answer depends on and the treatment moves */
} mediation_plan;

/* Which effects there are, in the order of a cgm_mediation; a plan has some of them. */
enum {
    MEDIATION_NIE0,
    MEDIATION_NIE1,
    MEDIATION_NIE,
    MEDIATION_NDE0,
    MEDIATION_NDE1,
    MEDIATION_NDE,
    MEDIATION_TE,
    MEDIATION_PROPORTION,
    MEDIATION_CDE,
    MEDIATION_PSE0,
    MEDIATION_PSE1,
    MEDIATION_PSE
};

/* Zero-initialised but for units and own. Checks the run and the question. */
cgm_status cgm_mediation_plan_make(cgm_run *run, const cgm_mediation_opts *opts, mediation_plan *plan) CGM_CHECKED;
void cgm_mediation_plan_clear(mediation_plan *plan);
extern const char *const cgm_mediation_names[CGM_MEDIATION_EFFECTS];
/* Reads opts->paths and fills plan->carries. CGM_E_ARG for a text that is no directed path from treatment to outcome;
 * CGM_E_UNSUPPORTED, naming the recanting witness, when the effect along these paths is not identified (see
 * mediation_paths.c). */
cgm_status cgm_mediation_read_paths(mediation_plan *plan) CGM_CHECKED;
/* CGM_E_UNSUPPORTED, naming it, when there is a recanting witness for the effect through the mediators. */
cgm_status cgm_mediation_check_witness(const mediation_plan *plan) CGM_CHECKED;

#endif
