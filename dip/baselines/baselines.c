#include <math.h>
#include <string.h>

#include "dip/baselines/baseline.h"

#define BISECTIONS 10

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

static double misfit(dip_solver *s, const double *x)
{
    double sum = 0, weights = 0;
    cgm_dip_apply(&s->p->op, x, s->measured, s->scratch, s->threads);
    for (int64_t i = 0; i < s->m; i++) {
        double apart = s->measured[i] - s->p->y[i];
        sum += s->p->weight[i] * apart * apart;
        weights += s->p->weight[i];
    }
    return sum / weights;
}

void cgm_dip_by_discrepancy(dip_solver *s, double low, double high, dip_solve_fn *solve, void *context, double *x)
{
    double squared = s->norm * s->norm, aim = s->p->sigma * s->p->sigma;
    if (!(aim > 0)) {
        solve(context, squared * pow(10, low), x);
        return;
    }
    for (int k = 0; k < BISECTIONS; k++) {
        double middle = (low + high) / 2;
        solve(context, squared * pow(10, middle), x);
        if (misfit(s, x) > aim)
            high = middle;
        else
            low = middle;
    }
    solve(context, squared * pow(10, low), x);
}
