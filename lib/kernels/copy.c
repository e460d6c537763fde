/* Copies: broadcast, slice and transpose by strides, columns into and out of wider rows, lines among zeros, fills. */
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
    int along; /* of a transposition, the axis that is dense in x */
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

/* A transposition: the last axis is not dense in x, another is. It is copied in squares that stay in L1; a slab is
 * SQUARE indices of that axis, all of the last axis, and one index of each other. */
#define SQUARE 32

static int dense_axis(const strided *p)
{
    int axis = p->rank - 2;
    while (axis >= 0 && p->stride[axis] != 1) axis--;
    return p->stride[p->rank - 1] == 1 ? -1 : axis;
}

static int64_t slabs_along(const strided *p)
{
    return (p->dim[p->along] + SQUARE - 1) / SQUARE;
}

static int64_t all_slabs(const strided *p)
{
    return p->total / p->dim[p->along] / p->dim[p->rank - 1] * slabs_along(p);
}

static int64_t slabs_per_task(const strided *p)
{
    int64_t elements = SQUARE * p->dim[p->rank - 1];
    return elements < TASK_ELEMENTS ? TASK_ELEMENTS / elements : 1;
}

static void copy_square(int64_t rows, int64_t columns, int64_t x_stride, int64_t out_stride, const cgm_real *x,
                        cgm_real *out)
{
    for (int64_t a = 0; a < rows; a++)
        for (int64_t b = 0; b < columns; b++) out[a * out_stride + b] = x[a + b * x_stride];
}

static void copy_slab(const strided *p, int64_t slab)
{
    int inner = p->rank - 1;
    int64_t first = slab % slabs_along(p) * SQUARE, rest = slab / slabs_along(p), step = 1, step_along = 1;
    const cgm_real *x = p->x + first;
    cgm_real *out = p->out;
    for (int axis = inner; axis >= 0; axis--) {
        if (axis == p->along) {
            step_along = step;
        } else if (axis != inner) {
            x += rest % p->dim[axis] * p->stride[axis];
            out += rest % p->dim[axis] * step;
            rest /= p->dim[axis];
        }
        step *= p->dim[axis];
    }
    out += first * step_along;
    int64_t rows = smaller(SQUARE, p->dim[p->along] - first);
    for (int64_t j = 0; j < p->dim[inner]; j += SQUARE)
        copy_square(rows, smaller(SQUARE, p->dim[inner] - j), p->stride[inner], step_along, x + j * p->stride[inner],
                    out + j);
}

static void transpose_task(void *context, size_t index, int worker)
{
    (void)worker;
    const strided *p = context;
    int64_t slab = (int64_t)index * slabs_per_task(p), end = smaller(slab + slabs_per_task(p), all_slabs(p));
    for (; slab < end; slab++) copy_slab(p, slab);
}

static void transpose(strided *p, int threads)
{
    int64_t each = slabs_per_task(p);
    cgm_parallel(threads, (size_t)((all_slabs(p) + each - 1) / each), transpose_task, p);
}

void cgm_copy_strided(int rank, const int64_t *dim, const int64_t *x_stride, const cgm_real *x, cgm_real *out,
                      int threads)
{
    strided p = {.x = x, .out = out};
    merge_axes(&p, rank, dim, x_stride);
    p.along = dense_axis(&p);
    if (p.along >= 0) {
        transpose(&p, threads);
        return;
    }
    cgm_parallel(threads, task_count(p.total), strided_task, &p);
}

/* Lines of `inner` elements, every so many of `extent`. */
typedef struct spreading {
    int64_t lines, per_task; /* of the output */
    int64_t len, inner, extent, begin, step;
    const cgm_real *x;
    cgm_real *out;
} spreading;

/* Those of the output's lines first..end-1, of one index of `outer`, that are lines of x. */
static void spread_lines(const spreading *p, int64_t first, int64_t end)
{
    int64_t outer = first / p->extent, from = first - outer * p->extent, to = end - outer * p->extent;
    /* Lines of x in the order in which they lie in the output, k the least whose place is not before `from`. */
    int64_t step = p->step < 0 ? -p->step : p->step, last = p->len - 1;
    int64_t begin = p->step < 0 ? p->begin - last * step : p->begin;
    int64_t k = from > begin ? (from - begin + step - 1) / step : 0;
    for (; k <= last && begin + k * step < to; k++) {
        int64_t i = p->step < 0 ? last - k : k;
        const cgm_real *x = p->x + (outer * p->len + i) * p->inner;
        cgm_real *out = p->out + (outer * p->extent + begin + k * step) * p->inner;
        if (p->inner == 1)
            *out = *x;
        else
            memcpy(out, x, (size_t)p->inner * sizeof *out);
    }
}

static void spread_task(void *context, size_t index, int worker)
{
    (void)worker;
    const spreading *p = context;
    int64_t at = (int64_t)index * p->per_task, end = smaller(at + p->per_task, p->lines);
    memset(p->out + at * p->inner, 0, (size_t)((end - at) * p->inner) * sizeof *p->out);
    while (at < end) {
        int64_t stop = smaller((at / p->extent + 1) * p->extent, end);
        spread_lines(p, at, stop);
        at = stop;
    }
}

void cgm_kernel_spread(int64_t outer, int64_t len, int64_t inner, int64_t extent, int64_t begin, int64_t step,
                       const cgm_real *x, cgm_real *out, int threads)
{
    int64_t per_task = inner < TASK_ELEMENTS ? TASK_ELEMENTS / inner : 1;
    spreading p = {outer * extent, per_task, len, inner, extent, begin, step, x, out};
    cgm_parallel(threads, (size_t)((p.lines + per_task - 1) / per_task), spread_task, &p);
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
