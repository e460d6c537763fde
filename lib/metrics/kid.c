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

/* ---- Sums of rows ---- */

/* sum[i]: of the kernel of row i of a with all rows of b that are not of its unit. */
typedef struct sums {
    size_t width;
    const cgm_feature_set *a, *b;
    double *products; /* [workers, BLOCK, BLOCK] */
    double *sum;
} sums;

/* Of n products those with rows of one unit. */
static double own_sum(size_t unit, size_t n, const size_t *units, const double *product, double scale)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        if (units[j] == unit) sum += kernel(product[j], scale);
    return sum;
}

static void sum_block(void *context, size_t index, int worker)
{
    const sums *s = context;
    int64_t w = (int64_t)s->width;
    size_t begin = index * BLOCK, rows = s->a->n - begin < BLOCK ? s->a->n - begin : BLOCK;
    double *products = s->products + (size_t)worker * BLOCK * BLOCK, scale = 1 / (double)s->width;
    for (size_t i = 0; i < rows; i++) s->sum[begin + i] = 0;
    for (size_t other = 0; other < s->b->n; other += BLOCK) {
        size_t columns = s->b->n - other < BLOCK ? s->b->n - other : BLOCK;
        cgm_gemm_double(false, true, (int64_t)rows, (int64_t)columns, w, s->a->x + begin * s->width, w,
                        s->b->x + other * s->width, w, 0, products, BLOCK);
        for (size_t i = 0; i < rows; i++) {
            const double *row = products + i * BLOCK;
            s->sum[begin + i] += kernel_sum(columns, row, scale) -
                                 own_sum(s->a->unit[begin + i], columns, s->b->unit + other, row, scale);
        }
    }
}

/* Both sets with their units numbered, and the kernel's sums of each row: of a with a, b with b, a with b, b with a. */
typedef struct comparison {
    size_t width, units;
    cgm_feature_set a, b;
    double *aa, *bb, *ab, *ba, *products;
    size_t *rows[2]; /* [units]: of a and of b */
} comparison;

/* Without units each row is one. */
static size_t *number(const cgm_feature_set *set, size_t first, cgm_arena *arena)
{
    size_t *unit = cgm_arena_array(arena, set->n, sizeof *unit);
    for (size_t i = 0; unit && i < set->n; i++) unit[i] = set->unit ? set->unit[i] : first + i;
    return unit;
}

static cgm_status comparison_create(size_t width, const cgm_feature_set *a, const cgm_feature_set *b, int threads,
                                    cgm_arena *arena, comparison *c)
{
    *c = (comparison){.width = width, .a = *a, .b = *b};
    c->a.unit = number(a, 0, arena);
    c->b.unit = number(b, a->n, arena);
    c->aa = cgm_arena_array(arena, a->n, sizeof *c->aa);
    c->ab = cgm_arena_array(arena, a->n, sizeof *c->ab);
    c->bb = cgm_arena_array(arena, b->n, sizeof *c->bb);
    c->ba = cgm_arena_array(arena, b->n, sizeof *c->ba);
    c->products = cgm_arena_array(arena, (size_t)threads, BLOCK * BLOCK * sizeof *c->products);
    if (!c->a.unit || !c->b.unit || !c->aa || !c->ab || !c->bb || !c->ba || !c->products) return CGM_E_MEMORY;
    for (size_t i = 0; i < a->n; i++) c->units = c->a.unit[i] < c->units ? c->units : c->a.unit[i] + 1;
    for (size_t j = 0; j < b->n; j++) c->units = c->b.unit[j] < c->units ? c->units : c->b.unit[j] + 1;
    for (int k = 0; k < 2; k++)
        if (!(c->rows[k] = cgm_arena_array(arena, c->units, sizeof *c->rows[k]))) return CGM_E_MEMORY;
    return CGM_OK;
}

static void comparison_fill(comparison *c, int threads)
{
    sums all[] = {{c->width, &c->a, &c->a, c->products, c->aa},
                  {c->width, &c->b, &c->b, c->products, c->bb},
                  {c->width, &c->a, &c->b, c->products, c->ab},
                  {c->width, &c->b, &c->a, c->products, c->ba}};
    for (int i = 0; i < 4; i++) cgm_parallel(threads, (all[i].a->n + BLOCK - 1) / BLOCK, sum_block, &all[i]);
    for (int k = 0; k < 2; k++) memset(c->rows[k], 0, c->units * sizeof *c->rows[k]);
    for (size_t i = 0; i < c->a.n; i++) c->rows[0][c->a.unit[i]]++;
    for (size_t j = 0; j < c->b.n; j++) c->rows[1][c->b.unit[j]]++;
}

