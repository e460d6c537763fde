/* Elementary functions for vectorised loops. Internal.
 *
 * The float versions are branch-free (both sides of every choice are computed, then one is selected), so that a
 * compiler turns a loop over them into SIMD code; the double versions are libm's. Beside each stands its largest error,
 * which tests/test_kernels.c asserts. The reductions are Cody and Waite's; the polynomials are minimax and come from
 * vector_math.py. NaN propagates through all of them. */
#ifndef CGM_KERNELS_VECTOR_MATH_H
#define CGM_KERNELS_VECTOR_MATH_H

#include <math.h>
#include <string.h>

#include "base/real.h"
#include "base/status.h"
#include "kernels/whole.h"

/* One portable binary gets the machine's best vectors: the loader picks the version of each such function. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define CGM_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CGM_VECTOR_CLONES
#endif

#define CGM_VECTOR_INLINE CGM_WHOLE static inline __attribute__((always_inline, unused))

#ifdef CGM_DOUBLE

CGM_VECTOR_INLINE double cgm_vec_exp(double x)
{
    return exp(x);
}
CGM_VECTOR_INLINE double cgm_vec_log(double x)
{
    return log(x);
}
CGM_VECTOR_INLINE double cgm_vec_sqrt(double x)
{
    return sqrt(x);
}
CGM_VECTOR_INLINE double cgm_vec_erf(double x)
{
    return erf(x);
}
CGM_VECTOR_INLINE double cgm_vec_tanh(double x)
{
    return tanh(x);
}
CGM_VECTOR_INLINE double cgm_vec_sigmoid(double x)
{
    double e = exp(-fabs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}
CGM_VECTOR_INLINE double cgm_vec_softplus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}
/* Through erfc, which keeps its digits in the left tail; at -40 the result is already 0. */
CGM_VECTOR_INLINE double cgm_vec_gelu(double x)
{
    double bounded = x < -40 ? -40 : x;
    return 0.5 * bounded * erfc(-M_SQRT1_2 * bounded);
}
CGM_VECTOR_INLINE double cgm_vec_gelu_slope(double x)
{
    double bounded = x < -40 ? -40 : x > 40 ? 40 : x;
    return 0.5 * erfc(-M_SQRT1_2 * bounded) + bounded * exp(-0.5 * bounded * bounded) * (0.5 * M_2_SQRTPI * M_SQRT1_2);
}

#else

CGM_VECTOR_INLINE uint32_t cgm_vec_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
CGM_VECTOR_INLINE float cgm_vec_from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* e^x for |x| < 127 ln 2 as p 2^k: the fraction p = e^r, |r| <= ln 2 / 2, and the bits of k's float representation,
 * biased. */
CGM_VECTOR_INLINE float cgm_vec_exp_parts(float x, uint32_t *k)
{
    const float round = 12582912.0f; /* 1.5 2^23: adding it leaves the nearest whole number in the low bits */
    float shifted = x * 1.44269504f + round;
    float whole = shifted - round;
    *k = cgm_vec_bits(shifted);
    float r = x - whole * 0.693145752f - whole * 1.42860677e-06f;
    float p = 0.00138146109f;
    p = p * r + 0.00836871114f;
    p = p * r + 0.0416683875f;
    p = p * r + 0.166665207f;
    p = p * r + 0.499999935f;
    return p * (r * r) + r + 1;
}

/* For -87 <= x <= 88, where neither the result nor 2^k leaves the normal numbers. */
CGM_VECTOR_INLINE float cgm_vec_exp_bounded(float x)
{
    uint32_t k;
    float p = cgm_vec_exp_parts(x, &k);
    return p * cgm_vec_from_bits((k << 23) + 0x3f800000u);
}

/* 1 ulp; gradual underflow included. 2^k is applied in two halves, each a normal number. */
CGM_VECTOR_INLINE float cgm_vec_exp(float x)
{
    uint32_t k;
    float p = cgm_vec_exp_parts(x, &k);
    uint32_t whole = k - 0x4b400000u; /* the bits of `round` above: two's complement k */
    uint32_t half = (uint32_t)((int32_t)whole >> 1);
    float y = p * cgm_vec_from_bits((half + 127u) << 23) * cgm_vec_from_bits((whole - half + 127u) << 23);
    y = x > 88.7228394f ? INFINITY : y;
    return x < -103.972084f ? 0.0f : y;
}

/* 1 ulp, subnormal arguments included; log 0 = -inf, of a negative number NaN. With x = 2^k (1 + f), 1 + f in
 * [sqrt 1/2, sqrt 2), and s = f / (2 + f): log(1 + f) = 2 atanh s = f - (f^2/2 - s (f^2/2 + s^2 P)). */
CGM_VECTOR_INLINE float cgm_vec_log(float x)
{
    bool tiny = x < 1.17549435e-38f;
    float scaled = tiny ? x * 8388608.0f : x;
    uint32_t bits = cgm_vec_bits(scaled);
    int32_t k = (int32_t)(bits - 0x3f3504f3u) >> 23;
    float f = cgm_vec_from_bits(bits - ((uint32_t)k << 23)) - 1;
    float exponent = (float)k - (tiny ? 23.0f : 0.0f);
    float s = f / (2 + f), z = s * s, half = 0.5f * f * f;
    float p = 0.298718534f;
    p = p * z + 0.399775373f;
    p = p * z + 0.666667764f;
    float y = s * (half + z * p) + exponent * 1.42860677e-06f - half + f + exponent * 0.693145752f;
    y = x == 0 ? -INFINITY : y;
    y = x < 0 ? NAN : y;
    return x < INFINITY ? y : x; /* inf and NaN pass */
}

