/* Matrix products: BLAS, and plain loops to compare it with. */
#ifndef CGM_KERNELS_GEMM_H
#define CGM_KERNELS_GEMM_H

#include "kernels/kernels.h"

void cgm_gemm_blas(bool ta, bool tb, int64_t m, int64_t n, int64_t k, cgm_real alpha, const cgm_real *a, int64_t lda,
                   const cgm_real *b, int64_t ldb, cgm_real beta, cgm_real *c, int64_t ldc);
void cgm_gemm_reference(bool ta, bool tb, int64_t m, int64_t n, int64_t k, cgm_real alpha, const cgm_real *a,
                        int64_t lda, const cgm_real *b, int64_t ldb, cgm_real beta, cgm_real *c, int64_t ldc);
/* C[m,n] = op(A) op(B) + beta C in double, in every build: for statistics, not for tensors. k > 0; one thread. */
void cgm_gemm_double(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a, int64_t lda, const double *b,
                     int64_t ldb, double beta, double *c, int64_t ldc);
void cgm_matmul_blas(const cgm_matmul_batch *batch, bool ta, bool tb, int64_t m, int64_t n, int64_t k,
                     const cgm_real *a, const cgm_real *b, cgm_real *c, int threads);
void cgm_matmul_reference(const cgm_matmul_batch *batch, bool ta, bool tb, int64_t m, int64_t n, int64_t k,
                          const cgm_real *a, const cgm_real *b, cgm_real *c, int threads);

#endif
