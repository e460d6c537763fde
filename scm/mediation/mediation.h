/* Mediation: how much of a treatment's effect on an outcome runs through the mediators that the user names.
 *
 * With Y(t, M(s)) the outcome had the treatment been t and the mediators what they would have been under treatment s,
 * and means over the training rows (their other variables stay what they are; the noise of what the treatment moves is
 * averaged out), the natural effects of Pearl 2001, "Direct and indirect effects", are, between t0 and t1,
 *
 *     NDE(s) = E Y(t1, M(ts)) - E Y(t0, M(ts))        NIE(s) = E Y(ts, M(t1)) - E Y(ts, M(t0))        s = 0, 1
 *     TE     = E Y(t1, M(t1)) - E Y(t0, M(t0))        = NDE(0) + NIE(1) = NDE(1) + NIE(0), not NDE(0) + NIE(0)
 *
 * (ADE and ACME in Imai, Keele and Tingley 2010). The effect along some directed paths (Avin, Shpitser and Pearl 2005)
 * compares worlds in which these carry one value of the treatment and all others the other one, PSE(s) with ts along
 * the others. All of them rest on the graph having no hidden common causes. */
#ifndef CGM_SCM_MEDIATION_H
#define CGM_SCM_MEDIATION_H

#include "scm/queries/intervals.h"

/* Fill with cgm_mediation_init first. */
typedef struct cgm_mediation_opts {
    const char *treatment;
    const char *outcome; /* "wage", or "job=clerk" for the probability of a level */
    size_t n_mediators;  /* taken together: M is all of them; "image.z" is what an image's mechanism publishes */
    const char *const *mediators;
    double control, treated; /* t0 and t1; 0 and 1. In unit effects a control of NaN is each row's own value */
    const double *fixed;     /* [n_mediators]: adds the controlled direct effect with the mediators set so, or NULL */
    size_t n_paths;          /* "treat->job_seek->depress2", taken together: adds the effect along these paths only */
    const char *const *paths;
    size_t draws;                /* of the noise of every row, where there is no closed form; 100 */
    cgm_interval_opts intervals; /* only what the treatment moves is fitted again; none by default */
    double temperature;          /* of abduction, in unit effects: scales the posterior's standard deviation; 1 */
    uint64_t seed;               /* 1 */
} cgm_mediation_opts;
CGM_API void cgm_mediation_init(cgm_mediation_opts *opts);

#define CGM_MEDIATION_EFFECTS 12
typedef struct cgm_mediation {
    size_t rows;
    bool exact; /* by a closed form: no draws were needed */
    size_t n;
    /* With mediators NIE(0), NIE(1), NIE (their mean), NDE(0), NDE(1), NDE; TE; with mediators the proportion mediated
     * (NIE / TE), and CDE if it was asked for; with paths PSE(0), PSE(1), PSE. */
    cgm_estimate effect[CGM_MEDIATION_EFFECTS];
} cgm_mediation;

/* The run must be finished. CGM_E_ARG for an unknown name (with the nearest), a mediator that lies on no directed path
 * from treatment to outcome, a path that is none, a value that the treatment cannot take; CGM_E_UNSUPPORTED for images,
 * and where there is a recanting witness, naming it: for paths always, for mediators unless means pass through all that
 * the treatment moves, as there the effect does not depend on what the witness is in which world. Results do not depend
 * on the number of threads. */
CGM_API cgm_status cgm_run_mediate(cgm_run *run, const cgm_mediation_opts *opts, cgm_mediation *out) CGM_CHECKED;

#endif
