/* Measures of sets of images: distances of features against NumPy's and SciPy's, known answers, and counts by hand. */
#include <string.h>

#include "base/rng.h"
#include "graph/program.h"
#include "metrics/coverage.h"
#include "metrics/diversity.h"
#include "metrics/frechet.h"
#include "metrics/kid.h"
#include "metrics/metrics.h"
#include "metrics/saturation.h"
#include "nn/image_losses.h"
#include "tests/fixtures/sets.h"
#include "tests/harness.h"

enum { CASES = sizeof set_kid / sizeof *set_kid, MOST = 300 * 24 };
static double x[MOST], y[MOST];

/* The numbers of make_sets.py. */
static void fill(uint32_t state, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        state = 1664525 * state + 1013904223;
        out[i] = (state + 0.5) / 4294967296.0;
    }
}

static void fill_case(uint32_t k, size_t *width, size_t *n, size_t *m)
{
    *width = set_sizes[3 * k], *n = set_sizes[3 * k + 1], *m = set_sizes[3 * k + 2];
    fill(2 * k + 1, *n * *width, x);
    fill(2 * k + 2, *m * *width, y);
    for (size_t i = 0; i < *m * *width; i++) y[i] = 1.25 * y[i] - 0.25 + 0.0625 * (double)(i % *width);
}

static void fill_normal(cgm_rng *rng, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) out[i] = cgm_rng_normal(rng);
}

/* ---- Frechet distance ---- */

static cgm_frechet frechet(size_t width, size_t n, const double *a, size_t m, const double *b)
{
    cgm_frechet out = {.distance = NAN};
    REQUIRE_OK(cgm_frechet_distance(width, n, a, m, b, &out));
    return out;
}

static void frechet_beside_scipy(void)
{
    size_t width, n, m;
    for (uint32_t k = 0; k < CASES; k++) {
        fill_case(k, &width, &n, &m);
        cgm_frechet f = frechet(width, n, x, m, y), back = frechet(width, m, y, n, x);
        CHECK_NEAR(f.distance, set_frechet[k], f.few ? 1e-5 : 1e-9);
        CHECK_NEAR(back.distance, f.distance, f.few ? 1e-5 : 1e-9);
        CU_ASSERT_EQUAL(f.few, n <= width || m <= width);
    }
}

/* Of sets that are the same, moved, stretched; of sets of one point each. */
static void frechet_known(void)
{
    enum { WIDTH = 5, N = 200 };
    const double shift[WIDTH] = {1, -2, 0.5, 0, 3};
    double squares = 0, trace = 0, mean[WIDTH] = {0};
    cgm_rng rng = cgm_rng_create(3);
    fill_normal(&rng, N * WIDTH, x);
    for (size_t j = 0; j < WIDTH; j++) squares += shift[j] * shift[j];
    CHECK_NEAR(frechet(WIDTH, N, x, N, x).distance, 0, 1e-10);
    for (size_t i = 0; i < N * WIDTH; i++) y[i] = x[i] + shift[i % WIDTH];
    cgm_frechet moved = frechet(WIDTH, N, x, N, y);
    CHECK_NEAR(moved.distance, squares, 1e-10);
    CHECK_NEAR(moved.means, squares, 1e-12);
    for (size_t i = 0; i < N * WIDTH; i++) mean[i % WIDTH] += x[i] / N;
    for (size_t i = 0; i < N * WIDTH; i++) {
        x[i] -= mean[i % WIDTH];
        y[i] = 3 * x[i];
        trace += x[i] * x[i] / (N - 1);
    }
    CHECK_NEAR(frechet(WIDTH, N, x, N, y).distance, 4 * trace, 1e-9);
    for (size_t i = 0; i < N * WIDTH; i++) x[i] = 1, y[i] = 1 + shift[i % WIDTH];
    CHECK_NEAR(frechet(WIDTH, N, x, N, y).distance, squares, 1e-12);
}

/* ---- KID ---- */

