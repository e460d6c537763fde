/* Fitting additive models by penalised least squares. */
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/gsl_quiet.h"
#include "scm/mechanisms/newton.h"
#include "scm/mechanisms/smooth.h"

/* For columns that are empty or redundant: what solves for the coefficients is to move them by nothing that matters,
 * and where the penalty's weight is chosen the eigenvalues' range is to stay within a double's. */
static const double solve_ridge = 1e-12, ridge = 1e-9;

typedef struct problem {
    scm_smooth *s;
    size_t n;
    const double *y;
    const cgm_values *parents;
    double *gram, *penalty; /* [k, k] */
    double *right, square;  /* [k]: means of column * y; mean of y^2 */
    double *work;           /* [2, k, k] */
} problem;

/* ---- Knots ---- */

/* Ends and knots of one parent: quantiles of its distinct values, which are sorted here. Returns how many. */
static size_t place_knots(size_t knots, size_t n, double *x, double *breaks)
{
    size_t distinct = 1;
    gsl_sort(x, 1, n);
    double least = 1e-9 * (x[n - 1] - x[0]);
    for (size_t i = 1; i < n; i++)
        if (x[i] - x[distinct - 1] > least) x[distinct++] = x[i];
    if (distinct < 2) return breaks[0] = x[0], 1;
    size_t inner = distinct - 2 < knots ? distinct - 2 : knots;
    for (size_t k = 0; k <= inner + 1; k++) {
        double place = (double)k * (double)(distinct - 1) / (double)(inner + 1);
        size_t below = place < (double)(distinct - 1) ? (size_t)place : distinct - 2;
        breaks[k] = x[below] + (place - (double)below) * (x[below + 1] - x[below]);
    }
    return inner + 2;
}

static cgm_status set_knots(problem *p)
{
    scm_smooth *s = p->s;
    double *x = malloc(p->n * sizeof *x);
    if (!x) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", p->n);
    for (size_t q = 0; q < s->n_parents; q++) {
        if (cgm_variable_has_levels(s->parents[q])) continue;
        memcpy(x, p->parents[q].data, p->n * sizeof *x);
        s->n_breaks[q] = place_knots(s->knots, p->n, x, s->breaks + q * (s->knots + 2));
    }
    free(x);
    return CGM_OK;
}

/* ---- The system ---- */

static void add_rows(problem *p)
{
    size_t k = p->s->n, at[SCM_SMOOTH_MAX_ROW];
    double x[SCM_SMOOTH_MAX_ROW], share = 1 / (double)p->n;
    for (size_t i = 0; i < p->n; i++) {
        size_t n = cgm_scm_smooth_row(p->s, p->parents, i, at, x);
        p->square += share * p->y[i] * p->y[i];
        for (size_t a = 0; a < n; a++) {
            p->right[at[a]] += share * x[a] * p->y[i];
            for (size_t b = 0; b < n; b++) p->gram[at[a] * k + at[b]] += share * x[a] * x[b];
        }
    }
    for (size_t j = 0; j < k; j++) p->gram[j * k + j] += ridge;
}

/* The Greville point of B-spline j, which has a straight line's coefficients, in a range scaled to [0, 1]. */
static double greville(size_t n, const double *breaks, size_t j)
{
    double sum = 0;
    for (size_t k = j + 1; k <= j + 3; k++) sum += cgm_scm_smooth_knot(n, breaks, k);
    return (sum / 3 - breaks[0]) / (breaks[n - 1] - breaks[0]);
}

/* Squares of the second divided differences of one spline's coefficients, the first of which is 0. */
static void add_penalty(problem *p, size_t q)
{
    const scm_smooth *s = p->s;
    size_t n = s->n_breaks[q], k = s->n;
    const double *breaks = s->breaks + q * (s->knots + 2);
    for (size_t j = 1; n >= 2 && j + 1 < n + 2; j++) {
        double before = greville(n, breaks, j) - greville(n, breaks, j - 1),
               after = greville(n, breaks, j + 1) - greville(n, breaks, j);
        double w[3] = {1 / before, -1 / before - 1 / after, 1 / after};
        for (size_t a = 0; a < 3; a++)
            for (size_t b = 0; b < 3; b++)
                if (j + a >= 2 && j + b >= 2)
                    p->penalty[(s->first[q] + j + a - 2) * k + s->first[q] + j + b - 2] += w[a] * w[b];
    }
}

/* ---- The penalty's weight ---- */

/* Generalised cross-validation's score of a weight, and the freedom. In the basis that makes the columns orthonormal
 * and the penalty diagonal, `root`, a coefficient is seen / (1 + weight root); own is what of the square of a basis
 * vector is not the ridge's. */
