/* The inverse Fourier transform with 0 for what was not measured. */
#include "dip/baselines/baseline.h"

static bool applies(const dip_problem *p)
{
    return p->kind == &cgm_dip_operator_fourier;
}

static cgm_status restore(const dip_problem *p, int threads, double *out)
{
    dip_solver s;
    CGM_TRY(cgm_dip_solver_create(p, threads, &s));
    cgm_dip_adjoint(&p->op, p->y, out, s.scratch, threads);
    cgm_dip_solver_clear(&s);
    return CGM_OK;
}

const dip_baseline cgm_dip_baseline_zero_filled = {"zero-filled", applies, restore};
