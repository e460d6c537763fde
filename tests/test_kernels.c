/* The kernels but for the products (test_kernels_conv.c): element-wise functions against libm over their whole range,
 * the rest against loops that say what is meant, and all of them on one to three threads. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "kernels/gelu.h"
#include "kernels/kernels.h"
#include "tests/harness.h"

#ifdef CGM_DOUBLE
#define EPSILON DBL_EPSILON
#define TINY DBL_TRUE_MIN
#else
#define EPSILON FLT_EPSILON
#define TINY FLT_TRUE_MIN
#endif

static bool same_bits(size_t n, const cgm_real *a, const cgm_real *b)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

static cgm_real *filled(size_t n, const char *name)
{
    cgm_real *x = cgm_alloc_aligned((n + 1) * sizeof *x);
    if (!x) abort();
    cgm_rng seed = cgm_rng_create(7), rng = cgm_rng_split(&seed, name);
    cgm_rng_fill_normal(&rng, n, x);
    return x;
}

/* ---- Element-wise ---- */

typedef struct function {
    const char *name;
    cgm_elementwise_fn *run;
    long double (*truth)(long double);
    double low, high; /* the range that is swept */
    double ulps;      /* allowed error; 0: `absolute` alone counts */
    double absolute;  /* allowed besides, times max(1, |x|) */
} function;

static long double true_sigmoid(long double x)
{
    return 1 / (1 + expl(-x));
}
static long double true_softplus(long double x)
{
    return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}
static long double true_gelu(long double x)
{
    return x / 2 * erfcl(-x * sqrtl(0.5L));
}
static long double true_gelu_slope(long double x)
{
    return erfcl(-x * sqrtl(0.5L)) / 2 + (isinf(x) ? 0 : x * expl(-x * x / 2) * 0.398942280401432677939946L);
}
/* gelu_grad of dy = 1. */
static cgm_elementwise_fn *gelu_grad_of_ones = cgm_ew_gelu_grad;
static void gelu_slope(size_t n, const cgm_real *const in[3], const double *attr, cgm_real *out)
{
    cgm_real ones[1021];
    for (size_t i = 0; i < n; i++) ones[i] = 1;
    gelu_grad_of_ones(n, (const cgm_real *const[3]){in[0], ones}, attr, out);
}

static const function functions[] = {
    {"exp", cgm_ew_exp, expl, -INFINITY, INFINITY, 1.5, 0},
    {"log", cgm_ew_log, logl, 0, INFINITY, 1.5, 0},
    {"sqrt", cgm_ew_sqrt, sqrtl, 0, INFINITY, 0.51, 0},
    {"erf", cgm_ew_erf, erfl, -INFINITY, INFINITY, 2, 0},
    {"tanh", cgm_ew_tanh, tanhl, -INFINITY, INFINITY, 2.5, 0},
    {"sigmoid", cgm_ew_sigmoid, true_sigmoid, -INFINITY, INFINITY, 2.5, 0},
    {"softplus", cgm_ew_softplus, true_softplus, -INFINITY, INFINITY, 2.5, 0},
    {"gelu", cgm_ew_gelu, true_gelu, -INFINITY, INFINITY, 0, 1.25 * EPSILON},
    {"gelu's slope", gelu_slope, true_gelu_slope, -INFINITY, INFINITY, 0, 1.25 * EPSILON},
};

/* |got - want| in units of the last place of want; the result of an overflow counts as equal. */
static double ulp_error(cgm_real got, long double want)
{
    if ((long double)got == want || got == (cgm_real)want) return 0;
    if (isnan(got) || isinf(got) || isinf(want)) return INFINITY;
    int exponent;
    frexpl(want, &exponent);
    long double ulp = fmaxl(ldexpl(EPSILON, exponent - 1), TINY);
    return (double)(fabsl(got - want) / ulp);
}