static cgm_kid kid(size_t width, size_t n, const double *a, size_t m, const double *b, int threads)
{
    cgm_kid out = {NAN, NAN};
    const cgm_feature_set first = {.n = n, .x = a}, second = {.n = m, .x = b};
    REQUIRE_OK(cgm_kid_distance(width, &first, &second, threads, &out));
    return out;
}

static void kid_beside_numpy(void)
{
    size_t width, n, m;
    for (uint32_t k = 0; k < CASES; k++) {
        fill_case(k, &width, &n, &m);
        cgm_kid got = kid(width, n, x, m, y, 1), shared = kid(width, n, x, m, y, 3), back = kid(width, m, y, n, x, 1);
        CHECK_NEAR(got.value, set_kid[k], 1e-11);
        CHECK_NEAR(got.standard_error, set_kid_error[k], 1e-11);
        CHECK_NEAR(back.value, got.value, 1e-11);
        CU_ASSERT(memcmp(&shared, &got, sizeof got) == 0);
    }
}

static void kid_of_two_points(void)
{
    enum { WIDTH = 2, N = 10 };
    for (size_t i = 0; i < N * WIDTH; i++) x[i] = 1, y[i] = i % WIDTH ? -1 : 2;
    cgm_kid got = kid(WIDTH, N, x, N, y, 1);
    CHECK_NEAR(got.value, 8 + 3.5 * 3.5 * 3.5 - 2 * 1.5 * 1.5 * 1.5, 1e-12);
    CHECK_NEAR(got.standard_error, 0, 1e-12);
}

/* The jackknife's error is the deviation of KID over sets drawn anew, and it has no bias. */
static void kid_error_is_one(void)
{
    enum { WIDTH = 4, N = 80, SETS = 300 };
    double value[SETS], error = 0;
    cgm_rng rng = cgm_rng_create(11);
    for (int s = 0; s < SETS; s++) {
        fill_normal(&rng, N * WIDTH, x);
        fill_normal(&rng, N * WIDTH, y);
        for (size_t i = 0; i < N * WIDTH; i++) y[i] += 0.7;
        cgm_kid got = kid(WIDTH, N, x, N, y, 1);
        value[s] = got.value;
        error += got.standard_error / SETS;
    }
    cgm_set_error over = cgm_set_summary(SETS, value);
    CHECK_NEAR(error / (over.standard_error * sqrt(SETS)), 1, 0.15);
    for (int s = 0; s < SETS; s++) {
        fill_normal(&rng, N * WIDTH, x);
        fill_normal(&rng, N * WIDTH, y);
        value[s] = kid(WIDTH, N, x, N, y, 1).value;
    }
    over = cgm_set_summary(SETS, value);
    CHECK_NEAR(over.mean, 0, 4 * over.standard_error);
}

/* Subsets of all rows are the sets; smaller ones have the same mean, and depend on the seed alone. */
static void kid_over_subsets(void)
{
    enum { WIDTH = 4, N = 120 };
    const cgm_feature_set a = {.n = N, .x = x}, b = {.n = N, .x = y}, fewer = {.n = N - 1, .x = y};
    cgm_kid whole, all, some, again, other;
    cgm_rng rng = cgm_rng_create(12);
    fill_normal(&rng, N * WIDTH, x);
    fill_normal(&rng, N * WIDTH, y);
    for (size_t i = 0; i < N * WIDTH; i++) y[i] = 0.5 * y[i] + 1;
    whole = kid(WIDTH, N, x, N, y, 1);
    REQUIRE_OK(cgm_kid_subsets(WIDTH, &a, &b, &(cgm_kid_opts){3, N, 1}, 1, &all));
    CHECK_NEAR(all.value, whole.value, 1e-12);
    CHECK_NEAR(all.standard_error, 0, 1e-12);
    REQUIRE_OK(cgm_kid_subsets(WIDTH, &a, &b, &(cgm_kid_opts){400, 20, 1}, 1, &some));
    CU_ASSERT(some.standard_error > 0);
    CHECK_NEAR(some.value, whole.value, 4 * some.standard_error);
    REQUIRE_OK(cgm_kid_subsets(WIDTH, &a, &b, &(cgm_kid_opts){400, 20, 1}, 2, &again));
    CU_ASSERT(memcmp(&again, &some, sizeof some) == 0);
    REQUIRE_OK(cgm_kid_subsets(WIDTH, &a, &b, &(cgm_kid_opts){400, 20, 2}, 1, &other));
    CU_ASSERT(other.value != some.value);
    CHECK_FAILS(cgm_kid_subsets(WIDTH, &a, &fewer, &(cgm_kid_opts){2, N, 1}, 1, &all), CGM_E_ARG,
                "2 subsets of 120 rows; expected at least 2, of 3 to 119 rows");
}

