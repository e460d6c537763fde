/* Counterfactuals of one unit of which some variables were seen: abduction from the evidence, action, prediction.
 *
 * Evidence may be partial. Where all mechanisms are linear Gaussian, and interventions are affine functions without
 * conditions, the posterior of the noises is Gaussian and the answer exact. So is that for every variable of which all
 * that matters and was not seen has levels, by a twin network (Balke and Pearl 1994). Where every variable was seen
 * each noise is abducted, and the answer is exact unless an intervention draws. Elsewhere noises are drawn as
 * particles, those of seen variables from their posterior, weighted by the evidence's likelihood (likelihood weighting;
 * Koller and Friedman 2009, section 12.3), and the effective sample size says how far to trust them. */
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
    size_t particles;    /* 0: 10000 */
    int threads;         /* 0: 1 */
    bool particles_only; /* even where the answer is to be had exactly: to check one by the other */
} cgm_unit_opts;

typedef enum cgm_unit_method {
    CGM_UNIT_ABDUCTION, /* everything was seen and every noise is determined: exact */
    CGM_UNIT_GAUSSIAN,  /* exact, by conditioning a Gaussian */
    CGM_UNIT_DISCRETE,  /* exact, by eliminating the variables of a twin network */
    CGM_UNIT_PARTICLES  /* but for the values that are marked as exact, which a twin network gave */
} cgm_unit_method;

/* The posterior of one variable in the counterfactual world. */
typedef struct cgm_unit_value {
    bool seen, exact;
    double evidence;           /* its value, where it was seen */
    double mean, sd;           /* of the value, or of the level's number */
    double mc_error;           /* standard error of the mean; 0 where it is exact */
    const double *probability; /* [levels] of a variable with levels, else NULL */
} cgm_unit_value;

typedef struct cgm_unit_answer {
    cgm_arena arena;
    cgm_unit_method method;
    size_t particles;
    double effective; /* sample size: 1 / sum of squared weights */
    const char *why;  /* particles: what kept a discrete model from an exact answer (a table too large), or NULL */
    size_t n;
    cgm_unit_value *value; /* [variables of the model] */
} cgm_unit_answer;

/* CGM_E_ARG for evidence of probability zero, for interventions with one value a row; CGM_E_UNSUPPORTED, by name, for
 * images and for mechanisms without what is needed. Cleared with cgm_unit_answer_clear. */
CGM_API cgm_status cgm_scm_unit(const cgm_scm *scm, const cgm_rng *rng, size_t n_evidence,
                                const cgm_observation *evidence, size_t n_do, const cgm_intervention *interventions,
                                const cgm_unit_opts *opts, cgm_unit_answer *out) CGM_CHECKED;
CGM_API void cgm_unit_answer_clear(cgm_unit_answer *answer);

typedef enum cgm_evidence_method {
    CGM_EVIDENCE_DENSITY,  /* everything was seen: the product of the mechanisms' densities */
    CGM_EVIDENCE_GAUSSIAN, /* exact, the marginal of a Gaussian */
    CGM_EVIDENCE_DISCRETE, /* exact, by eliminating variables with levels */
    CGM_EVIDENCE_PARTICLES /* the mean weight of particles */
} cgm_evidence_method;

/* How probable evidence is: the log of its probability, in nats, or of its density where continuous variables were
 * seen. */
typedef struct cgm_evidence {
    cgm_evidence_method method;
    double log_prob;
    double mc_error; /* standard error of log_prob, by the delta method; 0: exact */
    bool bound;      /* a mechanism that was seen has a lower bound of its density only */
    size_t particles;
    double effective; /* sample size: 1 / sum of squared weights */
} cgm_evidence;

/* What was not seen is summed out. Errors as for cgm_scm_unit. */
CGM_API cgm_status cgm_scm_evidence(const cgm_scm *scm, const cgm_rng *rng, size_t n_evidence,
                                    const cgm_observation *evidence, const cgm_unit_opts *opts,
                                    cgm_evidence *out) CGM_CHECKED;

#endif
