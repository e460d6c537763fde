/* Vectors of doubles and elementary functions of them, for files that each_isa.h includes. The reductions are Cody and
 * Waite's; the polynomials are minimax and come from vector_math.py. Beside each function stands its largest error,
 * which tests/test_kernels_double.c asserts. NaN propagates. Internal. */
#define VECTOR ISA(vector)
#define MASK ISA(mask)
#define LANES (VECTOR_BYTES / 8)
#undef VECTOR_FN
#define VECTOR_FN static inline __attribute__((always_inline, unused))

typedef double ISA(vector) __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));
typedef uint64_t ISA(words) __attribute__((vector_size(VECTOR_BYTES)));

/* ---- what instruction sets do differently ---- */

#if X86_LEVEL == 4
typedef __mmask8 ISA(mask);
VECTOR_FN MASK ISA(at_least)(VECTOR a, VECTOR b)
{
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_GE_OQ);
}
VECTOR_FN VECTOR ISA(pick)(MASK m, VECTOR yes, VECTOR no)
{
    return (VECTOR)_mm512_mask_mov_pd((__m512d)no, m, (__m512d)yes);
}
/* The greater; b where one is NaN. */
VECTOR_FN VECTOR ISA(max)(VECTOR a, VECTOR b)
{
    return (VECTOR)_mm512_max_pd((__m512d)a, (__m512d)b);
}
VECTOR_FN VECTOR ISA(min)(VECTOR a, VECTOR b)
{
    return (VECTOR)_mm512_min_pd((__m512d)a, (__m512d)b);
}
VECTOR_FN VECTOR ISA(sqrt)(VECTOR a)
{
    return (VECTOR)_mm512_sqrt_pd((__m512d)a);
}
#elif X86_LEVEL == 3
typedef __m256d ISA(mask);
VECTOR_FN MASK ISA(at_least)(VECTOR a, VECTOR b)
{
    return _mm256_cmp_pd((__m256d)a, (__m256d)b, _CMP_GE_OQ);
}
VECTOR_FN VECTOR ISA(pick)(MASK m, VECTOR yes, VECTOR no)
{
    return (VECTOR)_mm256_blendv_pd((__m256d)no, (__m256d)yes, m);
}
VECTOR_FN VECTOR ISA(max)(VECTOR a, VECTOR b)
{
    return (VECTOR)_mm256_max_pd((__m256d)a, (__m256d)b);
}
VECTOR_FN VECTOR ISA(min)(VECTOR a, VECTOR b)
{
    return (VECTOR)_mm256_min_pd((__m256d)a, (__m256d)b);
}
VECTOR_FN VECTOR ISA(sqrt)(VECTOR a)
{
    return (VECTOR)_mm256_sqrt_pd((__m256d)a);
}
#else
typedef ISA(words) ISA(mask);
VECTOR_FN MASK ISA(at_least)(VECTOR a, VECTOR b)
{
    return (MASK)(a >= b);
}
VECTOR_FN VECTOR ISA(pick)(MASK m, VECTOR yes, VECTOR no)
{
    return (VECTOR)((m & (MASK)yes) | (~m & (MASK)no));
}
VECTOR_FN VECTOR ISA(max)(VECTOR a, VECTOR b)
{
    return ISA(pick)((MASK)(a > b), a, b);
}
VECTOR_FN VECTOR ISA(min)(VECTOR a, VECTOR b)
{
    return ISA(pick)((MASK)(a < b), a, b);
}
VECTOR_FN VECTOR ISA(sqrt)(VECTOR a)
{
    for (int i = 0; i < LANES; i++) a[i] = sqrt(a[i]);
    return a;
}
#endif

/* ---- the same for all ---- */

VECTOR_FN VECTOR ISA(load)(const double *p)
{
    return *(const VECTOR *)p;
}
VECTOR_FN void ISA(store)(double *p, VECTOR a)
{
    *(VECTOR *)p = a;
}
VECTOR_FN VECTOR ISA(all)(double x)
{
    return x - (VECTOR){0};
}
VECTOR_FN VECTOR ISA(abs)(VECTOR a)
{
    return (VECTOR)((ISA(words))a & INT64_MAX);
}

#define ROUND 0x1.8p52 /* adding it leaves the nearest whole number in the low bits */
#define ROUND_BITS 0x4338000000000000u
#define ONE_BITS 0x3ff0000000000000u
#define LOG2_E 1.4426950408889634
#define LN2_HIGH 0x1.62e42fefap-1 /* 37 bits: its products with exponents are exact */
#define LN2_LOW 0x1.cf79abc9e3b3ap-40

/* e^r - 1 for |r| <= ln 2 / 2. */
VECTOR_FN VECTOR ISA(expm1_small)(VECTOR r)
{
    VECTOR p = r * 2.5000068445829089e-08 + 2.7630236628568273e-07;
    p = p * r + 2.7557586292081822e-06;
    p = p * r + 2.4801493129218895e-05;
    p = p * r + 0.00019841269506736301;
    p = p * r + 0.0013888888943603727;
    p = p * r + 0.0083333333334943589;
    p = p * r + 0.041666666666530246;
    p = p * r + 0.16666666666666413;
    p = p * r + 0.50000000000000111;
    return p * (r * r) + r;
}