/* Sweeps the floats by a stride through their bit patterns, in blocks of an odd length. */
static void sweep(const function *f, double *worst, cgm_real *worst_at)
{
    enum { BLOCK = 1021 };
    static cgm_real x[BLOCK], y[BLOCK];
    const cgm_real *in[3] = {x};
    size_t n = 0;
    *worst = 0;
    *worst_at = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 4093) {
        uint32_t word = (uint32_t)bits;
        float value;
        memcpy(&value, &word, sizeof value);
        if (isnan(value) || value < f->low || value > f->high) continue;
        x[n++] = value;
        if (n < BLOCK) continue;
        f->run(n, in, NULL, y);
        for (size_t i = 0; i < n; i++) {
            long double want = f->truth(x[i]);
            double error = f->ulps > 0 ? ulp_error(y[i], want) / f->ulps
                                       : fabs((double)(y[i] - want)) / (f->absolute * fmax(1, fabs((double)x[i])));
            if (isinf(x[i]) && f->ulps == 0) error = 0;
            if (!(error <= *worst)) {
                *worst = error;
                *worst_at = x[i];
            }
        }
        n = 0;
    }
}

static void functions_are_accurate(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        double worst;
        cgm_real at;
        sweep(&functions[i], &worst, &at);
        if (!(worst <= 1) || getenv("CGM_TEST_VERBOSE"))
            fprintf(stderr, "%s: error %g of the allowed, at %.9g\n", functions[i].name, worst, (double)at);
        CU_ASSERT(worst <= 1);
    }
}

static cgm_real at(cgm_elementwise_fn *f, double x, const double *attr)
{
    /* More than a vector, so that the vectorised part runs. */
    cgm_real a[64], y[64];
    const cgm_real *in[3] = {a, a, a};
    for (int i = 0; i < 64; i++) a[i] = (cgm_real)x;
    f(64, in, attr, y);
    CU_ASSERT(memcmp(y, y + 63, sizeof *y) == 0);
    return y[0];
}

/* Of all instruction sets that this machine has. */
static void gelu_is_accurate_on_all_of_them(void)
{
    const cgm_gelu_isa *list[3];
    cgm_gelu_list(list);
    for (int i = 0; i < 3 && list[i]; i++) {
        gelu_grad_of_ones = list[i]->gelu_grad;
        const function both[] = {{"gelu", list[i]->gelu, true_gelu, -INFINITY, INFINITY, 0, 1.25 * EPSILON},
                                 {"gelu's slope", gelu_slope, true_gelu_slope, -INFINITY, INFINITY, 0, 1.25 * EPSILON}};
        for (int k = 0; k < 2; k++) {
            double worst;
            cgm_real where;
            sweep(&both[k], &worst, &where);
            if (!(worst <= 1) || getenv("CGM_TEST_VERBOSE"))
                fprintf(stderr, "%s, %s: error %g of the allowed, at %.9g\n", list[i]->name, both[k].name, worst,
                        (double)where);
            CU_ASSERT(worst <= 1);
            CU_ASSERT(at(both[k].run, -INFINITY, NULL) == 0 && at(both[k].run, -1e30, NULL) == 0);
            CU_ASSERT(isnan(at(both[k].run, NAN, NULL)));
        }
        CU_ASSERT(at(list[i]->gelu, 0, NULL) == 0 && at(gelu_slope, 0, NULL) == (cgm_real)0.5);
        CU_ASSERT(at(list[i]->gelu, INFINITY, NULL) == INFINITY && at(gelu_slope, INFINITY, NULL) == 1);
    }
    gelu_grad_of_ones = cgm_ew_gelu_grad;
}