CGM_VECTOR_INLINE float cgm_vec_sqrt(float x)
{
    return sqrtf(x);
}

/* 2 ulp. */
CGM_VECTOR_INLINE float cgm_vec_tanh(float x)
{
    float a = fabsf(x), bounded = a > 20 ? 20.0f : a;
    float far = 1 - 2 / (cgm_vec_exp_bounded(2 * bounded) + 1);
    float z = x * x;
    float p = -0.00571703924f;
    p = p * z + 0.0206505824f;
    p = p * z - 0.0537434967f;
    p = p * z + 0.133314913f;
    p = p * z - 0.333332839f;
    float near = x + x * (z * p);
    return a < 0.625f ? near : copysignf(far, x);
}

/* 2 ulp, both tails included. */
CGM_VECTOR_INLINE float cgm_vec_sigmoid(float x)
{
    float e = cgm_vec_exp(-fabsf(x));
    return (x >= 0 ? 1.0f : e) / (1 + e);
}

/* log(1 + e) for 0 <= e <= 1, 1 ulp: 2 atanh(e / (2 + e)). */
CGM_VECTOR_INLINE float cgm_vec_log1p_unit(float e)
{
    float s = e / (2 + e), z = s * s;
    float p = 0.243009905f;
    p = p * z + 0.214276445f;
    p = p * z + 0.286168859f;
    p = p * z + 0.399988777f;
    p = p * z + 0.666666756f;
    return 2 * s + s * (z * p);
}

/* 2 ulp, the left tail e^x included; of a large x, x itself. */
CGM_VECTOR_INLINE float cgm_vec_softplus(float x)
{
    return (x > 0 ? x : 0.0f) + cgm_vec_log1p_unit(cgm_vec_exp(-fabsf(x)));
}

/* 2 ulp. Beyond |x| = 1 by a polynomial for -log erfc; from 4 on it is 1 to the last bit. */
CGM_VECTOR_INLINE float cgm_vec_erf(float x)
{
    float a = fabsf(x), t = a > 4 ? 3.0f : a - 1;
    float q = 0.00115041805f;
    q = q * t - 0.00902599915f;
    q = q * t + 0.0410259071f;
    q = q * t + 0.843226973f;
    q = q * t + 2.63895853f;
    q = q * t + 1.84960561f;
    float far = 1 - cgm_vec_exp_bounded(-q);
    float z = x * x;
    float p = 7.85386175e-05f;
    p = p * z - 0.000801019375f;
    p = p * z + 0.0051883277f;
    p = p * z - 0.0268538119f;
    p = p * z + 0.112835851f;
    p = p * z - 0.376126258f;
    p = p * z + 0.128379167f; /* of 2 / sqrt pi, less 1 */
    float near = x + x * p;
    return a < 1 ? near : copysignf(far, x);
}

/* a >= 0 -> e = exp(-a^2/2), and what times e is the normal upper tail Q(a): 1/2 + s P(s) with s = 2a/(5 + 2a). The
 * caller bounds a at CGM_VEC_TAIL_END, where 2^k has all bits zero, so that e is 0 itself. */
#define CGM_VEC_TAIL_END 13.27f
CGM_VECTOR_INLINE float cgm_vec_normal_tail(float a, float *e)
{
    const float round = 12582912.0f; /* as in exp */
    float power = a * (a * -0.721347520f), shifted = power + round, r = power - (shifted - round);
    float p = 0.00132647275f;
    p = p * r + 0.00967151266f;
    p = p * r + 0.0555073374f;
    p = p * r + 0.240222421f;
    p = p * r + 0.693146978f;
    p = p * r + 1;
    *e = p * cgm_vec_from_bits((cgm_vec_bits(shifted) << 23) + 0x3f800000u);
    float u = 0.4f * a, s = u / (1 + u);
    float q = 0.058302644f;
    q = q * s - 0.0859973277f;
    q = q * s - 0.0870313693f;
    q = q * s + 0.0470754783f;
    q = q * s + 0.565373466f;
    q = q * s - 0.997362002f;
    return q * s + 0.5f;
}

/* x Phi(x) = max(x, 0) - |x| Q(|x|), 1.5e-7 of max(1, |x|). */
CGM_VECTOR_INLINE float cgm_vec_gelu(float x)
{
    float a = fabsf(x), bounded = a > CGM_VEC_TAIL_END ? CGM_VEC_TAIL_END : a, e;
    float q = cgm_vec_normal_tail(bounded, &e);
    return (x > 0 ? x : 0.0f) - bounded * e * q;
}

/* Its slope Phi(x) + x phi(x), 1.5e-7: of -|x| it is Q - |x| phi, and those of x and -x add up to 1. */
CGM_VECTOR_INLINE float cgm_vec_gelu_slope(float x)
{
    float a = fabsf(x), bounded = a > CGM_VEC_TAIL_END ? CGM_VEC_TAIL_END : a, e;
    float q = cgm_vec_normal_tail(bounded, &e), left = e * (q - bounded * 0.398942280f);
    return x > 0 ? 1 - left : left;
}

#endif
#endif