/* x = whole ln 2 + r; the bits of whole + ROUND. For |x| < 2^50. */
VECTOR_FN ISA(words) ISA(reduce)(VECTOR x, VECTOR *r)
{
    VECTOR shifted = x * LOG2_E + ROUND, whole = shifted - ROUND;
    *r = x - whole * LN2_HIGH - whole * LN2_LOW;
    return (ISA(words))shifted;
}

/* 1.1 ulp, gradual underflow included. 2^k is applied in two halves, each a normal number. */
VECTOR_FN VECTOR ISA(exp)(VECTOR x)
{
    VECTOR r, bounded = ISA(min)(ISA(all)(710), ISA(max)(ISA(all)(-746), x));
    ISA(words) k = ISA(reduce)(bounded, &r) - ROUND_BITS, half = ((k + 2048) >> 1) - 1024;
    VECTOR p = 1 + ISA(expm1_small)(r);
    return p * (VECTOR)((half << 52) + ONE_BITS) * (VECTOR)(((k - half) << 52) + ONE_BITS);
}

/* For x <= 0; 1.1 ulp, but of less than e^-708 it gives e^-708, 3e-308. */
VECTOR_FN VECTOR ISA(exp_negative)(VECTOR x)
{
    VECTOR r;
    ISA(words) k = ISA(reduce)(ISA(max)(ISA(all)(-708), x), &r);
    return (1 + ISA(expm1_small)(r)) * (VECTOR)((k << 52) + ONE_BITS);
}

/* 3 ulp: e / (e + 2) with e = e^2|x| - 1, in which nothing cancels. */
VECTOR_FN VECTOR ISA(tanh)(VECTOR x)
{
    VECTOR r, twice = 2 * ISA(min)(ISA(all)(22), ISA(abs)(x));
    VECTOR power = (VECTOR)((ISA(reduce)(twice, &r) << 52) + ONE_BITS);
    VECTOR e = power * ISA(expm1_small)(r) + (power - 1);
    return (VECTOR)((ISA(words))(e / (e + 2)) | ((ISA(words))x & INT64_MIN));
}

/* 1 ulp, subnormal arguments included; log 0 = -inf, of a negative number NaN. With x = 2^k (1 + f), 1 + f in
 * [sqrt 1/2, sqrt 2), and s = f / (2 + f): log(1 + f) = 2 atanh s = f - (f^2/2 - s (f^2/2 + s^2 P)). */
VECTOR_FN VECTOR ISA(log)(VECTOR x)
{
    MASK normal = ISA(at_least)(x, ISA(all)(0x1p-1022));
    VECTOR scaled = ISA(pick)(normal, x, x * 0x1p54);
    ISA(words) bits = (ISA(words))scaled - 0x3fe6a09e667f3bcdu, k = (bits >> 52) - ((bits >> 63) << 12);
    VECTOR f = (VECTOR)((ISA(words))scaled - (k << 52)) - 1;
    VECTOR exponent = (VECTOR)(k + ROUND_BITS) - ROUND - ISA(pick)(normal, ISA(all)(0), ISA(all)(54));
    VECTOR s = f / (2 + f), z = s * s, half = 0.5 * f * f;
    VECTOR p = z * 0.14796095122413944 + 0.15314036813385679;
    p = p * z + 0.18183564830620735;
    p = p * z + 0.22222198564134527;
    p = p * z + 0.28571428742469029;
    p = p * z + 0.39999999999414343;
    p = p * z + 0.6666666666666734;
    VECTOR y = s * (half + z * p) + exponent * LN2_LOW - half + f + exponent * LN2_HIGH;
    VECTOR of_zero = ISA(pick)(ISA(at_least)(x, ISA(all)(0)), ISA(all)(-INFINITY), ISA(all)(NAN));
    y = ISA(pick)(ISA(at_least)(ISA(all)(0), x), of_zero, y);
    return ISA(pick)(ISA(at_least)(ISA(all)(0x1.fffffffffffffp1023), x), y, x); /* inf and NaN pass */
}

/* log(1 + e) for 0 <= e <= 1, 2 ulp: 2 atanh(e / (2 + e)). */
VECTOR_FN VECTOR ISA(log1p_unit)(VECTOR e)
{
    VECTOR s = e / (2 + e), z = s * s;
    VECTOR p = z * 0.17748916636988632 + 0.098982772456424464;
    p = p * z + 0.13587251695577895;
    p = p * z + 0.15364191537783517;
    p = p * z + 0.18182820763736868;
    p = p * z + 0.22222192653739037;
    p = p * z + 0.28571429063203063;
    p = p * z + 0.39999999995997459;
    p = p * z + 0.66666666666677876;
    return 2 * s + s * (z * p);
}

/* log(1 + e^x), 3 ulp above -708. */
VECTOR_FN VECTOR ISA(softplus)(VECTOR x)
{
    return ISA(max)(ISA(all)(0), x) + ISA(log1p_unit)(ISA(exp_negative)(-ISA(abs)(x)));
}
#undef ROUND
#undef ROUND_BITS
#undef ONE_BITS
#undef LOG2_E
#undef LN2_HIGH
#undef LN2_LOW