static void extremes_are_exact(void)
{
    CU_ASSERT(at(cgm_ew_exp, 1e4, NULL) == INFINITY && at(cgm_ew_exp, INFINITY, NULL) == INFINITY);
    CU_ASSERT(at(cgm_ew_exp, -1e4, NULL) == 0 && at(cgm_ew_exp, -INFINITY, NULL) == 0);
    CU_ASSERT(at(cgm_ew_exp, 0, NULL) == 1);
    CU_ASSERT(at(cgm_ew_log, 0, NULL) == -INFINITY && at(cgm_ew_log, INFINITY, NULL) == INFINITY);
    CU_ASSERT(isnan(at(cgm_ew_log, -1, NULL)) && isnan(at(cgm_ew_log, -INFINITY, NULL)));
    CU_ASSERT(at(cgm_ew_log, 1, NULL) == 0);
    CU_ASSERT(isnan(at(cgm_ew_sqrt, -1, NULL)));
    CU_ASSERT(at(cgm_ew_tanh, INFINITY, NULL) == 1 && at(cgm_ew_tanh, -INFINITY, NULL) == -1);
    CU_ASSERT(at(cgm_ew_erf, INFINITY, NULL) == 1 && at(cgm_ew_erf, -INFINITY, NULL) == -1);
    CU_ASSERT(at(cgm_ew_sigmoid, INFINITY, NULL) == 1 && at(cgm_ew_sigmoid, -INFINITY, NULL) == 0);
    CU_ASSERT(at(cgm_ew_softplus, 100, NULL) == 100 && at(cgm_ew_softplus, INFINITY, NULL) == INFINITY);
    CU_ASSERT(at(cgm_ew_softplus, -INFINITY, NULL) == 0);
    CU_ASSERT(at(cgm_ew_gelu, INFINITY, NULL) == INFINITY && at(cgm_ew_gelu, -INFINITY, NULL) == 0);
    CU_ASSERT(at(cgm_ew_gelu, 100, NULL) == 100);
    CU_ASSERT(at(gelu_slope, INFINITY, NULL) == 1 && at(gelu_slope, -INFINITY, NULL) == 0);
    CU_ASSERT(at(cgm_ew_gelu_grad, -100, NULL) == 0 && at(cgm_ew_gelu_grad, 100, NULL) == 100);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        CU_ASSERT(isnan(at(functions[i].run, NAN, NULL)) && isnan(at(functions[i].run, -NAN, NULL)));
    const double attr[2] = {-0.5, 2};
    CU_ASSERT(at(cgm_ew_clamp, 3, attr) == 2 && at(cgm_ew_clamp, -3, attr) == -0.5 && at(cgm_ew_clamp, 1, attr) == 1);
    CU_ASSERT(at(cgm_ew_clamp, INFINITY, attr) == 2 && isnan(at(cgm_ew_clamp, NAN, attr)));
    CU_ASSERT(at(cgm_ew_leaky_relu, 3, attr) == 3 && at(cgm_ew_leaky_relu, -3, attr) == 1.5);
    CU_ASSERT(isnan(at(cgm_ew_leaky_relu, NAN, attr)));
    CU_ASSERT(at(cgm_ew_affine, 3, attr) == 0.5 && at(cgm_ew_neg, 0.25, NULL) == -0.25);
    CU_ASSERT(isnan(at(cgm_ew_add, NAN, NULL)) && at(cgm_ew_less, NAN, NULL) == 0);
}

static void arithmetic_is_exact(void)
{
    enum { N = 133 };
    cgm_real *a = filled(N, "a"), *b = filled(N, "b"), *c = filled(N, "c"), y[N];
    for (int i = 0; i < N; i += 3) c[i] = 0;
    const cgm_real *in[3] = {a, b, c}, *choice[3] = {c, a, b};
    for (size_t n = 0; n <= N; n += 19) {
        for (size_t i = 0; i < N; i++) y[i] = -77;
        cgm_ew_add(n, in, NULL, y);
        for (size_t i = 0; i < n; i++) CU_ASSERT(y[i] == a[i] + b[i]);
        cgm_ew_sub(n, in, NULL, y);
        for (size_t i = 0; i < n; i++) CU_ASSERT(y[i] == a[i] - b[i]);
        cgm_ew_mul(n, in, NULL, y);
        for (size_t i = 0; i < n; i++) CU_ASSERT(y[i] == a[i] * b[i]);
        cgm_ew_div(n, in, NULL, y);
        for (size_t i = 0; i < n; i++) CU_ASSERT(y[i] == a[i] / b[i]);
        cgm_ew_less(n, in, NULL, y);
        for (size_t i = 0; i < n; i++) CU_ASSERT(y[i] == (a[i] < b[i]));
        cgm_ew_select(n, choice, NULL, y);
        for (size_t i = 0; i < n; i++) CU_ASSERT(y[i] == (c[i] != 0 ? a[i] : b[i]));
        for (size_t i = n; i < N; i++) CU_ASSERT(y[i] == -77);
    }
    /* In place. */
    cgm_ew_div(N, in, NULL, y);
    cgm_ew_div(N, in, NULL, b);
    CU_ASSERT(same_bits(N, y, b));
    cgm_free_aligned(a);
    cgm_free_aligned(b);
    cgm_free_aligned(c);
}

