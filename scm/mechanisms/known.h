/* What mechanisms share whose config may give their parameters. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_KNOWN_H
#define CGM_SCM_MECHANISMS_KNOWN_H

#include "scm/mechanisms/features.h"

/* Coefficients of a linear predictor, {intercept: 0, PARENT: 0.5, sigma: 1}: given, [f->n] and one more if there is a
 * sigma, is in the parents' own units, NaN where the map says nothing. A parent with levels has a list, of a number for
 * each level but the first; with two levels the number alone will do. CGM_E_CONFIG at the entry's line. */
cgm_status cgm_scm_coefficients_read(const cgm_yaml *map, const scm_features *f, bool sigma, double *given) CGM_CHECKED;
/* Whether [n] coefficients are all given; given may be NULL. */
bool cgm_scm_coefficients_known(size_t n, const double *given);

/* The fit of a mechanism that is known: the likelihood of the data alone. */
cgm_status cgm_scm_fit_known(cgm_mechanism *m, const cgm_variable *variable, const scm_features *f, const cgm_fit *fit,
                             cgm_fit_report *report) CGM_CHECKED;
/* Fills the report of a fit that is made in one step. */
void cgm_scm_report_step(cgm_fit_report *report, double nll);

#endif
