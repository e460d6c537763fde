/* Where the windows of planes have their largest elements. */
#include "base/threads.h"
#include "kernels/kernels.h"

typedef struct job {
    int64_t h, w;
    const cgm_axis_map *rows, *columns;
    const cgm_real *x;
    cgm_real *out;
} job;

/* One plane. The first of equal elements wins, and a NaN over all numbers. */
static void plane_task(void *context, size_t index, int worker)
{
    (void)worker;
    const job *t = context;
    const cgm_real *plane = t->x + (int64_t)index * t->h * t->w;
    cgm_real *out = t->out + (int64_t)index * t->rows->n * t->columns->n;
    for (int64_t i = 0; i < t->rows->n; i++)
        for (int64_t j = 0; j < t->columns->n; j++) {
            int64_t best = -1;
            for (int64_t a = t->rows->first[i]; a < t->rows->first[i + 1]; a++)
                for (int64_t b = t->columns->first[j]; b < t->columns->first[j + 1]; b++) {
                    int64_t at = t->rows->index[a] * t->w + t->columns->index[b];
                    if (best < 0 || plane[at] > plane[best] || (plane[at] != plane[at] && plane[best] == plane[best]))
                        best = at;
                }
            *out++ = (cgm_real)best;
        }
}

void cgm_kernel_max_index(int64_t planes, int64_t h, int64_t w, const cgm_axis_map *rows, const cgm_axis_map *columns,
                          const cgm_real *x, cgm_real *out, int threads)
{
    cgm_parallel(threads, (size_t)planes, plane_task, &(job){h, w, rows, columns, x, out});
}