/* ---- Reductions ---- */

static int64_t product(int rank, const int64_t *dim)
{
    int64_t n = 1;
    for (int i = 0; i < rank; i++) n *= dim[i];
    return n;
}

/* Sums one element at a time; says in `scale` what the sums of magnitudes are. */
static void plain_sum(int rank, const int64_t *dim, unsigned axes, const cgm_real *x, double *sum, double *scale)
{
    int64_t total = product(rank, dim);
    for (int64_t i = 0; i < total; i++) {
        int64_t rest = i, o = 0, step = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
            if (!(axes >> axis & 1)) {
                o += rest % dim[axis] * step;
                step *= dim[axis];
            }
            rest /= dim[axis];
        }
        sum[o] += x[i];
        scale[o] += fabs((double)x[i]);
    }
}

static void check_sum(int rank, const int64_t *dim, unsigned axes)
{
    int64_t total = product(rank, dim), outputs = 1;
    for (int axis = 0; axis < rank; axis++)
        if (!(axes >> axis & 1)) outputs *= dim[axis];
    cgm_real *x = filled((size_t)total, "sum"), *first = filled((size_t)outputs, ""), *y = filled((size_t)outputs, "");
    double *want = calloc((size_t)outputs + 1, sizeof *want), *scale = calloc((size_t)outputs + 1, sizeof *scale);
    plain_sum(rank, dim, axes, x, want, scale);
    bool good = true, same = true;
    for (int threads = 1; threads <= 3; threads++) {
        void *scratch = malloc(cgm_reduce_sum_scratch(rank, dim, axes, threads) + 1);
        cgm_real *out = threads == 1 ? first : y;
        cgm_reduce_sum(rank, dim, axes, x, out, scratch, threads);
        free(scratch);
        for (int64_t o = 0; o < outputs; o++)
            good = good && fabs(out[o] - want[o]) <= EPSILON * fabs(want[o]) + 1e-14 * scale[o];
        same = same && same_bits((size_t)outputs, first, out);
    }
    if (!good || !same) {
        fprintf(stderr, "sum over axes %x of", axes);
        for (int i = 0; i < rank; i++) fprintf(stderr, " %lld", (long long)dim[i]);
        fprintf(stderr, ": %s\n", good ? "depends on the threads" : "wrong");
    }
    CU_ASSERT(good && same);
    free(want);
    free(scale);
    cgm_free_aligned(x);
    cgm_free_aligned(first);
    cgm_free_aligned(y);
}

static void sums_match_loops(void)
{
    static const int64_t small[][5] = {
        {3, 5, 7, 2, 9}, {1, 4, 1, 6, 1}, {17, 1, 3, 5, 33}, {2, 0, 3, 1, 2}, {1, 1, 1, 1, 1}};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        for (int rank = 0; rank <= 5; rank++)
            for (unsigned axes = 0; axes < 1u << rank; axes++) check_sum(rank, small[i], axes);
    /* Large enough for chunks, blocks of columns and segments of runs. */
    check_sum(4, (int64_t[]){32, 3, 61, 67}, 0xd);
    check_sum(4, (int64_t[]){33, 1, 61, 67}, 0xd);
    check_sum(4, (int64_t[]){9, 32, 16, 16}, 0xd);
    check_sum(1, (int64_t[]){300001}, 1);
    check_sum(2, (int64_t[]){3000, 101}, 1);
    check_sum(2, (int64_t[]){70, 5001}, 1);
    check_sum(2, (int64_t[]){3001, 101}, 2);
    check_sum(2, (int64_t[]){5, 70001}, 2);
    check_sum(3, (int64_t[]){5, 301, 211}, 2);
    check_sum(3, (int64_t[]){301, 2, 701}, 5);
    check_sum(5, (int64_t[]){11, 13, 11, 13, 17}, 0xa);
    check_sum(5, (int64_t[]){11, 13, 11, 13, 17}, 0x15);
}

