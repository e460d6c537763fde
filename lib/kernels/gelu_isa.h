/* Gelu and its slope for one instruction set, as each_isa.h includes it. Where a register holds sixteen floats two of
 * them are a table of 32 numbers that one instruction looks up, so that both are piecewise polynomials: half the time
 * of the formulas of vector_math.h, which the others take. */
#if X86_LEVEL == 4 && !defined CGM_DOUBLE

typedef struct ISA(table) {
    __m512 power[5][2];
} ISA(table);

static inline __attribute__((always_inline)) ISA(table) ISA(load_table)(const float table[5][32])
{
    ISA(table) t;
    for (int i = 0; i < 5; i++)
        for (int half = 0; half < 2; half++) t.power[i][half] = _mm512_loadu_ps(table[i] + 16 * half);
    return t;
}

/* At |x|. Beyond 6.1 the last piece is 0; NaN stays. */
static inline __attribute__((always_inline)) __m512 ISA(look_up)(const ISA(table) * t, __m512 x)
{
    const __m512 round = _mm512_set1_ps(12582912.0f); /* as in vector_math.h */
    __m512 at = _mm512_min_ps(_mm512_set1_ps(31), _mm512_mul_ps(_mm512_abs_ps(x), _mm512_set1_ps(5)));
    __m512 shifted = _mm512_add_ps(at, round), r = _mm512_sub_ps(at, _mm512_sub_ps(shifted, round));
    __m512i k = _mm512_castps_si512(shifted);
    __m512 p = _mm512_permutex2var_ps(t->power[4][0], k, t->power[4][1]);
    for (int i = 3; i >= 0; i--) p = _mm512_fmadd_ps(p, r, _mm512_permutex2var_ps(t->power[i][0], k, t->power[i][1]));
    return p;
}

/* max(x, 0) - |x| Q(|x|), 1e-7 of max(1, |x|). */
static void ISA(gelu)(size_t n, const float *const in[3], const double *attr, float *out)
{
    ISA(table) t = ISA(load_table)(gelu_table);
    (void)attr;
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 valid = n - i < 16 ? (__mmask16)((1u << (n - i)) - 1) : 0xffff;
        __m512 x = _mm512_maskz_loadu_ps(valid, in[0] + i);
        _mm512_mask_storeu_ps(out + i, valid,
                              _mm512_sub_ps(_mm512_max_ps(_mm512_setzero_ps(), x), ISA(look_up)(&t, x)));
    }
}

/* The slope at -|x|, or what it lacks of 1 at |x|; 1.2e-7. */
static void ISA(gelu_grad)(size_t n, const float *const in[3], const double *attr, float *out)
{
    ISA(table) t = ISA(load_table)(slope_table);
    (void)attr;
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 valid = n - i < 16 ? (__mmask16)((1u << (n - i)) - 1) : 0xffff;
        __m512 x = _mm512_maskz_loadu_ps(valid, in[0] + i), dy = _mm512_maskz_loadu_ps(valid, in[1] + i);
        __m512 left = ISA(look_up)(&t, x);
        __mmask16 right = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ);
        __m512 slope = _mm512_mask_sub_ps(left, right, _mm512_set1_ps(1), left);
        _mm512_mask_storeu_ps(out + i, valid, _mm512_mul_ps(dy, slope));
    }
}

#else

static void ISA(gelu)(size_t n, const cgm_real *const in[3], const double *attr, cgm_real *out)
{
    const cgm_real *x = in[0];
    (void)attr;
#pragma omp simd
    for (size_t i = 0; i < n; i++) out[i] = cgm_vec_gelu(x[i]);
}

static void ISA(gelu_grad)(size_t n, const cgm_real *const in[3], const double *attr, cgm_real *out)
{
    const cgm_real *x = in[0], *dy = in[1];
    (void)attr;
#pragma omp simd
    for (size_t i = 0; i < n; i++) out[i] = dy[i] * cgm_vec_gelu_slope(x[i]);
}

#endif

#define NAME_TEXT(name) #name
#define NAME_OF(name) NAME_TEXT(name)
static const cgm_gelu_isa ISA(isa) = {.name = NAME_OF(ISA(isa)), .gelu = ISA(gelu), .gelu_grad = ISA(gelu_grad)};
#undef NAME_OF
#undef NAME_TEXT
