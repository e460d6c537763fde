/* Principal components, by subspace iteration: an orthonormal basis V of some more directions than are asked for is
 * taken through the rows A without their mean and back, V <- orth(A' orth(A V)). With Q R = A V the singular value
 * decomposition of the small R = U S W' gives the components V W, their scores Q U S, and, as A' Q is there, how far
 * A' (Q U) is from V W S. Where the basis has all directions, one pass is exact. */
#include "metrics/pca.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/gsl_quiet.h"
#include "base/rng.h"
#include "base/threads.h"
#include "kernels/gemm.h"
#include "metrics/features.h"

enum { BASIS = 64 /* directions, at most */, BLOCK = 64 /* rows of a product in a task */, PASSES = 1000 };
#define CLOSE 1e-10   /* of the largest singular value */
#define NOTHING 1e-13 /* a column's length, of the longest's, that is rounding alone */

typedef struct pca {
    size_t n, width, k, b; /* b: directions of the basis */
    int threads;
    double *a;         /* [n, width] */
    double *v, *back;  /* [b, width]: the directions of V, of A' Q */
    double *q;         /* [b, n]: those of Q */
    double *r, *u, *w; /* [b, b]: R, then its factors */
    double *s, *work;  /* [b], [width] */
    cgm_arena arena;
} pca;

static cgm_status create(pca *p, const double *x)
{
    size_t n = p->n, width = p->width, b = p->b;
    p->a = cgm_arena_array(&p->arena, n, width * sizeof *p->a);
    p->v = cgm_arena_array(&p->arena, b, width * sizeof *p->v);
    p->back = cgm_arena_array(&p->arena, b, width * sizeof *p->back);
    p->q = cgm_arena_array(&p->arena, b, n * sizeof *p->q);
    p->r = cgm_arena_array(&p->arena, b, b * sizeof *p->r);
    p->u = cgm_arena_array(&p->arena, b, b * sizeof *p->u);
    p->w = cgm_arena_array(&p->arena, b, b * sizeof *p->w);
    p->s = cgm_arena_array(&p->arena, b, sizeof *p->s);
    p->work = cgm_arena_array(&p->arena, width, sizeof *p->work);
    if (!p->a || !p->v || !p->back || !p->q || !p->r || !p->u || !p->w || !p->s || !p->work) return CGM_E_MEMORY;
    for (size_t i = 0; i < n * width; i++) p->work[i % width] += x[i] / (double)n;
    for (size_t i = 0; i < n * width; i++) p->a[i] = x[i] - p->work[i % width];
    return CGM_OK;
}

/* ---- Products, a block of columns of the result a task ---- */

static void times_v(void *context, size_t index, int worker)
{
    const pca *p = context;
    size_t begin = index * BLOCK, rows = p->n - begin < BLOCK ? p->n - begin : BLOCK;
    int64_t b = (int64_t)p->b, width = (int64_t)p->width;
    (void)worker;
    cgm_gemm_double(false, true, b, (int64_t)rows, width, p->v, width, p->a + begin * p->width, width, 0, p->q + begin,
                    (int64_t)p->n);
}

static void times_q(void *context, size_t index, int worker)
{
    const pca *p = context;
    size_t begin = index * BLOCK, rows = p->width - begin < BLOCK ? p->width - begin : BLOCK;
    int64_t b = (int64_t)p->b, width = (int64_t)p->width;
    (void)worker;
    cgm_gemm_double(false, false, b, (int64_t)rows, (int64_t)p->n, p->q, (int64_t)p->n, p->a + begin, width, 0,
                    p->back + begin, width);
}

static size_t blocks(size_t rows)
{
    return (rows + BLOCK - 1) / BLOCK;
}

/* ---- Orthonormal directions ---- */

static double product(size_t n, const double *x, const double *y)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

/* The b rows of m [b, n] by Gram and Schmidt's method, twice; r [b, b], unless NULL: what they were made of, column by
 * column. A row that is nothing without those before it becomes 0. */
static void orthonormalise(size_t n, size_t b, double *m, double *r)
{
    double longest = 0;
    for (size_t j = 0; j < b; j++) longest = fmax(longest, sqrt(product(n, m + j * n, m + j * n)));
    for (size_t j = 0; r && j < b * b; j++) r[j] = 0;
    for (size_t j = 0; j < b; j++) {
        double *row = m + j * n;
        for (size_t k = 0; k < 2 * j; k++) {
            const double *before = m + k % j * n;
            double part = product(n, before, row);
            if (r) r[k % j * b + j] += part;
            for (size_t i = 0; i < n; i++) row[i] -= part * before[i];
        }
        double length = sqrt(product(n, row, row));
        bool some = length > NOTHING * longest && length > 0;
        if (r) r[j * b + j] = some ? length : 0;
        for (size_t i = 0; i < n; i++) row[i] = some ? row[i] / length : 0;
    }
}

