/* Reading and adding by indices, and one-hot rows. Indices are whole numbers held as reals; nothing is at one that is
 * NaN, not whole or outside. */
#include <math.h>
#include <string.h>

#include "base/threads.h"
#include "kernels/kernels.h"

#define TASK_ELEMENTS 32768 /* a task handles so many elements, about */

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Rows of so many elements that make a task, and the tasks of so many rows. */
static int64_t rows_per_task(int64_t elements)
{
    return elements < TASK_ELEMENTS ? TASK_ELEMENTS / (elements > 0 ? elements : 1) : 1;
}
static size_t tasks(int64_t rows, int64_t per_task)
{
    return (size_t)((rows + per_task - 1) / per_task);
}

/* The index as an integer, or -1 when nothing is there. */
static int64_t level_of(cgm_real index, int64_t levels)
{
    if (!(index >= 0 && index < (cgm_real)levels)) return -1;
    int64_t level = (int64_t)index;
    return (cgm_real)level == index && level < levels ? level : -1;
}

typedef struct indexing {
    int64_t rows, levels, m, per_task;
    const cgm_real *x, *index;
    cgm_real *out;
    double *sum; /* of each worker */
} indexing;

static void gather_task(void *context, size_t task, int worker)
{
    const indexing *p = context;
    (void)worker;
    int64_t at = (int64_t)task * TASK_ELEMENTS, end = smaller(at + TASK_ELEMENTS, p->rows * p->m);
    while (at < end) {
        int64_t row = at / p->m, stop = smaller((row + 1) * p->m, end);
        const cgm_real *x = p->x + row * p->levels;
        for (; at < stop; at++) {
            int64_t level = level_of(p->index[at], p->levels);
            p->out[at] = level < 0 ? (cgm_real)NAN : x[level];
        }
    }
}

void cgm_kernel_gather(int64_t rows, int64_t levels, int64_t m, const cgm_real *x, const cgm_real *index, cgm_real *out,
                       int threads)
{
    indexing p = {.rows = rows, .levels = levels, .m = m, .x = x, .index = index, .out = out};
    cgm_parallel(threads, tasks(rows * m, TASK_ELEMENTS), gather_task, &p);
}

static void scatter_add_task(void *context, size_t task, int worker)
{
    const indexing *p = context;
    double *sum = p->sum + worker * p->levels;
    int64_t row = (int64_t)task * p->per_task, end = smaller(row + p->per_task, p->rows);
    for (; row < end; row++) {
        memset(sum, 0, (size_t)p->levels * sizeof *sum);
        for (int64_t j = row * p->m; j < (row + 1) * p->m; j++) {
            int64_t level = level_of(p->index[j], p->levels);
            if (level >= 0) sum[level] += (double)p->x[j];
        }
        for (int64_t level = 0; level < p->levels; level++) p->out[row * p->levels + level] = (cgm_real)sum[level];
    }
}

size_t cgm_kernel_scatter_add_scratch(int64_t levels, int threads)
{
    return (size_t)(levels * threads) * sizeof(double);
}

void cgm_kernel_scatter_add(int64_t rows, int64_t levels, int64_t m, const cgm_real *x, const cgm_real *index,
                            cgm_real *out, void *scratch, int threads)
{
    indexing p = {rows, levels, m, rows_per_task(levels + m), x, index, out, scratch};
    cgm_parallel(threads, tasks(rows, p.per_task), scatter_add_task, &p);
}

/* Here m is the width of the table's rows. */
static void take_rows_task(void *context, size_t task, int worker)
{
    const indexing *p = context;
    (void)worker;
    int64_t row = (int64_t)task * p->per_task, end = smaller(row + p->per_task, p->rows);
    for (; row < end; row++) {
        int64_t level = level_of(p->index[row], p->levels);
        cgm_real *out = p->out + row * p->m;
        if (level >= 0)
            memcpy(out, p->x + level * p->m, (size_t)p->m * sizeof *out);
        else
            for (int64_t j = 0; j < p->m; j++) out[j] = (cgm_real)NAN;
    }
}

void cgm_kernel_take_rows(int64_t n, int64_t levels, int64_t width, const cgm_real *table, const cgm_real *index,
                          cgm_real *out, int threads)
{
    indexing p = {n, levels, width, rows_per_task(width), table, index, out, NULL};
    cgm_parallel(threads, tasks(n, p.per_task), take_rows_task, &p);
}

#define COLUMNS 64 /* of a task that adds rows */

static void add_columns(const indexing *p, int64_t begin, int64_t end, double *sum)
{
    for (int64_t i = 0; i < p->rows; i++) {
        int64_t level = level_of(p->index[i], p->levels);
        if (level < 0) continue;
        const cgm_real *x = p->x + i * p->m;
        double *to = sum + level * p->m;
#pragma omp simd
        for (int64_t j = begin; j < end; j++) to[j] += (double)x[j];
    }
}

static void add_rows_task(void *context, size_t task, int worker)
{
    const indexing *p = context;
    (void)worker;
    int64_t begin = (int64_t)task * COLUMNS, end = smaller(begin + COLUMNS, p->m);
    for (int64_t level = 0; level < p->levels; level++)
        memset(p->sum + level * p->m + begin, 0, (size_t)(end - begin) * sizeof *p->sum);
    add_columns(p, begin, end, p->sum);
    for (int64_t level = 0; level < p->levels; level++)
        for (int64_t j = begin; j < end; j++) p->out[level * p->m + j] = (cgm_real)p->sum[level * p->m + j];
}

void cgm_kernel_add_rows(int64_t n, int64_t levels, int64_t width, const cgm_real *x, const cgm_real *index,
                         cgm_real *out, double *sum, int threads)
{
    indexing p = {.rows = n, .levels = levels, .m = width, .x = x, .index = index, .out = out, .sum = sum};
    cgm_parallel(threads, tasks(width, COLUMNS), add_rows_task, &p);
}

void cgm_kernel_add_rows_to(int64_t n, int64_t levels, int64_t width, const cgm_real *x, const cgm_real *index,
                            bool first, double *sum)
{
    indexing p = {.rows = n, .levels = levels, .m = width, .x = x, .index = index};
    if (first) memset(sum, 0, (size_t)(levels * width) * sizeof *sum);
    add_columns(&p, 0, width, sum);
}

void cgm_kernel_one_hot(int64_t rows, int64_t levels, const cgm_real *index, cgm_real *out)
{
    for (int64_t i = 0; i < rows; i++) {
        cgm_real *row = out + i * levels;
        for (int64_t j = 0; j < levels; j++) row[j] = 0;
        int64_t level = level_of(index[i], levels);
        if (level >= 0) row[level] = 1;
    }
}
