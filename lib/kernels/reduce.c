/* Sums over any axes, log-sum-exp, sum of squares. Sums are in double, in chunks whose borders come from the shape
 * alone. */
#include <string.h>

#include "base/threads.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"
#include "kernels/vector_math.h"

#define TASK_ELEMENTS 32768 /* of the input, about: enough to pay for handing a task to a thread */
#define MAX_CHUNKS 64       /* of one output's sum */
#define BLOCK 512           /* columns of accumulators on the stack */
#define SEGMENT 8192        /* of a contiguous run */

/* Any sum, after merging neighbouring axes of a kind: dense extents k0 r0 k1 r1 k2 r2, the k kept and the r summed.
 * Either r2 > 1 and an item is one output, the sum of runs of r2; or an item is a block of columns of k2, the sum of
 * rows. An item's units (segments of runs, or rows) fall into chunks, a task is one chunk of some consecutive items,
 * and a sum over several chunks goes through `partial`. */
typedef struct reduction {
    int64_t k0, r0, k1, r1, k2, r2;
    bool rows;
    int64_t outputs, summed;
    int64_t pieces; /* segments of a run, or column blocks of a row */
    int64_t items, items_per_task, item_tasks;
    int64_t units, chunks;
    const cgm_real *x;
    cgm_real *out;
    double *partial; /* [chunks][outputs] */
} reduction;

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Walks from the last axis to the first and moves on by a slot when the kind changes. */
static void merge_axes(int rank, const int64_t *dim, unsigned axes, int64_t extent[6])
{
    for (int i = 0; i < 6; i++) extent[i] = 1;
    int slot = 5;
    for (int axis = rank - 1; axis >= 0; axis--) {
        if (dim[axis] == 1) continue;
        bool summed = axes >> axis & 1;
        if (summed != (slot % 2 == 1)) slot--;
        CGM_CHECK(slot >= 0);
        extent[slot] *= dim[axis];
    }
}

static reduction plan_reduction(int rank, const int64_t *dim, unsigned axes)
{
    int64_t e[6];
    merge_axes(rank, dim, axes, e);
    reduction p = {.k0 = e[0], .r0 = e[1], .k1 = e[2], .r1 = e[3], .k2 = e[4], .r2 = e[5]};
    p.outputs = p.k0 * p.k1 * p.k2;
    p.summed = p.r0 * p.r1 * p.r2;
    p.rows = p.r2 == 1 && p.k2 > 1;
    p.chunks = 1;
    if (p.outputs == 0 || p.summed == 0) return p;
    p.pieces = p.rows ? ceil_div(p.k2, BLOCK) : ceil_div(p.r2, SEGMENT);
    p.items = p.rows ? p.k0 * p.k1 * p.pieces : p.outputs;
    p.units = p.rows ? p.r0 * p.r1 : p.r0 * p.r1 * p.pieces;
    int64_t item_elements = p.rows ? p.summed * min64(p.k2, BLOCK) : p.summed;
    p.items_per_task = larger(1, TASK_ELEMENTS / item_elements);
    p.item_tasks = ceil_div(p.items, p.items_per_task);
    p.chunks = min64(min64(p.units, MAX_CHUNKS / p.item_tasks), item_elements / TASK_ELEMENTS);
    p.chunks = larger(1, p.chunks);
    return p;
}

static CGM_WHOLE CGM_VECTOR_CLONES double sum_run(int64_t n, const cgm_real *x)
{
    CGM_READS(n, x);
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += x[i];
    return sum;
}

/* sum[j] += the j-th column of rows of x, which are `stride` apart. */
static CGM_VECTOR_CLONES void sum_rows(int64_t rows, int64_t stride, int64_t width, const cgm_real *x, double *sum)
{
    int64_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        const cgm_real *a = x + i * stride, *b = a + stride, *c = b + stride, *d = c + stride;
#pragma omp simd
        for (int64_t j = 0; j < width; j++) sum[j] += ((double)a[j] + b[j]) + ((double)c[j] + d[j]);
    }
    for (; i < rows; i++) {
        const cgm_real *a = x + i * stride;
#pragma omp simd
        for (int64_t j = 0; j < width; j++) sum[j] += a[j];
    }
}