static void check_logsumexp(int64_t outer, int64_t len, int64_t inner, const cgm_real *x)
{
    size_t n = (size_t)(outer * inner);
    cgm_real *first = filled(n, ""), *y = filled(n, "");
    for (int threads = 1; threads <= 3; threads++) {
        cgm_real *out = threads == 1 ? first : y;
        cgm_reduce_logsumexp(outer, len, inner, x, out, threads);
        CU_ASSERT(same_bits(n, first, out));
    }
    for (int64_t i = 0; i < outer; i++) {
        for (int64_t j = 0; j < inner; j++) {
            long double maximum = -INFINITY, sum = 0;
            for (int64_t l = 0; l < len; l++) maximum = fmaxl(maximum, x[(i * len + l) * inner + j]);
            for (int64_t l = 0; l < len; l++) sum += expl(x[(i * len + l) * inner + j] - maximum);
            double want = (double)(maximum + logl(sum));
            CHECK_NEAR(first[i * inner + j], want, 2 * EPSILON * fmax(1, fabs(want)));
        }
    }
    cgm_free_aligned(first);
    cgm_free_aligned(y);
}

static void logsumexp_matches_loops(void)
{
    cgm_real *x = filled(300000, "logsumexp");
    for (int i = 0; i < 300000; i++) x[i] = x[i] * 30 + (i % 7 == 0 ? 500 : 0);
    check_logsumexp(301, 10, 1, x);
    check_logsumexp(7, 1, 3, x);
    check_logsumexp(3, 5, 700, x);
    check_logsumexp(50, 501, 1, x);
    check_logsumexp(100, 10, 100, x);
    const cgm_real inf = (cgm_real)INFINITY, odd[3][2] = {{-inf, -inf}, {-inf, 3}, {inf, 3}};
    for (int64_t inner = 1; inner <= 2; inner++) {
        for (int i = 0; i < 3; i++) {
            cgm_real rows[4] = {odd[i][0], inner == 1 ? odd[i][1] : odd[i][0], odd[i][1], odd[i][1]}, out[2];
            cgm_reduce_logsumexp(1, 2, inner, rows, out, 1);
            CU_ASSERT(out[0] == odd[i][i == 2 ? 0 : 1]);
        }
    }
    x[4] = (cgm_real)NAN;
    cgm_real out;
    cgm_reduce_logsumexp(1, 40, 1, x, &out, 1);
    CU_ASSERT(isnan(out));
    cgm_free_aligned(x);
}

static void sums_of_squares(void)
{
    enum { N = 200001 };
    cgm_real *x = filled(N, "squares");
    double want = 0;
    for (int i = 0; i < N; i++) want += (double)x[i] * x[i];
    double got = cgm_sum_squares(N, x, 1);
    CHECK_NEAR(got, want, 1e-12 * want);
    CU_ASSERT(cgm_sum_squares(N, x, 2) == got && cgm_sum_squares(N, x, 3) == got);
    CU_ASSERT(cgm_sum_squares(0, x, 2) == 0);
    x[N - 2] = (cgm_real)INFINITY;
    CU_ASSERT(cgm_sum_squares(N, x, 2) == INFINITY);
    x[70000] = (cgm_real)NAN;
    CU_ASSERT(isnan(cgm_sum_squares(N, x, 2)));
    cgm_free_aligned(x);
}

/* ---- Copies ---- */

