/* Nested multinomial logistic regressions. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "scm/check/regression.h"
#include "scm/mechanisms/newton.h"

/* The mean negative log-likelihood of levels 0..n_levels - 1 on a design; level 0 has the logit 0. */
typedef struct logit {
    const cgm_design *d;
    const size_t *level; /* [n] */
    size_t n_levels;
    double *hessian; /* [coefficients, coefficients] */
    double *scratch; /* [n_levels + coefficients] */
} logit;

/* The probabilities of row i into p; returns the logarithm of that of its own level. */
static double probabilities(const logit *f, const double *w, size_t i, double *p)
{
    size_t k = f->d->p;
    double most = 0, sum = 0;
    p[0] = 0;
    for (size_t l = 1; l < f->n_levels; l++) {
        p[l] = 0;
        for (size_t c = 0; c < k; c++) p[l] += w[(l - 1) * k + c] * f->d->column[c][i];
        most = fmax(most, p[l]);
    }
    for (size_t l = 0; l < f->n_levels; l++) sum += exp(p[l] - most);
    double own = p[f->level[i]] - most - log(sum);
    for (size_t l = 0; l < f->n_levels; l++) p[l] = exp(p[l] - most) / sum;
    return own;
}

static double value(void *context, const double *w)
{
    const logit *f = context;
    double sum = 0;
    for (size_t i = 0; i < f->d->n; i++) sum -= probabilities(f, w, i, f->scratch);
    return sum / (double)f->d->n;
}

static void add_row(const logit *f, size_t i, const double *p, double *gradient)
{
    size_t k = f->d->p, m = (f->n_levels - 1) * k;
    double share = 1 / (double)f->d->n;
    for (size_t l = 1; l < f->n_levels; l++)
        for (size_t c = 0; c < k; c++) {
            double x = f->d->column[c][i] * share;
            gradient[(l - 1) * k + c] += (p[l] - (f->level[i] == l)) * x;
            for (size_t h = 1; h < f->n_levels; h++) {
                double weight = (l == h ? p[l] : 0) - p[l] * p[h];
                double *row = f->hessian + ((l - 1) * k + c) * m + (h - 1) * k;
                for (size_t e = 0; e < k; e++) row[e] += weight * x * f->d->column[e][i];
            }
        }
}

static cgm_status step(void *context, const double *w, double *gradient, double *direction)
{
    const logit *f = context;
    size_t m = (f->n_levels - 1) * f->d->p;
    double *minus = f->scratch + f->n_levels;
    memset(gradient, 0, m * sizeof *gradient);
    memset(f->hessian, 0, m * m * sizeof *f->hessian);
    for (size_t i = 0; i < f->d->n; i++) {
        probabilities(f, w, i, f->scratch);
        add_row(f, i, f->scratch, gradient);
    }
    for (size_t k = 0; k < m; k++) minus[k] = -gradient[k];
    return cgm_scm_solve(m, f->hessian, minus, direction);
}

/* Twice the log-likelihood at its maximum. */
static cgm_status maximise(const cgm_design *d, const size_t *level, size_t n_levels, cgm_arena *arena, double *out)
{
    size_t m = (n_levels - 1) * d->p;
    logit f = {.d = d, .level = level, .n_levels = n_levels};
    double *w = cgm_arena_array(arena, m, sizeof *w);
    f.hessian = cgm_arena_array(arena, m * m, sizeof *f.hessian);
    f.scratch = cgm_arena_array(arena, n_levels + m, sizeof *f.scratch);
    if (!w || !f.hessian || !f.scratch) return CGM_E_MEMORY;
    const cgm_scm_smooth smooth = {m, value, step, &f};
    CGM_TRY(cgm_scm_minimize(&smooth, w, "a logistic regression"));
    *out = -2 * (double)d->n * value(&f, w);
    return CGM_OK;
}

/* Numbers the levels that occur from 0 on. */
static cgm_status renumber(const cgm_column *c, size_t n, cgm_arena *arena, size_t **level, size_t *n_levels)
{
    size_t *number = cgm_arena_array(arena, (size_t)c->levels, sizeof *number);
    *level = cgm_arena_array(arena, n, sizeof **level);
    if (!number || !*level) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) number[(size_t)c->value[i]] = 1;
    *n_levels = 0;
    for (int l = 0; l < c->levels; l++)
        if (number[l]) number[l] = (*n_levels)++;
    for (size_t i = 0; i < n; i++) (*level)[i] = number[(size_t)c->value[i]];
    return CGM_OK;
}

static cgm_status rank_of(const cgm_design *d, size_t *rank)
{
    cgm_projection p;
    CGM_TRY(cgm_projection_create(d, &p));
    *rank = p.rank;
    return CGM_OK;
}

static cgm_status logistic(const cgm_question *q, cgm_arena *arena, cgm_verdict *out)
{
    cgm_design d;
    size_t columns = cgm_design_linear_columns(&q->x), *level, n_levels, rank[2];
    double likelihood[2];
    for (size_t k = 0; k < q->n_given; k++) columns += cgm_design_linear_columns(&q->given[k]);
    CGM_TRY(renumber(&q->y, q->n, arena, &level, &n_levels));
    if (q->n < 5 * columns * (n_levels - 1)) return out->why_not = "too few rows", CGM_OK;
    CGM_TRY(cgm_design_begin(q->n, columns, arena, &d));
    for (size_t k = 0; k < q->n_given; k++) CGM_TRY(cgm_design_add_linear(&d, &q->given[k]));
    for (int with = 0; with < 2; with++) {
        if (with) CGM_TRY(cgm_design_add_linear(&d, &q->x));
        CGM_TRY(rank_of(&d, &rank[with]));
        cgm_status status = maximise(&d, level, n_levels, arena, &likelihood[with]);
        if (status == CGM_E_NUMERIC) return out->why_not = "a logistic regression did not converge", CGM_OK;
        CGM_TRY(status);
    }
    if (rank[1] == rank[0]) return out->why_not = "a variable is a function of the others", CGM_OK;
    out->df = (double)(rank[1] - rank[0]) * (double)(n_levels - 1);
    out->statistic = fmax(0, likelihood[1] - likelihood[0]);
    out->p = gsl_cdf_chisq_Q(out->statistic, out->df);
    return CGM_OK;
}

cgm_status cgm_test_logistic(const cgm_question *q, cgm_verdict *out)
{
    cgm_arena arena = {0};
    *out = (cgm_verdict){.test = CGM_TEST_LOGISTIC, .p = NAN};
    cgm_status status = logistic(q, &arena, out);
    cgm_arena_clear(&arena);
    return status;
}