static void sum_runs_item(const reduction *p, int64_t item, int64_t begin, int64_t end, double *sum)
{
    int64_t j2 = item % p->k2, j1 = item / p->k2 % p->k1, j0 = item / p->k2 / p->k1;
    double total = 0;
    for (int64_t u = begin; u < end; u++) {
        int64_t piece = u % p->pieces, row = u / p->pieces, i1 = row % p->r1, i0 = row / p->r1;
        int64_t at = ((((j0 * p->r0 + i0) * p->k1 + j1) * p->r1 + i1) * p->k2 + j2) * p->r2 + piece * SEGMENT;
        total += sum_run(min64(SEGMENT, p->r2 - piece * SEGMENT), p->x + at);
    }
    *sum = total;
}

static void sum_rows_item(const reduction *p, int64_t item, int64_t begin, int64_t end, double *sum)
{
    int64_t column = item % p->pieces * BLOCK, row = item / p->pieces, j1 = row % p->k1, j0 = row / p->k1;
    int64_t width = min64(BLOCK, p->k2 - column);
    for (int64_t j = 0; j < width; j++) sum[j] = 0;
    for (int64_t u = begin; u < end;) {
        int64_t i1 = u % p->r1, i0 = u / p->r1, count = min64(p->r1 - i1, end - u);
        int64_t at = (((j0 * p->r0 + i0) * p->k1 + j1) * p->r1 + i1) * p->k2 + column;
        sum_rows(count, p->k2, width, p->x + at, sum);
        u += count;
    }
}

static void reduce_task(void *context, size_t index, int worker)
{
    (void)worker;
    const reduction *p = context;
    int64_t chunk = (int64_t)index % p->chunks, first = (int64_t)index / p->chunks * p->items_per_task;
    int64_t begin = chunk * p->units / p->chunks, end = (chunk + 1) * p->units / p->chunks;
    double sum[BLOCK];
    for (int64_t item = first; item < min64(first + p->items_per_task, p->items); item++) {
        int64_t at = item, width = 1;
        if (p->rows) {
            int64_t column = item % p->pieces * BLOCK;
            at = item / p->pieces * p->k2 + column;
            width = min64(BLOCK, p->k2 - column);
            sum_rows_item(p, item, begin, end, sum);
        } else {
            sum_runs_item(p, item, begin, end, sum);
        }
        for (int64_t j = 0; j < width; j++) {
            if (p->chunks == 1)
                p->out[at + j] = (cgm_real)sum[j];
            else
                p->partial[chunk * p->outputs + at + j] = sum[j];
        }
    }
}

size_t cgm_reduce_sum_scratch(int rank, const int64_t *dim, unsigned axes, int threads)
{
    (void)threads;
    reduction p = plan_reduction(rank, dim, axes);
    return p.chunks == 1 ? 0 : (size_t)(p.chunks * p.outputs) * sizeof(double);
}

void cgm_reduce_sum(int rank, const int64_t *dim, unsigned axes, const cgm_real *x, cgm_real *out, void *scratch,
                    int threads)
{
    reduction p = plan_reduction(rank, dim, axes);
    p.x = x;
    p.out = out;
    p.partial = scratch;
    if (p.outputs == 0) return;
    if (p.summed == 0) {
        cgm_fill((size_t)p.outputs, 0, out, threads);
        return;
    }
    cgm_parallel(threads, (size_t)(p.item_tasks * p.chunks), reduce_task, &p);
    if (p.chunks == 1) return;
    for (int64_t o = 0; o < p.outputs; o++) {
        double sum = 0;
        for (int64_t c = 0; c < p.chunks; c++) sum += p.partial[c * p.outputs + o];
        out[o] = (cgm_real)sum;
    }
}

void cgm_reduce_sum_add(int rank, const int64_t *dim, unsigned axes, const cgm_real *x, bool first, double *sum)
{
    reduction p = plan_reduction(rank, dim, axes);
    double item_sum[BLOCK];
    p.x = x;
    if (first) memset(sum, 0, (size_t)p.outputs * sizeof *sum);
    if (p.outputs == 0 || p.summed == 0) return;
    for (int64_t item = 0; item < p.items; item++) {
        int64_t at = item, width = 1;
        if (p.rows) {
            int64_t column = item % p.pieces * BLOCK;
            at = item / p.pieces * p.k2 + column;
            width = min64(BLOCK, p.k2 - column);
            sum_rows_item(&p, item, 0, p.units, item_sum);
        } else {
            sum_runs_item(&p, item, 0, p.units, item_sum);
        }
        for (int64_t j = 0; j < width; j++) sum[at + j] += item_sum[j];
    }
}

CGM_VECTOR_CLONES void cgm_add_parts(size_t n, size_t parts, size_t stride, const cgm_real *part, cgm_real *out)
{
    memcpy(out, part, n * sizeof *out);
    for (size_t k = 1; k < parts; k++) {
        part += stride;
#pragma omp simd
        for (size_t i = 0; i < n; i++) out[i] += part[i];
    }
}

