#include "metrics/tsne.h"

#include <math.h>

#include "base/arena.h"
#include "base/threads.h"
#include "metrics/features.h"
#include "metrics/tsne_priv.h"

enum { BLOCK = 32 /* rows of a task */, LEAST = 4, USUAL = 1000, EARLY = 250, TELL = 50 };
#define PERPLEXITY 30
#define EXAGGERATION 12
#define START 1e-2 /* standard deviation */

/* ---- The gradient ---- */

/* With k_ij = 1 / (1 + |y_i - y_j|^2) and Z their sum, q_ij = k_ij / Z and
 *     dC/dy_i = 4 sum_j (f p_ij - q_ij) k_ij (y_i - y_j):
 * of each row sum_j p_ij k_ij (y_i - y_j), sum_j k_ij^2 (y_i - y_j), sum_j k_ij, and sum_j p_ij log(p_ij / k_ij). */
enum { PULL, PUSH = 2, KERNEL = 4, LOGS = 5, PARTS = CGM_TSNE_PARTS };

typedef struct slopes {
    size_t n;
    const double *p, *y;
    double *parts; /* [n, PARTS] */
    bool logs;
} slopes;

static void add_row(const slopes *s, size_t i)
{
    const double *p = s->p + i * s->n, *y = s->y, a = y[2 * i], b = y[2 * i + 1];
    double sum[PARTS] = {0};
    for (size_t j = 0; j < s->n; j++) {
        double u = a - y[2 * j], v = b - y[2 * j + 1], k = j == i ? 0 : 1 / (1 + u * u + v * v);
        double pull = p[j] * k, push = k * k;
        sum[PULL] += pull * u;
        sum[PULL + 1] += pull * v;
        sum[PUSH] += push * u;
        sum[PUSH + 1] += push * v;
        sum[KERNEL] += k;
    }
    for (size_t j = 0; s->logs && j < s->n; j++) {
        double u = a - y[2 * j], v = b - y[2 * j + 1];
        if (p[j] > 0) sum[LOGS] += p[j] * log(p[j] * (1 + u * u + v * v));
    }
    for (int k = 0; k < PARTS; k++) s->parts[i * PARTS + (size_t)k] = sum[k];
}

static void add_block(void *context, size_t index, int worker)
{
    const slopes *s = context;
    (void)worker;
    for (size_t i = index * BLOCK; i < s->n && i < (index + 1) * BLOCK; i++) add_row(s, i);
}

void cgm_tsne_gradient(size_t n, const double *p, double factor, const double *points, int threads, double *parts,
                       double *gradient, double *divergence)
{
    slopes s = {n, p, points, parts, divergence != NULL};
    double z = 0, logs = 0;
    cgm_parallel(threads, (n + BLOCK - 1) / BLOCK, add_block, &s);
    for (size_t i = 0; i < n; i++) {
        z += parts[i * PARTS + KERNEL];
        logs += parts[i * PARTS + LOGS];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 2; k++)
            gradient[2 * i + k] = 4 * (factor * parts[i * PARTS + PULL + k] - parts[i * PARTS + PUSH + k] / z);
    if (divergence) *divergence = logs + log(z); /* the p add to 1 */
}

/* ---- The descent ---- */

typedef struct descent {
    size_t n, iterations;
    int threads;
    const cgm_tsne_opts *opts;
    double *p;                          /* [n, n] */
    double *parts;                      /* [n, PARTS] */
    double *y, *gradient, *step, *gain; /* [n, 2] */
} descent;

/* Jacobs 1988, "Increased rates of convergence through learning rate adaptation": a coordinate's gain grows while it
 * goes on in its direction. */
static void move(descent *d, double rate, double momentum)
{
    double mean[2] = {0, 0};
    for (size_t i = 0; i < 2 * d->n; i++) {
        bool same = (d->gradient[i] > 0) == (d->step[i] > 0);
        d->gain[i] = fmax(same ? 0.8 * d->gain[i] : d->gain[i] + 0.2, 0.01);
        d->step[i] = momentum * d->step[i] - rate * d->gain[i] * d->gradient[i];
        d->y[i] += d->step[i];
        mean[i % 2] += d->y[i] / (double)d->n;
    }
    for (size_t i = 0; i < 2 * d->n; i++) d->y[i] -= mean[i % 2];
}

static cgm_status descend(descent *d, double *divergence)
{
    size_t early = d->iterations / 4 < EARLY ? d->iterations / 4 : EARLY;
    double rate = fmax((double)d->n / (4 * EXAGGERATION), 50), now;
    const cgm_tsne_opts *o = d->opts;
    for (size_t t = 0; t < d->iterations; t++) {
        cgm_tsne_gradient(d->n, d->p, t < early ? EXAGGERATION : 1, d->y, d->threads, d->parts, d->gradient,
                          o->tell && (t + 1) % TELL == 0 ? &now : NULL);
        move(d, rate, t < early ? 0.5 : 0.8);
        if (o->tell && (t + 1) % TELL == 0) o->tell(o->context, t + 1, d->iterations, now);
        if (o->stop && *o->stop)
            return CGM_FAIL(CGM_E_INTERRUPTED, "stopped after %zu of %zu iterations: nothing is written", t + 1,
                            d->iterations);
    }
    if (divergence) cgm_tsne_gradient(d->n, d->p, 1, d->y, d->threads, d->parts, d->gradient, divergence);
    return CGM_OK;
}

static cgm_status create(descent *d, const cgm_rng *rng, cgm_arena *arena, double *points)
{
    cgm_rng draws = *rng;
    d->p = cgm_arena_array(arena, d->n, d->n * sizeof *d->p);
    d->parts = cgm_arena_array(arena, d->n, PARTS * sizeof *d->parts);
    d->gradient = cgm_arena_array(arena, d->n, 2 * sizeof *d->gradient);
    d->step = cgm_arena_array(arena, d->n, 2 * sizeof *d->step);
    d->gain = cgm_arena_array(arena, d->n, 2 * sizeof *d->gain);
    if (!d->p || !d->parts || !d->gradient || !d->step || !d->gain) return CGM_E_MEMORY;
    d->y = points;
    for (size_t i = 0; i < 2 * d->n; i++) {
        d->y[i] = START * cgm_rng_normal(&draws);
        d->gain[i] = 1;
    }
    return CGM_OK;
}

cgm_status cgm_tsne(size_t n, size_t width, const double *x, const cgm_rng *rng, const cgm_tsne_opts *opts,
                    double *points, double *divergence, double *perplexity)
{
    cgm_arena arena = {0};
    descent d = {.n = n,
                 .iterations = opts->iterations ? opts->iterations : USUAL,
                 .threads = opts->threads > 1 ? opts->threads : 1,
                 .opts = opts};
    CGM_TRY(cgm_features_check("t-SNE", LEAST, width, n, x));
    double aim = opts->perplexity > 0 ? opts->perplexity : fmin(PERPLEXITY, (double)(n - 1) / 3);
    if (!(aim >= 1 && aim < (double)(n - 1)))
        return CGM_FAIL(CGM_E_ARG, "perplexity: %g; expected a number from 1 to below %zu, as there are %zu rows", aim,
                        n - 1, n);
    cgm_status status = create(&d, rng, &arena, points);
    if (status == CGM_OK) status = cgm_tsne_neighbours(n, width, x, aim, d.threads, d.p);
    if (status == CGM_OK) {
        cgm_tsne_pair(n, d.p);
        status = descend(&d, divergence);
    }
    if (status == CGM_OK && perplexity) *perplexity = aim;
    cgm_arena_clear(&arena);
    return status;
}