/* ---- The estimate ---- */

/* Sums of the kernel over pairs, and what their numbers follow from: rows, and of the units the sums of their rows'
 * squares and products. */
typedef struct totals {
    double aa, bb, ab, n, m, own_a, own_b, own_ab;
} totals;

static double total(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum;
}

static totals totals_of(const comparison *c)
{
    totals t = {.aa = total(c->a.n, c->aa), .bb = total(c->b.n, c->bb), .ab = total(c->a.n, c->ab)};
    t.n = (double)c->a.n, t.m = (double)c->b.n;
    for (size_t u = 0; u < c->units; u++) {
        double a = (double)c->rows[0][u], b = (double)c->rows[1][u];
        t.own_a += a * a, t.own_b += b * b, t.own_ab += a * b;
    }
    return t;
}

/* NaN where a mean is over no pairs. */
static double estimate(const totals *t)
{
    double pairs_a = t->n * t->n - t->own_a, pairs_b = t->m * t->m - t->own_b, pairs = t->n * t->m - t->own_ab;
    if (!(pairs_a > 0 && pairs_b > 0 && pairs > 0)) return NAN;
    return t->aa / pairs_a + t->bb / pairs_b - 2 * t->ab / pairs;
}

/* A unit's share of the sums. */
typedef struct share {
    double aa, bb, ab, ba;
} share;

static double without(const totals *all, const comparison *c, const share *s, size_t u)
{
    double a = (double)c->rows[0][u], b = (double)c->rows[1][u];
    totals t = {.aa = all->aa - 2 * s[u].aa,
                .bb = all->bb - 2 * s[u].bb,
                .ab = all->ab - s[u].ab - s[u].ba,
                .n = all->n - a,
                .m = all->m - b,
                .own_a = all->own_a - a * a,
                .own_b = all->own_b - b * b,
                .own_ab = all->own_ab - a * b};
    return estimate(&t);
}

/* Leaves out each unit in turn: with it go its products with the others, twice those within a set. Units with rows in
 * a, in b and in both are strata. */
static cgm_status jackknife(const comparison *c, cgm_arena *arena, cgm_kid *out)
{
    const totals all = totals_of(c);
    share *s = cgm_arena_array(arena, c->units, sizeof *s);
    double *each = cgm_arena_array(arena, c->units, sizeof *each), sum[4] = {0}, n[4] = {0}, squares[4] = {0};
    if (!s || !each) return CGM_E_MEMORY;
    for (size_t i = 0; i < c->a.n; i++) s[c->a.unit[i]].aa += c->aa[i], s[c->a.unit[i]].ab += c->ab[i];
    for (size_t j = 0; j < c->b.n; j++) s[c->b.unit[j]].bb += c->bb[j], s[c->b.unit[j]].ba += c->ba[j];
#define STRATUM(u) ((c->rows[0][u] > 0) + 2 * (c->rows[1][u] > 0))
    for (size_t u = 0; u < c->units; u++) {
        if (STRATUM(u) == 0) continue;
        each[u] = without(&all, c, s, u);
        sum[STRATUM(u)] += each[u];
        n[STRATUM(u)]++;
    }
    for (size_t u = 0; u < c->units; u++) {
        double off = STRATUM(u) ? each[u] - sum[STRATUM(u)] / n[STRATUM(u)] : 0;
        squares[STRATUM(u)] += off * off;
    }
#undef STRATUM
    double variance = 0;
    for (int k = 1; k < 4; k++) variance += n[k] > 0 ? (n[k] - 1) / n[k] * squares[k] : 0;
    *out = (cgm_kid){estimate(&all), sqrt(variance)};
    if (isfinite(out->value) && isfinite(variance)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "KID: expected rows of at least 3 units in each set");
}