void cgm_add_parts_double(size_t n, size_t parts, size_t stride, const double *part, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < parts; k++) sum += part[k * stride + i];
        out[i] = (cgm_real)sum;
    }
}

typedef struct logsumexp {
    int64_t outer, len, inner;
    int64_t rows_per_task; /* of outer */
    const cgm_real *x;
    cgm_real *out;
} logsumexp;

/* The shift of one log-sum-exp: its maximum where that is finite, else 0, so that infinities and NaN come out by
 * themselves. */
static cgm_real usable_shift(cgm_real maximum)
{
    return isfinite(maximum) ? maximum : 0;
}

static CGM_VECTOR_CLONES cgm_real logsumexp_run(int64_t n, const cgm_real *x)
{
    cgm_real maximum = -INFINITY;
    double sum = 0;
#pragma omp simd reduction(max : maximum)
    for (int64_t i = 0; i < n; i++) maximum = x[i] > maximum ? x[i] : maximum;
    maximum = usable_shift(maximum);
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += cgm_vec_exp(x[i] - maximum);
    return (cgm_real)(maximum + log(sum));
}

static CGM_VECTOR_CLONES void logsumexp_columns(int64_t n, int64_t stride, int64_t width, const cgm_real *x,
                                                cgm_real *out)
{
    cgm_real maximum[BLOCK];
    double sum[BLOCK];
    for (int64_t j = 0; j < width; j++) maximum[j] = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
#pragma omp simd
        for (int64_t j = 0; j < width; j++) {
            cgm_real v = x[i * stride + j];
            maximum[j] = v > maximum[j] ? v : maximum[j];
        }
    }
    for (int64_t j = 0; j < width; j++) maximum[j] = usable_shift(maximum[j]);
    for (int64_t j = 0; j < width; j++) sum[j] = 0;
    for (int64_t i = 0; i < n; i++) {
#pragma omp simd
        for (int64_t j = 0; j < width; j++) sum[j] += cgm_vec_exp(x[i * stride + j] - maximum[j]);
    }
    for (int64_t j = 0; j < width; j++) out[j] = (cgm_real)(maximum[j] + log(sum[j]));
}

static void logsumexp_task(void *context, size_t index, int worker)
{
    (void)worker;
    const logsumexp *p = context;
    int64_t first = (int64_t)index * p->rows_per_task;
    for (int64_t row = first; row < min64(first + p->rows_per_task, p->outer); row++) {
        const cgm_real *x = p->x + row * p->len * p->inner;
        cgm_real *out = p->out + row * p->inner;
        if (p->inner == 1) {
            *out = logsumexp_run(p->len, x);
            continue;
        }
        for (int64_t j = 0; j < p->inner; j += BLOCK)
            logsumexp_columns(p->len, p->inner, min64(BLOCK, p->inner - j), x + j, out + j);
    }
}

void cgm_reduce_logsumexp(int64_t outer, int64_t len, int64_t inner, const cgm_real *x, cgm_real *out, int threads)
{
    if (outer == 0 || inner == 0) return;
    int64_t rows_per_task = larger(1, TASK_ELEMENTS / larger(1, len * inner));
    logsumexp p = {outer, len, inner, rows_per_task, x, out};
    cgm_parallel(threads, (size_t)ceil_div(outer, rows_per_task), logsumexp_task, &p);
}

typedef struct sum_squares {
    size_t n, chunk;
    const cgm_real *x;
    double partial[256];
} sum_squares;

static CGM_WHOLE CGM_VECTOR_CLONES double square_run(size_t n, const cgm_real *x)
{
    CGM_READS(n, x);
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    return sum;
}

static void sum_squares_task(void *context, size_t index, int worker)
{
    (void)worker;
    sum_squares *p = context;
    size_t begin = index * p->chunk, left = p->n - begin;
    p->partial[index] = square_run(left < p->chunk ? left : p->chunk, p->x + begin);
}

double cgm_sum_squares(size_t n, const cgm_real *x, int threads)
{
    sum_squares p = {.n = n, .chunk = (n + 255) / 256, .x = x};
    if (p.chunk < TASK_ELEMENTS) p.chunk = TASK_ELEMENTS;
    size_t chunks = (n + p.chunk - 1) / p.chunk;
    cgm_parallel(threads, chunks, sum_squares_task, &p);
    double sum = 0;
    for (size_t i = 0; i < chunks; i++) sum += p.partial[i];
    return sum;
}
