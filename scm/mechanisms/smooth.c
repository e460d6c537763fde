/* Additive models: their columns and values. */
#include "scm/mechanisms/smooth.h"

#include <math.h>

static size_t width_of(const scm_smooth *s, size_t p)
{
    /* Of knots + 4 B-splines the first is left out: their sum is the constant. */
    return cgm_variable_has_levels(s->parents[p]) ? (size_t)s->parents[p]->levels - 1 : s->knots + 3;
}

cgm_status cgm_scm_smooth_init(const cgm_mechanism_spec *spec, size_t knots, cgm_arena *arena, scm_smooth *out)
{
    size_t n = spec->n_parents;
    scm_smooth s = {.n = 1, .n_parents = n, .parents = spec->parents, .knots = knots};
    s.first = cgm_arena_array(arena, n + 1, sizeof *s.first);
    s.n_breaks = cgm_arena_array(arena, n + 1, sizeof *s.n_breaks);
    s.breaks = cgm_arena_array(arena, n + 1, (knots + 2) * sizeof *s.breaks);
    if (!s.first || !s.n_breaks || !s.breaks) return CGM_E_MEMORY;
    for (size_t p = 0; p < n; p++) {
        s.first[p] = s.n;
        s.n += width_of(&s, p);
    }
    s.coefficient = cgm_arena_array(arena, s.n, sizeof *s.coefficient);
    if (!s.coefficient) return CGM_E_MEMORY;
    *out = s;
    return CGM_OK;
}

double cgm_scm_smooth_knot(size_t n, const double *breaks, size_t j)
{
    return j < 3 ? breaks[0] : j - 3 < n ? breaks[j - 3] : breaks[n - 1];
}

/* The four cubic B-splines that are not zero at x; returns the first one's number. GSL's own evaluate in a workspace,
 * which threads cannot share. De Boor 1978, "A practical guide to splines", chapter X; beyond the ends the tangents. */
static size_t b_splines(size_t n, const double *breaks, double x, double out[4])
{
    size_t i = 0, last = n - 2;
    double low = breaks[0], high = breaks[n - 1], left[4], right[4];
    for (int j = 0; j < 4; j++) out[j] = 0;
    if (x < low || x > high) {
        double slope = x < low ? 3 * (x - low) / (breaks[1] - low) : 3 * (high - x) / (high - breaks[last]);
        out[x < low ? 0 : 3] = 1 - slope;
        out[x < low ? 1 : 2] = slope;
        return x < low ? 0 : last;
    }
    while (i < last && breaks[i + 1] <= x) i++;
    out[0] = 1;
    for (size_t j = 1; j < 4; j++) {
        double carried = 0;
        left[j] = x - cgm_scm_smooth_knot(n, breaks, i + 4 - j);
        right[j] = cgm_scm_smooth_knot(n, breaks, i + 3 + j) - x;
        for (size_t r = 0; r < j; r++) {
            double share = out[r] / (right[r + 1] + left[j - r]);
            out[r] = carried + right[r + 1] * share;
            carried = left[j - r] * share;
        }
        out[j] = carried;
    }
    return i;
}

static size_t add_spline(const scm_smooth *s, size_t p, double x, size_t n, size_t *at, double *value)
{
    double b[4];
    if (s->n_breaks[p] < 2) return n; /* a parent that was constant */
    size_t first = b_splines(s->n_breaks[p], s->breaks + p * (s->knots + 2), x, b);
    for (size_t j = 0; j < 4; j++) {
        if (first + j == 0) continue;
        at[n] = s->first[p] + first + j - 1;
        value[n++] = b[j];
    }
    return n;
}

size_t cgm_scm_smooth_row(const scm_smooth *s, const cgm_values *parents, size_t i, size_t *at, double *value)
{
    size_t n = 1;
    at[0] = 0;
    value[0] = 1;
    for (size_t p = 0; p < s->n_parents; p++) {
        double x = parents[p].data[i];
        if (!cgm_variable_has_levels(s->parents[p])) {
            n = add_spline(s, p, x, n, at, value);
        } else if (x >= 1 && x < s->parents[p]->levels) {
            at[n] = s->first[p] + (size_t)x - 1;
            value[n++] = 1;
        }
    }
    return n;
}

double cgm_scm_smooth_value(const scm_smooth *s, const cgm_values *parents, size_t i)
{
    size_t at[SCM_SMOOTH_MAX_ROW];
    double value[SCM_SMOOTH_MAX_ROW], sum = 0;
    size_t n = cgm_scm_smooth_row(s, parents, i, at, value);
    for (size_t k = 0; k < n; k++) sum += s->coefficient[at[k]] * value[k];
    return sum;
}

cgm_status cgm_scm_smooth_state(scm_smooth *s, cgm_state *state)
{
    int64_t n = (int64_t)s->n_parents;
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)s->n), s->coefficient, "parameters/coefficient"));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SCALAR, &s->freedom, "freedom"));
    if (n == 0) return CGM_OK;
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SHAPE(n), s->n_breaks, "knots/count"));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE(n, (int64_t)s->knots + 2), s->breaks, "knots/at");
}
