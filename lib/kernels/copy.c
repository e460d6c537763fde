/* Copies: broadcast and slice by strides, columns into and out of wider rows, fills. */
#include <string.h>

#include "base/threads.h"
#include "kernels/kernels.h"

#define TASK_ELEMENTS 32768 /* a task is so many consecutive elements of the output */
#define MAX_RANK 8

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static size_t task_count(int64_t total)
{
    return (size_t)((total + TASK_ELEMENTS - 1) / TASK_ELEMENTS);
}

static void fill_run(size_t n, cgm_real value, cgm_real *out)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) out[i] = value;
}

/* A strided copy with neighbouring axes merged where one stride spans both; at least one axis. */
typedef struct strided {
    int rank;
    int64_t dim[MAX_RANK], stride[MAX_RANK];
    int64_t total;
    const cgm_real *x;
    cgm_real *out;
} strided;

static void merge_axes(strided *p, int rank, const int64_t *dim, const int64_t *stride)
{
    p->total = 1;
    for (int axis = 0; axis < rank; axis++) {
        p->total *= dim[axis];
        if (dim[axis] == 1) continue;
        int last = p->rank - 1;
        if (p->rank > 0 && p->stride[last] == stride[axis] * dim[axis]) {
            p->dim[last] *= dim[axis];
            p->stride[last] = stride[axis];
        } else {
            CGM_CHECK(p->rank < MAX_RANK);
            p->dim[p->rank] = dim[axis];
            p->stride[p->rank++] = stride[axis];
        }
    }
    if (p->rank == 0) {
        p->dim[0] = 1;
        p->stride[0] = 1;
        p->rank = 1;
    }
}

static void copy_run(int64_t n, int64_t stride, const cgm_real *x, cgm_real *out)
{
    if (stride == 1) {
        memcpy(out, x, (size_t)n * sizeof *out);
    } else if (stride == 0) {
        fill_run((size_t)n, *x, out);
    } else {
        for (int64_t i = 0; i < n; i++) out[i] = x[i * stride];
    }
}

static void strided_task(void *context, size_t index, int worker)
{
    (void)worker;
    const strided *p = context;
    int64_t at = (int64_t)index * TASK_ELEMENTS, end = smaller(at + TASK_ELEMENTS, p->total);
    int64_t position[MAX_RANK], rest = at;
    const cgm_real *x = p->x;
    int inner = p->rank - 1;
    for (int axis = inner; axis >= 0; axis--) {
        position[axis] = rest % p->dim[axis];
        rest /= p->dim[axis];
        x += position[axis] * p->stride[axis];
    }
    while (at < end) {
        int64_t n = smaller(p->dim[inner] - position[inner], end - at);
        copy_run(n, p->stride[inner], x, p->out + at);
        at += n;
        /* On to the start of the next run; past the last one the position wraps to the start, and is not used. */
        x -= position[inner] * p->stride[inner];
        position[inner] = 0;
        for (int axis = inner - 1; axis >= 0; axis--) {
            x += p->stride[axis];
            if (++position[axis] < p->dim[axis]) break;
            x -= p->dim[axis] * p->stride[axis];
            position[axis] = 0;
        }
    }
}

void cgm_copy_strided(int rank, const int64_t *dim, const int64_t *x_stride, const cgm_real *x, cgm_real *out,
                      int threads)
{
    strided p = {.x = x, .out = out};
    merge_axes(&p, rank, dim, x_stride);
    cgm_parallel(threads, task_count(p.total), strided_task, &p);
}

/* Copies dense rows of len to or from rows of another width. */
typedef struct columns {
    int64_t len, total, x_width, out_width;
    const cgm_real *x;
    cgm_real *out;
} columns;

static void columns_task(void *context, size_t index, int worker)
{
    (void)worker;
    const columns *p = context;
    int64_t at = (int64_t)index * TASK_ELEMENTS, end = smaller(at + TASK_ELEMENTS, p->total);
    while (at < end) {
        int64_t row = at / p->len, j = at % p->len, n = smaller(p->len - j, end - at);
        memcpy(p->out + row * p->out_width + j, p->x + row * p->x_width + j, (size_t)n * sizeof *p->out);
        at += n;
    }
}

void cgm_copy_into(int64_t outer, int64_t len, int64_t width, int64_t at, const cgm_real *x, cgm_real *out, int threads)
{
    columns p = {.len = len, .total = outer * len, .x_width = len, .out_width = width, .x = x, .out = out + at};
    cgm_parallel(threads, task_count(p.total), columns_task, &p);
}

void cgm_copy_from(int64_t outer, int64_t len, int64_t width, int64_t at, const cgm_real *x, cgm_real *out, int threads)
{
    columns p = {.len = len, .total = outer * len, .x_width = width, .out_width = len, .x = x + at, .out = out};
    cgm_parallel(threads, task_count(p.total), columns_task, &p);
}

typedef struct filling {
    int64_t total;
    cgm_real value;
    cgm_real *out;
} filling;

static void fill_task(void *context, size_t index, int worker)
{
    (void)worker;
    const filling *p = context;
    int64_t at = (int64_t)index * TASK_ELEMENTS;
    fill_run((size_t)smaller(TASK_ELEMENTS, p->total - at), p->value, p->out + at);
}

void cgm_fill(size_t n, cgm_real value, cgm_real *out, int threads)
{
    filling p = {(int64_t)n, value, out};
    cgm_parallel(threads, task_count(p.total), fill_task, &p);
}

typedef struct accumulation {
    size_t n;
    const cgm_real *x;
    cgm_real *sum;
} accumulation;

static void accumulate_task(void *context, size_t index, int worker)
{
    (void)worker;
    const accumulation *a = context;
    size_t at = index * TASK_ELEMENTS, end = at + TASK_ELEMENTS < a->n ? at + TASK_ELEMENTS : a->n;
    const cgm_real *restrict x = a->x;
    cgm_real *restrict sum = a->sum;
#pragma omp simd
    for (size_t i = at; i < end; i++) sum[i] += x[i];
}

void cgm_accumulate(size_t n, const cgm_real *x, cgm_real *sum, int threads)
{
    accumulation a = {n, x, sum};
    cgm_parallel(threads, (n + TASK_ELEMENTS - 1) / TASK_ELEMENTS, accumulate_task, &a);
}
