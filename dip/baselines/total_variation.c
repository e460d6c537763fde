/* The image x in [0, 1] of least ||A x - y||^2 / 2 + weight TV(x), TV the sum over pixels of the length of (right,
 * lower difference) in all channels (Rudin, Osher and Fatemi 1992), by the primal-dual method of Chambolle and Pock
 * 2011 (algorithm 1, theta = 1), begun at the Tikhonov solution. The operator is divided by its norm. */
#include <math.h>
#include <string.h>

#include "dip/baselines/baseline.h"

#define STEPS 200
#define STEPS_ALONE 500 /* without noise, where the weight is small */
#define MOST_WEIGHT_OF_DUAL 10

typedef struct variation {
    dip_solver s;
    int steps;
    double *start;                                     /* [n]: where each solution begins */
    double *dual, *data, *ahead, *moved, *differences; /* [2 n], [m], [n], [n], [2 n] */
} variation;

static bool applies(const dip_problem *p)
{
    (void)p;
    return true;
}

/* Into the ball of this radius, a pixel with its channels at a time. */
static void project(const dip_problem *p, double radius, double *d)
{
    int64_t plane = p->height * p->width, parts = 2 * p->channels;
    for (int64_t i = 0; i < plane; i++) {
        double squares = 0;
        for (int64_t k = 0; k < parts; k++) squares += d[k * plane + i] * d[k * plane + i];
        if (squares <= radius * radius) continue;
        double scale = radius / sqrt(squares);
        for (int64_t k = 0; k < parts; k++) d[k * plane + i] *= scale;
    }
}

/* Steps up along both duals, at ahead. */
static void rise(variation *v, const double *y, double weight, double up)
{
    const dip_problem *p = v->s.p;
    cgm_dip_apply(&p->op, v->ahead, v->s.measured, v->s.scratch, v->s.threads);
    for (int64_t i = 0; i < v->s.m; i++) {
        double apart = (v->s.measured[i] - y[i]) / v->s.norm;
        v->data[i] = p->weight[i] * (v->data[i] + up * apart) / (1 + up);
    }
    cgm_dip_differences(p, v->ahead, v->differences);
    for (int64_t i = 0; i < 2 * v->s.n; i++) v->dual[i] += up * v->differences[i];
    project(p, weight, v->dual);
}

/* Steps down to an image in [0, 1], and beyond it by as much as it moved. */
static void descend(variation *v, double down, double *x)
{
    const dip_problem *p = v->s.p;
    cgm_dip_adjoint(&p->op, v->data, v->moved, v->s.scratch, v->s.threads);
    cgm_dip_differences_adjoint(p, v->dual, v->ahead);
    for (int64_t i = 0; i < v->s.n; i++) {
        double to = fmin(fmax(x[i] - down * (v->moved[i] / v->s.norm + v->ahead[i]), 0), 1);
        v->ahead[i] = 2 * to - x[i];
        x[i] = to;
    }
}

static void solve(void *context, const double *y, double weight, double *x)
{
    variation *v = context;
    double least = weight / (v->s.norm * v->s.norm); /* of the operator divided by its norm */
    /* The steps' product must be below 1 / ||(A, D)||^2 = 1 / 9. The dual is as small as the weight is: its steps too.
     */
    double ratio = fmin(1, MOST_WEIGHT_OF_DUAL * least), up = ratio / 3.1, down = 1 / (3.1 * ratio);
    memcpy(x, v->start, (size_t)v->s.n * sizeof *x);
    memcpy(v->ahead, v->start, (size_t)v->s.n * sizeof *x);
    memset(v->dual, 0, 2 * (size_t)v->s.n * sizeof *v->dual);
    memset(v->data, 0, (size_t)v->s.m * sizeof *v->data);
    for (int k = 0; k < v->steps; k++) {
        rise(v, y, least, up);
        descend(v, down, x);
    }
}

cgm_status cgm_dip_total_variation(const dip_problem *p, int threads, double weight, double *x)
{
    variation v = {.steps = p->sigma > 0 && !(weight > 0) ? STEPS : STEPS_ALONE};
    CGM_TRY(cgm_dip_tikhonov(p, threads, 0, x));
    CGM_TRY(cgm_dip_solver_create(p, threads, &v.s));
    int64_t n = v.s.n;
    double **vector[] = {&v.dual, &v.differences, &v.ahead, &v.moved, &v.start, &v.data};
    const int64_t size[] = {2 * n, 2 * n, n, n, n, v.s.m};
    bool room = true;
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++)
        room = (*vector[i] = cgm_dip_solver_vector(&v.s, size[i])) != NULL && room;
    cgm_status status = room ? CGM_OK : CGM_E_MEMORY;
    if (room) memcpy(v.start, x, (size_t)n * sizeof *x);
    if (room && weight > 0)
        solve(&v, p->y, weight * v.s.norm * v.s.norm, x);
    else if (room)
        status = cgm_dip_by_risk(&v.s, -4, 1, solve, &v, x);
    cgm_dip_solver_clear(&v.s);
    return status;
}

static cgm_status restore(const dip_problem *p, int threads, double *x)
{
    return cgm_dip_total_variation(p, threads, 0, x);
}

const dip_baseline cgm_dip_baseline_total_variation = {"total variation", applies, restore};
