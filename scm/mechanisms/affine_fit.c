/* Fitting the affine flow by maximum likelihood. */
#include "scm/mechanisms/affine_flow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/newton.h"

#define HALF_LOG_2PI 0.91893853320467274178

/* The problem in y standardised to mean 0 and standard deviation 1; theta is location [k] then log-scale [n_scale]. */
typedef struct problem {
    const scm_features *f;
    const cgm_values *parents;
    size_t n, n_scale;
    double *y;       /* [n] */
    double *matrix;  /* [k + n_scale, k + n_scale]: of the system being solved */
    double *fisher;  /* [n_scale, n_scale]: the log-scale's information, the same at every theta */
    double *fixed;   /* [k + 1]: theta where it is given, in the standardised problem's units; NaN where it is free */
    double mean, sd; /* of y before it is standardised */
    double jacobian; /* mean of log |dy/dx| over the rows, before it is standardised */
} problem;

/* A row's features. */
typedef struct row {
    size_t n, at[SCM_MAX_ROW];
    double x[SCM_MAX_ROW];
} row;

static row row_of(const problem *p, size_t i)
{
    row r;
    r.n = cgm_scm_features_row(p->f, p->parents, i, r.at, r.x);
    return r;
}

/* matrix [k, k] += weight * row row'. */
static void add_product(const row *r, double weight, size_t k, double *matrix)
{
    for (size_t a = 0; a < r->n; a++)
        for (size_t b = 0; b < r->n; b++) matrix[r->at[a] * k + r->at[b]] += weight * r->x[a] * r->x[b];
}

static void add_row(const row *r, double weight, double *to)
{
    for (size_t a = 0; a < r->n; a++) to[r->at[a]] += weight * r->x[a];
}

/* What the log-scale sees of a row: all of it, or the intercept. */
static row scale_row(const problem *p, const row *r)
{
    if (p->n_scale > 1) return *r;
    return (row){.n = 1, .at = {0}, .x = {1}};
}

static double residual(const problem *p, const double *location, size_t i)
{
    return p->y[i] - cgm_scm_features_dot(p->f, location, p->parents, i);
}

static double log_scale_at(const problem *p, const double *w, size_t i)
{
    return p->n_scale == 1 ? w[0] : cgm_scm_features_dot(p->f, w, p->parents, i);
}

/* Mean of u^2 / 2 + log-scale. */
static double objective(void *context, const double *theta)
{
    const problem *p = context;
    double sum = 0;
    for (size_t i = 0; i < p->n; i++) {
        double s = log_scale_at(p, theta + p->f->n, i), u = residual(p, theta, i) * exp(-s);
        sum += 0.5 * u * u + s;
    }
    return sum / (double)p->n;
}

/* Fisher scoring: the expected Hessian has no block between location and log-scale, so a step is two linear systems. */
static cgm_status score(void *context, const double *theta, double *gradient, double *direction)
{
    const problem *p = context;
    size_t k = p->f->n, m = p->n_scale;
    double share = 1 / (double)p->n;
    memset(p->matrix, 0, k * k * sizeof(double));
    memset(gradient, 0, (k + m) * sizeof(double));
    for (size_t i = 0; i < p->n; i++) {
        row r = row_of(p, i), scale = scale_row(p, &r);
        double inverse = exp(-log_scale_at(p, theta + k, i)), u = residual(p, theta, i) * inverse;
        add_row(&r, -u * inverse * share, gradient);
        add_row(&scale, (1 - u * u) * share, gradient + k);
        add_product(&r, inverse * inverse * share, k, p->matrix);
    }
    CGM_TRY(cgm_scm_solve(k, p->matrix, gradient, direction));
    memcpy(p->matrix, p->fisher, m * m * sizeof(double));
    CGM_TRY(cgm_scm_solve(m, p->matrix, gradient + k, direction + k));
    for (size_t j = 0; j < k + m; j++) direction[j] = -direction[j];
    return CGM_OK;
}

/* weight times row other' into the block of the matrix [size, size] that begins at (down, right). */
static void add_block(const row *r, const row *other, double weight, size_t size, size_t down, size_t right,
                      double *matrix)
{
    for (size_t a = 0; a < r->n; a++)
        for (size_t b = 0; b < other->n; b++)
            matrix[(down + r->at[a]) * size + right + other->at[b]] += weight * r->x[a] * other->x[b];
}

