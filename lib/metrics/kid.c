#include "metrics/kid.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "base/threads.h"
#include "kernels/gemm.h"
#include "metrics/features.h"
#include "metrics/metrics.h"

#define BLOCK 128 /* rows of either set whose products are made at a time */
#define LANES 8

/* A set of features. */
typedef struct set {
    size_t n;
    const double *x;
} set;

/* sum[i]: of the kernel of row i of a with all rows of b, but for itself where they are one set. */
typedef struct sums {
    size_t width;
    set a, b;
    bool same;
    double *products; /* [workers, BLOCK, BLOCK] */
    double *sum;
} sums;

static double kernel(double product, double scale)
{
    double base = product * scale + 1;
    return base * base * base;
}

/* The kernel's sum over n products, in LANES parts that a vector holds. */
static double kernel_sum(size_t n, const double *product, double scale)
{
    double part[LANES] = {0}, sum = 0;
    size_t j = 0;
    for (; j + LANES <= n; j += LANES)
        for (size_t k = 0; k < LANES; k++) part[k] += kernel(product[j + k], scale);
    for (; j < n; j++) sum += kernel(product[j], scale);
    for (size_t k = 0; k < LANES; k++) sum += part[k];
    return sum;
}

static void sum_block(void *context, size_t index, int worker)
{
    const sums *s = context;
    int64_t w = (int64_t)s->width;
    size_t begin = index * BLOCK, rows = s->a.n - begin < BLOCK ? s->a.n - begin : BLOCK;
    double *products = s->products + (size_t)worker * BLOCK * BLOCK, scale = 1 / (double)s->width;
    for (size_t i = 0; i < rows; i++) s->sum[begin + i] = 0;
    for (size_t other = 0; other < s->b.n; other += BLOCK) {
        size_t columns = s->b.n - other < BLOCK ? s->b.n - other : BLOCK;
        cgm_gemm_double(false, true, (int64_t)rows, (int64_t)columns, w, s->a.x + begin * s->width, w,
                        s->b.x + other * s->width, w, 0, products, BLOCK);
        for (size_t i = 0; i < rows; i++) {
            const double *row = products + i * BLOCK;
            s->sum[begin + i] += kernel_sum(columns, row, scale);
            if (s->same && begin == other) s->sum[begin + i] -= kernel(row[i], scale);
        }
    }
}

/* The kernel's sums of each row: of x with x, of y with y, of x with y, and of y with x. */
typedef struct kernel_sums {
    double *xx, *yy, *xy, *yx, *products;
} kernel_sums;

static cgm_status sums_create(size_t n, size_t m, int threads, cgm_arena *arena, kernel_sums *out)
{
    out->xx = cgm_arena_array(arena, n, sizeof *out->xx);
    out->xy = cgm_arena_array(arena, n, sizeof *out->xy);
    out->yy = cgm_arena_array(arena, m, sizeof *out->yy);
    out->yx = cgm_arena_array(arena, m, sizeof *out->yx);
    out->products = cgm_arena_array(arena, (size_t)threads, BLOCK * BLOCK * sizeof *out->products);
    return out->xx && out->xy && out->yy && out->yx && out->products ? CGM_OK : CGM_E_MEMORY;
}

static void sums_fill(size_t width, set x, set y, int threads, kernel_sums *k)
{
    sums all[] = {{width, x, x, true, k->products, k->xx},
                  {width, y, y, true, k->products, k->yy},
                  {width, x, y, false, k->products, k->xy},
                  {width, y, x, false, k->products, k->yx}};
    for (int i = 0; i < 4; i++) cgm_parallel(threads, (all[i].a.n + BLOCK - 1) / BLOCK, sum_block, &all[i]);
}

static double total(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum;
}

/* The estimate from sums over sets of so many rows. */
static double estimate(double xx, double yy, double xy, double n, double m)
{
    return xx / (n * (n - 1)) + yy / (m * (m - 1)) - 2 * xy / (n * m);
}