/* Sets whose rows are of the same units, one of each or two of one set: KID of one law has no bias, and its error is
 * that over sets drawn anew. */
static void kid_of_units(void)
{
    enum { WIDTH = 4, UNITS = 40, SETS = 300 };
    for (size_t each = 1; each <= 2; each++) {
        double value[SETS], error = 0;
        size_t unit[2 * UNITS], n = each * UNITS;
        cgm_rng rng = cgm_rng_create(13);
        for (size_t i = 0; i < 2 * UNITS; i++) unit[i] = i % UNITS;
        for (int s = 0; s < SETS; s++) {
            double common[UNITS * WIDTH];
            cgm_kid got = {NAN, NAN};
            const cgm_feature_set a = {n, x, unit}, b = {UNITS, y, unit};
            fill_normal(&rng, UNITS * WIDTH, common);
            fill_normal(&rng, n * WIDTH, x);
            fill_normal(&rng, UNITS * WIDTH, y);
            for (size_t i = 0; i < n * WIDTH; i++) x[i] = 0.5 * x[i] + common[i % (UNITS * WIDTH)];
            for (size_t i = 0; i < UNITS * WIDTH; i++) y[i] = 0.5 * y[i] + common[i];
            REQUIRE_OK(cgm_kid_distance(WIDTH, &a, &b, 1, &got));
            value[s] = got.value;
            error += got.standard_error / SETS;
        }
        cgm_set_error over = cgm_set_summary(SETS, value);
        CHECK_NEAR(over.mean, 0, 4 * over.standard_error);
        double deviation = over.standard_error * sqrt(SETS);
        CU_ASSERT(error > 0.8 * deviation && error < 2 * deviation);
    }
}

static void refused_features(void)
{
    cgm_frechet f;
    cgm_kid k;
    const cgm_feature_set a = {.n = 5, .x = x}, b = {.n = 5, .x = y}, two = {.n = 2, .x = y};
    const size_t unit[] = {0, 0, 0, 1, 1};
    const cgm_feature_set alike = {.n = 5, .x = x, .unit = unit};
    for (size_t i = 0; i < 20; i++) x[i] = y[i] = (double)i;
    CHECK_FAILS(cgm_kid_distance(2, &alike, &alike, 1, &k), CGM_E_ARG, "at least 3 units");
    CHECK_FAILS(cgm_frechet_distance(2, 1, x, 5, y, &f), CGM_E_ARG, "1 rows; expected at least 2");
    CHECK_FAILS(cgm_kid_distance(2, &a, &two, 1, &k), CGM_E_ARG, "2 rows; expected at least 3");
    y[7] = NAN;
    CHECK_FAILS(cgm_frechet_distance(2, 5, x, 5, y, &f), CGM_E_ARG, "feature 1 of row 3 is nan");
    y[7] = INFINITY;
    CHECK_FAILS(cgm_kid_distance(2, &a, &b, 1, &k), CGM_E_ARG, "feature 1 of row 3 is inf");
}

/* ---- Levels ---- */

static cgm_level_coverage coverage(size_t n, const double *asked, const double *found, cgm_level_count each[4])
{
    cgm_level_coverage out = {.entropy = NAN};
    REQUIRE_OK(cgm_level_coverage_of(n, 4, asked, found, each, &out));
    return out;
}

