/* Least squares for tests of independence: the columns of a regression, and residuals. Internal. */
#ifndef CGM_SCM_CHECK_REGRESSION_H
#define CGM_SCM_CHECK_REGRESSION_H

#include "base/arena.h"
#include "scm/check/independence.h"

/* Columns under construction. */
typedef struct cgm_design {
    size_t n, p, capacity;
    double **column; /* [p]: [n] each */
    cgm_arena *arena;
} cgm_design;

/* With room for `capacity` columns, and the first, the intercept. */
cgm_status cgm_design_begin(size_t n, size_t capacity, cgm_arena *arena, cgm_design *out) CGM_CHECKED;
/* A new column of zeros, in *out. */
cgm_status cgm_design_add(cgm_design *d, double **out) CGM_CHECKED;
/* A number standardised, or indicators of levels but the first that occurs. */
cgm_status cgm_design_add_linear(cgm_design *d, const cgm_column *c) CGM_CHECKED;
/* How many columns that is, at most. */
size_t cgm_design_linear_columns(const cgm_column *c);

/* The projection off the columns' space: an orthonormal basis of it, [rank] of [n] each, by Gram and Schmidt's method
 * done twice, which is as good as Householder's (Giraud, Langou, Rozloznik and van den Eshof 2005); a column that
 * depends on those before it does not count. GSL's QR calls BLAS, whose threads would sum in an order of their own. In
 * the design's arena. */
typedef struct cgm_projection {
    size_t n, rank;
    double **basis;
} cgm_projection;
cgm_status cgm_projection_create(const cgm_design *d, cgm_projection *out) CGM_CHECKED;
/* Replaces y, [n], by its residuals. Returns the share of y's sum of squares about 0 that is left; 0 when what is left
 * is rounding. */
double cgm_projection_residuals(const cgm_projection *p, double *y);

/* The normal scores of values: quantiles of the normal distribution at (rank - 1/2) / n, ties at their mean rank. */
cgm_status cgm_normal_scores(size_t n, const double *value, cgm_arena *arena, double *out) CGM_CHECKED;

#endif
