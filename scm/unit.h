/* Counterfactuals of one unit of which some variables were seen: abduction from the evidence, action, prediction.
 *
 * Evidence may be partial. Where all mechanisms are linear Gaussian, and interventions are affine functions without
 * conditions, the posterior of the noises is Gaussian and the answer exact; where every variable was seen each noise is
 * abducted, and exact unless an intervention draws; elsewhere noises are drawn as particles, those of
 * seen variables from their posterior, weighted by the evidence's likelihood (likelihood weighting; Koller and Friedman
 * 2009, section 12.3), and the effective sample size says how far to trust them. */
#ifndef CGM_SCM_UNIT_H
#define CGM_SCM_UNIT_H

#include "base/arena.h"
#include "scm/scm.h"

/* A variable that was seen. */
typedef struct cgm_observation {
    size_t variable;
    double value;
} cgm_observation;

/* Reads "x=0.5, h=1, sex=female"; lists live in the arena. CGM_E_ARG: an unknown variable (with the nearest), one that
 * is named twice, a value outside its support, an image. */
CGM_API cgm_status cgm_scm_parse_evidence(const cgm_scm *scm, const char *text, cgm_arena *arena, size_t *n,
                                          cgm_observation **out) CGM_CHECKED;

/* Zero-initialise for the defaults. */
typedef struct cgm_unit_opts {
    size_t particles; /* 0: 10000 */
    int threads;      /* 0: 1 */
} cgm_unit_opts;

typedef enum cgm_unit_method {
    CGM_UNIT_ABDUCTION, /* everything was seen and every noise is determined: exact */
    CGM_UNIT_GAUSSIAN,  /* exact, by conditioning a Gaussian */
    CGM_UNIT_PARTICLES
} cgm_unit_method;

/* The posterior of one variable in the counterfactual world. */
typedef struct cgm_unit_value {
    bool seen;
    double evidence;           /* its value, where it was seen */
    double mean, sd;           /* of the value, or of the level's number */
    double mc_error;           /* standard error of the mean; 0: exact */
    const double *probability; /* [levels] of a variable with levels, else NULL */
} cgm_unit_value;

typedef struct cgm_unit_answer {
    cgm_arena arena;
    cgm_unit_method method;
    size_t particles;
    double effective; /* sample size: 1 / sum of squared weights */
    size_t n;
    cgm_unit_value *value; /* [variables of the model] */
} cgm_unit_answer;

/* CGM_E_ARG for evidence of probability zero, for interventions with one value a row; CGM_E_UNSUPPORTED, by name, for
 * images and for mechanisms without what is needed. Cleared with cgm_unit_answer_clear. */
CGM_API cgm_status cgm_scm_unit(const cgm_scm *scm, const cgm_rng *rng, size_t n_evidence,
                                const cgm_observation *evidence, size_t n_do, const cgm_intervention *interventions,
                                const cgm_unit_opts *opts, cgm_unit_answer *out) CGM_CHECKED;
CGM_API void cgm_unit_answer_clear(cgm_unit_answer *answer);

#endif
