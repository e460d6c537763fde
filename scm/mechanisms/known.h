/* What mechanisms share whose config may give their parameters. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_KNOWN_H
#define CGM_SCM_MECHANISMS_KNOWN_H

#include "scm/mechanisms/features.h"

/* Options of a linear predictor. They stand in the mechanism's options as `known`, with these keys. */
typedef struct scm_known_options {
    const cgm_yaml *coefficients, *interactions;
} scm_known_options;
#define SCM_COEFFICIENTS_KEY(options, text)                                                                            \
    {                                                                                                                  \
        .name = "coefficients", .type = CGM_KEY_NODE, .offset = offsetof(options, known.coefficients),                 \
        .doc = text "; what is not given is fitted"                                                                    \
    }
#define SCM_INTERACTIONS_KEY(options)                                                                                  \
    {                                                                                                                  \
        .name = "interactions", .type = CGM_KEY_NODE, .offset = offsetof(options, known.interactions),                 \
        .doc = "pairs of parents whose products are terms too, [[a, b], ...]"                                          \
    }
/* CGM_E_CONFIG when there are both: products have no names to give them coefficients by. */
cgm_status cgm_scm_known_check(const scm_known_options *known) CGM_CHECKED;

/* What has a coefficient beside the parents. */
enum { SCM_INTERCEPT = 1, SCM_SIGMA = 2 };
/* Coefficients of a linear predictor, {intercept: 0, PARENT: 0.5, sigma: 1}: given, [f->n] and one more if there is a
 * sigma, is in the parents' own units, NaN where the map says nothing. A parent with levels has a list, of a number for
 * each level but the first; with two levels the number alone will do. `also`: SCM_INTERCEPT, SCM_SIGMA. CGM_E_CONFIG
 * at the entry's line. */
cgm_status cgm_scm_coefficients_read(const cgm_yaml *map, const scm_features *f, unsigned also,
                                     double *given) CGM_CHECKED;
/* Whether [n] coefficients are all given; given may be NULL. */
bool cgm_scm_coefficients_known(size_t n, const double *given);

/* The fit of a mechanism that is known: the likelihood of the data alone. */
cgm_status cgm_scm_fit_known(cgm_mechanism *m, const cgm_variable *variable, const scm_features *f, const cgm_fit *fit,
                             cgm_fit_report *report) CGM_CHECKED;
/* Fills the report of a fit that is made in one step. */
void cgm_scm_report_step(cgm_fit_report *report, double nll);

#endif
