/* Finding the noise behind a value: u with f(u) = x, for a formula f of the noise u and of other names. Internal to
 * scm/.
 *
 * Where u appears once below operations that can be undone, they are undone one after the other; otherwise the root is
 * bracketed on a grid of the noise's quantiles and found by Brent's method. A discrete noise is rounded to its values,
 * or each of them is tried. Whatever is found is put into the formula again and must give x. */
#ifndef CGM_SCM_FORMULA_INVERSE_H
#define CGM_SCM_FORMULA_INVERSE_H

#include "base/arena.h"
#include "scm/formula/distribution.h"
#include "scm/formula/expression.h"

typedef enum scm_verdict {
    SCM_UNIQUE,  /* u is found */
    SCM_NONE,    /* no u of the noise's support gives x */
    SCM_SEVERAL, /* f is not strictly monotone in u, or not defined for some u: x may not determine u */
} scm_verdict;

typedef struct scm_inverse {
    const cgm_expression *e;
    const cgm_distribution *noise;
    size_t name;     /* the noise's number among the expression's names */
    bool algebraic;  /* found by undoing operations */
    size_t position; /* then: the node that is u */
    size_t n_grid;
    double *grid; /* [n_grid], ascending: points of the search, or all values of a discrete noise */
} scm_inverse;

/* Borrows e and noise; the grid lives in the arena. CGM_E_UNSUPPORTED when a discrete noise has too many values to try
 * and u cannot be made explicit. */
cgm_status cgm_formula_inverse_init(const cgm_expression *e, size_t name, const cgm_distribution *noise,
                                    cgm_arena *arena, scm_inverse *out) CGM_CHECKED;
/* u[i] and verdict[i] of row i for the value x[i]. inputs as cgm_expression_evaluate takes them; that of u is not read.
 */
cgm_status cgm_formula_invert(const scm_inverse *inverse, size_t n, const cgm_expression_input *inputs, const double *x,
                              double *u, scm_verdict *verdict) CGM_CHECKED;
/* Whether a formula's value stands for x, rounding allowed for. */
bool cgm_formula_agrees(double value, double x);

#endif
