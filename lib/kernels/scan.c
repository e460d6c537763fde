/* Cumulative sums, in double. */
#include "base/threads.h"
#include "kernels/kernels.h"

#define TASK_ELEMENTS 32768 /* a task handles so many elements, about */
#define BLOCK 64            /* columns summed side by side */

/* [outer, len, inner] as outer * blocks items of up to BLOCK columns. */
typedef struct scan {
    int64_t items, per_task, blocks;
    int64_t len, inner;
    bool reverse;
    const cgm_real *x;
    cgm_real *out;
} scan;

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void scan_columns(const scan *p, int64_t width, const cgm_real *x, cgm_real *out)
{
    double sum[BLOCK] = {0};
    for (int64_t k = 0; k < p->len; k++) {
        int64_t at = (p->reverse ? p->len - 1 - k : k) * p->inner;
#pragma omp simd
        for (int64_t j = 0; j < width; j++) {
            sum[j] += (double)x[at + j];
            out[at + j] = (cgm_real)sum[j];
        }
    }
}

static void scan_task(void *context, size_t index, int worker)
{
    (void)worker;
    const scan *p = context;
    int64_t item = (int64_t)index * p->per_task, end = smaller(item + p->per_task, p->items);
    for (; item < end; item++) {
        int64_t column = item % p->blocks * BLOCK, at = item / p->blocks * p->len * p->inner + column;
        scan_columns(p, smaller(BLOCK, p->inner - column), p->x + at, p->out + at);
    }
}

void cgm_kernel_cumsum(int64_t outer, int64_t len, int64_t inner, bool reverse, const cgm_real *x, cgm_real *out,
                       int threads)
{
    int64_t blocks = (inner + BLOCK - 1) / BLOCK, elements = len * smaller(inner, BLOCK);
    int64_t per_task = elements < TASK_ELEMENTS ? TASK_ELEMENTS / elements : 1;
    scan p = {outer * blocks, per_task, blocks, len, inner, reverse, x, out};
    cgm_parallel(threads, (size_t)((p.items + per_task - 1) / per_task), scan_task, &p);
}
