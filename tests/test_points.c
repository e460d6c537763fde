/* Generated points of a plane: their laws beside the closed forms, their truth, that files keep both, and pictures. */
#include <gsl/gsl_cdf.h>
#include <string.h>

#include "data/sheet.h"
#include "data/store.h"
#include "io/contours.h"
#include "tests/png_pixels.h"
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

/* Of two samples of N numbers each with mean 0 and variance 1. */
static void check_uncorrelated(const double *u)
{
    double correlation = 0;
    for (size_t i = 0; i < N; i++) correlation += u[i] * u[N + i] / N;
    CHECK_NEAR(correlation, 0, 4.5 / sqrt(N));
}

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
    check_uncorrelated(u);
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
    check_uncorrelated(u);
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
                "no generator is called \"rng\"; there are strokes, stroke_pair, slant_pair, phantom_pair, "
                "phantom_pair_rician, ring, grid, swiss_roll, morphomnist; "
                "did you mean 'ring'?");
}

/* ---- pictures ---- */

enum { SIDE = 300, GAP = 24 };

/* Pixels of the points' colours, blue and orange, right of `from`, and their centre. */
typedef struct spot {
    size_t n;
    double x, y;
} spot;

static spot find_spot(const unsigned char *rgb, unsigned width, unsigned height, bool blue, unsigned from)
{
    spot s = {0};
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = from; x < width; x++) {
            const unsigned char *p = rgb + 3 * (y * width + x);
            if ((blue ? p[2] - p[0] : p[0] - p[2]) < 60) continue;
            s.n++;
            s.x += x;
            s.y += y;
        }
    s.x /= (double)s.n;
    s.y /= (double)s.n;
    return s;
}

/* The same point is at the same place of every panel; what lies outside the first panel's range is counted, not drawn.
 */
static void panels_share_axes(void)
{
    const double corners[4] = {-1, -1, 1, 1}, one[4] = {1, 1, 50, NAN};
    cgm_scatter_panel panels[3] = {{"data", 2, corners}, {"one", 1, one}, {"one", 2, one}};
    cgm_scatter scatter = {.n_panels = 1, .panels = panels};
    unsigned width[4], height[4];
    unsigned char *rgb[4] = {NULL};
    for (size_t n = 1; n <= 3; n++) {
        scatter.n_panels = n;
        REQUIRE_OK(cgm_scatter_write(test_path("panels.png"), &scatter));
        rgb[n] = read_png(test_path("panels.png"), &width[n], &height[n]);
        CU_ASSERT_EQUAL(height[n], height[1]);
        CU_ASSERT_EQUAL(width[n], width[1] + (unsigned)(n - 1) * (SIDE + GAP));
    }
    spot both = find_spot(rgb[1], width[1], height[1], true, 0),
         upper = find_spot(rgb[2], width[2], height[2], true, (unsigned)both.x),
         first = find_spot(rgb[2], width[2], height[2], false, 0),
         second = find_spot(rgb[3], width[3], height[3], false, (unsigned)first.x + GAP);
    CU_ASSERT(both.n > 8 && upper.n > 4 && first.n > 4);
    CHECK_NEAR(2.0 * (double)upper.n, (double)both.n, 1);
    CHECK_NEAR(upper.x - both.x, SIDE / 1.16 / 2, 1);
    CHECK_NEAR(both.y - upper.y, SIDE / 1.16 / 2, 1);
    CHECK_NEAR(first.x - upper.x, SIDE + GAP, 0.5);
    CHECK_NEAR(first.y, upper.y, 0.5);
    CU_ASSERT_EQUAL(second.n, first.n);
    CHECK_NEAR(second.x - first.x, SIDE + GAP, 0.5);
    for (size_t n = 1; n <= 3; n++) free(rgb[n]);
}

/* ---- contours ---- */

