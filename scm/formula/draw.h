/* Draws from distributions whose parameters are expressions, normal(0.5*age, 1): of interventions. Internal to scm/. */
#ifndef CGM_SCM_FORMULA_DRAW_H
#define CGM_SCM_FORMULA_DRAW_H

#include "base/arena.h"
#include "scm/formula/distribution.h"
#include "scm/formula/expression.h"

/* Lies in an arena. */
typedef struct cgm_draw {
    const struct formula_family *row;
    size_t n;
    cgm_expression **parameter; /* [n] */
    size_t *where;              /* [n + 1]: their places in the text, and the end's */
    double *fixed;              /* [n]: their values, when they have no names; else NULL */
} cgm_draw;

/* Parses the distribution that begins at *at of text and moves *at behind it; both texts are borrowed, what is as in
 * cgm_formula_parse_part. */
cgm_status cgm_draw_parse(const char *text, const char *what, size_t *at, cgm_arena *arena, cgm_draw *out) CGM_CHECKED;
/* Once the parameters' words are replaced (cgm_formula_replace_words): fixes and checks them if all are numbers. */
cgm_status cgm_draw_fix(cgm_draw *draw, cgm_arena *arena) CGM_CHECKED;
/* A value, from the parameters p [n] of its row, which are changed: probabilities are normalised. CGM_E_ARG, without a
 * prefix, when they are out of range. */
cgm_status cgm_draw_sample(const cgm_draw *draw, double *p, cgm_rng *rng, double *out) CGM_CHECKED;

#endif
