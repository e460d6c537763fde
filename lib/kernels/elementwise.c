/* Element-wise blocks but gelu (gelu.c): one vectorised loop each. `omp simd` says that the elements are independent,
 * which holds where out is one of the inputs too, since element i is read before element i is written. */
#include "kernels/kernels.h"
#include "kernels/vector_math.h"

/* clang-format off */
#define ELEMENTWISE(name, inputs, declarations, expression)                                                            \
    CGM_WHOLE CGM_VECTOR_CLONES void cgm_ew_##name(size_t n, const cgm_real *const in[3], const double *attr,          \
                                                   cgm_real *out)                                                      \
    {                                                                                                                  \
        (void)attr;                                                                                                    \
        for (int i = 0; i < (inputs); i++) CGM_READS(n, in[i]);                                                        \
        CGM_WRITES(n, out);                                                                                            \
        declarations                                                                                                   \
        _Pragma("omp simd")                                                                                            \
        for (size_t i = 0; i < n; i++) out[i] = (expression);                                                          \
    }
#define UNARY(name, expression) ELEMENTWISE(name, 1, const cgm_real *x = in[0];, expression)
#define BINARY(name, expression) ELEMENTWISE(name, 2, const cgm_real *a = in[0]; const cgm_real *b = in[1];, expression)

BINARY(add, a[i] + b[i])
BINARY(sub, a[i] - b[i])
BINARY(mul, a[i] * b[i])
BINARY(div, a[i] / b[i])
BINARY(less, a[i] < b[i] ? (cgm_real)1 : (cgm_real)0)
BINARY(minimum, a[i] < b[i] ? a[i] : b[i] < a[i] ? b[i] : a[i] == b[i] ? a[i] : a[i] + b[i]) /* the sum of a NaN */
BINARY(maximum, a[i] > b[i] ? a[i] : b[i] > a[i] ? b[i] : a[i] == b[i] ? a[i] : a[i] + b[i])
ELEMENTWISE(select, 3, const cgm_real *c = in[0]; const cgm_real *a = in[1]; const cgm_real *b = in[2];,
            c[i] != 0 ? a[i] : b[i])

UNARY(neg, -x[i])
UNARY(abs, (cgm_real)fabs((double)x[i]))
UNARY(sign, x[i] > 0 ? 1 : x[i] < 0 ? -1 : x[i]) /* NaN and the zeros themselves */
UNARY(floor, (cgm_real)floor((double)x[i]))
UNARY(relu, x[i] < 0 ? 0 : x[i])
UNARY(exp, cgm_vec_exp(x[i]))
UNARY(log, cgm_vec_log(x[i]))
UNARY(sqrt, cgm_vec_sqrt(x[i]))
UNARY(erf, cgm_vec_erf(x[i]))
UNARY(tanh, cgm_vec_tanh(x[i]))
UNARY(sigmoid, cgm_vec_sigmoid(x[i]))
UNARY(softplus, cgm_vec_softplus(x[i]))

#define ATTRIBUTES(first, second)                                                                                      \
    const cgm_real *x = in[0]; const cgm_real first = (cgm_real)attr[0]; const cgm_real second = (cgm_real)attr[1];
ELEMENTWISE(leaky_relu, 1, const cgm_real *x = in[0]; const cgm_real slope = (cgm_real)attr[0];,
            x[i] > 0 ? x[i] : slope * x[i])
ELEMENTWISE(pow, 1, const cgm_real *x = in[0]; const double exponent = attr[0];, (cgm_real)pow((double)x[i], exponent))
ELEMENTWISE(clamp, 1, ATTRIBUTES(low, high), x[i] < low ? low : x[i] > high ? high : x[i])
ELEMENTWISE(affine, 1, ATTRIBUTES(scale, shift), scale * x[i] + shift)
/* clang-format on */