static cgm_status check(size_t width, const cgm_feature_set *a, const cgm_feature_set *b)
{
    CGM_CHECK(!a->unit == !b->unit);
    CGM_TRY(cgm_features_check("KID", 3, width, a->n, a->x));
    return cgm_features_check("KID", 3, width, b->n, b->x);
}

cgm_status cgm_kid_distance(size_t width, const cgm_feature_set *a, const cgm_feature_set *b, int threads, cgm_kid *out)
{
    cgm_arena arena = {0};
    comparison c;
    cgm_kid found;
    CGM_TRY(check(width, a, b));
    cgm_status status = comparison_create(width, a, b, threads, &arena, &c);
    if (status == CGM_OK) {
        comparison_fill(&c, threads);
        status = jackknife(&c, &arena, &found);
    }
    cgm_arena_clear(&arena);
    if (status == CGM_OK) *out = found;
    return status;
}

/* ---- Over subsets ---- */

/* A place for a subset. */
typedef struct subset {
    double *x;
    size_t *unit;
} subset;

static cgm_status subset_create(size_t width, size_t size, cgm_arena *arena, subset *out)
{
    out->x = cgm_arena_array(arena, size, width * sizeof *out->x);
    out->unit = cgm_arena_array(arena, size, sizeof *out->unit);
    return out->x && out->unit ? CGM_OK : CGM_E_MEMORY;
}

/* The first `size` rows of a random order. */
static void choose(cgm_rng *rng, size_t width, const cgm_feature_set *from, size_t size, size_t *order, subset *out)
{
    cgm_rng_permutation(rng, from->n, order);
    for (size_t i = 0; i < size; i++) {
        memcpy(out->x + i * width, from->x + order[i] * width, width * sizeof *out->x);
        out->unit[i] = from->unit[order[i]];
    }
}

static cgm_status over_subsets(const comparison *whole, const cgm_kid_opts *opts, int threads, cgm_arena *arena,
                               cgm_kid *out)
{
    size_t most = whole->a.n > whole->b.n ? whole->a.n : whole->b.n, size = opts->size;
    size_t *order = cgm_arena_array(arena, most, sizeof *order);
    double *each = cgm_arena_array(arena, opts->subsets, sizeof *each);
    comparison part = *whole; /* the same memory holds the sums of fewer rows */
    subset a, b;
    cgm_rng root = cgm_rng_create(opts->seed), draws = cgm_rng_split(&root, "kid");
    if (!order || !each) return CGM_E_MEMORY;
    CGM_TRY(subset_create(whole->width, size, arena, &a));
    CGM_TRY(subset_create(whole->width, size, arena, &b));
    part.a = (cgm_feature_set){size, a.x, a.unit};
    part.b = (cgm_feature_set){size, b.x, b.unit};
    for (size_t s = 0; s < opts->subsets; s++) {
        cgm_rng rng = cgm_rng_split_index(&draws, s);
        choose(&rng, whole->width, &whole->a, size, order, &a);
        choose(&rng, whole->width, &whole->b, size, order, &b);
        comparison_fill(&part, threads);
        totals t = totals_of(&part);
        each[s] = estimate(&t);
    }
    cgm_set_error summary = cgm_set_summary(opts->subsets, each);
    *out = (cgm_kid){summary.mean, summary.standard_error};
    if (isfinite(summary.mean)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "KID: a subset of %zu rows has fewer than 2 units", size);
}

cgm_status cgm_kid_subsets(size_t width, const cgm_feature_set *a, const cgm_feature_set *b, const cgm_kid_opts *opts,
                           int threads, cgm_kid *out)
{
    cgm_arena arena = {0};
    comparison c;
    cgm_kid found;
    size_t least = a->n < b->n ? a->n : b->n;
    CGM_TRY(check(width, a, b));
    if (opts->subsets < 2 || opts->size < 3 || opts->size > least)
        return CGM_FAIL(CGM_E_ARG, "KID: %zu subsets of %zu rows; expected at least 2, of 3 to %zu rows", opts->subsets,
                        opts->size, least);
    cgm_status status = comparison_create(width, a, b, threads, &arena, &c);
    if (status == CGM_OK) status = over_subsets(&c, opts, threads, &arena, &found);
    cgm_arena_clear(&arena);
    if (status == CGM_OK) *out = found;
    return status;
}
