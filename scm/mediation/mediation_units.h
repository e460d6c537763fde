/* Mediation in single rows, for outcomes of any kind, images above all: the row's noise is abducted, and the worlds of
 * scm/mediation/mediation.h are predicted from it. Images are decoder means g (pixel noise 0), so that with z a
 * mediator that the image's mechanism publishes, and pa its other parents, of De Sousa Ribeiro et al. 2023, "High
 * fidelity image counterfactuals with probabilistic causal models",
 *
 *     DE = g(pa*, z) - g(pa, z) = NDE(0)     IE = g(pa, z*) - g(pa, z) = NIE(0)     TE = g(pa*, z*) - g(pa, z)
 *
 * and TE = NDE(0) + NIE(1) = NDE(1) + NIE(0), in general not DE + IE. A unit's effects are what the model's mechanisms
 * and noises say: they rest on more than averages do, and no witness is asked. */
#ifndef CGM_SCM_MEDIATION_UNITS_H
#define CGM_SCM_MEDIATION_UNITS_H

#include "scm/mediation/mediation.h"

typedef struct cgm_unit_effects cgm_unit_effects;

/* The usual number of rows is 8. Of opts the intervals and draws are not used. CGM_E_ARG and CGM_E_UNSUPPORTED as for
 * cgm_run_mediate, the latter also where a mechanism cannot abduct. The run must outlive the answer. */
CGM_API cgm_status cgm_run_mediate_units(cgm_run *run, const cgm_mediation_opts *opts, const cgm_row_choice *choice,
                                         cgm_unit_effects **out) CGM_CHECKED;
CGM_API void cgm_unit_effects_destroy(cgm_unit_effects *effects);

/* The rows' numbers in the data set, [*n]. Borrowed, as is all below. */
CGM_API const size_t *cgm_unit_effects_rows(const cgm_unit_effects *effects, size_t *n);
/* How many effects there are, and effect k's name and values, [rows, *width]. */
CGM_API size_t cgm_unit_effects_count(const cgm_unit_effects *effects);
CGM_API const double *cgm_unit_effects_get(const cgm_unit_effects *effects, size_t k, const char **name, size_t *width);
/* The outcome's values, likewise, with treatment t and the mediators as under treatment s; s != t only if there are
 * mediators, else NULL. */
CGM_API const double *cgm_unit_effects_outcome(const cgm_unit_effects *effects, int t, int s, size_t *width);

/* HDF5: /factual/VARIABLE; /outcome/t0_m0, t0_m1, t1_m0, t1_m1; /effect/NAME for every effect, /mean/NAME over the
 * rows; /index; attributes of / as in counterfactual files. Written atomically. */
CGM_API cgm_status cgm_unit_effects_save(const cgm_unit_effects *effects, const char *path) CGM_CHECKED;
/* A picture of an image's effects: a row of the data a row, with signed differences in colour, and their means below.
 * CGM_E_ARG where the outcome is no image. */
CGM_API cgm_status cgm_unit_effects_draw(const cgm_unit_effects *effects, const char *path) CGM_CHECKED;

#endif