/* Segments end where the height, linear along the cell's sides, is the level. */
static void contours_are_at_their_level(void)
{
    cgm_rng rng = cgm_rng_create(8);
    size_t crossed = 0;
    for (int i = 0; i < 2000; i++) {
        double h[4], level = cgm_rng_normal(&rng), a = cgm_rng_normal(&rng), b = cgm_rng_normal(&rng);
        cgm_segment s[2];
        h[0] = cgm_rng_normal(&rng), h[1] = h[0] + a, h[2] = h[0] + a + b, h[3] = h[0] + b; /* a plane */
        size_t n = cgm_contours_cell(h, level, s);
        double low = fmin(fmin(h[0], h[1]), fmin(h[2], h[3])), high = fmax(fmax(h[0], h[1]), fmax(h[2], h[3]));
        CU_ASSERT_EQUAL(n, low < level && level < high);
        crossed += n;
        for (size_t k = 0; k < 2 * n; k++) {
            double x = s[0].x[k], y = s[0].y[k];
            CHECK_NEAR(h[0] + a * x + b * y, level, 1e-9);
            CU_ASSERT(x >= -1e-12 && x <= 1 + 1e-12 && y >= -1e-12 && y <= 1 + 1e-12);
        }
    }
    CU_ASSERT(crossed > 500);
    CU_ASSERT_EQUAL(cgm_contours_cell((double[]){0, 1, NAN, 0}, 0.5, (cgm_segment[2]){{{0}, {0}}}), 0);
}

/* Two high corners: the middle says whether the low ones or the high ones are cut off. */
static void saddles_are_cut_as_their_middle_says(void)
{
    cgm_segment s[2];
    for (int high = 0; high < 2; high++) {
        const double level = high ? 0.4 : 0.6, h[4] = {1, 0, 1, 0};
        CU_ASSERT_EQUAL_FATAL(cgm_contours_cell(h, level, s), 2);
        for (int k = 0; k < 2; k++) {
            double x = 0.5 * (s[k].x[0] + s[k].x[1]), y = 0.5 * (s[k].y[0] + s[k].y[1]);
            bool near_low = (x > 0.5) != (y > 0.5); /* to (1, 0) or (0, 1) */
            CU_ASSERT_EQUAL(near_low, high);
        }
    }
}

typedef struct slope {
    double by;
    cgm_status status;
} slope;

static cgm_status slope_height(void *context, size_t n, const double *points, double *out)
{
    const slope *s = context;
    for (size_t i = 0; i < n; i++) out[i] = s->by * points[2 * i];
    return s->status == CGM_OK ? CGM_OK : CGM_FAIL(s->status, "no heights");
}

/* Of f(x, y) = x on [-1.16, 1.16]: eleven lines from left to right, 0.2 apart, the higher the darker, in every panel.
 */
static void contours_are_drawn(void)
{
    const double corners[4] = {-1, -1, 1, 1};
    const cgm_scatter_panel panels[2] = {{"data", 2, corners}, {"more", 2, corners}};
    slope s = {1, CGM_OK};
    cgm_scatter_field field = {"f", slope_height, &s};
    cgm_scatter scatter = {.n_panels = 2, .panels = panels};
    unsigned width[2], height[2];
    unsigned char *rgb[2];
    for (int k = 0; k < 2; k++) {
        scatter.field = k ? &field : NULL;
        REQUIRE_OK(cgm_scatter_write(test_path("contours.png"), &scatter));
        rgb[k] = read_png(test_path("contours.png"), &width[k], &height[k]);
    }
    CU_ASSERT_FATAL(height[1] > height[0] && width[1] >= width[0]); /* the legend */
    double want = 0, darker = 0, left = 0;
    for (int k = -5; k <= 5; k++) want += 255 * (1 - (0.82 - 0.5 * (0.2 * k + 1.16) / 2.32));
    unsigned row = height[0] / 2 - 20;
    for (unsigned x = 0; x < width[0]; x++) {
        double change =
            rgb[0][3 * (row * width[0] + x)] - (double)rgb[1][3 * ((row + height[1] - height[0]) * width[1] + x)];
        darker += change;
        if (x < width[0] / 2) left += change;
    }
    CHECK_NEAR(darker, 2 * want, 160); /* where they are on the axes' grid they change less */
    CHECK_NEAR(left, want, 80);
    for (int k = 0; k < 2; k++) free(rgb[k]);
    s.by = 0; /* nothing to draw of what is flat */
    REQUIRE_OK(cgm_scatter_write(test_path("contours.png"), &scatter));
    free(read_png(test_path("contours.png"), &width[1], &height[1]));
    CU_ASSERT(width[1] == width[0] && height[1] == height[0]);
    s.status = CGM_E_NUMERIC;
    CHECK_FAILS(cgm_scatter_write(test_path("none.png"), &scatter), CGM_E_NUMERIC, "no heights");
    CU_ASSERT(access(test_path("none.png"), F_OK) != 0);
}

