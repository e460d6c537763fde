/* The generalised covariance measure. */
#include <gsl/gsl_bspline.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "scm/check/regression.h"

enum {
    ORDER = 4,             /* of the B-splines: cubic */
    MOST_INNER_KNOTS = 16, /* of a spline */
    MOST_POWERS = 4,       /* in products */
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

/* Products of the first powers of two of the set; levels have indicators alone. */
static size_t count_products(const cgm_question *q, size_t powers)
{
    size_t products = 0, sum = 0;
    for (size_t k = 0; k < q->n_given; k++) {
        size_t own = q->given[k].levels ? (size_t)q->given[k].levels - 1 : powers;
        products += sum * own;
        sum += own;
    }
    return powers ? products : 0;
}

/* The columns of a regression: many knots, as bias is worse here than variance, and products, as far as the rows
 * suffice: first knots go, then products, then the splines. */
typedef struct plan {
    int knots;     /* -1: no splines */
    size_t powers; /* that products are of; 0: no products */
    bool enough;
} plan;

static plan make_plan(const cgm_question *q)
{
    size_t most = q->n / ROWS_A_COLUMN;
    plan p = {.knots = MOST_INNER_KNOTS, .powers = MOST_POWERS};
    while (p.powers > 0 && columns_with(q, 0) + count_products(q, p.powers) > most) p.powers--;
    while (p.knots >= 0 && columns_with(q, p.knots) + count_products(q, p.powers) > most) p.knots--;
    p.enough = q->n >= FEWEST_ROWS && columns_with(q, p.knots) + count_products(q, p.powers) <= most;
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

static cgm_status add_products(cgm_design *d, const cgm_design *factor, const size_t *owner)
{
    for (size_t a = 1; a < factor->p; a++)
        for (size_t b = a + 1; b < factor->p; b++) {
            double *column;
            if (owner[a] == owner[b]) continue;
            CGM_TRY(cgm_design_add(d, &column));
            for (size_t i = 0; i < d->n; i++) column[i] = factor->column[a][i] * factor->column[b][i];
        }
    return CGM_OK;
}

/* Powers of a number: the first standardised. */
static cgm_status add_powers(const cgm_column *c, size_t powers, cgm_design *out)
{
    CGM_TRY(cgm_design_add_linear(out, c));
    for (size_t k = 1; k < powers; k++) {
        double *power;
        CGM_TRY(cgm_design_add(out, &power));
        const double *first = out->column[out->p - 1 - k], *last = out->column[out->p - 2];
        for (size_t i = 0; i < out->n; i++) power[i] = first[i] * last[i];
    }
    return CGM_OK;
}

/* What one of the set adds: to the regression, and to the factors of products. */
static cgm_status add_given(const cgm_question *q, size_t k, const plan *p, cgm_design *d, cgm_design *factor)
{
    cgm_column score = q->given[k];
    double *scores;
    if (score.levels) {
        CGM_TRY(cgm_design_add_linear(d, &score));
        return cgm_design_add_linear(factor, &score);
    }
    scores = cgm_arena_array(d->arena, q->n, sizeof *scores);
    if (!scores) return CGM_E_MEMORY;
    CGM_TRY(cgm_normal_scores(q->n, score.value, d->arena, scores));
    score.value = scores;
    CGM_TRY(add_number(d, scores, p->knots));
    return add_powers(&score, p->powers, factor);
}

static cgm_status make_design(const cgm_question *q, const plan *p, cgm_arena *arena, cgm_design *out)
{
    cgm_design factor;
    size_t n_factors = columns_with(q, -1) + (MOST_POWERS - 1) * q->n_given;
    size_t *owner = cgm_arena_array(arena, n_factors + 1, sizeof *owner);
    if (!owner) return CGM_E_MEMORY;
    CGM_TRY(cgm_design_begin(q->n, columns_with(q, p->knots) + count_products(q, p->powers), arena, out));
    CGM_TRY(cgm_design_begin(q->n, n_factors, arena, &factor));
    for (size_t k = 0; k < q->n_given; k++) {
        size_t begin = factor.p;
        CGM_TRY(add_given(q, k, p, out, &factor));
        for (size_t c = begin; c < factor.p; c++) owner[c] = k;
    }
    return p->powers ? add_products(out, &factor, owner) : CGM_OK;
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

/* m' S^-1 m of the products' mean m and covariance S, over the directions in which they vary, whose number goes to
 * *rank: from the share of a constant that regression on the products leaves, 1 / (1 + m' S^-1 m n / (n - 1)). */
static cgm_status hotelling(const cgm_design *x, const cgm_design *y, cgm_arena *arena, double *statistic, size_t *rank)
{
    size_t n = x->n;
    double *one = cgm_arena_array(arena, n, sizeof *one), *column;
    cgm_design product = {.n = n, .capacity = (x->p - 1) * (y->p - 1), .arena = arena};
    cgm_projection p;
    product.column = cgm_arena_array(arena, product.capacity, sizeof *product.column);
    if (!one || !product.column) return CGM_E_MEMORY;
    for (size_t a = 1; a < x->p; a++)
        for (size_t b = 1; b < y->p; b++) {
            CGM_TRY(cgm_design_add(&product, &column));
            for (size_t i = 0; i < n; i++) column[i] = x->column[a][i] * y->column[b][i];
        }
    for (size_t i = 0; i < n; i++) one[i] = 1;
    CGM_TRY(cgm_projection_create(&product, &p));
    double left = cgm_projection_residuals(&p, one);
    *statistic = (1 - left) / left * ((double)n - 1) / (double)n;
    *rank = p.rank;
    return CGM_OK;
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
    CGM_TRY(hotelling(&x, &y, arena, &out->statistic, &rank));
    if (rank == 0) return out->why_not = "a variable is a function of the others", CGM_OK;
    /* Residuals have lost the regression's degrees of freedom: without that, p is too small by what 9 of 200 rows
     * make, 4.7 % of T squared. */
    double left = (double)(q->n - p.rank), r = (double)rank;
    out->df = r;
    out->df2 = left - r + 1;
    out->statistic *= out->df2 / r;
    out->p = isfinite(out->statistic) ? gsl_cdf_fdist_Q(out->statistic, out->df, out->df2) : 0;
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