static double squared_deviations(size_t n, const double *x)
{
    double mean = total(n, x) / (double)n, sum = 0;
    for (size_t i = 0; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
    return sum;
}

/* Leaves out each row in turn: without row i its products are gone, twice those with its own set. The sums of x with x
 * and of y with y become the estimates. */
static cgm_kid jackknife(size_t n, size_t m, kernel_sums *k)
{
    double xx = total(n, k->xx), yy = total(m, k->yy), xy = total(n, k->xy), a = (double)n, b = (double)m;
    for (size_t i = 0; i < n; i++) k->xx[i] = estimate(xx - 2 * k->xx[i], yy, xy - k->xy[i], a - 1, b);
    for (size_t j = 0; j < m; j++) k->yy[j] = estimate(xx, yy - 2 * k->yy[j], xy - k->yx[j], a, b - 1);
    double variance = (a - 1) / a * squared_deviations(n, k->xx) + (b - 1) / b * squared_deviations(m, k->yy);
    return (cgm_kid){estimate(xx, yy, xy, a, b), sqrt(variance)};
}

cgm_status cgm_kid_distance(size_t width, size_t n, const double *x, size_t m, const double *y, int threads,
                            cgm_kid *out)
{
    cgm_arena arena = {0};
    kernel_sums k;
    CGM_TRY(cgm_features_check("KID", 3, width, n, x));
    CGM_TRY(cgm_features_check("KID", 3, width, m, y));
    cgm_status status = sums_create(n, m, threads, &arena, &k);
    if (status == CGM_OK) {
        sums_fill(width, (set){n, x}, (set){m, y}, threads, &k);
        *out = jackknife(n, m, &k);
    }
    cgm_arena_clear(&arena);
    return status;
}

/* ---- Over subsets ---- */

/* The first `size` rows of a random order. */
static void choose(cgm_rng *rng, size_t width, set from, size_t size, size_t *order, double *out)
{
    cgm_rng_permutation(rng, from.n, order);
    for (size_t i = 0; i < size; i++) memcpy(out + i * width, from.x + order[i] * width, width * sizeof *out);
}

static cgm_status over_subsets(size_t width, set x, set y, const cgm_kid_opts *opts, int threads, cgm_arena *arena,
                               cgm_kid *out)
{
    kernel_sums k;
    size_t most = x.n > y.n ? x.n : y.n, size = opts->size;
    size_t *order = cgm_arena_array(arena, most, sizeof *order);
    double *a = cgm_arena_array(arena, size, width * sizeof *a), *b = cgm_arena_array(arena, size, width * sizeof *b);
    double *each = cgm_arena_array(arena, opts->subsets, sizeof *each);
    cgm_rng root = cgm_rng_create(opts->seed), draws = cgm_rng_split(&root, "kid");
    if (!order || !a || !b || !each) return CGM_E_MEMORY;
    CGM_TRY(sums_create(size, size, threads, arena, &k));
    for (size_t s = 0; s < opts->subsets; s++) {
        cgm_rng rng = cgm_rng_split_index(&draws, s);
        choose(&rng, width, x, size, order, a);
        choose(&rng, width, y, size, order, b);
        sums_fill(width, (set){size, a}, (set){size, b}, threads, &k);
        each[s] = estimate(total(size, k.xx), total(size, k.yy), total(size, k.xy), (double)size, (double)size);
    }
    cgm_set_error summary = cgm_set_summary(opts->subsets, each);
    *out = (cgm_kid){summary.mean, summary.standard_error};
    return CGM_OK;
}

cgm_status cgm_kid_subsets(size_t width, size_t n, const double *x, size_t m, const double *y, const cgm_kid_opts *opts,
                           int threads, cgm_kid *out)
{
    cgm_arena arena = {0};
    size_t least = n < m ? n : m;
    CGM_TRY(cgm_features_check("KID", 3, width, n, x));
    CGM_TRY(cgm_features_check("KID", 3, width, m, y));
    if (opts->subsets < 2 || opts->size < 3 || opts->size > least)
        return CGM_FAIL(CGM_E_ARG, "KID: %zu subsets of %zu rows; expected at least 2, of 3 to %zu rows", opts->subsets,
                        opts->size, least);
    cgm_status status = over_subsets(width, (set){n, x}, (set){m, y}, opts, threads, &arena, out);
    cgm_arena_clear(&arena);
    return status;
}
