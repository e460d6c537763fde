/* Least squares by an orthonormal basis. */
#include "scm/check/regression.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

cgm_status cgm_design_begin(size_t n, size_t capacity, cgm_arena *arena, cgm_design *out)
{
    double *intercept;
    *out = (cgm_design){.n = n, .capacity = capacity + 1, .arena = arena};
    out->column = cgm_arena_array(arena, out->capacity, sizeof *out->column);
    if (!out->column) return CGM_E_MEMORY;
    CGM_TRY(cgm_design_add(out, &intercept));
    for (size_t i = 0; i < n; i++) intercept[i] = 1;
    return CGM_OK;
}

cgm_status cgm_design_add(cgm_design *d, double **out)
{
    CGM_CHECK(d->p < d->capacity);
    *out = cgm_arena_array(d->arena, d->n, sizeof **out);
    if (!*out) return CGM_E_MEMORY;
    d->column[d->p++] = *out;
    return CGM_OK;
}

size_t cgm_design_linear_columns(const cgm_column *c)
{
    return c->levels ? (size_t)c->levels : 1;
}

static cgm_status add_number(cgm_design *d, const double *value)
{
    double *column, mean = 0, square = 0;
    CGM_TRY(cgm_design_add(d, &column));
    for (size_t i = 0; i < d->n; i++) mean += value[i] / (double)d->n;
    for (size_t i = 0; i < d->n; i++) square += (value[i] - mean) * (value[i] - mean) / (double)d->n;
    double scale = square > 0 ? 1 / sqrt(square) : 0;
    for (size_t i = 0; i < d->n; i++) column[i] = (value[i] - mean) * scale;
    return CGM_OK;
}

cgm_status cgm_design_add_linear(cgm_design *d, const cgm_column *c)
{
    double *column;
    if (!c->levels) return add_number(d, c->value);
    bool first = true;
    for (int level = 0; level < c->levels; level++) {
        bool occurs = false;
        for (size_t i = 0; i < d->n && !occurs; i++) occurs = c->value[i] == level;
        if (occurs && !first) {
            CGM_TRY(cgm_design_add(d, &column));
            for (size_t i = 0; i < d->n; i++) column[i] = c->value[i] == level;
        }
        first &= !occurs;
    }
    return CGM_OK;
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

double cgm_projection_residuals(const cgm_projection *p, double *y)
{
    double before = dot(p->n, y, y);
    for (int pass = 0; pass < 2; pass++)
        for (size_t k = 0; k < p->rank; k++) {
            double along = dot(p->n, p->basis[k], y);
            for (size_t i = 0; i < p->n; i++) y[i] -= along * p->basis[k][i];
        }
    double share = before > 0 ? dot(p->n, y, y) / before : 0;
    return share > 1e-18 ? share : 0;
}

cgm_status cgm_projection_create(const cgm_design *d, cgm_projection *out)
{
    cgm_projection p = {.n = d->n, .basis = cgm_arena_array(d->arena, d->p, sizeof *p.basis)};
    if (!p.basis) return CGM_E_MEMORY;
    for (size_t k = 0; k < d->p; k++) {
        double *column = cgm_arena_array(d->arena, d->n, sizeof *column);
        if (!column) return CGM_E_MEMORY;
        memcpy(column, d->column[k], d->n * sizeof *column);
        if (!(cgm_projection_residuals(&p, column) > 0)) continue;
        double norm = sqrt(dot(d->n, column, column));
        for (size_t i = 0; i < d->n; i++) column[i] /= norm;
        p.basis[p.rank++] = column;
    }
    *out = p;
    return CGM_OK;
}

cgm_status cgm_normal_scores(size_t n, const double *value, cgm_arena *arena, double *out)
{
    size_t *order = cgm_arena_array(arena, n, sizeof *order);
    if (!order) return CGM_E_MEMORY;
    gsl_sort_index(order, value, 1, n);
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && value[order[end]] == value[order[begin]];) end++;
        /* Ranks begin + 1 .. end, of which the mean less 1/2 is this. */
        double score = gsl_cdf_ugaussian_Pinv((double)(begin + end) / 2 / (double)n);
        for (size_t k = begin; k < end; k++) out[order[k]] = score;
    }
    return CGM_OK;
}
