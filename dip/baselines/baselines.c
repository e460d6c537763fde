#include <math.h>
#include <string.h>

#include "dip/baselines/baseline.h"

#define SECTIONS 8
#define STEP 0.1 /* of a probe of the divergence, in deviations of the noise */

/* clang-format off */
#define ROW(name) &cgm_dip_baseline_##name,
const dip_baseline *const cgm_dip_baselines[DIP_BASELINES] = {CGM_DIP_BASELINE_TABLE(ROW)};
#undef ROW
/* clang-format on */

cgm_status cgm_dip_solver_create(const dip_problem *p, int threads, dip_solver *out)
{
    *out = (dip_solver){.p = p, .threads = threads};
    out->n = dip_problem_pixels(p);
    out->m = cgm_shape_size(p->op.map.range);
    out->scratch = cgm_arena_alloc(&out->arena, cgm_dip_operator_norm_bytes(&p->op));
    out->measured = cgm_dip_solver_vector(out, out->m);
    if (!out->scratch || !out->measured) {
        cgm_dip_solver_clear(out);
        return CGM_E_MEMORY;
    }
    out->norm = cgm_dip_operator_norm(&p->op, out->scratch, threads);
    if (!(out->norm > 0)) out->norm = 1;
    return CGM_OK;
}

void cgm_dip_solver_clear(dip_solver *s)
{
    cgm_arena_clear(&s->arena);
}

double *cgm_dip_solver_vector(dip_solver *s, int64_t n)
{
    return cgm_arena_array(&s->arena, (size_t)n, sizeof(double));
}

void cgm_dip_differences(const dip_problem *p, const double *x, double *d)
{
    int64_t n = dip_problem_pixels(p), h = p->height, w = p->width;
    for (int64_t i = 0; i < n; i++) {
        d[i] = i % w < w - 1 ? x[i + 1] - x[i] : 0;
        d[n + i] = i / w % h < h - 1 ? x[i + w] - x[i] : 0;
    }
}

void cgm_dip_differences_adjoint(const dip_problem *p, const double *d, double *x)
{
    int64_t n = dip_problem_pixels(p), h = p->height, w = p->width;
    memset(x, 0, (size_t)n * sizeof *x);
    for (int64_t i = 0; i < n; i++) {
        if (i % w < w - 1) {
            x[i + 1] += d[i];
            x[i] -= d[i];
        }
        if (i / w % h < h - 1) {
            x[i + w] += d[n + i];
            x[i] -= d[n + i];
        }
    }
}

/* What the risk is estimated with. */
typedef struct risk {
    dip_solver *s;
    dip_solve_fn *solve;
    void *context;
    double *probe, *moved, *first, *image; /* [m], [m], [m], [n] */
    double step;                           /* along the probe */
} risk;

/* The sum of squared errors of A x, but for a constant: Stein 1981, the divergence along one random direction (Ramani,
 * Blu and Unser 2008). Leaves x. */
static double estimate(const risk *r, double weight, double *x)
{
    const dip_problem *p = r->s->p;
    double misfit = 0, divergence = 0;
    r->solve(r->context, p->y, weight, x);
    cgm_dip_apply(&p->op, x, r->first, r->s->scratch, r->s->threads);
    r->solve(r->context, r->moved, weight, r->image);
    cgm_dip_apply(&p->op, r->image, r->s->measured, r->s->scratch, r->s->threads);
    for (int64_t i = 0; i < r->s->m; i++) {
        misfit += p->weight[i] * (r->first[i] - p->y[i]) * (r->first[i] - p->y[i]);
        divergence += r->probe[i] * (r->s->measured[i] - r->first[i]) / r->step;
    }
    return misfit + 2 * p->sigma * p->sigma * divergence;
}

/* Golden sections of the logarithm. */
static double least(const risk *r, double low, double high, double *x)
{
    const double part = (sqrt(5) - 1) / 2;
    double squared = r->s->norm * r->s->norm, at[2] = {high - part * (high - low), low + part * (high - low)}, value[2];
    for (int k = 0; k < 2; k++) value[k] = estimate(r, squared * pow(10, at[k]), x);
    for (int k = 0; k < SECTIONS; k++) {
        int worse = value[0] < value[1], better = !worse;
        if (worse)
            high = at[1];
        else
            low = at[0];
        at[worse] = at[better];
        value[worse] = value[better];
        at[better] = worse ? high - part * (high - low) : low + part * (high - low);
        value[better] = estimate(r, squared * pow(10, at[better]), x);
    }
    return squared * pow(10, value[0] < value[1] ? at[0] : at[1]);
}

cgm_status cgm_dip_by_risk(dip_solver *s, double low, double high, dip_solve_fn *solve, void *context, double *x)
{
    const dip_problem *p = s->p;
    risk r = {.s = s, .solve = solve, .context = context, .step = STEP * p->sigma};
    cgm_rng rng = cgm_rng_create(1);
    if (!(p->sigma > 0)) {
        solve(context, p->y, s->norm * s->norm * pow(10, low), x);
        return CGM_OK;
    }
    r.probe = cgm_dip_solver_vector(s, s->m);
    r.moved = cgm_dip_solver_vector(s, s->m);
    r.first = cgm_dip_solver_vector(s, s->m);
    r.image = cgm_dip_solver_vector(s, s->n);
    if (!r.probe || !r.moved || !r.first || !r.image) return CGM_E_MEMORY;
    for (int64_t i = 0; i < s->m; i++) {
        r.probe[i] = p->weight[i] * (cgm_rng_uniform(&rng) < .5 ? -1 : 1);
        r.moved[i] = p->y[i] + r.step * r.probe[i];
    }
    solve(context, p->y, least(&r, low, high, x), x);
    return CGM_OK;
}
