/* The elementary functions of vectors of doubles, for every instruction set that this machine can run: against libm in
 * long double over their range, and exact where they must be. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "kernels/double_math.h"
#include "tests/harness.h"

static long double true_softplus(long double x)
{
    return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

/* Units of the last place of the true value, as rounded. */
static double ulps(double got, long double want)
{
    double near = (double)want;
    if (got == near) return 0;
    if (!isfinite(got) || !isfinite(near)) return INFINITY;
    return (double)(fabsl(got - want) / (nextafter(fabs(near), INFINITY) - fabs(near)));
}

typedef struct range {
    const char *name;
    size_t offset; /* of the function in cgm_double_math */
    long double (*truth)(long double);
    double low, high;
    bool powers; /* of 2, both signs where the range says so by a low of -1100 */
    double ulps;
} range;
#define FUNCTION(name) #name, offsetof(cgm_double_math, name)
static const range ranges[] = {
    {FUNCTION(exp), expl, -1, 1, false, 1.1},
    {FUNCTION(exp), expl, -746, 710, false, 1.1},
    {FUNCTION(exp), expl, -60, 9, true, 1.1},
    {FUNCTION(exp_negative), expl, -708, 0, false, 1.1},
    {FUNCTION(log), logl, -1074, 1024, true, 1},
    {FUNCTION(log), logl, .4, 2.2, false, 1},
    {FUNCTION(tanh), tanhl, -3, 3, false, 3},
    {FUNCTION(tanh), tanhl, -40, 40, false, 3},
    {FUNCTION(tanh), tanhl, -1074, 10, true, 3},
    {FUNCTION(softplus), true_softplus, -3, 3, false, 3},
    {FUNCTION(softplus), true_softplus, -700, 700, false, 3},
};

static cgm_double_fn *function_of(const cgm_double_math *math, const range *r)
{
    cgm_double_fn *f;
    memcpy(&f, (const char *)math + r->offset, sizeof f);
    return f;
}

static void accuracy(void)
{
    enum { N = 20011 }; /* not a whole number of vectors */
    static double x[N], y[N];
    const cgm_double_math *list[3];
    cgm_rng rng = cgm_rng_create(1);
    cgm_double_math_list(list);
    CU_ASSERT_PTR_NOT_NULL(list[0]);
    CU_ASSERT_PTR_EQUAL(list[0], cgm_double_math_get());
    for (size_t k = 0; k < 3 && list[k]; k++)
        for (size_t j = 0; j < sizeof ranges / sizeof *ranges; j++) {
            const range *r = &ranges[j];
            double worst = 0, at = NAN;
            for (size_t i = 0; i < N; i++) {
                x[i] = r->low + (r->high - r->low) * cgm_rng_uniform(&rng);
                if (r->powers) x[i] = exp2(x[i]) * (r->truth != logl && i % 2 ? -1 : 1);
            }
            function_of(list[k], r)(N, x, y);
            for (size_t i = 0; i < N; i++) {
                double error = ulps(y[i], r->truth(x[i]));
                if (!(error <= worst)) worst = error, at = x[i];
            }
            if (!(worst <= r->ulps)) fprintf(stderr, "%s, %s: %g ulp at %a\n", list[k]->name, r->name, worst, at);
            CU_ASSERT(worst <= r->ulps);
        }
}

static bool same(double a, double b)
{
    return isnan(b) ? isnan(a) : memcmp(&a, &b, sizeof a) == 0;
}

static void extremes(void)
{
    const double x[] = {0, -0.0, INFINITY, -INFINITY, NAN, -1e4, 1e300, 5e-324, 709.782712893384, -1e-300};
    enum { N = sizeof x / sizeof *x };
    const double exps[N] = {1, 1, INFINITY, 0, NAN, 0, INFINITY, 1, 0x1.fffffffffff2ap1023, 1};
    const double tanhs[N] = {0, -0.0, 1, -1, NAN, -1, 1, 5e-324, 1, -1e-300};
    const double logs[N] = {-INFINITY, -INFINITY, INFINITY, NAN, NAN, NAN, 0, 0, 0, NAN};
    const cgm_double_math *list[3];
    cgm_double_math_list(list);
    for (size_t k = 0; k < 3 && list[k]; k++) {
        double y[N];
        list[k]->exp(N, x, y);
        for (size_t i = 0; i < N; i++) CU_ASSERT(i == 8 ? ulps(y[i], expl(x[i])) <= 1.1 : same(y[i], exps[i]));
        list[k]->tanh(N, x, y);
        for (size_t i = 0; i < N; i++) CU_ASSERT(same(y[i], tanhs[i]));
        list[k]->log(N, x, y);
        for (size_t i = 0; i < N; i++) CU_ASSERT(i >= 6 && i <= 8 ? ulps(y[i], logl(x[i])) <= 1 : same(y[i], logs[i]));
        list[k]->softplus(N, x, y);
        CU_ASSERT(y[2] == INFINITY && y[3] >= 0 && y[3] < 4e-308 && isnan(y[4]) && y[6] == 1e300);
        list[k]->exp_negative(N, x, y);
        CU_ASSERT(y[0] == 1 && y[3] > 0 && y[3] < 4e-308 && isnan(y[4]));
    }
}

/* A value does not depend on its place in the array, nor on what is beside it. */
static void places(void)
{
    double x[40], all[40], one;
    const cgm_double_math *math = cgm_double_math_get();
    for (size_t i = 0; i < 40; i++) x[i] = (double)i / 7 - 3;
    math->tanh(40, x, all);
    for (size_t i = 0; i < 40; i++) {
        math->tanh(1, x + i, &one);
        CU_ASSERT(same(one, all[i]));
    }
    math->tanh(40, x, x);
    CU_ASSERT(memcmp(x, all, sizeof x) == 0);
}

static const test_case cases[] = {
    {"accuracy", accuracy},
    {"extremes", extremes},
    {"places", places},
};
TEST_MAIN("kernels_double", cases)
