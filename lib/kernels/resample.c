/* Nearest-neighbour up-sampling of planes, and its adjoint. */
#include <string.h>

#include "base/threads.h"
#include "kernels/kernels.h"
#include "kernels/vector_math.h"

#define TASK_ELEMENTS                                                                                                  \
    32768 /* a task is some rows of the small planes, with about so many elements of the large ones                    \
           */

/* Planes of [h, w] and of [h f, w f], taken as rows. */
typedef struct resampling {
    int64_t rows, rows_per_task, w, f;
    const cgm_real *x;
    cgm_real *out;
} resampling;

static CGM_VECTOR_CLONES void repeat_twice(int64_t n, const cgm_real *restrict x, cgm_real *restrict out)
{
#pragma omp simd
    for (int64_t j = 0; j < n; j++) {
        out[2 * j] = x[j];
        out[2 * j + 1] = x[j];
    }
}

static void upsample_row(int64_t w, int64_t f, const cgm_real *x, cgm_real *out)
{
    if (f == 2) {
        repeat_twice(w, x, out);
    } else {
        for (int64_t j = 0; j < w; j++)
            for (int64_t b = 0; b < f; b++) out[j * f + b] = x[j];
    }
    for (int64_t a = 1; a < f; a++) memcpy(out + a * w * f, out, (size_t)(w * f) * sizeof *out);
}

static CGM_VECTOR_CLONES void sum_pairs(int64_t n, const cgm_real *restrict x, cgm_real *restrict out)
{
    const cgm_real *restrict below = x + 2 * n;
#pragma omp simd
    for (int64_t j = 0; j < n; j++) out[j] = (x[2 * j] + x[2 * j + 1]) + (below[2 * j] + below[2 * j + 1]);
}

static void sum_pool_row(int64_t w, int64_t f, const cgm_real *x, cgm_real *out)
{
    if (f == 2) {
        sum_pairs(w, x, out);
        return;
    }
    for (int64_t j = 0; j < w; j++) {
        double sum = 0;
        for (int64_t a = 0; a < f; a++)
            for (int64_t b = 0; b < f; b++) sum += x[a * w * f + j * f + b];
        out[j] = (cgm_real)sum;
    }
}

static void upsample_task(void *context, size_t index, int worker)
{
    (void)worker;
    const resampling *p = context;
    int64_t row = (int64_t)index * p->rows_per_task, end = row + p->rows_per_task;
    for (; row < end && row < p->rows; row++)
        upsample_row(p->w, p->f, p->x + row * p->w, p->out + row * p->w * p->f * p->f);
}

static void sum_pool_task(void *context, size_t index, int worker)
{
    (void)worker;
    const resampling *p = context;
    int64_t row = (int64_t)index * p->rows_per_task, end = row + p->rows_per_task;
    for (; row < end && row < p->rows; row++)
        sum_pool_row(p->w, p->f, p->x + row * p->w * p->f * p->f, p->out + row * p->w);
}

static void resample(resampling p, cgm_task_fn *task, int threads)
{
    int64_t row = p.w * p.f * p.f;
    if (p.rows == 0 || row == 0) return;
    p.rows_per_task = row > TASK_ELEMENTS ? 1 : TASK_ELEMENTS / row;
    cgm_parallel(threads, (size_t)((p.rows + p.rows_per_task - 1) / p.rows_per_task), task, &p);
}

void cgm_kernel_upsample_nearest(int64_t planes, int64_t h, int64_t w, int64_t f, const cgm_real *x, cgm_real *out,
                                 int threads)
{
    resample((resampling){.rows = planes * h, .w = w, .f = f, .x = x, .out = out}, upsample_task, threads);
}

void cgm_kernel_sum_pool(int64_t planes, int64_t oh, int64_t ow, int64_t f, const cgm_real *x, cgm_real *out,
                         int threads)
{
    resample((resampling){.rows = planes * oh, .w = ow, .f = f, .x = x, .out = out}, sum_pool_task, threads);
}