/* A perfect generator, one that shows a single level, and one that mixes two. */
static void levels_known(void)
{
    const double asked[] = {0, 1, 2, 3, 0, 1, 2, 3}, one[] = {2, 2, 2, 2, 2, 2, 2, 2}, two[] = {0, 0, 3, 3, 0, 3, 0, 3};
    cgm_level_count each[4];
    cgm_level_coverage perfect = coverage(8, asked, asked, each);
    CHECK_NEAR(perfect.as_asked.value, 1, 0);
    CHECK_NEAR(perfect.as_asked.standard_error, 0, 0);
    CHECK_NEAR(perfect.entropy, 1, 1e-15);
    CU_ASSERT_EQUAL(perfect.missing, 0);
    cgm_level_coverage constant = coverage(8, asked, one, each);
    CHECK_NEAR(constant.as_asked.value, 0.25, 0);
    CHECK_NEAR(constant.as_asked.standard_error, sqrt(0.25 * 0.75 / 8), 1e-15);
    CHECK_NEAR(constant.entropy, 0, 0);
    CU_ASSERT_EQUAL(constant.missing, 3);
    CU_ASSERT(each[2].asked == 2 && each[2].found == 8 && each[2].right == 2);
    CU_ASSERT(each[0].asked == 2 && each[0].found == 0 && each[0].right == 0);
    cgm_level_coverage mixed = coverage(8, asked, two, each);
    CHECK_NEAR(mixed.as_asked.value, 4 / 8.0, 0);
    CHECK_NEAR(mixed.entropy, 0.5, 1e-15);
    CU_ASSERT_EQUAL(mixed.missing, 2);
}

static void refused_levels(void)
{
    const double good[] = {0, 1}, high[] = {0, 2}, between[] = {0.5, 1}, no[] = {NAN, 1};
    cgm_level_count each[2];
    cgm_level_coverage out;
    CHECK_FAILS(cgm_level_coverage_of(2, 2, good, high, each, &out), CGM_E_ARG, "sample 1 shows 2; expected a level");
    CHECK_FAILS(cgm_level_coverage_of(2, 2, between, good, each, &out), CGM_E_ARG, "sample 0 was to show 0.5");
    CHECK_FAILS(cgm_level_coverage_of(2, 2, no, good, each, &out), CGM_E_ARG, "sample 0 was to show nan");
    CHECK_FAILS(cgm_level_coverage_of(0, 2, good, good, each, &out), CGM_E_ARG, "0 samples");
}

/* ---- Pixels ---- */

static void saturation_by_hand(void)
{
    const double pixels[] = {0, 1, 1.01, -3, 128, 253.99, 254, 255, 300, NAN};
    cgm_saturation s = cgm_saturation_of(10, pixels, 0, 255);
    CHECK_NEAR(s.low, 0.3, 1e-15);
    CHECK_NEAR(s.high, 0.3, 1e-15);
    CU_ASSERT(isnan(cgm_saturation_of(0, pixels, 0, 255).low));
}

/* Two images, and what they are to one another by the graph's own MS-SSIM on `scales` scales. */
enum { SIDE = 24, WIDTH = SIDE * SIDE };
static double pictures[4 * WIDTH];