static void begin(pca *p)
{
    cgm_rng rng = cgm_rng_create(1);
    for (size_t i = 0; i < p->width * p->b; i++) p->v[i] = cgm_rng_normal(&rng);
    orthonormalise(p->width, p->b, p->v, NULL);
}

/* R = U S W'. */
static cgm_status decompose(pca *p)
{
    gsl_matrix_view u = gsl_matrix_view_array(p->u, p->b, p->b), w = gsl_matrix_view_array(p->w, p->b, p->b);
    gsl_vector_view s = gsl_vector_view_array(p->s, p->b);
    memcpy(p->u, p->r, p->b * p->b * sizeof *p->r);
    cgm_gsl_quiet_begin();
    int failed = gsl_linalg_SV_decomp_jacobi(&u.matrix, &w.matrix, &s.vector);
    cgm_gsl_quiet_end();
    return failed ? CGM_FAIL(CGM_E_NUMERIC, "principal components: %s", gsl_strerror(failed)) : CGM_OK;
}

/* Number j of combination c, a column of m [b, b], of the rows [b, n]. */
static double mix(const double *rows, size_t n, const double *m, size_t b, size_t j, size_t c)
{
    double sum = 0;
    for (size_t i = 0; i < b; i++) sum += rows[i * n + j] * m[i * b + c];
    return sum;
}

static bool stands(const pca *p)
{
    for (size_t c = 0; c < p->k; c++) {
        double sum = 0;
        for (size_t j = 0; j < p->width; j++) {
            double off = mix(p->back, p->width, p->u, p->b, j, c) - p->s[c] * mix(p->v, p->width, p->w, p->b, j, c);
            sum += off * off;
        }
        if (sqrt(sum) > CLOSE * p->s[0]) return false;
    }
    return true;
}

/* ---- What comes out ---- */

/* Component c: its direction has its largest number positive. */
static void read_component(const pca *p, size_t c, double *score, double *direction)
{
    double largest = 0, sign = 1;
    for (size_t j = 0; j < p->width; j++) {
        p->work[j] = mix(p->v, p->width, p->w, p->b, j, c);
        if (fabs(p->work[j]) > largest * (1 + 1e-9)) {
            largest = fabs(p->work[j]);
            sign = p->work[j] < 0 ? -1 : 1;
        }
    }
    for (size_t j = 0; direction && j < p->width; j++) direction[c * p->width + j] = sign * p->work[j];
    for (size_t i = 0; i < p->n; i++) score[i * p->k + c] = sign * p->s[c] * mix(p->q, p->n, p->u, p->b, i, c);
}

static cgm_status find(pca *p, double *score, double *direction, double *share)
{
    double all = 0;
    begin(p);
    for (int pass = 0; pass < PASSES; pass++) {
        cgm_parallel(p->threads, blocks(p->n), times_v, p);
        orthonormalise(p->n, p->b, p->q, p->r);
        CGM_TRY(decompose(p));
        cgm_parallel(p->threads, blocks(p->width), times_q, p);
        if (stands(p) || pass + 1 == PASSES) break;
        memcpy(p->v, p->back, p->width * p->b * sizeof *p->v);
        orthonormalise(p->width, p->b, p->v, NULL);
    }
    for (size_t i = 0; i < p->n * p->width; i++) all += p->a[i] * p->a[i];
    for (size_t c = 0; c < p->k; c++) {
        read_component(p, c, score, direction);
        if (share) share[c] = all > 0 ? p->s[c] * p->s[c] / all : 0;
    }
    return CGM_OK;
}

cgm_status cgm_pca(size_t n, size_t width, const double *x, size_t k, int threads, double *score, double *direction,
                   double *share)
{
    size_t least = n < width ? n : width;
    pca p = {.n = n, .width = width, .k = k, .b = least < BASIS ? least : BASIS, .threads = threads};
    CGM_TRY(cgm_features_check("principal components", 2, width, n, x));
    if (k < 1 || k > CGM_PCA_MOST || k > least)
        return CGM_FAIL(CGM_E_ARG, "%zu principal components of %zu rows of %zu numbers; expected 1 to %zu", k, n,
                        width, least < CGM_PCA_MOST ? least : (size_t)CGM_PCA_MOST);
    cgm_status status = create(&p, x);
    if (status == CGM_OK) status = find(&p, score, direction, share);
    cgm_arena_clear(&p.arena);
    return status;
}
