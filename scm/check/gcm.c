/* The generalised covariance measure. */
#include <gsl/gsl_bspline.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#include "scm/check/regression.h"

enum {
    ORDER = 4,            /* of the B-splines: cubic */
    MOST_INNER_KNOTS = 8, /* of a spline */
    ROWS_A_COLUMN = 10,   /* of a regression, at least */
    FEWEST_ROWS = 100,
    MOST_FUNCTIONS = 400 /* pairs of functions of x and y */
};

/* ---- what x and y are regressed on */

/* The columns of a spline with so many inner knots; with -1 the scores themselves. */
static size_t columns_with(const cgm_question *q, int knots)
{
    size_t columns = 1;
    for (size_t k = 0; k < q->n_given; k++)
        columns += q->given[k].levels ? (size_t)q->given[k].levels - 1 : knots < 0 ? 1 : (size_t)knots + ORDER - 1;
    return columns;
}

/* As many knots as a cubic root of the rows is for, and as the rows are enough for; -1: none at all. *enough is false
 * when they are not even for that. */
static int choose_knots(const cgm_question *q, bool *enough)
{
    size_t most = q->n / ROWS_A_COLUMN;
    int knots = (int)(cbrt((double)q->n) / 2);
    if (knots > MOST_INNER_KNOTS) knots = MOST_INNER_KNOTS;
    while (knots >= 0 && columns_with(q, knots) > most) knots--;
    *enough = q->n >= FEWEST_ROWS && columns_with(q, knots) <= most;
    return knots;
}

/* Quantiles of the sorted scores, each once. */
static size_t place_knots(size_t n, const double *sorted, int inner, double *out)
{
    size_t count = 0;
    for (int k = 0; k <= inner + 1; k++) {
        double at = gsl_stats_quantile_from_sorted_data(sorted, 1, n, (double)k / (inner + 1));
        if (count == 0 || at > out[count - 1] + 1e-9) out[count++] = at;
    }
    return count;
}

/* The basis functions but the first, which the intercept makes superfluous. */
static cgm_status fill_spline(cgm_design *d, const double *score, size_t n_knots, const double *knot)
{
    gsl_bspline_workspace *w = gsl_bspline_alloc(ORDER, n_knots);
    gsl_vector *value = gsl_vector_alloc(n_knots + ORDER - 2);
    gsl_vector_const_view knots = gsl_vector_const_view_array(knot, n_knots);
    double *column[MOST_INNER_KNOTS + ORDER + 2];
    cgm_status status = CGM_OK;
    if (!w || !value) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for a spline");
        goto done;
    }
    gsl_bspline_knots(&knots.vector, w);
    for (size_t k = 1; k < value->size; k++) CGM_TRY_GOTO(cgm_design_add(d, &column[k]), done);
    for (size_t i = 0; i < d->n; i++) {
        gsl_bspline_eval(score[i], value, w);
        for (size_t k = 1; k < value->size; k++) column[k][i] = gsl_vector_get(value, k);
    }
done:
    gsl_vector_free(value);
    if (w) gsl_bspline_free(w);
    return status;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static cgm_status add_number(cgm_design *d, const double *score, int inner)
{
    double knot[MOST_INNER_KNOTS + 2], *sorted = cgm_arena_array(d->arena, d->n, sizeof *sorted), *column;
    if (!sorted) return CGM_E_MEMORY;
    memcpy(sorted, score, d->n * sizeof *sorted);
    qsort(sorted, d->n, sizeof *sorted, compare_numbers);
    size_t n_knots = inner < 0 ? 0 : place_knots(d->n, sorted, inner, knot);
    if (n_knots >= 2) return fill_spline(d, score, n_knots, knot);
    CGM_TRY(cgm_design_add(d, &column));
    memcpy(column, score, d->n * sizeof *column);
    return CGM_OK;
}

