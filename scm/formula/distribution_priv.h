/* What a distribution is made of. Internal to scm/formula/. */
#ifndef CGM_SCM_FORMULA_DISTRIBUTION_PRIV_H
#define CGM_SCM_FORMULA_DISTRIBUTION_PRIV_H

#include <gsl/gsl_rng.h>

#include "scm/formula/distribution.h"

/* What a parameter may be, and what the parameters must be together. Shapes and counts are limited to what GSL's
 * functions are good for: they fail beyond. */
typedef enum formula_domain {
    FORMULA_ANY,
    FORMULA_POSITIVE,
    FORMULA_SHAPE, /* above 0, at most 1e6 */
    FORMULA_COUNT, /* above 0, at most 1e9 */
    FORMULA_PROBABILITY
} formula_domain;
typedef enum formula_check { FORMULA_APART, FORMULA_ASCENDING, FORMULA_SUM_TO_ONE } formula_check;

typedef struct formula_family {
    const char *name, *parameters; /* as messages call them */
    size_t n;                      /* parameters; 0: one or more */
    formula_domain domain[2];      /* what they may be; of more parameters, the first one's */
    bool discrete;
    double (*sample)(const cgm_distribution *d, cgm_rng *rng, gsl_rng *gsl);
    double (*log_prob)(const cgm_distribution *d, double x); /* within the support */
    double (*cdf)(const cgm_distribution *d, double x);      /* likewise */
    double (*quantile)(const cgm_distribution *d, double p);
    void (*support)(const cgm_distribution *d, double *low, double *high); /* NULL: all numbers */
    double (*constant)(const double *p); /* NULL, or what log_prob adds whatever x is and is costly */
    formula_check check;
} formula_family;

struct cgm_distribution {
    const formula_family *row;
    char *text;
    double constant;
    size_t n;
    double *p; /* [n] */
};

bool cgm_distribution_is_standard_normal(const cgm_distribution *d);
#define FORMULA_MAX_PARAMETERS 1000 /* of a categorical */

/* A text under way. */
typedef struct formula_source {
    const char *what, *text;
    size_t at;
} formula_source;
/* The row that the next word names; moves past it. */
cgm_status cgm_formula_find_family(formula_source *s, const formula_family **out) CGM_CHECKED;
/* The byte at which the next token begins; moves there. */
size_t cgm_formula_skip(formula_source *s);
/* What is wrong with the parameters, in `reason`, and with which one (n: with all of them); NULL when they are right.
 * Probabilities that add up to 1 within 1e-6 are made to do so. */
const char *cgm_formula_check_parameters(const formula_family *row, size_t n, double *p, size_t *which, size_t size,
                                         char *reason);

/* One row a distribution. */
extern const formula_family cgm_formula_families[];
extern const size_t cgm_formula_n_families;

#endif
