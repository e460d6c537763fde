/* What the deep image prior is judged against: restorations without a network. None looks at the truth. Internal.
 *
 * One is a file, which defines cgm_dip_baseline_NAME, and a row of the table. */
#ifndef CGM_DIP_BASELINE_H
#define CGM_DIP_BASELINE_H

#include "dip/problem.h"

/* clang-format off */
#define CGM_DIP_BASELINE_TABLE(ROW)                                                                                     \
    ROW(median)                                                                                                        \
    ROW(wavelet_shrinkage)                                                                                             \
    ROW(non_local_means)                                                                                               \
    ROW(dictionary)                                                                                                    \
    ROW(bicubic)                                                                                                       \
    ROW(back_projection)                                                                                               \
    ROW(zero_filled)                                                                                                   \
    ROW(tikhonov)                                                                                                      \
    ROW(total_variation)
/* clang-format on */

#define CGM_DIP_BASELINE_COUNT(name) +1
enum { DIP_BASELINES = 0 CGM_DIP_BASELINE_TABLE(CGM_DIP_BASELINE_COUNT) };
#undef CGM_DIP_BASELINE_COUNT

typedef struct dip_baseline {
    const char *name; /* as captions have it */
    bool (*applies)(const dip_problem *p);
    /* Fills x [channels, height, width]. */
    cgm_status (*restore)(const dip_problem *p, int threads, double *x);
} dip_baseline;

#define CGM_DIP_BASELINE_DECLARE(name) extern const dip_baseline cgm_dip_baseline_##name;
CGM_DIP_BASELINE_TABLE(CGM_DIP_BASELINE_DECLARE)
#undef CGM_DIP_BASELINE_DECLARE
extern const dip_baseline *const cgm_dip_baselines[DIP_BASELINES];

/* ---- What baselines share ---- */

/* Room for the operator's scratch and for vectors. */
typedef struct dip_solver {
    const dip_problem *p;
    int threads;
    int64_t n, m; /* numbers of the image, and of what is measured */
    cgm_arena arena;
    void *scratch;
    double *measured; /* [m] */
    double norm;      /* of the operator, or 1 where that is 0 */
} dip_solver;

cgm_status cgm_dip_solver_create(const dip_problem *p, int threads, dip_solver *out) CGM_CHECKED;
void cgm_dip_solver_clear(dip_solver *s);
/* NULL when memory is out; of the solver's. */
double *cgm_dip_solver_vector(dip_solver *s, int64_t n);
/* Differences of neighbours, to the right in d[0..n) and below in d[n..2n), 0 at the last column and row; and the
 * adjoint. */
void cgm_dip_differences(const dip_problem *p, const double *x, double *d);
void cgm_dip_differences_adjoint(const dip_problem *p, const double *d, double *x);

/* Fills x from y for a weight of the regulariser, always from the same beginning. */
typedef void dip_solve_fn(void *context, const double *y, double weight, double *x);
/* The weight, from 10^low to 10^high times the operator's squared norm, under which the estimated squared error of A x
 * is least (Stein 1981); without noise 10^low. Leaves the solution in x. */
cgm_status cgm_dip_by_risk(dip_solver *s, double low, double high, dip_solve_fn *solve, void *context,
                           double *x) CGM_CHECKED;

/* The two with a weight, in the operator's squared norm; 0: the one of least estimated risk. */
cgm_status cgm_dip_tikhonov(const dip_problem *p, int threads, double weight, double *x) CGM_CHECKED;
cgm_status cgm_dip_total_variation(const dip_problem *p, int threads, double weight, double *x) CGM_CHECKED;
/* By a dictionary that is learnt in so many rounds; of 0 it is of cosines. */
cgm_status cgm_dip_dictionary(const dip_problem *p, int threads, int rounds, double *x) CGM_CHECKED;

#endif
