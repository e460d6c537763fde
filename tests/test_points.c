/* Generated points of a plane: their laws beside the closed forms, their truth, and that files keep both. */
#include <gsl/gsl_cdf.h>
#include <string.h>

#include "data/store.h"
#include "tests/harness.h"
#include "tests/statistics.h"

enum { N = 20000, MOST_MODES = 25 };
static const double pi = 3.14159265358979323846;

static cgm_dataset *make(const char *name, int64_t n, int64_t seed, int threads)
{
    cgm_dataset *data = NULL;
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.make = name, .n = n, .seed = seed}, threads, NULL, &data));
    return data;
}

/* All points, [n, 2], to be freed. */
static double *points_of(const cgm_dataset *data)
{
    size_t n = cgm_dataset_rows(data), *rows = calloc(n, sizeof *rows);
    double *x = calloc(2 * n, sizeof *x);
    CU_ASSERT_FATAL(rows && x);
    for (size_t i = 0; i < n; i++) rows[i] = i;
    REQUIRE_OK(cgm_dataset_read(data, "point", n, rows, x));
    free(rows);
    return x;
}

/* How far values are from N(0, 1), which they become the distribution function of. */
static double distance_to_normal(size_t n, double *u)
{
    for (size_t i = 0; i < n; i++) u[i] = gsl_cdf_ugaussian_P(u[i]);
    return kolmogorov(n, u);
}

/* ---- laws ---- */

/* Modes as often as they should be, and around each centre a normal law of that deviation. */
static void check_gaussians(const char *name, int modes, const double centre[][2], double variance)
{
    cgm_dataset *data = make(name, N, 4, 2);
    const double *mode = cgm_dataset_column(data, "mode");
    double *x = points_of(data), *u = calloc(2 * N, sizeof *u), second[2] = {0};
    size_t count[MOST_MODES] = {0};
    CU_ASSERT_FATAL(u && cgm_dataset_variables(data) == 2 && cgm_dataset_has_truth(data));
    CU_ASSERT_EQUAL(cgm_dataset_find(data, "mode")->levels, modes);
    CU_ASSERT_EQUAL(cgm_dataset_find(data, "point")->type, CGM_VECTOR);
    for (size_t i = 0; i < N; i++) {
        count[(size_t)mode[i]]++;
        for (size_t k = 0; k < 2; k++) {
            u[k * N + i] = (x[2 * i + k] - centre[(size_t)mode[i]][k]) / 0.1;
            second[k] += x[2 * i + k] * x[2 * i + k] / N;
        }
    }
    double p = 1.0 / modes;
    for (int m = 0; m < modes; m++) CHECK_NEAR((double)count[m] / N, p, 4.5 * sqrt(p * (1 - p) / N));
    double correlation = 0;
    for (size_t i = 0; i < N; i++) correlation += u[i] * u[N + i] / N;
    CHECK_NEAR(correlation, 0, 4.5 / sqrt(N));
    for (size_t k = 0; k < 2; k++) {
        CHECK_NEAR(second[k], variance, 4.5 * variance / sqrt(N));
        CU_ASSERT(distance_to_normal(N, u + k * N) < 1.95);
    }
    free(x);
    free(u);
    cgm_dataset_destroy(data);
}

static void ring(void)
{
    const double half = sqrt(2);
    const double centre[8][2] = {{2, 0},  {half, half},   {0, 2},  {-half, half},
                                 {-2, 0}, {-half, -half}, {0, -2}, {half, -half}};
    check_gaussians("ring", 8, centre, 2 + 0.01);
}

static void grid(void)
{
    double centre[25][2];
    for (int m = 0; m < 25; m++) {
        centre[m][0] = 2 * (m % 5) - 4;
        centre[m][1] = 2 * (m / 5) - 4;
    }
    check_gaussians("grid", 25, centre, 8 + 0.01);
}

/* Of t uniform on (1.5 pi, 4.5 pi): E t cos t = 2, E t sin t = 2 / (3 pi), E (t cos t)^2 = 4.875 pi^2 - 1/4 and
 * E (t sin t)^2 = 4.875 pi^2 + 1/4. */
