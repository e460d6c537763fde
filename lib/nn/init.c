#include "nn/init.h"

#include <math.h>
#include <stdlib.h>

/* A vector counts as its own fan. */
static void fans(cgm_shape shape, double *in, double *out)
{
    double size = (double)cgm_shape_size(shape);
    *out = shape.rank > 1 ? size / (double)shape.dim[1] : size;
    *in = shape.rank > 1 ? size / (double)shape.dim[0] : size;
}

static double he_deviation(double gain, cgm_shape shape)
{
    double in, out;
    fans(shape, &in, &out);
    return gain * sqrt(2 / in);
}

static void fill_normal(cgm_rng *rng, size_t n, double deviation, cgm_real *value)
{
    cgm_rng_fill_normal(rng, n, value);
    for (size_t i = 0; i < n; i++) value[i] = (cgm_real)(deviation * value[i]);
}

static void fill_uniform(cgm_rng *rng, size_t n, double bound, cgm_real *value)
{
    cgm_rng_fill_uniform(rng, n, value);
    for (size_t i = 0; i < n; i++) value[i] = (cgm_real)(bound * (2 * (double)value[i] - 1));
}

/* ---- Orthogonal ---- */

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* Takes the part of v that lies along q away. */
static void take_away(size_t n, const double *q, double *v)
{
    double along = dot(n, q, v);
#pragma omp simd
    for (size_t i = 0; i < n; i++) v[i] -= along * q[i];
}

/* Normal vectors made orthonormal one after the other, which is the QR decomposition whose R has a positive diagonal,
 * so the law is uniform (Stewart 1980). Twice is enough for all digits (Giraud et al. 2005). */
static cgm_status fill_orthogonal(cgm_rng *rng, cgm_shape shape, double gain, cgm_real *value)
{
    size_t rows = shape.rank ? (size_t)shape.dim[0] : 1, columns = (size_t)cgm_shape_size(shape) / rows;
    bool tall = rows > columns;
    size_t n = tall ? rows : columns, vectors = tall ? columns : rows;
    double *q = calloc(n * vectors + 1, sizeof *q);
    if (!q) return CGM_FAIL(CGM_E_MEMORY, "out of memory for an orthogonal matrix");
    for (size_t k = 0; k < vectors; k++) {
        double *v = q + k * n;
        for (size_t i = 0; i < n; i++) v[i] = cgm_rng_normal(rng);
        for (int pass = 0; pass < 2; pass++) {
            for (size_t j = 0; j < k; j++) take_away(n, q + j * n, v);
            double length = sqrt(dot(n, v, v));
            for (size_t i = 0; i < n; i++) v[i] /= length;
        }
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            value[r * columns + c] = (cgm_real)(gain * (tall ? q[c * n + r] : q[r * n + c]));
    free(q);
    return CGM_OK;
}

/* ---- All ---- */

cgm_status cgm_init_fill(cgm_init init, double gain, cgm_shape shape, cgm_rng rng, cgm_real *value)
{
    size_t n = (size_t)cgm_shape_size(shape);
    double in, out;
    switch (init) {
    case CGM_INIT_ZERO:
    case CGM_INIT_ONE:
        for (size_t i = 0; i < n; i++) value[i] = init == CGM_INIT_ONE;
        return CGM_OK;
    case CGM_INIT_HE:
        fill_normal(&rng, n, he_deviation(gain, shape), value);
        return CGM_OK;
    case CGM_INIT_XAVIER:
        fans(shape, &in, &out);
        fill_uniform(&rng, n, gain * sqrt(6 / (in + out)), value);
        return CGM_OK;
    case CGM_INIT_UNIFORM:
        fill_uniform(&rng, n, gain, value);
        return CGM_OK;
    case CGM_INIT_NORMAL:
        fill_normal(&rng, n, gain, value);
        return CGM_OK;
    case CGM_INIT_EQUALISED:
        cgm_rng_fill_normal(&rng, n, value);
        return CGM_OK;
    case CGM_INIT_ORTHOGONAL:
        return fill_orthogonal(&rng, shape, gain, value);
    }
    return CGM_FAIL(CGM_E_ARG, "there is no initialisation %d", (int)init);
}

double cgm_init_scale(cgm_init init, double gain, cgm_shape shape)
{
    return init == CGM_INIT_EQUALISED ? he_deviation(gain, shape) : 1;
}
