/* Damped Newton steps. */
#include "scm/mechanisms/newton.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/gsl_quiet.h"

/* What is minimised are mean negative log-likelihoods: of order one, known to about 1e-13, and their gradients
 * too. */
static const double noise = 1e-13, gradient_wanted = 1e-10, gradient_accepted = 1e-6;
enum { MAX_STEPS = 200, MAX_HALVINGS = 34 };

/* Halves the step until it descends as a straight line promises (Armijo's rule), rounding allowed for. False when none
 * does. */
static bool descend(const cgm_scm_smooth *f, double *x, double *value, const double *direction, double slope,
                    double *next)
{
    for (int halved = 0; halved < MAX_HALVINGS; halved++) {
        double size = ldexp(1, -halved);
        for (size_t i = 0; i < f->n; i++) next[i] = x[i] + size * direction[i];
        double reached = f->value(f->context, next);
        if (reached <= *value + 1e-4 * size * slope + noise * (1 + fabs(*value))) {
            memcpy(x, next, f->n * sizeof *x);
            *value = reached;
            return true;
        }
    }
    return false;
}

static double largest(size_t n, const double *x)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        if (!(fabs(x[i]) <= most)) most = fabs(x[i]);
    return most;
}

/* The largest component of the gradient that is left goes to *norm. work: [3 n]. */
static cgm_status iterate(const cgm_scm_smooth *f, double *x, double *work, double *norm)
{
    double *gradient = work, *direction = work + f->n, *next = direction + f->n, value = f->value(f->context, x);
    for (int i = 0; i < MAX_STEPS; i++) {
        double slope = 0;
        CGM_TRY(f->step(f->context, x, gradient, direction));
        *norm = largest(f->n, gradient);
        for (size_t k = 0; k < f->n; k++) slope += gradient[k] * direction[k];
        if (*norm <= gradient_wanted || !(slope < 0)) break;
        if (!descend(f, x, &value, direction, slope, next)) break;
    }
    return CGM_OK;
}

cgm_status cgm_scm_minimize(const cgm_scm_smooth *f, double *x, const char *what)
{
    double norm = INFINITY, *work = calloc(f->n, 3 * sizeof *work);
    if (!work) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory for %zu coefficients", what, f->n);
    cgm_status status = iterate(f, x, work, &norm);
    free(work);
    if (status != CGM_OK) return cgm_fail_context(status, "%s", what);
    if (norm <= gradient_accepted) return CGM_OK;
    return CGM_FAIL(CGM_E_NUMERIC, "%s: the fit did not converge: gradient %g, expected at most %g", what, norm,
                    gradient_accepted);
}

void cgm_scm_hold(size_t n, const double *fixed, double diagonal, double *gradient, double *hessian)
{
    for (size_t j = 0; j < n; j++) {
        if (isnan(fixed[j])) continue;
        if (gradient) gradient[j] = 0;
        for (size_t a = 0; a < n; a++) hessian[a * n + j] = hessian[j * n + a] = 0;
        hessian[j * n + j] = diagonal;
    }
}

static cgm_status fail_solve(size_t n, int gsl_status)
{
    return CGM_FAIL(CGM_E_NUMERIC, "a linear system of %zu unknowns cannot be solved: %s", n, gsl_strerror(gsl_status));
}

cgm_status cgm_scm_solve(size_t n, double *a, const double *b, double *x)
{
    cgm_gsl_quiet_begin();
    gsl_matrix_view u = gsl_matrix_view_array(a, n, n);
    gsl_vector_const_view right = gsl_vector_const_view_array(b, n);
    gsl_vector_view solution = gsl_vector_view_array(x, n);
    gsl_matrix *v = gsl_matrix_alloc(n, n);
    gsl_vector *values = gsl_vector_alloc(n), *work = gsl_vector_alloc(n);
    cgm_status status = CGM_OK;
    if (!v || !values || !work) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for a linear system of %zu unknowns", n);
        goto done;
    }
    /* GSL's iteration need not end on what is not a number. */
    int failed = isfinite(largest(n * n, a)) ? gsl_linalg_SV_decomp(&u.matrix, v, values, work) : GSL_EDOM;
    double smallest = failed ? 0 : 1e-13 * gsl_vector_get(values, 0);
    for (size_t i = 0; !failed && i < n; i++)
        if (!(gsl_vector_get(values, i) > smallest)) gsl_vector_set(values, i, 0);
    if (!failed) failed = gsl_linalg_SV_solve(&u.matrix, v, values, &right.vector, &solution.vector);
    if (failed) status = fail_solve(n, failed);
done:
    gsl_vector_free(work);
    gsl_vector_free(values);
    gsl_matrix_free(v);
    cgm_gsl_quiet_end();
    return status;
}

cgm_status cgm_scm_invert(size_t n, const double *a, double *out)
{
    double *matrix = malloc((n + 1) * n * sizeof *matrix);
    if (!matrix) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a matrix of %zu rows", n);
    double *unit = matrix + n * n;
    cgm_status status = CGM_OK;
    for (size_t j = 0; status == CGM_OK && j < n; j++) {
        memcpy(matrix, a, n * n * sizeof *matrix);
        for (size_t i = 0; i < n; i++) unit[i] = i == j;
        status = cgm_scm_solve(n, matrix, unit, out + j * n);
    }
    free(matrix);
    return status;
}

cgm_status cgm_scm_solve_positive(size_t n, double *a, const double *b, double *x)
{
    cgm_gsl_quiet_begin();
    gsl_matrix_view matrix = gsl_matrix_view_array(a, n, n);
    gsl_vector_const_view right = gsl_vector_const_view_array(b, n);
    gsl_vector_view solution = gsl_vector_view_array(x, n);
    int failed = gsl_linalg_cholesky_decomp1(&matrix.matrix);
    if (!failed) failed = gsl_linalg_cholesky_solve(&matrix.matrix, &right.vector, &solution.vector);
    cgm_gsl_quiet_end();
    return failed ? fail_solve(n, failed) : CGM_OK;
}

bool cgm_scm_cholesky(size_t n, double *a)
{
    cgm_gsl_quiet_begin();
    gsl_matrix_view matrix = gsl_matrix_view_array(a, n, n);
    int failed = gsl_linalg_cholesky_decomp1(&matrix.matrix);
    cgm_gsl_quiet_end();
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++) a[i * n + k] = 0;
    return !failed;
}
