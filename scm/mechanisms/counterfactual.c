/* Counterfactual probabilities of levels, in closed form. */
#include "scm/mechanisms/counterfactual.h"

#include <math.h>
#include <stdlib.h>

#include "scm/object.h"

/* ---- Gumbel-max ----
 *
 * With E_l = exp(-(log p_l + u_l)) the E_l are exponential of rates p_l, and x is the level of the least. Given x = i,
 * s = E_i is exponential of rate 1 and the others are E_l = s + X_l, X_l exponential of rate p_l (memorylessness).
 * Under q the same noise makes each E_l / r_l, r_l = q_l / p_l. Level j is first at the time t = s a, 1/r_j < a <
 * 1/r_i, with density q_j exp(-s B(a)), B(a) the sum over l of (q_l a - p_l)+; integrating s exp(-s (1 + B)) over s,
 *
 *     P(x' = j) = q_j * integral of A(a)^-2 over a from 1/r_j to 1/r_i,   A(a) = 1 + B(a),   if r_j > r_i, else 0,
 *     P(x' = i) = 1 / A(1/r_i) = 1 / (1 + the sum over r_l > r_i of p_l (r_l / r_i - 1)).
 *
 * A is linear between the 1/r_l, and there the integral from a to b is (b - a) / (A(a) A(b)). */

typedef struct challenger {
    size_t level;
    double start, a; /* 1/r, and A there */
} challenger;

static int by_start(const void *x, const void *y)
{
    const challenger *a = x, *b = y;
    if (a->start != b->start) return a->start < b->start ? -1 : 1;
    return a->level < b->level ? -1 : a->level > b->level;
}

void cgm_scm_gumbel_counterfactual(size_t levels, const double *p, size_t observed, const double *q, double *out)
{
    challenger list[SCM_MAX_LEVELS];
    size_t n = 0;
    double end = q[observed] > 0 ? p[observed] / q[observed] : INFINITY, slope = 0, a = 1, tail = 0;
    for (size_t l = 0; l < levels; l++) {
        out[l] = 0;
        if (l != observed && q[l] > 0 && p[l] / q[l] < end) list[n++] = (challenger){.level = l, .start = p[l] / q[l]};
    }
    qsort(list, n, sizeof *list, by_start);
    for (size_t k = 0; k < n; k++) {
        if (k > 0) a += slope * (list[k].start - list[k - 1].start);
        list[k].a = a;
        slope += q[list[k].level];
    }
    double a_end = n > 0 ? a + slope * (end - list[n - 1].start) : 1;
    for (size_t k = n; k-- > 0;) {
        if (k + 1 < n)
            tail += (list[k + 1].start - list[k].start) / (list[k].a * list[k + 1].a);
        else
            tail = isfinite(a_end) ? (end - list[k].start) / (a * a_end) : 1 / (slope * a);
        out[list[k].level] = q[list[k].level] * tail;
    }
    out[observed] = 1 / a_end;
}

/* ---- One noise and thresholds ---- */

/* A threshold as the probability on either side, so that neither tail loses its digits. */
typedef struct threshold {
    double below, above;
} threshold;

/* That after each level, [levels]. */
static void thresholds(size_t levels, const double *p, threshold *out)
{
    double below = 0, above = 0;
    for (size_t l = 0; l < levels; l++) out[l].below = below += p[l];
    for (size_t l = levels; l-- > 0; above += p[l]) out[l].above = above;
}

static double width(threshold from, threshold to)
{
    if (to.below <= 0.5) return to.below - from.below;
    if (from.above <= 0.5) return from.above - to.above;
    return 1 - from.below - to.above;
}

void cgm_scm_threshold_counterfactual(size_t levels, const double *p, size_t observed, const double *q, double *out)
{
    threshold before[SCM_MAX_LEVELS], after[SCM_MAX_LEVELS], least = {0, 1};
    double sum = 0;
    thresholds(levels, p, before);
    thresholds(levels, q, after);
    threshold low = observed > 0 ? before[observed - 1] : least, high = before[observed];
    for (size_t l = 0; l < levels; l++) {
        threshold from = l > 0 ? after[l - 1] : least, to = after[l];
        threshold left = width(from, low) > 0 ? low : from, right = width(high, to) > 0 ? high : to;
        out[l] = fmax(width(left, right), 0);
        sum += out[l];
    }
    for (size_t l = 0; l < levels; l++) out[l] = sum > 0 ? out[l] / sum : l == observed;
}

/* ---- Rows ---- */

/* P(level | parents) of every row, [n, levels]. */
static cgm_status probabilities(cgm_mechanism *m, size_t levels, const cgm_values *parents, size_t n, double *scratch,
                                double *out)
{
    cgm_values value = {.n = n, .width = 1, .data = scratch};
    cgm_rng unused = cgm_rng_create(0);
    for (size_t l = 0; l < levels; l++) {
        for (size_t i = 0; i < n; i++) value.data[i] = (double)l;
        CGM_TRY(m->methods->log_prob(m, parents, &value, &unused, scratch + n));
        for (size_t i = 0; i < n; i++) out[i * levels + l] = exp(scratch[n + i]);
    }
    return CGM_OK;
}

cgm_status cgm_scm_counterfactual_by(cgm_counterfactual_rule *rule, cgm_mechanism *m, size_t levels,
                                     const cgm_values *parents, const cgm_values *counter_parents, size_t n,
                                     double *out)
{
    double *p = calloc(2 * n * (levels + 1), sizeof *p);
    if (!p) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows of %zu levels", n, levels);
    double *q = p + n * levels, *scratch = q + n * levels;
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(probabilities(m, levels, parents, n, scratch, p), done);
    CGM_TRY_GOTO(probabilities(m, levels, counter_parents, n, scratch, q), done);
    for (size_t i = 0; i < n; i++)
        for (size_t l = 0; l < levels; l++)
            rule(levels, p + i * levels, l, q + i * levels, out + (i * levels + l) * levels);
done:
    free(p);
    return status;
}
