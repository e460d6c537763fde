/* An additive model of the parents: a constant, a cubic spline of each number, and a constant for each level but the
 * first of each parent with levels. Splines are P-splines (Eilers and Marx 1996, "Flexible smoothing with B-splines and
 * penalties"; Li and Cao 2022 for knots that are not equally spaced): B-splines on knots at quantiles of the distinct
 * values, with a penalty on the second differences of their coefficients, whose weight generalised cross-validation
 * chooses. Beyond the training values they go on as straight lines. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_SMOOTH_H
#define CGM_SCM_MECHANISMS_SMOOTH_H

#include "base/arena.h"
#include "scm/mechanism.h"

enum { SCM_SMOOTH_MAX_KNOTS = 50, SCM_SMOOTH_MAX_ROW = 1 + 4 * CGM_MAX_PARENTS };

typedef struct scm_smooth {
    size_t n; /* columns, the constant included */
    size_t n_parents;
    const cgm_variable *const *parents; /* borrowed, as in the spec */
    size_t knots;                       /* between the ends, at most */
    size_t *first;                      /* [n_parents]: position of a parent's first column */
    uint64_t *n_breaks;                 /* [n_parents]: ends and knots in use; 0 of a parent with levels */
    double *breaks;                     /* [n_parents, knots + 2], each row ascending */
    double *coefficient;                /* [n]; of a spline's first B-spline it is 0 and not among them */
    double freedom;                     /* effective degrees of freedom: the trace of the smoother */
} scm_smooth;

/* Arrays live in the arena. */
cgm_status cgm_scm_smooth_init(const cgm_mechanism_spec *spec, size_t knots, cgm_arena *arena,
                               scm_smooth *out) CGM_CHECKED;
/* Knot j of the cubic B-splines on these n breaks: the ends count four times. */
double cgm_scm_smooth_knot(size_t n, const double *breaks, size_t j);
/* The columns of row i that are not zero, as positions and values; at most SCM_SMOOTH_MAX_ROW. Returns how many. */
size_t cgm_scm_smooth_row(const scm_smooth *s, const cgm_values *parents, size_t i, size_t *at, double *value);
/* The model's value in row i. */
double cgm_scm_smooth_value(const scm_smooth *s, const cgm_values *parents, size_t i);
/* Penalised least squares for y, [n], of mean 0 and variance about 1; parents [n, 1] each. The weight of the penalty is
 * that of the 49 from 1e-8 to 1e4, four a decade, at which n RSS / (n - freedom)^2 is least (Golub, Heath, Wahba 1979),
 * with columns' products as means over the rows and each spline's argument scaled to [0, 1]. `what` names the variable
 * in messages. CGM_E_ARG for too few rows; CGM_E_NUMERIC. */
cgm_status cgm_scm_smooth_fit(scm_smooth *s, size_t n, const double *y, const cgm_values *parents,
                              const char *what) CGM_CHECKED;
cgm_status cgm_scm_smooth_state(scm_smooth *s, cgm_state *state) CGM_CHECKED;

#endif