static double similarity(const double *a, const double *b, size_t scales)
{
    cgm_real in[2][WIDTH];
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    for (size_t i = 0; i < WIDTH; i++) in[0][i] = (cgm_real)a[i], in[1][i] = (cgm_real)b[i];
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node first = cgm_input(g, "a", CGM_SHAPE(1, 1, SIDE, SIDE)),
             second = cgm_input(g, "b", CGM_SHAPE(1, 1, SIDE, SIDE));
    cgm_node out = cgm_ms_ssim(g, first, second, 255, scales, NULL);
    REQUIRE_OK(cgm_program_compile(g, 1, &out, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_workspace_bind(ws, first, in[0]);
    cgm_workspace_bind(ws, second, in[1]);
    REQUIRE_OK(cgm_program_run(program, ws));
    double value = (double)cgm_workspace_get(ws, out)[0];
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
    return value;
}

static cgm_diversity_value diversity(size_t n, const size_t *rows, size_t pairs)
{
    cgm_diversity *d = NULL;
    cgm_diversity_value out = {.mean = NAN};
    cgm_rng rng = cgm_rng_create(1);
    REQUIRE_OK(cgm_diversity_create(1, SIDE, SIDE, 1, &d));
    REQUIRE_OK(cgm_diversity_measure(d, n, rows, pictures, pairs, &rng, &out));
    cgm_diversity_destroy(d);
    return out;
}

/* Images 0 and 1 are different, 2 is as 0 and 3 as 1; so two of six pairs are alike. */
static void diversity_known(void)
{
    cgm_rng rng = cgm_rng_create(4);
    for (size_t i = 0; i < WIDTH; i++) {
        double noise = cgm_rng_uniform(&rng) - 0.5;
        pictures[i] = pictures[2 * WIDTH + i] = 128 + 100 * sin((double)i / 9);
        pictures[WIDTH + i] = pictures[3 * WIDTH + i] = pictures[i] + 60 * noise;
    }
    const double unlike = similarity(pictures, pictures + WIDTH, 2);
    CU_ASSERT(unlike > 0.1 && unlike < 0.95);
    cgm_diversity_value two = diversity(2, NULL, 50), alike = diversity(2, (size_t[]){0, 2}, 33),
                        four = diversity(4, NULL, 4000);
    CU_ASSERT_EQUAL(two.pairs, 50);
    CHECK_NEAR(two.mean, unlike, 1e-5);
    CHECK_NEAR(two.standard_error, 0, 1e-6);
    CHECK_NEAR(alike.mean, 1, 1e-5);
    CHECK_NEAR(four.mean, (1 + 2 * unlike) / 3, 4 * four.standard_error);
    CHECK_NEAR(four.standard_error, (1 - unlike) * sqrt(2.0 / 9 / 4000), 0.1 * four.standard_error);
}

static void diversity_sizes(void)
{
    cgm_diversity *d = NULL;
    cgm_diversity_value out;
    cgm_rng rng = cgm_rng_create(1);
    CU_ASSERT_EQUAL(cgm_ms_ssim_scales(10, 40), 0);
    CU_ASSERT_EQUAL(cgm_ms_ssim_scales(11, 11), 1);
    CU_ASSERT_EQUAL(cgm_ms_ssim_scales(28, 28), 2);
    CU_ASSERT_EQUAL(cgm_ms_ssim_scales(43, 64), 2);
    CU_ASSERT_EQUAL(cgm_ms_ssim_scales(44, 64), 3);
    CU_ASSERT_EQUAL(cgm_ms_ssim_scales(5000, 5000), 5);
    CHECK_FAILS(cgm_diversity_create(1, 8, 8, 1, &d), CGM_E_SHAPE, "images of 8 x 8 pixels");
    REQUIRE_OK(cgm_diversity_create(3, 11, 12, 1, &d));
    CHECK_FAILS(cgm_diversity_measure(d, 1, NULL, pictures, 4, &rng, &out), CGM_E_ARG, "4 pairs of 1 images");
    cgm_diversity_destroy(d);
}

static const test_case cases[] = {
    {"Frechet distance beside SciPy", frechet_beside_scipy},
    {"Frechet distance, known answers", frechet_known},
    {"KID beside NumPy", kid_beside_numpy},
    {"KID of two points", kid_of_two_points},
    {"KID's standard error", kid_error_is_one},
    {"KID over subsets", kid_over_subsets},
    {"KID of rows of the same units", kid_of_units},
    {"features refused", refused_features},
    {"levels, known answers", levels_known},
    {"levels refused", refused_levels},
    {"saturation by hand", saturation_by_hand},
    {"diversity, known answers", diversity_known},
    {"diversity of any size", diversity_sizes},
};
TEST_MAIN("sets of images", cases)
