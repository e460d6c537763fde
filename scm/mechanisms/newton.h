/* Minimising a smooth function by damped Newton steps, and the linear systems that takes. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_NEWTON_H
#define CGM_SCM_MECHANISMS_NEWTON_H

#include "base/status.h"

/* A function of [n] numbers. step writes the gradient at x and a direction: minus the gradient times the inverse of the
 * Hessian, or of a positive approximation of it (Fisher scoring). */
typedef struct cgm_scm_smooth {
    size_t n;
    double (*value)(void *context, const double *x);
    cgm_status (*step)(void *context, const double *x, double *gradient, double *direction);
    void *context;
} cgm_scm_smooth;

/* Goes downhill from x to where no gradient is left; steps are halved until they descend. `what` names the function in
 * messages. CGM_E_NUMERIC when it does not converge. */
cgm_status cgm_scm_minimize(const cgm_scm_smooth *f, double *x, const char *what) CGM_CHECKED;

/* Holds the coefficients that `fixed` [n] gives (NaN: free): their gradients become 0, and their rows and columns of
 * the Hessian [n, n] those of the unit matrix times `diagonal`. gradient may be NULL. */
void cgm_scm_hold(size_t n, const double *fixed, double diagonal, double *gradient, double *hessian);

/* Solves A x = b for a symmetric positive semi-definite A, [n, n] (destroyed): the least-norm solution where A is
 * singular, which is what an empty or redundant column needs. By singular values: for small n. */
cgm_status cgm_scm_solve(size_t n, double *a, const double *b, double *x) CGM_CHECKED;
/* The pseudo-inverse of a symmetric positive semi-definite A, [n, n]. */
cgm_status cgm_scm_invert(size_t n, const double *a, double *out) CGM_CHECKED;
/* Solves A x = b for a positive definite A, by Cholesky. */
cgm_status cgm_scm_solve_positive(size_t n, double *a, const double *b, double *x) CGM_CHECKED;
/* The lower triangle of A = L L' becomes L, the rest 0; false when A is not positive definite. */
bool cgm_scm_cholesky(size_t n, double *a);

#endif