static void swiss_roll(void)
{
    cgm_dataset *data = make("swiss_roll", N, 4, 2);
    const double *angle = cgm_dataset_column(data, "angle");
    double *x = points_of(data), *u = calloc(3 * N, sizeof *u);
    const double mean[2] = {2 / 7.5, 2 / (3 * pi) / 7.5},
                 second[2] = {(4.875 * pi * pi - 0.25 + 0.0625) / 56.25, (4.875 * pi * pi + 0.25 + 0.0625) / 56.25};
    CU_ASSERT_PTR_NOT_NULL_FATAL(u);
    for (size_t i = 0; i < N; i++) {
        u[i] = 7.5 / 0.25 * (x[2 * i] - angle[i] * cos(angle[i]) / 7.5);
        u[N + i] = 7.5 / 0.25 * (x[2 * i + 1] - angle[i] * sin(angle[i]) / 7.5);
        u[2 * N + i] = (angle[i] / pi - 1.5) / 3;
    }
    for (size_t k = 0; k < 2; k++) {
        double sum = 0, squares = 0, fourth = 0;
        for (size_t i = 0; i < N; i++) {
            double square = x[2 * i + k] * x[2 * i + k];
            sum += x[2 * i + k] / N;
            squares += square / N;
            fourth += square * square / N;
        }
        CHECK_NEAR(sum, mean[k], 4.5 * sqrt(second[k] / N));
        CHECK_NEAR(squares, second[k], 4.5 * sqrt((fourth - squares * squares) / N));
        CU_ASSERT(distance_to_normal(N, u + k * N) < 1.95);
    }
    CU_ASSERT(kolmogorov(N, u + 2 * N) < 1.95);
    free(x);
    free(u);
    cgm_dataset_destroy(data);
}

/* ---- as data sets ---- */

static const char *const names[] = {"ring", "grid", "swiss_roll"};
enum { NAMES = sizeof names / sizeof *names };

/* A row depends on the seed and its number alone. */
static void same_rows(void)
{
    for (size_t k = 0; k < NAMES; k++) {
        cgm_dataset *one = make(names[k], 500, 1, 1), *two = make(names[k], 500, 1, 2), *few = make(names[k], 60, 1, 1),
                    *other = make(names[k], 500, 2, 1);
        double *x = points_of(one), *y = points_of(few);
        CU_ASSERT_STRING_EQUAL(cgm_dataset_sha256(one), cgm_dataset_sha256(two));
        CU_ASSERT(strcmp(cgm_dataset_sha256(one), cgm_dataset_sha256(other)) != 0);
        CU_ASSERT(memcmp(x, y, 120 * sizeof *x) == 0);
        free(x);
        free(y);
        cgm_dataset_destroy(one);
        cgm_dataset_destroy(two);
        cgm_dataset_destroy(few);
        cgm_dataset_destroy(other);
    }
}

