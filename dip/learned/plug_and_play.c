#include "dip/learned/plug_and_play.h"

#include <math.h>

#include "dip/baselines/baseline.h"

static double level_of(const dip_plug_opts *o, const dip_solver *s, int64_t step)
{
    double last = o->last < 0 ? fmax(s->p->sigma / s->norm, o->least) : o->last;
    if (step + 1 == o->steps) return last;
    return o->first * pow(last / o->first, (double)step / (double)(o->steps - 1));
}

/* moved = x - eta A'W(A x - y) */
static void descend(dip_solver *s, double eta, const double *x, double *moved)
{
    const dip_problem *p = s->p;
    cgm_dip_apply(&p->op, x, s->measured, s->scratch, s->threads);
    for (int64_t i = 0; i < s->m; i++) s->measured[i] = p->weight[i] * (s->measured[i] - p->y[i]);
    cgm_dip_adjoint(&p->op, s->measured, moved, s->scratch, s->threads);
    for (int64_t i = 0; i < s->n; i++) moved[i] = x[i] - eta * moved[i];
}

cgm_status cgm_dip_plug_and_play(const dip_problem *problem, const dip_plug_opts *o, dip_denoise_fn *denoise,
                                 void *context, int threads, double *x)
{
    dip_solver s;
    CGM_TRY(cgm_dip_solver_create(problem, threads, &s));
    double *moved = cgm_dip_solver_vector(&s, s.n), eta = o->step / (s.norm * s.norm);
    cgm_status status = moved ? CGM_OK : CGM_E_MEMORY;
    for (int64_t k = 0; status == CGM_OK && k < o->steps; k++) {
        descend(&s, eta, x, moved);
        status = denoise(context, level_of(o, &s, k), moved, x);
    }
    cgm_dip_solver_clear(&s);
    return status;
}