static void check_strided(int rank, const int64_t *dim, const int64_t *stride, const cgm_real *x)
{
    int64_t total = product(rank, dim);
    cgm_real *y = filled((size_t)total, "");
    for (int threads = 1; threads <= 3; threads++) {
        bool good = true;
        memset(y, 0, (size_t)total * sizeof *y);
        cgm_copy_strided(rank, dim, stride, x, y, threads);
        for (int64_t i = 0; i < total; i++) {
            int64_t rest = i, from = 0;
            for (int axis = rank - 1; axis >= 0; axis--) {
                from += rest % dim[axis] * stride[axis];
                rest /= dim[axis];
            }
            good = good && y[i] == x[from];
        }
        CU_ASSERT(good);
    }
    cgm_free_aligned(y);
}

static void strided_copies_match_loops(void)
{
    cgm_real *x = filled(400000, "copy");
    check_strided(0, NULL, NULL, x);
    check_strided(1, (int64_t[]){5}, (int64_t[]){0}, x);
    check_strided(1, (int64_t[]){100001}, (int64_t[]){3}, x);
    check_strided(4, (int64_t[]){9, 32, 17, 16}, (int64_t[]){0, 1, 0, 0}, x); /* a bias */
    check_strided(4, (int64_t[]){33, 5, 1, 211}, (int64_t[]){1, 0, 0, 0}, x);
    check_strided(4, (int64_t[]){7, 3, 61, 67}, (int64_t[]){0, 0, 67, 1}, x);
    check_strided(3, (int64_t[]){31, 41, 43}, (int64_t[]){1, 31, 31 * 41}, x);        /* transposed */
    check_strided(5, (int64_t[]){3, 4, 5, 6, 7}, (int64_t[]){2000, 0, 100, 9, 1}, x); /* sliced */
    check_strided(5, (int64_t[]){2, 1, 3, 1, 2}, (int64_t[]){7, 99, 0, 5, 2}, x);
    check_strided(2, (int64_t[]){3, 0}, (int64_t[]){1, 1}, x);
    cgm_free_aligned(x);
}

static void columns_go_in_and_out(void)
{
    enum { OUTER = 301, WIDTH = 131, LEN = 77, AT = 13 };
    cgm_real *wide = filled(OUTER * WIDTH, "wide"), *narrow = filled(OUTER * LEN, "narrow"),
             *back = filled(OUTER * LEN, "");
    for (int threads = 1; threads <= 3; threads++) {
        cgm_real *y = filled(OUTER * WIDTH, "wide");
        cgm_copy_into(OUTER, LEN, WIDTH, AT, narrow, y, threads);
        bool good = true;
        for (int i = 0; i < OUTER; i++)
            for (int j = 0; j < WIDTH; j++)
                good = good &&
                       y[i * WIDTH + j] == (j < AT || j >= AT + LEN ? wide[i * WIDTH + j] : narrow[i * LEN + j - AT]);
        CU_ASSERT(good);
        memset(back, 0, OUTER * LEN * sizeof *back);
        cgm_copy_from(OUTER, LEN, WIDTH, AT, y, back, threads);
        CU_ASSERT(same_bits(OUTER * LEN, narrow, back));
        cgm_copy_from(OUTER, 0, WIDTH, AT, y, back, threads);
        cgm_fill(OUTER * WIDTH - 1, (cgm_real)2.5, y, threads);
        for (int i = 0; i < OUTER * WIDTH - 1; i++) good = good && y[i] == (cgm_real)2.5;
        CU_ASSERT(good && y[OUTER * WIDTH - 1] == wide[OUTER * WIDTH - 1]);
        cgm_free_aligned(y);
    }
    cgm_free_aligned(wide);
    cgm_free_aligned(narrow);
    cgm_free_aligned(back);
}