static double score(const problem *p, double weight, const double *root, const double *seen, const double *own,
                    double *freedom)
{
    double n = (double)p->n, rss = p->square;
    *freedom = 0;
    for (size_t j = 0; j < p->s->n; j++) {
        double kept = 1 / (1 + weight * fmax(root[j], 0));
        rss -= seen[j] * seen[j] * kept * (2 - kept);
        *freedom += own[j] * kept;
    }
    return *freedom < n ? fmax(rss, 0) / ((1 - *freedom / n) * (1 - *freedom / n)) : INFINITY;
}

/* From eigenvectors (columns of `vectors`) of penalty v = root gram v. */
static double best_weight(const problem *p, const gsl_vector *roots, const gsl_matrix *vectors, double *seen,
                          double *own, double *freedom)
{
    size_t k = p->s->n;
    double best = INFINITY, chosen = 1;
    for (size_t j = 0; j < k; j++) {
        double square = 0, length = 0, along = 0;
        for (size_t a = 0; a < k; a++) {
            double product = 0, v = gsl_matrix_get(vectors, a, j);
            for (size_t b = 0; b < k; b++) product += p->gram[a * k + b] * gsl_matrix_get(vectors, b, j);
            square += v * product;
            length += v * v;
            along += v * p->right[a];
        }
        seen[j] = along / sqrt(square);
        own[j] = 1 - ridge * length / square;
    }
    for (int step = 0; step <= 48; step++) {
        double weight = pow(10, -8 + 0.25 * step), free_here,
               here = score(p, weight, roots->data, seen, own, &free_here);
        if (!(here < best)) continue;
        best = here;
        chosen = weight;
        *freedom = free_here;
    }
    return chosen;
}

static cgm_status choose_weight(const problem *p, double *weight)
{
    size_t k = p->s->n;
    cgm_gsl_quiet_begin();
    gsl_eigen_gensymmv_workspace *space = gsl_eigen_gensymmv_alloc(k);
    gsl_vector *roots = gsl_vector_alloc(k);
    gsl_matrix *vectors = gsl_matrix_alloc(k, k);
    double *seen = calloc(2 * k, sizeof *seen);
    cgm_status status = CGM_OK;
    if (!space || !roots || !vectors || !seen) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu coefficients", k);
        goto done;
    }
    memcpy(p->work, p->penalty, k * k * sizeof(double));
    memcpy(p->work + k * k, p->gram, k * k * sizeof(double));
    gsl_matrix_view a = gsl_matrix_view_array(p->work, k, k), b = gsl_matrix_view_array(p->work + k * k, k, k);
    int failed = gsl_eigen_gensymmv(&a.matrix, &b.matrix, roots, vectors, space);
    if (failed)
        status = CGM_FAIL(CGM_E_NUMERIC, "a smoothing problem of %zu coefficients cannot be solved: %s", k,
                          gsl_strerror(failed));
    else
        *weight = best_weight(p, roots, vectors, seen, seen + k, &p->s->freedom);
done:
    free(seen);
    gsl_matrix_free(vectors);
    gsl_vector_free(roots);
    gsl_eigen_gensymmv_free(space);
    cgm_gsl_quiet_end();
    return status;
}

static cgm_status solve(problem *p)
{
    size_t k = p->s->n;
    double weight = 0;
    CGM_TRY(set_knots(p));
    add_rows(p);
    for (size_t q = 0; q < p->s->n_parents; q++) add_penalty(p, q);
    CGM_TRY(choose_weight(p, &weight));
    for (size_t j = 0; j < k * k; j++) p->gram[j] += weight * p->penalty[j];
    for (size_t j = 0; j < k; j++) p->gram[j * k + j] += solve_ridge - ridge;
    return cgm_scm_solve_positive(k, p->gram, p->right, p->s->coefficient);
}

cgm_status cgm_scm_smooth_fit(scm_smooth *s, size_t n, const double *y, const cgm_values *parents, const char *what)
{
    size_t k = s->n, least = 1;
    for (size_t q = 0; q < s->n_parents; q++)
        least += cgm_variable_has_levels(s->parents[q]) ? (size_t)s->parents[q]->levels - 1 : 1;
    if (n <= least)
        return CGM_FAIL(CGM_E_ARG, "variable '%s': %zu training rows for at least %zu coefficients: expected more rows",
                        what, n, least);
    problem p = {.s = s, .n = n, .y = y, .parents = parents};
    double *memory = calloc(4 * k + 1, k * sizeof *memory);
    if (!memory) return CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for %zu coefficients", what, k);
    p.gram = memory;
    p.penalty = memory + k * k;
    p.work = memory + 2 * k * k;
    p.right = memory + 4 * k * k;
    cgm_status status = solve(&p);
    free(memory);
    return status == CGM_OK ? CGM_OK : cgm_fail_context(status, "variable '%s'", what);
}
