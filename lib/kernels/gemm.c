#include "kernels/gemm.h"

#include "base/threads.h"

#include <cblas.h>
#include <omp.h>

/* BLAS runs on the calling thread alone. OpenBLAS built on OpenMP takes its number of threads from the calling thread's
 * omp_get_max_threads(), so this is asked for each thread, and costs one comparison once it is so. Inside a parallel
 * region it uses one thread anyway. */
static void blas_on_one_thread(void)
{
    if (omp_get_max_threads() != 1 && !omp_in_parallel()) openblas_set_num_threads(1);
}

static void scale(int64_t m, int64_t n, cgm_real beta, cgm_real *c, int64_t ldc)
{
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
}

void cgm_gemm_blas(bool ta, bool tb, int64_t m, int64_t n, int64_t k, cgm_real alpha, const cgm_real *a, int64_t lda,
                   const cgm_real *b, int64_t ldb, cgm_real beta, cgm_real *c, int64_t ldc)
{
    if (m <= 0 || n <= 0) return;
    if (k <= 0) {
        scale(m, n, beta, c, ldc);
        return;
    }
    CGM_CHECK(m <= INT32_MAX && n <= INT32_MAX && k <= INT32_MAX && lda <= INT32_MAX && ldb <= INT32_MAX &&
              ldc <= INT32_MAX);
    blas_on_one_thread();
    enum CBLAS_TRANSPOSE opa = ta ? CblasTrans : CblasNoTrans, opb = tb ? CblasTrans : CblasNoTrans;
#ifdef CGM_DOUBLE
    cblas_dgemm(CblasRowMajor, opa, opb, (blasint)m, (blasint)n, (blasint)k, alpha, a, (blasint)lda, b, (blasint)ldb,
                beta, c, (blasint)ldc);
#else
    cblas_sgemm(CblasRowMajor, opa, opb, (blasint)m, (blasint)n, (blasint)k, alpha, a, (blasint)lda, b, (blasint)ldb,
                beta, c, (blasint)ldc);
#endif
}

void cgm_gemm_reference(bool ta, bool tb, int64_t m, int64_t n, int64_t k, cgm_real alpha, const cgm_real *a,
                        int64_t lda, const cgm_real *b, int64_t ldb, cgm_real beta, cgm_real *c, int64_t ldc)
{
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < k; l++)
                sum += (double)a[ta ? l * lda + i : i * lda + l] * (double)b[tb ? j * ldb + l : l * ldb + j];
            double old = beta == 0 ? 0 : (double)beta * (double)c[i * ldc + j];
            c[i * ldc + j] = (cgm_real)((double)alpha * sum + old);
        }
}

void cgm_gemm_double(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a, int64_t lda, const double *b,
                     int64_t ldb, double beta, double *c, int64_t ldc)
{
    if (m <= 0 || n <= 0) return;
    CGM_CHECK(k > 0 && m <= INT32_MAX && n <= INT32_MAX && k <= INT32_MAX && lda <= INT32_MAX && ldb <= INT32_MAX &&
              ldc <= INT32_MAX);
    blas_on_one_thread();
    cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n,
                (blasint)k, 1, a, (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

/* Rows and columns of one task's tile of a C: as large as leaves MIN_TILES tasks, because BLAS packs both operands anew
 * for each, but no smaller than 64. */
#define TILE_MOST 512
#define TILE_LEAST 64
#define MIN_TILES 4

typedef struct product {
    cgm_matmul_batch batch;
    bool ta, tb;
    int64_t m, n, k, tile_rows, tile_columns, column_tiles, tiles;
    const cgm_real *a, *b;
    cgm_real *c;
    void (*gemm)(bool, bool, int64_t, int64_t, int64_t, cgm_real, const cgm_real *, int64_t, const cgm_real *, int64_t,
                 cgm_real, cgm_real *, int64_t);
} product;

/* The operands of product `index` of the batch. */
static void product_operands(const product *p, int64_t index, const cgm_real **a, const cgm_real **b)
{
    int64_t i = 0, j = 0;
    for (int axis = p->batch.rank - 1; axis >= 0; axis--) {
        i += index % p->batch.dim[axis] * p->batch.a_step[axis];
        j += index % p->batch.dim[axis] * p->batch.b_step[axis];
        index /= p->batch.dim[axis];
    }
    *a = p->a + i * p->m * p->k;
    *b = p->b + j * p->k * p->n;
}

static void product_tile(void *context, size_t index, int worker)
{
    (void)worker;
    const product *p = context;
    int64_t which = (int64_t)index / p->tiles, tile = (int64_t)index % p->tiles;
    int64_t i = tile / p->column_tiles * p->tile_rows, j = tile % p->column_tiles * p->tile_columns;
    const cgm_real *a, *b;
    product_operands(p, which, &a, &b);
    int64_t rows = p->m - i < p->tile_rows ? p->m - i : p->tile_rows;
    int64_t columns = p->n - j < p->tile_columns ? p->n - j : p->tile_columns;
    int64_t lda = p->ta ? p->m : p->k, ldb = p->tb ? p->k : p->n;
    p->gemm(p->ta, p->tb, rows, columns, p->k, 1, a + (p->ta ? i : i * lda), lda, b + (p->tb ? j * ldb : j), ldb, 0,
            p->c + (which * p->m + i) * p->n + j, p->n);
}

static int64_t tiles(int64_t n, int64_t tile)
{
    return (n + tile - 1) / tile;
}

static void product_run(product p, int threads)
{
    int64_t products = 1;
    for (int axis = 0; axis < p.batch.rank; axis++) products *= p.batch.dim[axis];
    int64_t rows = p.m < TILE_MOST ? p.m : TILE_MOST, columns = p.n < TILE_MOST ? p.n : TILE_MOST;
    while (rows > 0 && columns > 0 && products * tiles(p.m, rows) * tiles(p.n, columns) < MIN_TILES) {
        int64_t *longer = rows > columns ? &rows : &columns;
        if (*longer < 2 * TILE_LEAST) break;
        *longer = (*longer + 1) / 2;
    }
    if (rows <= 0 || columns <= 0) return;
    p.tile_rows = rows, p.tile_columns = columns, p.column_tiles = tiles(p.n, columns);
    p.tiles = tiles(p.m, rows) * p.column_tiles;
    cgm_parallel(threads, (size_t)(products * p.tiles), product_tile, &p);
}

void cgm_matmul_blas(const cgm_matmul_batch *batch, bool ta, bool tb, int64_t m, int64_t n, int64_t k,
                     const cgm_real *a, const cgm_real *b, cgm_real *c, int threads)
{
    product p = {.ta = ta, .tb = tb, .m = m, .n = n, .k = k, .a = a, .b = b, .c = c, .gemm = cgm_gemm_blas};
    if (batch) p.batch = *batch;
    product_run(p, threads);
}

void cgm_matmul_reference(const cgm_matmul_batch *batch, bool ta, bool tb, int64_t m, int64_t n, int64_t k,
                          const cgm_real *a, const cgm_real *b, cgm_real *c, int threads)
{
    product p = {.ta = ta, .tb = tb, .m = m, .n = n, .k = k, .a = a, .b = b, .c = c, .gemm = cgm_gemm_reference};
    if (batch) p.batch = *batch;
    product_run(p, threads);
}
