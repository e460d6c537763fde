/* The image x of least ||A x - y||^2 + weight ||D x||^2, D the differences of neighbours (Tikhonov 1963), by conjugate
 * gradients on the normal equations (Hestenes and Stiefel 1952). */
#include <math.h>

#include "dip/baselines/baseline.h"

#define MOST_STEPS 200
#define ENOUGH 1e-6 /* of the right-hand side, by norm */

typedef struct tikhonov {
    dip_solver s;
    double *residual, *direction, *image, *differences; /* differences [2 n] */
} tikhonov;

static bool applies(const dip_problem *p)
{
    (void)p;
    return true;
}

static double dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* t->image = (A'WA + weight D'D) x */
static void normal(tikhonov *t, double weight, const double *x, double *out)
{
    const dip_problem *p = t->s.p;
    cgm_dip_apply(&p->op, x, t->s.measured, t->s.scratch, t->s.threads);
    for (int64_t i = 0; i < t->s.m; i++) t->s.measured[i] *= p->weight[i];
    cgm_dip_differences(p, x, t->differences);
    cgm_dip_differences_adjoint(p, t->differences, t->image);
    cgm_dip_adjoint(&p->op, t->s.measured, out, t->s.scratch, t->s.threads);
    for (int64_t i = 0; i < t->s.n; i++) out[i] += weight * t->image[i];
}

static void solve(void *context, const double *y, double weight, double *x)
{
    tikhonov *t = context;
    int64_t n = t->s.n;
    double *r = t->residual, *d = t->direction, *ad = t->differences; /* the latter after its use in normal() */
    for (int64_t i = 0; i < t->s.m; i++) t->s.measured[i] = t->s.p->weight[i] * y[i];
    cgm_dip_adjoint(&t->s.p->op, t->s.measured, r, t->s.scratch, t->s.threads);
    for (int64_t i = 0; i < n; i++) {
        d[i] = r[i];
        x[i] = 0;
    }
    double squares = dot(n, r, r), enough = ENOUGH * ENOUGH * squares;
    for (int step = 0; step < MOST_STEPS && squares > enough; step++) {
        normal(t, weight, d, ad);
        double length = squares / dot(n, d, ad), before = squares;
        for (int64_t i = 0; i < n; i++) {
            x[i] += length * d[i];
            r[i] -= length * ad[i];
        }
        squares = dot(n, r, r);
        for (int64_t i = 0; i < n; i++) d[i] = r[i] + squares / before * d[i];
    }
}

cgm_status cgm_dip_tikhonov(const dip_problem *p, int threads, double weight, double *x)
{
    tikhonov t = {0};
    CGM_TRY(cgm_dip_solver_create(p, threads, &t.s));
    int64_t n = t.s.n;
    double **vector[] = {&t.residual, &t.direction, &t.image};
    bool room = (t.differences = cgm_dip_solver_vector(&t.s, 2 * n)) != NULL;
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++)
        room = (*vector[i] = cgm_dip_solver_vector(&t.s, n)) != NULL && room;
    cgm_status status = room ? CGM_OK : CGM_E_MEMORY;
    if (room && weight > 0)
        solve(&t, p->y, weight * t.s.norm * t.s.norm, x);
    else if (room)
        status = cgm_dip_by_risk(&t.s, -4, 3, solve, &t, x);
    cgm_dip_solver_clear(&t.s);
    return status;
}

static cgm_status restore(const dip_problem *p, int threads, double *x)
{
    return cgm_dip_tikhonov(p, threads, 0, x);
}

const dip_baseline cgm_dip_baseline_tikhonov = {"Tikhonov", applies, restore};
