/* Means over rows and resamples of them, in one pass. */
#include "scm/queries/running_means.h"

#include <math.h>
#include <stdlib.h>

#include "base/threads.h"

cgm_status cgm_scm_running_means_init(size_t rows, size_t columns, size_t width, size_t resamples, const cgm_rng *rng,
                                      scm_running_means *out)
{
    scm_running_means m = {.rows = rows, .columns = columns, .width = width, .resamples = resamples, .rng = *rng};
    m.left = cgm_arena_array(&m.arena, resamples + 1, sizeof *m.left);
    m.sum = cgm_arena_array(&m.arena, resamples + 1, columns * width * sizeof *m.sum);
    if (!m.left || !m.sum) {
        cgm_arena_clear(&m.arena);
        return CGM_E_MEMORY;
    }
    for (size_t b = 0; b < resamples; b++) m.left[b] = rows;
    *out = m;
    return CGM_OK;
}

/* P(k + 1) = P(k) (n - k) / (k + 1) p / (1 - p). */
size_t cgm_scm_binomial(size_t n, double p, double u)
{
    if (p >= 1) return n;
    double probability = exp((double)n * log1p(-p)), odds = p / (1 - p), below = probability;
    size_t k = 0;
    for (; k < n && u > below; k++) {
        probability *= (double)(n - k) / (double)(k + 1) * odds;
        below += probability;
        if (probability < 1e-300) break; /* the sum is 1 but for rounding */
    }
    return k;
}

typedef struct addition {
    scm_running_means *means;
    size_t n;
    const double *const *value;
    const double *count; /* [resamples + 1, n] */
} addition;

/* Rows in their order, so that it does not matter how many are added at a time. */
static void add_to_resample(void *context, size_t resample, int worker)
{
    const addition *a = context;
    const scm_running_means *m = a->means;
    (void)worker;
    for (size_t i = 0; i < a->n; i++) {
        double times = a->count[resample * a->n + i];
        for (size_t column = 0; times > 0 && column < m->columns; column++) {
            double *sum = m->sum + (resample * m->columns + column) * m->width;
            const double *row = a->value[column] + i * m->width;
            for (size_t k = 0; k < m->width; k++) sum[k] += times * row[k];
        }
    }
}

static void draw_counts(scm_running_means *m, size_t resample, size_t n, double *count)
{
    cgm_rng stream = cgm_rng_split_index(&m->rng, resample);
    for (size_t i = 0; i < n; i++) {
        cgm_rng row = cgm_rng_split_index(&stream, m->done + i);
        size_t times = cgm_scm_binomial(m->left[resample], 1 / (double)(m->rows - m->done - i), cgm_rng_uniform(&row));
        m->left[resample] -= times;
        count[i] = (double)times;
    }
}

cgm_status cgm_scm_running_means_add(scm_running_means *m, size_t n, const double *const *value, int threads)
{
    double *count = calloc((m->resamples + 1) * n + 1, sizeof *count);
    if (!count) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu resamples", m->resamples);
    for (size_t b = 0; b < m->resamples; b++) draw_counts(m, b, n, count + b * n);
    for (size_t i = 0; i < n; i++) count[m->resamples * n + i] = 1;
    addition a = {m, n, value, count};
    cgm_parallel(threads, m->resamples + 1, add_to_resample, &a);
    m->done += n;
    free(count);
    return CGM_OK;
}
