/* Who is near whom: the probabilities of t-SNE among the rows. */
#include <float.h>
#include <math.h>

#include "base/arena.h"
#include "base/threads.h"
#include "kernels/gemm.h"
#include "metrics/tsne_priv.h"

enum { BLOCK = 64 /* rows of a task */, HALVINGS = 200 };
#define CLOSE 1e-10 /* of the entropy, in nats */

typedef struct neighbours {
    size_t n, width;
    double entropy;
    const double *x; /* [n, width], without their mean */
    double *size;    /* [n]: |x_i|^2 */
    double *p;       /* [n, n] */
} neighbours;

/* Makes probabilities of squared distances [n], none of them of the row itself, with the precision b; returns their
 * entropy. The least distance is taken off, so that the largest term is 1. */
static double weigh(size_t n, size_t self, double least, double b, const double *distance, double *p)
{
    double sum = 0, mean = 0;
    for (size_t j = 0; j < n; j++) {
        double e = j == self ? 0 : exp(-b * (distance[j] - least));
        if (p) p[j] = e;
        sum += e;
        if (e > 0) mean += e * b * (distance[j] - least);
    }
    for (size_t j = 0; p && j < n; j++) p[j] /= sum;
    return log(sum) + mean / sum;
}

/* The precision with the wanted entropy, which falls as the precision grows. Where rows are equal there may be none:
 * what is nearest then. */
static double find_precision(const neighbours *s, size_t self, const double *distance, double least)
{
    double low = 0, high = INFINITY, mean = 0, b;
    for (size_t j = 0; j < s->n; j++)
        if (j != self) mean += (distance[j] - least) / (double)(s->n - 1);
    b = mean > 0 ? 1 / mean : 1;
    for (int k = 0; k < HALVINGS; k++) {
        double off = weigh(s->n, self, least, b, distance, NULL) - s->entropy;
        if (fabs(off) < CLOSE) break;
        if (off > 0)
            low = b;
        else
            high = b;
        b = isfinite(high) ? (low + high) / 2 : fmin(2 * b, DBL_MAX);
    }
    return b;
}

/* Overwrites the row's squared distances with its probabilities; row: room [n]. */
static void make_row(const neighbours *s, size_t i, double *row)
{
    double least = INFINITY, *p = s->p + i * s->n;
    for (size_t j = 0; j < s->n; j++) {
        row[j] = fmax(s->size[i] + s->size[j] - 2 * p[j], 0);
        if (j != i) least = fmin(least, row[j]);
    }
    weigh(s->n, i, least, find_precision(s, i, row, least), row, p);
}

typedef struct job {
    const neighbours *s;
    double *room; /* [workers, n] */
} job;

static void make_block(void *context, size_t index, int worker)
{
    const job *j = context;
    const neighbours *s = j->s;
    size_t begin = index * BLOCK, rows = s->n - begin < BLOCK ? s->n - begin : BLOCK;
    int64_t n = (int64_t)s->n, width = (int64_t)s->width;
    cgm_gemm_double(false, true, (int64_t)rows, n, width, s->x + begin * s->width, width, s->x, width, 0,
                    s->p + begin * s->n, n);
    for (size_t i = 0; i < rows; i++) make_row(s, begin + i, j->room + (size_t)worker * s->n);
}

static void centre(size_t n, size_t width, const double *x, double *mean, double *out)
{
    for (size_t i = 0; i < n * width; i++) mean[i % width] += x[i] / (double)n;
    for (size_t i = 0; i < n * width; i++) out[i] = x[i] - mean[i % width];
}

cgm_status cgm_tsne_neighbours(size_t n, size_t width, const double *x, double perplexity, int threads, double *p)
{
    cgm_arena arena = {0};
    double *mean = cgm_arena_array(&arena, width, sizeof *mean), *size = cgm_arena_array(&arena, n, sizeof *size);
    double *centred = cgm_arena_array(&arena, n, width * sizeof *centred);
    double *room = cgm_arena_array(&arena, (size_t)threads, n * sizeof *room);
    cgm_status status = mean && size && centred && room ? CGM_OK : CGM_E_MEMORY;
    if (status == CGM_OK) {
        centre(n, width, x, mean, centred);
        for (size_t i = 0; i < n * width; i++) size[i / width] += centred[i] * centred[i];
        const neighbours s = {n, width, log(perplexity), centred, size, p};
        job j = {&s, room};
        cgm_parallel(threads, (n + BLOCK - 1) / BLOCK, make_block, &j);
    }
    cgm_arena_clear(&arena);
    return status;
}

void cgm_tsne_pair(size_t n, double *p)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            p[i * n + j] = p[j * n + i] = (p[i * n + j] + p[j * n + i]) / (2 * (double)n);
}