static void sums_accumulate(void)
{
    enum { N = 70001 };
    cgm_real *x = calloc(N, sizeof *x), *sum = calloc(N, sizeof *sum);
    bool good = true;
    for (int threads = 1; threads <= 2; threads++)
        for (size_t n = N - 1; n > 0; n /= 3) {
            for (size_t i = 0; i < N; i++) x[i] = (cgm_real)(0.3 * (double)i), sum[i] = (cgm_real)(1 - (double)i);
            cgm_accumulate(n, x, sum, threads);
            for (size_t i = 0; i < N; i++) good = good && sum[i] == (cgm_real)(1 - (double)i) + (i < n ? x[i] : 0);
        }
    CU_ASSERT(good);
    free(x);
    free(sum);
}

static void upsampling_and_its_adjoint(void)
{
    static const int64_t shapes[][4] = {{1, 1, 1, 1},  {3, 5, 7, 2},    {2, 4, 3, 3},
                                        {5, 3, 17, 1}, {40, 33, 19, 2}, {2, 0, 3, 2}};
    for (size_t c = 0; c < sizeof shapes / sizeof *shapes; c++) {
        int64_t planes = shapes[c][0], h = shapes[c][1], w = shapes[c][2], f = shapes[c][3];
        size_t n = (size_t)(planes * h * w), big = n * (size_t)(f * f);
        cgm_real *x = filled(n, "x"), *y = filled(big, "y"), *ax = filled(big, ""), *aty = filled(n, "");
        for (int threads = 1; threads <= 3; threads++) {
            cgm_kernel_upsample_nearest(planes, h, w, f, x, ax, threads);
            cgm_kernel_sum_pool(planes, h, w, f, y, aty, threads);
            bool good = true;
            for (int64_t p = 0; p < planes; p++)
                for (int64_t i = 0; i < h * f; i++)
                    for (int64_t j = 0; j < w * f; j++)
                        good = good && ax[(p * h * f + i) * w * f + j] == x[(p * h + i / f) * w + j / f];
            CU_ASSERT(good);
            double left = 0, right = 0, scale = 1e-300;
            for (size_t i = 0; i < big; i++) left += (double)ax[i] * y[i];
            for (size_t i = 0; i < n; i++) {
                right += (double)x[i] * aty[i];
                scale += fabs((double)x[i] * aty[i]);
            }
            CHECK_NEAR(left, right, EPSILON * scale);
        }
        cgm_free_aligned(x);
        cgm_free_aligned(y);
        cgm_free_aligned(ax);
        cgm_free_aligned(aty);
    }
}

static void indices_pick(void)
{
    const cgm_real index[6] = {0, 2, 1, -1, 3, (cgm_real)NAN}, half = (cgm_real)0.5;
    cgm_real x[18], out[6], hot[18];
    for (int i = 0; i < 18; i++) x[i] = (cgm_real)(i + 100);
    cgm_kernel_gather(6, 3, 1, x, index, out, 1);
    CU_ASSERT(out[0] == 100 && out[1] == 105 && out[2] == 107);
    CU_ASSERT(isnan(out[3]) && isnan(out[4]) && isnan(out[5]));
    cgm_kernel_gather(1, 3, 1, x, &half, out, 1);
    CU_ASSERT(isnan(out[0]));
    cgm_kernel_one_hot(6, 3, index, hot);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 3; j++) CU_ASSERT(hot[i * 3 + j] == (i < 3 && j == (int)index[i]));
}

static const test_case cases[] = {
    {"element-wise functions are accurate over their range", functions_are_accurate},
    {"gelu is accurate on all instruction sets", gelu_is_accurate_on_all_of_them},
    {"element-wise functions are exact at the extremes", extremes_are_exact},
    {"element-wise arithmetic is exact, also in place", arithmetic_is_exact},
    {"sums over any axes match loops", sums_match_loops},
    {"log-sum-exp matches loops", logsumexp_matches_loops},
    {"sums of squares", sums_of_squares},
    {"strided copies match loops", strided_copies_match_loops},
    {"columns go into and out of wider rows", columns_go_in_and_out},
    {"sums accumulate", sums_accumulate},
    {"upsampling and its adjoint", upsampling_and_its_adjoint},
    {"indices pick, and outside give NaN or zeros", indices_pick},
};
TEST_MAIN("kernels", cases)