/* Products of the linear columns of two of the set, where rows are enough for all such. */
static cgm_status add_products(const cgm_question *q, cgm_design *d, cgm_design *linear, const size_t *owner)
{
    size_t products = 0;
    for (size_t a = 1; a < linear->p; a++)
        for (size_t b = a + 1; b < linear->p; b++) products += owner[a] != owner[b];
    if (products == 0 || d->p + products > q->n / ROWS_A_COLUMN || d->p + products > d->capacity) return CGM_OK;
    for (size_t a = 1; a < linear->p; a++)
        for (size_t b = a + 1; b < linear->p; b++) {
            double *column;
            if (owner[a] == owner[b]) continue;
            CGM_TRY(cgm_design_add(d, &column));
            for (size_t i = 0; i < d->n; i++) column[i] = linear->column[a][i] * linear->column[b][i];
        }
    return CGM_OK;
}

static cgm_status make_design(const cgm_question *q, int knots, cgm_arena *arena, cgm_design *out)
{
    enum { MOST_PRODUCTS = 60 };
    cgm_design linear;
    size_t n_linear = columns_with(q, -1), *owner = cgm_arena_array(arena, n_linear + 1, sizeof *owner);
    if (!owner) return CGM_E_MEMORY;
    CGM_TRY(cgm_design_begin(q->n, columns_with(q, knots) + MOST_PRODUCTS, arena, out));
    CGM_TRY(cgm_design_begin(q->n, n_linear, arena, &linear));
    for (size_t k = 0; k < q->n_given; k++) {
        cgm_column score = q->given[k];
        if (!score.levels) {
            double *scores = cgm_arena_array(arena, q->n, sizeof *scores);
            if (!scores) return CGM_E_MEMORY;
            CGM_TRY(cgm_normal_scores(q->n, score.value, arena, scores));
            score.value = scores;
            CGM_TRY(add_number(out, scores, knots));
        } else {
            CGM_TRY(cgm_design_add_linear(out, &score));
        }
        size_t begin = linear.p;
        CGM_TRY(cgm_design_add_linear(&linear, &score));
        for (size_t c = begin; c < linear.p; c++) owner[c] = k;
    }
    return add_products(q, out, &linear, owner);
}

/* ---- functions of x and of y, and what is left of them */

/* The functions go to a design of their own, after its intercept. */
static cgm_status make_functions(const cgm_question *q, const cgm_column *c, cgm_arena *arena, cgm_design *out)
{
    double *score, *square;
    CGM_TRY(cgm_design_begin(q->n, cgm_design_linear_columns(c) + 1, arena, out));
    if (c->levels) return cgm_design_add_linear(out, c);
    CGM_TRY(cgm_design_add(out, &score));
    CGM_TRY(cgm_normal_scores(q->n, c->value, arena, score));
    CGM_TRY(cgm_design_add(out, &square));
    for (size_t i = 0; i < q->n; i++) square[i] = score[i] * score[i];
    return CGM_OK;
}

/* Residuals scaled to mean square 1; those of which nothing is left go. */
static void project(const cgm_projection *p, cgm_design *f)
{
    size_t kept = 1;
    for (size_t k = 1; k < f->p; k++) {
        double *y = f->column[k], square = 0;
        if (cgm_projection_residuals(p, y) < 1e-12) continue;
        for (size_t i = 0; i < f->n; i++) square += y[i] * y[i] / (double)f->n;
        for (size_t i = 0; i < f->n; i++) y[i] /= sqrt(square);
        f->column[kept++] = y;
    }
    f->p = kept;
}

/* ---- the statistic */

static double covariance_of(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum / ((double)n - 1);
}

/* n m' S^-1 m of the products' mean m and covariance S, over the directions in which they vary; their number goes to
 * *rank. */
