/* Means over rows and over resamples of them, in one pass. */
#include "scm/queries/running_means.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "tests/harness.h"

/* Where the uniform number is on a fine grid, each count has its share of it. */
static void binomials_are_inverted(void)
{
    static const struct {
        unsigned n;
        double p;
    } cases[] = {{1, 0.5}, {2, 1.0 / 3}, {60, 1.0 / 60}, {41, 1.0 / 30}, {1000, 1.0 / 997}, {7, 1}};
    enum { GRID = 20000 };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        size_t seen[64] = {0};
        for (int g = 0; g < GRID; g++) {
            size_t k = cgm_scm_binomial(cases[c].n, cases[c].p, (g + 0.5) / GRID);
            CU_ASSERT_FATAL(k < 64 && k <= cases[c].n);
            seen[k]++;
        }
        for (unsigned k = 0; k < 64; k++)
            CHECK_NEAR((double)seen[k] / GRID, gsl_ran_binomial_pdf(k, cases[c].p, cases[c].n), 1.01 / GRID);
    }
    CU_ASSERT_EQUAL(cgm_scm_binomial(30, 1.0 / 30, 1 - 1e-16), cgm_scm_binomial(30, 1.0 / 30, 1 - 1e-16));
    CU_ASSERT(cgm_scm_binomial(30, 1.0 / 30, 1 - 1e-16) <= 30);
    CU_ASSERT_EQUAL(cgm_scm_binomial(0, 0.5, 0.9), 0);
}

static void add_all(scm_running_means *m, size_t batch, size_t width, const double *a, const double *b, int threads)
{
    for (size_t begin = 0; begin < m->rows; begin += batch) {
        const double *value[2] = {a + begin * width, b + begin * width};
        REQUIRE_OK(cgm_scm_running_means_add(m, m->rows - begin < batch ? m->rows - begin : batch, value, threads));
    }
}

/* A resample has as many rows as there are; a row's count has mean 1 and variance 1 - 1/n; the bits depend on neither
 * batches nor threads. */
static void resamples_are_multinomial(void)
{
    enum { ROWS = 50, WIDTH = ROWS, RESAMPLES = 4000 };
    static double unit[ROWS * WIDTH], other[ROWS * WIDTH];
    cgm_rng rng = cgm_rng_create(5);
    scm_running_means whole, parts;
    for (size_t i = 0; i < ROWS; i++) unit[i * WIDTH + i] = 1; /* number i counts row i */
    for (size_t i = 0; i < ROWS * WIDTH; i++) other[i] = cgm_rng_normal(&rng);
    REQUIRE_OK(cgm_scm_running_means_init(ROWS, 2, WIDTH, RESAMPLES, &rng, &whole));
    REQUIRE_OK(cgm_scm_running_means_init(ROWS, 2, WIDTH, RESAMPLES, &rng, &parts));
    add_all(&whole, ROWS, WIDTH, unit, other, 1);
    add_all(&parts, 7, WIDTH, unit, other, 2);
    CU_ASSERT(memcmp(whole.sum, parts.sum, (RESAMPLES + 1) * 2 * WIDTH * sizeof *whole.sum) == 0);
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0, squares = 0;
        for (size_t b = 0; b < RESAMPLES; b++) {
            double count = ROWS * cgm_scm_running_mean(&whole, b, 0, i);
            sum += count;
            squares += count * count;
        }
        CHECK_NEAR(sum / RESAMPLES, 1, 5 / sqrt(RESAMPLES));
        CHECK_NEAR(squares / RESAMPLES, 2 - 1.0 / ROWS, 5 * sqrt(11.0 / RESAMPLES));
        CHECK_NEAR(cgm_scm_running_mean(&whole, RESAMPLES, 0, i), 1.0 / ROWS, 1e-15);
    }
    for (size_t b = 0; b < RESAMPLES; b++) {
        double rows = 0;
        for (size_t i = 0; i < ROWS; i++) rows += ROWS * cgm_scm_running_mean(&whole, b, 0, i);
        CHECK_NEAR(rows, ROWS, 1e-9);
    }
    cgm_arena_clear(&whole.arena);
    cgm_arena_clear(&parts.arena);
}

/* 95 % percentile intervals of the mean of 60 exponential numbers cover it in about 93 of 100 samples (which is what
 * such intervals do at this size and skewness); 1,000 samples say it to 0.8. */
static void percentiles_cover_the_mean(void)
{
    enum { SAMPLES = 1000, ROWS = 60, RESAMPLES = 400 };
    cgm_rng rng = cgm_rng_create(11);
    int covered = 0;
    for (int s = 0; s < SAMPLES; s++) {
        double x[ROWS], drawn[RESAMPLES];
        const double *value[1] = {x};
        scm_running_means m;
        cgm_rng stream = cgm_rng_split_index(&rng, (uint64_t)s);
        for (size_t i = 0; i < ROWS; i++) x[i] = -log(cgm_rng_uniform(&stream));
        REQUIRE_OK(cgm_scm_running_means_init(ROWS, 1, 1, RESAMPLES, &stream, &m));
        REQUIRE_OK(cgm_scm_running_means_add(&m, ROWS, value, 1));
        for (size_t b = 0; b < RESAMPLES; b++) drawn[b] = cgm_scm_running_mean(&m, b, 0, 0);
        gsl_sort(drawn, 1, RESAMPLES);
        covered += gsl_stats_quantile_from_sorted_data(drawn, 1, RESAMPLES, 0.025) <= 1 &&
                   gsl_stats_quantile_from_sorted_data(drawn, 1, RESAMPLES, 0.975) >= 1;
        cgm_arena_clear(&m.arena);
    }
    CHECK_NEAR(covered / (double)SAMPLES, 0.93, 0.025);
}

static const test_case cases[] = {
    {"binomials are inverted", binomials_are_inverted},
    {"resamples are multinomial", resamples_are_multinomial},
    {"percentiles cover the mean", percentiles_cover_the_mean},
};
TEST_MAIN("running means", cases)
