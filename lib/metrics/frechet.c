#include "metrics/frechet.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/gsl_quiet.h"
#include "kernels/gemm.h"
#include "metrics/features.h"

#define BLOCK 256 /* rows that are centred at a time */

/* A set's mean [width] and covariance [width, width]. */
typedef struct moments {
    double *mean, *covariance;
} moments;

static cgm_status find_moments(size_t width, size_t n, const double *x, cgm_arena *arena, moments *out)
{
    double *mean = cgm_arena_array(arena, width, sizeof *mean);
    double *covariance = cgm_arena_array(arena, width, width * sizeof *covariance);
    double *block = cgm_arena_array(arena, BLOCK, width * sizeof *block);
    int64_t w = (int64_t)width;
    if (!mean || !covariance || !block) return CGM_E_MEMORY;
    for (size_t i = 0; i < n * width; i++) mean[i % width] += x[i];
    for (size_t j = 0; j < width; j++) mean[j] /= (double)n;
    for (size_t begin = 0; begin < n; begin += BLOCK) {
        size_t rows = n - begin < BLOCK ? n - begin : BLOCK;
        for (size_t i = 0; i < rows * width; i++) block[i] = x[begin * width + i] - mean[i % width];
        cgm_gemm_double(true, false, w, w, (int64_t)rows, block, w, block, w, begin ? 1 : 0, covariance, w);
    }
    for (size_t i = 0; i < width * width; i++) covariance[i] /= (double)(n - 1);
    *out = (moments){mean, covariance};
    return CGM_OK;
}

/* Eigenvalues of a symmetric matrix, which is destroyed, with its eigenvectors as columns. */
static cgm_status decompose(size_t width, double *a, double *values, double *vectors)
{
    cgm_gsl_quiet_begin();
    gsl_matrix_view matrix = gsl_matrix_view_array(a, width, width);
    gsl_matrix_view columns = gsl_matrix_view_array(vectors, width, width);
    gsl_vector_view list = gsl_vector_view_array(values, width);
    gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(width);
    cgm_status status = CGM_OK;
    int failed = work ? gsl_eigen_symmv(&matrix.matrix, &list.vector, &columns.matrix, work) : GSL_ENOMEM;
    if (!work)
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for the eigenvalues of %zu features", width);
    else if (failed)
        status = CGM_FAIL(CGM_E_NUMERIC, "the covariance of %zu features: %s", width, gsl_strerror(failed));
    gsl_eigen_symmv_free(work);
    cgm_gsl_quiet_end();
    return status;
}

static double root(double eigenvalue)
{
    return eigenvalue > 0 ? sqrt(eigenvalue) : 0;
}

/* The trace of (C1^(1/2) C2 C1^(1/2))^(1/2); both matrices are destroyed. In the basis of the eigenvectors V of C1,
 * with its eigenvalues on the diagonal of L, that inner matrix is L^(1/2) V' C2 V L^(1/2). */
static cgm_status root_trace(size_t width, double *c1, double *c2, cgm_arena *arena, double *out)
{
    double *vectors = cgm_arena_array(arena, width, width * sizeof *vectors);
    double *values = cgm_arena_array(arena, width, sizeof *values);
    int64_t w = (int64_t)width;
    if (!vectors || !values) return CGM_E_MEMORY;
    CGM_TRY(decompose(width, c1, values, vectors));
    for (size_t i = 0; i < width * width; i++) vectors[i] *= root(values[i % width]);
    cgm_gemm_double(false, false, w, w, w, c2, w, vectors, w, 0, c1, w);
    cgm_gemm_double(true, false, w, w, w, vectors, w, c1, w, 0, c2, w);
    CGM_TRY(decompose(width, c2, values, c1));
    *out = 0;
    for (size_t j = 0; j < width; j++) *out += root(values[j]);
    return CGM_OK;
}

static cgm_status distance(size_t width, size_t n, const double *x, size_t m, const double *y, cgm_arena *arena,
                           cgm_frechet *out)
{
    moments a, b;
    double trace = 0, common;
    CGM_TRY(find_moments(width, n, x, arena, &a));
    CGM_TRY(find_moments(width, m, y, arena, &b));
    *out = (cgm_frechet){.few = n <= width || m <= width};
    for (size_t j = 0; j < width; j++) {
        out->means += (a.mean[j] - b.mean[j]) * (a.mean[j] - b.mean[j]);
        trace += a.covariance[j * width + j] + b.covariance[j * width + j];
    }
    CGM_TRY(root_trace(width, a.covariance, b.covariance, arena, &common));
    out->distance = fmax(out->means + trace - 2 * common, 0);
    return CGM_OK;
}

cgm_status cgm_frechet_distance(size_t width, size_t n, const double *x, size_t m, const double *y, cgm_frechet *out)
{
    cgm_arena arena = {0};
    cgm_frechet found;
    CGM_TRY(cgm_features_check("Frechet distance", 2, width, n, x));
    CGM_TRY(cgm_features_check("Frechet distance", 2, width, m, y));
    cgm_status status = distance(width, n, x, m, y, &arena, &found);
    cgm_arena_clear(&arena);
    if (status == CGM_OK) *out = found;
    return status;
}