static cgm_status hotelling(const cgm_design *x, const cgm_design *y, double *statistic, size_t *rank)
{
    size_t n = x->n, d = (x->p - 1) * (y->p - 1), k = 0;
    gsl_matrix *product = gsl_matrix_alloc(d, n), *covariance = gsl_matrix_calloc(d, d),
               *vectors = gsl_matrix_alloc(d, d);
    gsl_vector *mean = gsl_vector_alloc(d), *values = gsl_vector_alloc(d);
    gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(d);
    cgm_status status = CGM_OK;
    if (!product || !covariance || !vectors || !mean || !values || !work) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu covariances of %zu rows", d, n);
        goto done;
    }
    for (size_t a = 1; a < x->p; a++)
        for (size_t b = 1; b < y->p; b++, k++) {
            double sum = 0, *row = gsl_matrix_ptr(product, k, 0);
            for (size_t i = 0; i < n; i++) sum += row[i] = x->column[a][i] * y->column[b][i];
            for (size_t i = 0; i < n; i++) row[i] -= sum / (double)n;
            gsl_vector_set(mean, k, sum / (double)n);
        }
    for (size_t a = 0; a < d; a++)
        for (size_t b = 0; b <= a; b++)
            gsl_matrix_set(covariance, a, b,
                           covariance_of(n, gsl_matrix_ptr(product, a, 0), gsl_matrix_ptr(product, b, 0)));
    int failed = gsl_eigen_symmv(covariance, values, vectors, work);
    if (failed)
        status = CGM_FAIL(CGM_E_NUMERIC, "the covariances of a test have no eigenvalues: %s", gsl_strerror(failed));
    *statistic = 0;
    *rank = 0;
    double largest = 0;
    for (size_t e = 0; e < d && !failed; e++) largest = fmax(largest, gsl_vector_get(values, e));
    for (size_t e = 0; e < d && !failed; e++) {
        double along = 0;
        if (!(gsl_vector_get(values, e) > 1e-10 * largest)) continue;
        for (size_t i = 0; i < d; i++) along += gsl_matrix_get(vectors, i, e) * gsl_vector_get(mean, i);
        *statistic += (double)n * along * along / gsl_vector_get(values, e);
        ++*rank;
    }
done:
    gsl_eigen_symmv_free(work);
    gsl_vector_free(values);
    gsl_vector_free(mean);
    gsl_matrix_free(vectors);
    gsl_matrix_free(covariance);
    gsl_matrix_free(product);
    return status;
}

static cgm_status gcm(const cgm_question *q, cgm_arena *arena, cgm_verdict *out)
{
    bool enough;
    int knots = choose_knots(q, &enough);
    cgm_design d, x, y;
    cgm_projection p;
    size_t rank;
    if (!enough) return out->why_not = "too few rows", CGM_OK;
    CGM_TRY(make_design(q, knots, arena, &d));
    CGM_TRY(make_functions(q, &q->x, arena, &x));
    CGM_TRY(make_functions(q, &q->y, arena, &y));
    CGM_TRY(cgm_projection_create(&d, &p));
    project(&p, &x);
    project(&p, &y);
    cgm_projection_clear(&p);
    size_t functions = (x.p - 1) * (y.p - 1);
    if (functions == 0) return out->why_not = "a variable is a function of the others", CGM_OK;
    if (functions > MOST_FUNCTIONS || functions > q->n / ROWS_A_COLUMN)
        return out->why_not = "too many levels for the rows", CGM_OK;
    CGM_TRY(hotelling(&x, &y, &out->statistic, &rank));
    double n = (double)q->n, r = (double)rank;
    out->df = r;
    out->df2 = n - r;
    out->statistic *= (n - r) / (r * (n - 1));
    out->p = gsl_cdf_fdist_Q(out->statistic, out->df, out->df2);
    return CGM_OK;
}

cgm_status cgm_test_gcm(const cgm_question *q, cgm_verdict *out)
{
    cgm_arena arena = {0};
    *out = (cgm_verdict){.test = CGM_TEST_GCM, .p = NAN};
    cgm_status status = gcm(q, &arena, out);
    cgm_arena_clear(&arena);
    return status;
}
