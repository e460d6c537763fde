/* Linear maps of planes that are the product of one along each axis: padding by repetition, re-sampling, averaging. */
#include "base/threads.h"
#include "kernels/kernels.h"
#include "kernels/vector_math.h"

#define TASK_ELEMENTS 16384 /* a task is some rows of the result, with about so many elements read and written */

typedef struct job {
    int64_t planes, h, w;
    const cgm_axis_map *rows, *columns;
    int64_t rows_per_task;
    int64_t copied, copied_end, shift; /* these columns of a row are copies of those `shift` further on */
    bool pairs;                        /* each column is a sum of two */
    double *sums;                      /* a row of x for each worker */
    const cgm_real *x;
    cgm_real *out;
} job;

static bool is_copy(const cgm_axis_map *map, int64_t i)
{
    return map->first[i + 1] == map->first[i] + 1 && map->weight[map->first[i]] == 1;
}

/* Finds the longest run of columns that are copied from as many beside one another. */
static void find_copies(job *t)
{
    const cgm_axis_map *map = t->columns;
    for (int64_t begin = 0, end; begin < map->n; begin = end) {
        for (end = begin; end < map->n && is_copy(map, end); end++)
            if (map->index[map->first[end]] - end != map->index[map->first[begin]] - begin) break;
        if (end - begin > t->copied_end - t->copied)
            t->copied = begin, t->copied_end = end, t->shift = map->index[map->first[begin]] - begin;
        if (end == begin) end++;
    }
}

/* sums = the weighted sum of some rows of a plane. */
static CGM_VECTOR_CLONES void add_rows(int64_t n, const int64_t *index, const double *weight, int64_t w,
                                       const cgm_real *plane, double *restrict sums)
{
    for (int64_t j = 0; j < w; j++) sums[j] = 0;
    for (int64_t q = 0; q < n; q++) {
        const cgm_real *restrict row = plane + index[q] * w;
        double factor = weight[q];
#pragma omp simd
        for (int64_t j = 0; j < w; j++) sums[j] += factor * (double)row[j];
    }
}

static inline void add_columns(const cgm_axis_map *map, int64_t begin, int64_t end, const double *sums, cgm_real *out)
{
    for (int64_t j = begin; j < end; j++) {
        double sum = 0;
        for (int64_t q = map->first[j]; q < map->first[j + 1]; q++) sum += map->weight[q] * sums[map->index[q]];
        out[j] = (cgm_real)sum;
    }
}

static CGM_VECTOR_CLONES void map_columns(const job *t, const double *restrict sums, cgm_real *restrict out)
{
    const int64_t *restrict index = t->columns->index;
    const double *restrict weight = t->columns->weight;
    if (t->pairs) {
#pragma omp simd
        for (int64_t j = 0; j < t->columns->n; j++)
            out[j] = (cgm_real)(weight[2 * j] * sums[index[2 * j]] + weight[2 * j + 1] * sums[index[2 * j + 1]]);
        return;
    }
    add_columns(t->columns, 0, t->copied, sums, out);
#pragma omp simd
    for (int64_t j = t->copied; j < t->copied_end; j++) out[j] = (cgm_real)sums[j + t->shift];
    add_columns(t->columns, t->copied_end, t->columns->n, sums, out);
}

static void task(void *context, size_t index, int worker)
{
    const job *t = context;
    const cgm_axis_map *rows = t->rows;
    double *sums = t->sums + worker * t->w;
    int64_t row = (int64_t)index * t->rows_per_task, end = row + t->rows_per_task;
    for (; row < end && row < t->planes * rows->n; row++) {
        int64_t i = row % rows->n, first = rows->first[i];
        add_rows(rows->first[i + 1] - first, rows->index + first, rows->weight + first, t->w,
                 t->x + row / rows->n * t->h * t->w, sums);
        map_columns(t, sums, t->out + row * t->columns->n);
    }
}

void cgm_kernel_separable(int64_t planes, int64_t h, int64_t w, const cgm_axis_map *rows, const cgm_axis_map *columns,
                          const cgm_real *x, cgm_real *out, double *sums, int threads)
{
    job t = {planes, h, w, rows, columns, .sums = sums, .x = x, .out = out};
    int64_t of_row = columns->n + w * (rows->first[rows->n] / rows->n + 1);
    t.rows_per_task = of_row < TASK_ELEMENTS ? TASK_ELEMENTS / of_row : 1;
    t.pairs = true;
    for (int64_t j = 0; j <= columns->n; j++) t.pairs = t.pairs && columns->first[j] == 2 * j;
    find_copies(&t);
    cgm_parallel(threads, (size_t)((planes * rows->n + t.rows_per_task - 1) / t.rows_per_task), task, &t);
}
