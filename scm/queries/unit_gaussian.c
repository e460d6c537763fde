/* Linear Gaussian models: values are affine in independent standard normals u, which are the noises, or where these are
 * correlated what their Cholesky factor makes them of. The evidence A u = e - a leaves u with
 * mean A' (A A')^-1 (e - a) and covariance I - A' (A A')^-1 A (Bishop 2006, section 2.3.1), and the counterfactual
 * values c + C u follow. a, A, c and C are read off predictions from no noise and from one unit of each. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/hidden.h"
#include "scm/mechanisms/newton.h"
#include "scm/queries/unit_priv.h"

typedef struct gaussian {
    const unit_question *q;
    size_t n, m;               /* variables, of which seen */
    cgm_world *before, *after; /* n + 1 rows: no noise, then one unit of each */
    double *a;                 /* [m, n]: A */
    double *gram;              /* [m, m]: A A' */
    double *right, *solved;    /* [m] */
    double *mean;              /* [n]: of u */
} gaussian;

static void clear(gaussian *g)
{
    cgm_world_destroy(g->before);
    cgm_world_destroy(g->after);
    free(g->a);
}

static cgm_status init(gaussian *g)
{
    size_t n = g->n, m = g->m;
    const cgm_scm *scm = g->q->scm;
    CGM_TRY(cgm_world_create(scm, n + 1, &g->before));
    CGM_TRY(cgm_world_create(scm, n + 1, &g->after));
    g->a = calloc(m * n + 2 * m * m + 2 * m + n + 1, sizeof *g->a);
    if (!g->a) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu variables", n);
    g->gram = g->a + m * n;
    g->right = g->gram + 2 * m * m;
    g->solved = g->right + m;
    g->mean = g->solved + m;
    for (size_t v = 0; v < n; v++)
        for (size_t u = 0; u <= v; u++)
            g->before->noise[cgm_scm_node_of(scm, v)].data[u + 1] = cgm_hidden_factor(scm, v, u);
    g->before->has_noise = true;
    return CGM_OK;
}

/* The values without interventions: every variable from its noise. */
static cgm_status predict_before(gaussian *g)
{
    const cgm_scm *scm = g->q->scm;
    for (size_t v = 0; v < g->n; v++) {
        const scm_variable *x = &scm->variable[v];
        cgm_values parents[CGM_MAX_PARENTS];
        size_t node = cgm_scm_node_of(scm, v);
        for (size_t k = 0; k < x->n_parents; k++) parents[k] = g->before->value[cgm_scm_node_of(scm, x->parents[k])];
        CGM_TRY(x->mechanism->methods->predict(x->mechanism, 0, parents, NULL, &g->before->noise[node], 1,
                                               &g->before->value[node]));
    }
    return CGM_OK;
}

/* Solves A A' s = right; the matrix is used up, so it is a copy. */
static cgm_status solve(gaussian *g)
{
    double *copy = g->gram + g->m * g->m;
    memcpy(copy, g->gram, g->m * g->m * sizeof *copy);
    return cgm_scm_solve(g->m, copy, g->right, g->solved);
}

/* A' s. */
static double transposed(const gaussian *g, size_t u)
{
    double sum = 0;
    for (size_t r = 0; r < g->m; r++) sum += g->a[r * g->n + u] * g->solved[r];
    return sum;
}

/* The equations A u = e - a of what was seen: a's rows, the right side, and A A'. */
static void equations(gaussian *g)
{
    const unit_question *q = g->q;
    size_t r = 0;
    for (size_t v = 0; v < g->n; v++) {
        const double *x = g->before->value[cgm_scm_node_of(q->scm, v)].data;
        if (!q->seen[v]) continue;
        for (size_t u = 0; u < g->n; u++) g->a[r * g->n + u] = x[u + 1] - x[0];
        g->right[r++] = q->value[v] - x[0];
    }
    for (size_t i = 0; i < g->m; i++)
        for (size_t k = 0; k < g->m; k++)
            for (size_t u = 0; u < g->n; u++) g->gram[i * g->m + k] += g->a[i * g->n + u] * g->a[k * g->n + u];
}

static cgm_status condition(gaussian *g)
{
    equations(g);
    if (g->m > 0) CGM_TRY(solve(g));
    for (size_t u = 0; u < g->n; u++) g->mean[u] = transposed(g, u);
    return CGM_OK;
}

/* Mean c + C mean and variance |C|^2 - |...|^2 of one variable, C its row of coefficients. */
static cgm_status fill(gaussian *g, const double *x, cgm_unit_value *out)
{
    double mean = x[0], variance = 0;
    for (size_t u = 0; u < g->n; u++) {
        double c = x[u + 1] - x[0];
        mean += c * g->mean[u];
        variance += c * c;
    }
    memset(g->right, 0, g->m * sizeof *g->right);
    for (size_t r = 0; r < g->m; r++)
        for (size_t u = 0; u < g->n; u++) g->right[r] += g->a[r * g->n + u] * (x[u + 1] - x[0]);
    if (g->m > 0) CGM_TRY(solve(g));
    double whole = variance;
    for (size_t r = 0; r < g->m; r++) variance -= g->right[r] * g->solved[r];
    out->mean = mean;
    out->sd = variance > 1e-14 * whole ? sqrt(variance) : 0; /* what is left is rounding */
    return CGM_OK;
}

static cgm_status run(gaussian *g, cgm_unit_answer *out)
{
    const unit_question *q = g->q;
    CGM_TRY(init(g));
    CGM_TRY(predict_before(g));
    CGM_TRY(condition(g));
    CGM_TRY(cgm_scm_predict(q->scm, g->before, q->n_do, q->interventions, NULL, g->after));
    for (size_t v = 0; v < g->n; v++)
        CGM_TRY(fill(g, g->after->value[cgm_scm_node_of(q->scm, v)].data, &out->value[v]));
    return CGM_OK;
}

cgm_status cgm_unit_gaussian(const unit_question *q, cgm_unit_answer *out)
{
    gaussian g = {.q = q, .n = q->scm->n};
    for (size_t v = 0; v < g.n; v++) g.m += q->seen[v];
    cgm_status status = run(&g, out);
    clear(&g);
    return status;
}

/* log N(e; a, A A'). */
static cgm_status log_prob(gaussian *g, double *out)
{
    CGM_TRY(init(g));
    CGM_TRY(predict_before(g));
    equations(g);
    double *factor = g->gram + g->m * g->m, sum = (double)g->m * log(2 * M_PI);
    memcpy(factor, g->gram, g->m * g->m * sizeof *factor);
    if (g->m > 0) CGM_TRY(cgm_scm_solve_positive(g->m, factor, g->right, g->solved));
    for (size_t r = 0; r < g->m; r++) sum += g->right[r] * g->solved[r] + 2 * log(factor[r * g->m + r]);
    *out = -sum / 2;
    return CGM_OK;
}

cgm_status cgm_unit_gaussian_log_prob(const unit_question *q, double *out)
{
    gaussian g = {.q = q, .n = q->scm->n};
    for (size_t v = 0; v < g.n; v++) g.m += q->seen[v];
    cgm_status status = log_prob(&g, out);
    clear(&g);
    return status;
}