/* The digest sees every number. */
static void digests(void)
{
    char whole[65];
    cgm_dataset *data = make("ring", 40, 1, 1);
    double *x = points_of(data);
    x[79] += 1;
    cgm_sha256(x, 80 * sizeof *x, whole);
    char *line = test_path("ring.sums"), hex[2][65];
    cgm_sha256(cgm_dataset_column(data, "mode"), 40 * sizeof *x, hex[0]);
    x[79] = data->column[1].values[79];
    cgm_sha256(x, 80 * sizeof *x, hex[1]);
    CU_ASSERT(strcmp(hex[1], whole) != 0);
    FILE *f = fopen(line, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fprintf(f, "%s  mode\n%s  point\n", hex[0], hex[1]);
    fclose(f);
    REQUIRE_OK(cgm_sha256_file(line, whole));
    CU_ASSERT_STRING_EQUAL(cgm_dataset_sha256(data), whole);
    free(x);
    cgm_dataset_destroy(data);
}

/* The point keeps its place around the centre. */
static void truth(void)
{
    enum { ROWS = 50 };
    cgm_dataset *data = make("ring", ROWS, 3, 1), *roll = make("swiss_roll", ROWS, 3, 1);
    double *x = points_of(data), y[2 * ROWS], mode[ROWS];
    size_t rows[ROWS];
    const cgm_assignment set = {.variable = "mode", .value = 2}, point = {.variable = "point", .value = 1};
    for (size_t i = 0; i < ROWS; i++) rows[i] = i;
    REQUIRE_OK(cgm_dataset_truth(data, 1, &set, "point", ROWS, rows, y));
    REQUIRE_OK(cgm_dataset_truth(data, 1, &set, "mode", ROWS, rows, mode));
    for (size_t i = 0; i < ROWS; i++) {
        double angle = pi / 4 * cgm_dataset_column(data, "mode")[i];
        CU_ASSERT(mode[i] == 2);
        CHECK_NEAR(y[2 * i], x[2 * i] - 2 * cos(angle), 1e-14);
        CHECK_NEAR(y[2 * i + 1], x[2 * i + 1] - 2 * sin(angle) + 2, 1e-14);
    }
    CHECK_FAILS(cgm_dataset_truth(data, 1, &point, "point", 1, rows, y), CGM_E_UNSUPPORTED,
                "do(point): a vector cannot be set to a number");
    free(x);
    x = points_of(roll);
    const cgm_assignment flat = {.variable = "angle", .value = 2 * pi};
    REQUIRE_OK(cgm_dataset_truth(roll, 1, &flat, "point", ROWS, rows, y));
    for (size_t i = 0; i < ROWS; i++) {
        double t = cgm_dataset_column(roll, "angle")[i];
        CHECK_NEAR(y[2 * i], x[2 * i] + (2 * pi - t * cos(t)) / 7.5, 1e-14);
        CHECK_NEAR(y[2 * i + 1], x[2 * i + 1] - t * sin(t) / 7.5, 1e-14);
    }
    free(x);
    cgm_dataset_destroy(data);
    cgm_dataset_destroy(roll);
}

/* What is saved knows its truth again, unless its noise is not that of its points. */
static void files(void)
{
    enum { ROWS = 30 };
    const cgm_assignment set[] = {{"mode", 1, NULL}, {"mode", 7, NULL}, {"angle", 6, NULL}};
    for (size_t k = 0; k < NAMES; k++) {
        cgm_dataset *data = make(names[k], ROWS, 3, 1), *again = NULL, *changed = NULL;
        double *x = points_of(data), *y, truth[2];
        const char *path = test_path("saved.h5"), *true_path = test_path("true.h5");
        REQUIRE_OK(cgm_dataset_save(data, path));
        REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = path}, 1, NULL, &again));
        y = points_of(again);
        CU_ASSERT(memcmp(x, y, 2 * ROWS * sizeof *x) == 0 && cgm_dataset_has_truth(again));
        free(y);
        again->column[1].values[2 * ROWS - 1] += 0.01;
        CU_ASSERT(!cgm_generated_agrees(again));
        cgm_dataset_destroy(again);

        REQUIRE_OK(cgm_dataset_save_truth(data, 1, &set[k], true_path));
        REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = true_path}, 1, NULL, &changed));
        y = points_of(changed);
        for (size_t i = 0; i < ROWS; i++) {
            REQUIRE_OK(cgm_dataset_truth(data, 1, &set[k], "point", 1, &i, truth));
            CU_ASSERT(memcmp(truth, y + 2 * i, sizeof truth) == 0);
        }
        free(x);
        free(y);
        cgm_dataset_destroy(data);
        cgm_dataset_destroy(changed);
    }
}

static void unknown(void)
{
    cgm_dataset *data = NULL;
    CHECK_FAILS(cgm_dataset_open(&(cgm_data_opts){.make = "rng"}, 1, NULL, &data), CGM_E_CONFIG,
                "no generator is called \"rng\"; there are strokes, ring, grid, swiss_roll; did you mean 'ring'?");
}

static const test_case cases[] = {
    {"ring", ring},       {"grid", grid},   {"swiss roll", swiss_roll}, {"same rows", same_rows},
    {"digests", digests}, {"truth", truth}, {"files", files},           {"unknown", unknown},
};
TEST_MAIN("points", cases)
