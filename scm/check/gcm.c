/* The generalised covariance measure. */
#include <gsl/gsl_bspline.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <string.h>

#include "scm/check/regression.h"

enum {
    ORDER = 4,             /* of the B-splines: cubic */
    MOST_INNER_KNOTS = 12, /* of a spline */
    ROWS_A_COLUMN = 10,    /* of a regression, at least */
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

/* Products of linear columns of two of the set. */
static size_t count_products(const cgm_question *q)
{
    size_t products = 0, sum = 0;
    for (size_t k = 0; k < q->n_given; k++) {
        size_t own = q->given[k].levels ? (size_t)q->given[k].levels - 1 : 1;
        products += sum * own;
        sum += own;
    }
    return products;
}

/* The columns of a regression: as many knots as the cubic root of the rows, and products, as far as the rows suffice:
 * first knots go, then products, then the splines. */
typedef struct plan {
    int knots; /* -1: no splines */
    bool products, enough;
} plan;

static plan make_plan(const cgm_question *q)
{
    size_t most = q->n / ROWS_A_COLUMN, products = count_products(q);
    plan p = {.products = columns_with(q, 0) + products <= most};
    if (!p.products) products = 0;
    p.knots = (int)cbrt((double)q->n);
    if (p.knots > MOST_INNER_KNOTS) p.knots = MOST_INNER_KNOTS;
    while (p.knots >= 0 && columns_with(q, p.knots) + products > most) p.knots--;
    p.enough = q->n >= FEWEST_ROWS && columns_with(q, p.knots) + products <= most;
    return p;
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

/* Knots are at equal distances of the scores, not at their quantiles: most of what bends a regression function is in
 * the tails. A function of the basis that no row touches is dropped with the other redundant columns. */
static cgm_status add_number(cgm_design *d, const double *score, int inner)
{
    double knot[MOST_INNER_KNOTS + 2], low = score[0], high = score[0], *column;
    if (inner < 0) {
        CGM_TRY(cgm_design_add(d, &column));
        memcpy(column, score, d->n * sizeof *column);
        return CGM_OK;
    }
    for (size_t i = 1; i < d->n; i++) {
        low = fmin(low, score[i]);
        high = fmax(high, score[i]);
    }
    for (int k = 0; k <= inner + 1; k++) knot[k] = low + (high - low) * k / (inner + 1);
    knot[inner + 1] = high;
    return fill_spline(d, score, (size_t)inner + 2, knot);
}

static cgm_status add_products(cgm_design *d, const cgm_design *linear, const size_t *owner)
{
    for (size_t a = 1; a < linear->p; a++)
        for (size_t b = a + 1; b < linear->p; b++) {
            double *column;
            if (owner[a] == owner[b]) continue;
            CGM_TRY(cgm_design_add(d, &column));
            for (size_t i = 0; i < d->n; i++) column[i] = linear->column[a][i] * linear->column[b][i];
        }
    return CGM_OK;
}

static cgm_status add_given(const cgm_question *q, size_t k, int knots, cgm_design *d, cgm_design *linear)
{
    cgm_column score = q->given[k];
    if (score.levels) {
        CGM_TRY(cgm_design_add_linear(d, &score));
        return cgm_design_add_linear(linear, &score);
    }
    double *scores = cgm_arena_array(d->arena, q->n, sizeof *scores);
    if (!scores) return CGM_E_MEMORY;
    CGM_TRY(cgm_normal_scores(q->n, score.value, d->arena, scores));
    score.value = scores;
    CGM_TRY(add_number(d, scores, knots));
    return cgm_design_add_linear(linear, &score);
}

static cgm_status make_design(const cgm_question *q, const plan *p, cgm_arena *arena, cgm_design *out)
{
    cgm_design linear;
    size_t n_linear = columns_with(q, -1), *owner = cgm_arena_array(arena, n_linear + 1, sizeof *owner);
    if (!owner) return CGM_E_MEMORY;
    CGM_TRY(cgm_design_begin(q->n, columns_with(q, p->knots) + (p->products ? count_products(q) : 0), arena, out));
    CGM_TRY(cgm_design_begin(q->n, n_linear, arena, &linear));
    for (size_t k = 0; k < q->n_given; k++) {
        size_t begin = linear.p;
        CGM_TRY(add_given(q, k, p->knots, out, &linear));
        for (size_t c = begin; c < linear.p; c++) owner[c] = k;
    }
    return p->products ? add_products(out, &linear, owner) : CGM_OK;
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
    const plan columns = make_plan(q);
    cgm_design d, x, y;
    cgm_projection p;
    size_t rank;
    if (!columns.enough) return out->why_not = "too few rows", CGM_OK;
    CGM_TRY(make_design(q, &columns, arena, &d));
    CGM_TRY(make_functions(q, &q->x, arena, &x));
    CGM_TRY(make_functions(q, &q->y, arena, &y));
    CGM_TRY(cgm_projection_create(&d, &p));
    project(&p, &x);
    project(&p, &y);
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