/* Newton's step, with the Hessian of these rows in place of the expected one: scoring goes to and fro for ever where
 * outliers make it more than twice as steep. */
static cgm_status newton_step(void *context, const double *theta, double *gradient, double *direction)
{
    const problem *p = context;
    size_t k = p->f->n, size = k + p->n_scale;
    double share = 1 / (double)p->n;
    memset(p->matrix, 0, size * size * sizeof(double));
    memset(gradient, 0, size * sizeof(double));
    for (size_t i = 0; i < p->n; i++) {
        row r = row_of(p, i), scale = scale_row(p, &r);
        double inverse = exp(-log_scale_at(p, theta + k, i)), u = residual(p, theta, i) * inverse;
        add_row(&r, -u * inverse * share, gradient);
        add_row(&scale, (1 - u * u) * share, gradient + k);
        add_block(&r, &r, inverse * inverse * share, size, 0, 0, p->matrix);
        add_block(&r, &scale, 2 * u * inverse * share, size, 0, k, p->matrix);
        add_block(&scale, &r, 2 * u * inverse * share, size, k, 0, p->matrix);
        add_block(&scale, &scale, 2 * u * u * share, size, k, k, p->matrix);
    }
    CGM_TRY(cgm_scm_solve(size, p->matrix, gradient, direction));
    for (size_t j = 0; j < size; j++) direction[j] = -direction[j];
    return CGM_OK;
}

/* By scoring; where that has come near but not there, by Newton's method from there. */
static cgm_status minimize(problem *p, double *theta, const char *name)
{
    cgm_scm_smooth f = {.n = p->f->n + p->n_scale, .value = objective, .step = score, .context = p};
    cgm_status status = cgm_scm_minimize(&f, theta, name);
    if (status != CGM_E_NUMERIC) return status;
    f.step = newton_step;
    return cgm_scm_minimize(&f, theta, name);
}

/* Takes the given coefficients out of the normal equations. */
static void fix(const problem *p, double *right)
{
    size_t k = p->f->n;
    for (size_t j = 0; j < k; j++) {
        double value = p->fixed[j];
        if (isnan(value)) continue;
        for (size_t a = 0; a < k; a++) {
            right[a] -= p->matrix[a * k + j] * value;
            p->matrix[a * k + j] = p->matrix[j * k + a] = 0;
        }
        p->matrix[j * k + j] = 1;
        right[j] = value;
    }
}

/* Least squares by the normal equations, whose matrix goes to `gram` [k, k], and the log-scale's information, which is
 * twice it. right: [k]. */
static cgm_status least_squares(const problem *p, double *right, double *gram, double *location)
{
    size_t k = p->f->n;
    double share = 1 / (double)p->n;
    for (size_t i = 0; i < p->n; i++) {
        row r = row_of(p, i), scale = scale_row(p, &r);
        add_row(&r, p->y[i] * share, right);
        add_product(&r, share, k, p->matrix);
        add_product(&scale, 2 * share, p->n_scale, p->fisher);
    }
    memcpy(gram, p->matrix, k * k * sizeof *gram);
    fix(p, right);
    return cgm_scm_solve(k, p->matrix, right, location);
}

static void standardise(problem *p, const cgm_variable *x, const cgm_values *value)
{
    double sum = 0, squares = 0, jacobian = 0;
    for (size_t i = 0; i < p->n; i++) {
        sum += p->y[i] = cgm_scm_affine_unsquash(x, value->data[i]);
        jacobian += cgm_scm_affine_log_slope(x, value->data[i]);
    }
    p->mean = sum / (double)p->n;
    p->jacobian = jacobian / (double)p->n;
    for (size_t i = 0; i < p->n; i++) squares += (p->y[i] - p->mean) * (p->y[i] - p->mean);
    p->sd = sqrt(squares / (double)p->n);
    for (size_t i = 0; i < p->n; i++) p->y[i] = p->sd > 0 ? (p->y[i] - p->mean) / p->sd : 0;
}

/* What is given, in the units of the standardised problem. */
static void scale_given(const scm_affine_flow *m, problem *p)
{
    const scm_features *f = p->f;
    for (size_t j = 0; j <= f->n; j++) p->fixed[j] = m->given ? m->given[j] / p->sd : NAN;
    p->fixed[0] -= p->mean / p->sd;
    p->fixed[f->n] = log(p->fixed[f->n]);
    for (size_t q = 0; q < f->n_parents; q++)
        if (!cgm_variable_has_levels(f->parents[q])) p->fixed[f->first[q]] *= f->scale[q];
}

