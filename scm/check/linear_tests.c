/* Tests by linear regression. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "scm/check/regression.h"

static const char *const determined = "a variable is a function of the others";

static size_t columns_of_given(const cgm_question *q)
{
    size_t columns = 0;
    for (size_t k = 0; k < q->n_given; k++) columns += cgm_design_linear_columns(&q->given[k]);
    return columns;
}

static cgm_status make_design(const cgm_question *q, size_t more, cgm_arena *arena, cgm_design *out)
{
    CGM_TRY(cgm_design_begin(q->n, columns_of_given(q) + more, arena, out));
    for (size_t k = 0; k < q->n_given; k++) CGM_TRY(cgm_design_add_linear(out, &q->given[k]));
    return CGM_OK;
}

/* A copy of a column about its mean, so that rounding is measured against its spread. */
static cgm_status centred(const cgm_column *c, size_t n, cgm_arena *arena, double **out)
{
    double mean = 0, *y = cgm_arena_array(arena, n, sizeof *y);
    if (!y) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) mean += c->value[i] / (double)n;
    for (size_t i = 0; i < n; i++) y[i] = c->value[i] - mean;
    *out = y;
    return CGM_OK;
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static cgm_status partial(const cgm_question *q, cgm_arena *arena, cgm_verdict *out)
{
    cgm_design d;
    cgm_projection p;
    double *x, *y;
    CGM_TRY(make_design(q, 0, arena, &d));
    CGM_TRY(centred(&q->x, q->n, arena, &x));
    CGM_TRY(centred(&q->y, q->n, arena, &y));
    if (q->n < d.p + 4) return out->why_not = "too few rows", CGM_OK;
    CGM_TRY(cgm_projection_create(&d, &p));
    double left_x = cgm_projection_residuals(&p, x), left_y = cgm_projection_residuals(&p, y);
    double rank = (double)p.rank;
    if (!(left_x > 0) || !(left_y > 0)) return out->why_not = determined, CGM_OK;
    double r = dot(q->n, x, y) / sqrt(dot(q->n, x, x) * dot(q->n, y, y));
    /* Two that are the same up to rounding: atanh has no finite value there, p is 0 all the same. */
    r = fmax(-1 + 1e-16, fmin(1 - 1e-16, r));
    out->statistic = sqrt((double)q->n - rank - 2) * atanh(r);
    out->p = 2 * gsl_cdf_ugaussian_Q(fabs(out->statistic));
    return CGM_OK;
}

cgm_status cgm_test_partial(const cgm_question *q, cgm_verdict *out)
{
    cgm_arena arena = {0};
    *out = (cgm_verdict){.test = CGM_TEST_PARTIAL, .p = NAN};
    cgm_status status = partial(q, &arena, out);
    cgm_arena_clear(&arena);
    return status;
}

/* The residual sum of squares of y on the design, and the rank. */
static cgm_status fit(const cgm_design *d, double *y, double *squares, double *left, size_t *rank)
{
    cgm_projection p;
    CGM_TRY(cgm_projection_create(d, &p));
    *left = cgm_projection_residuals(&p, y);
    *squares = dot(d->n, y, y);
    *rank = p.rank;
    return CGM_OK;
}

static cgm_status nested(const cgm_question *q, cgm_arena *arena, cgm_verdict *out)
{
    const cgm_column *number = q->x.levels ? &q->y : &q->x, *levels = q->x.levels ? &q->x : &q->y;
    cgm_design d;
    double *y, *again, left, squares[2];
    size_t rank[2];
    CGM_TRY(make_design(q, cgm_design_linear_columns(levels), arena, &d));
    CGM_TRY(centred(number, q->n, arena, &y));
    CGM_TRY(centred(number, q->n, arena, &again));
    if (q->n < d.p + cgm_design_linear_columns(levels) + 2) return out->why_not = "too few rows", CGM_OK;
    CGM_TRY(fit(&d, y, &squares[0], &left, &rank[0]));
    if (!(left > 0)) return out->why_not = determined, CGM_OK;
    CGM_TRY(cgm_design_add_linear(&d, levels));
    CGM_TRY(fit(&d, again, &squares[1], &left, &rank[1]));
    if (rank[1] == rank[0]) return out->why_not = determined, CGM_OK;
    out->df = (double)(rank[1] - rank[0]);
    out->df2 = (double)(q->n - rank[1]);
    out->statistic = fmax(0, squares[0] - squares[1]) / out->df / (squares[1] / out->df2);
    out->p = left > 0 ? gsl_cdf_fdist_Q(out->statistic, out->df, out->df2) : 0;
    if (!(left > 0)) out->statistic = INFINITY;
    return CGM_OK;
}

cgm_status cgm_test_nested(const cgm_question *q, cgm_verdict *out)
{
    cgm_arena arena = {0};
    *out = (cgm_verdict){.test = CGM_TEST_NESTED, .p = NAN};
    cgm_status status = nested(q, &arena, out);
    cgm_arena_clear(&arena);
    return status;
}