static void odd_pictures(void)
{
    const double same[4] = {3, 3, 3, 3}, far[4] = {-1e308, 0, 1e308, 0}, close[4] = {1e9, 0, 1e9 + 1e-6, 1e-300};
    const double *const fine[] = {same, close};
    cgm_scatter_panel panel = {.caption = NULL, .n = 2};
    const cgm_scatter scatter = {.title = "a title", .n_panels = 1, .panels = &panel};
    const char *path = test_path("odd.png");
    for (size_t k = 0; k < 2; k++) {
        panel.points = fine[k];
        REQUIRE_OK(cgm_scatter_write(path, &scatter));
        CU_ASSERT(access(path, F_OK) == 0 && unlink(path) == 0);
    }
    panel.points = far;
    CHECK_FAILS(cgm_scatter_write(path, &scatter), CGM_E_ARG,
                "odd.png: points from -1e+308 to 1e+308 are too far apart");
    panel.n = 0;
    CHECK_FAILS(cgm_scatter_write(path, &scatter), CGM_E_ARG, "odd.png: no points to draw");
    panel = (cgm_scatter_panel){.caption = "\xff", .n = 2, .points = same};
    CHECK_FAILS(cgm_scatter_write(path, &scatter), CGM_E_ARG, "UTF-8");
    panel.caption = "fine";
    CHECK_FAILS(cgm_scatter_write(test_path("no/such/x.png"), &scatter), CGM_E_ARG, "no/such");
    CU_ASSERT(access(path, F_OK) != 0);
}

/* Of a data set: a panel for each split that has rows. */
static void sheets(void)
{
    unsigned width[2], height;
    for (int64_t test = 0; test < 2; test++) {
        cgm_dataset *data = NULL;
        const char *path = test_path("sheet.png");
        REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.make = "grid", .n = 900, .test = 100 * test}, 1, NULL, &data));
        REQUIRE_OK(cgm_data_sheet_write_points(data, NULL, 500, path));
        unsigned char *rgb = read_png(path, &width[test], &height);
        CU_ASSERT(find_spot(rgb, width[test], height, true, 0).n > 400);
        CU_ASSERT((find_spot(rgb, width[test], height, false, 0).n > 50) == (test > 0));
        free(rgb);
        CHECK_FAILS(cgm_data_sheet_write_points(data, "mode", 9, path), CGM_E_ARG, "mode is no vector");
        CHECK_FAILS(cgm_data_sheet_write(data, CGM_TRAIN, NULL, 9, path), CGM_E_ARG, "no variable is of type image");
        data->variable[1].width = 3;
        CHECK_FAILS(cgm_data_sheet_write_points(data, "point", 9, path), CGM_E_ARG,
                    "point has 3 numbers; points with 2 can be drawn");
        data->variable[1].width = 2;
        cgm_dataset_destroy(data);
    }
    CU_ASSERT_EQUAL(width[1], width[0] + SIDE + GAP);
}

static const test_case cases[] = {
    {"ring", ring},
    {"grid", grid},
    {"swiss roll", swiss_roll},
    {"same rows", same_rows},
    {"digests", digests},
    {"truth", truth},
    {"files", files},
    {"unknown", unknown},
    {"panels share axes", panels_share_axes},
    {"contours are at their level", contours_are_at_their_level},
    {"saddles are cut as their middle says", saddles_are_cut_as_their_middle_says},
    {"contours are drawn", contours_are_drawn},
    {"odd pictures", odd_pictures},
    {"sheets", sheets},
};
TEST_MAIN("points", cases)