static double residual_sd(const problem *p, const double *location)
{
    double squares = 0;
    for (size_t i = 0; i < p->n; i++) squares += residual(p, location, i) * residual(p, location, i);
    return sqrt(squares / (double)p->n);
}

/* From the standardised problem back to y. */
static void keep(scm_affine_flow *m, const problem *p, const double *theta)
{
    size_t k = p->f->n;
    for (size_t j = 0; j < k; j++) m->location[j] = p->sd * theta[j];
    m->location[0] += p->mean;
    memcpy(m->log_scale, theta + k, p->n_scale * sizeof(double));
    m->log_scale[0] += log(p->sd);
}

/* Fisher's information, in y's units. With a constant scale the variance is the unbiased one, so that the covariance is
 * that of least squares (R's lm), whose matrix is there already. */
static void set_information(scm_affine_flow *m, const problem *p)
{
    size_t k = p->f->n, s = p->n_scale, free = 0;
    double *location = m->information[0];
    for (size_t j = 0; j < k; j++) free += isnan(p->fixed[j]);
    double scale = s == 1 ? ((double)p->n - (double)free) * exp(-2 * m->log_scale[0]) : 0;
    for (size_t j = 0; j < k * k; j++) location[j] *= scale;
    for (size_t i = 0; s > 1 && i < p->n; i++) {
        row r = row_of(p, i);
        add_product(&r, exp(-2 * log_scale_at(p, m->log_scale, i)), k, location);
    }
    for (size_t j = 0; j < s * s; j++) m->information[1][j] = p->fisher[j] * (double)p->n;
    for (size_t j = 0; j < k; j++)
        for (size_t a = 0; a < k && !isnan(p->fixed[j]); a++) location[j * k + a] = location[a * k + j] = 0;
}

/* work: [3 k], zeroed. */
static cgm_status solve(scm_affine_flow *m, problem *p, double *work, double *nll)
{
    size_t k = p->f->n;
    double *theta = work;
    scale_given(m, p);
    CGM_TRY(least_squares(p, work + 2 * k, m->information[0], theta));
    double scatter = residual_sd(p, theta);
    if (!isnan(p->fixed[k])) scatter = exp(p->fixed[k]);
    if (!(p->sd > 0) || !(scatter > 1e-9))
        return CGM_FAIL(
            CGM_E_ARG,
            "variable '%s': its %zu training values are %s, so that it has no density; expected some scatter",
            m->variable->name, p->n, p->sd > 0 ? "an exact linear function of its parents" : "all the same");
    theta[k] = log(scatter);
    if (p->n_scale > 1) CGM_TRY(minimize(p, theta, m->variable->name));
    *nll = objective(p, theta) + HALF_LOG_2PI + log(p->sd) - p->jacobian;
    keep(m, p, theta);
    set_information(m, p);
    return CGM_OK;
}

cgm_status cgm_scm_affine_fit(scm_affine_flow *m, const cgm_values *value, const cgm_values *parents, double *nll)
{
    size_t k = m->features.n, n = value->n;
    if (n <= k)
        return CGM_FAIL(CGM_E_ARG, "variable '%s': %zu training rows for %zu coefficients: expected more rows",
                        m->variable->name, n, k);
    cgm_scm_features_fit(&m->features, parents);
    /* Centred parents would mix a given intercept with slopes that are fitted. */
    if (m->given && !isnan(m->given[0]))
        for (size_t p = 0; p < m->features.n_parents; p++) m->features.mean[p] = 0;
    double *y = calloc(n, sizeof *y), *work = calloc(5 * k + 5, k * sizeof *work);
    problem p = {.f = &m->features, .parents = parents, .n = n, .n_scale = m->n_scale, .y = y};
    cgm_status status = CGM_OK;
    if (!y || !work) {
        status = CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for fitting %zu rows", m->variable->name, n);
        goto done;
    }
    p.matrix = work + 3 * k;
    p.fisher = p.matrix + 4 * k * k;
    p.fixed = p.fisher + k * k;
    standardise(&p, m->variable, value);
    status = solve(m, &p, work, nll);
done:
    free(work);
    free(y);
    return status;
}
