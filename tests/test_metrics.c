/* Image errors against sums written out, and measures on figures whose size is known. */
#include <string.h>

#include "base/rng.h"
#include "metrics/measure.h"
#include "metrics/metrics.h"
#include "metrics/morphology.h"
#include "tests/harness.h"

static void errors_of_one_image(void)
{
    const double a[] = {0, 10, 255, 3}, b[] = {4, 10, 250, 0};
    CHECK_NEAR(cgm_mean_absolute_error(4, a, b), (4 + 0 + 5 + 3) / 4.0, 1e-15);
    CHECK_NEAR(cgm_mean_squared_error(4, a, b), (16 + 0 + 25 + 9) / 4.0, 1e-15);
    CHECK_NEAR(cgm_psnr(4, a, b, 255), 20 * log10(255) - 10 * log10(12.5), 1e-12);
    CU_ASSERT(isinf(cgm_psnr(4, a, a, 255)));
    const double broken[] = {0, NAN, 0, 0};
    CU_ASSERT(isnan(cgm_mean_absolute_error(4, a, broken)));
}

static void errors_of_a_set(void)
{
    enum { N = 37, WIDTH = 11 };
    double a[N * WIDTH], b[N * WIDTH], each[N], mean = 0, squares = 0;
    cgm_rng rng = cgm_rng_create(5);
    for (int i = 0; i < N * WIDTH; i++) {
        a[i] = 255 * cgm_rng_uniform(&rng);
        b[i] = 255 * cgm_rng_uniform(&rng);
    }
    cgm_set_error got = cgm_set_mean_absolute_error(N, WIDTH, a, b, each);
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int k = 0; k < WIDTH; k++) sum += fabs(a[i * WIDTH + k] - b[i * WIDTH + k]);
        CHECK_NEAR(each[i], sum / WIDTH, 1e-12);
        mean += sum / WIDTH / N;
    }
    for (int i = 0; i < N; i++) squares += (each[i] - mean) * (each[i] - mean);
    CU_ASSERT_EQUAL(got.n, N);
    CHECK_NEAR(got.mean, mean, 1e-11);
    CHECK_NEAR(got.standard_error, sqrt(squares / (N - 1) / N), 1e-11);
    cgm_set_error again = cgm_set_summary(N, each);
    CHECK_NEAR(again.mean, got.mean, 0);
    CHECK_NEAR(again.standard_error, got.standard_error, 0);
}

static void sets_of_none_and_one(void)
{
    const double a[] = {1, 2}, b[] = {3, 2};
    cgm_set_error one = cgm_set_mean_absolute_error(1, 2, a, b, NULL);
    CHECK_NEAR(one.mean, 1, 0);
    CHECK_NEAR(one.standard_error, 0, 0);
    cgm_set_error none = cgm_set_mean_absolute_error(0, 2, a, b, NULL);
    CU_ASSERT(none.n == 0 && isnan(none.mean));
}

static double measured(const char *name, size_t height, size_t width, const double *pixels)
{
    double out = -1;
    const cgm_measure *m = cgm_measure_find(name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(m);
    CHECK_OK(m->measure(height, width, pixels, &out));
    return out;
}

static void table_finds_by_name(void)
{
    size_t n = 0;
    const cgm_measure *all = cgm_measures(&n);
    CU_ASSERT(n >= 2);
    for (size_t i = 0; i < n; i++) CU_ASSERT_PTR_EQUAL(cgm_measure_find(all[i].name), &all[i]);
    CU_ASSERT_PTR_NULL(cgm_measure_find("intensit"));
}

static void intensity_is_the_median_above_half_range(void)
{
    /* min 10, max 110: half range 60, so 60, 100 and 110 count; an even number takes the middle of the two. */
    const double odd[] = {10, 59.9, 60, 110, 20, 100}, even[] = {10, 110, 90, 61, 60, 20};
    CHECK_NEAR(measured("intensity", 2, 3, odd), 100, 0);
    CHECK_NEAR(measured("intensity", 3, 2, even), 75.5, 0);
    const double flat[] = {7, 7, 7, 7}, broken[] = {0, 255, NAN, 3};
    CU_ASSERT(isnan(measured("intensity", 2, 2, flat)));
    CU_ASSERT(isnan(measured("intensity", 2, 2, broken)));
}

/* Against every other pixel, the plain way. */
static double brute_distance(const morphology_figure *f, const uint8_t *skeleton)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < f->height * f->width; i++) {
        if (!skeleton[i]) continue;
        double best = INFINITY;
        for (size_t j = 0; j < f->height * f->width; j++)
            if (!f->ink[j])
                best = fmin(best, hypot((double)(i / f->width) - (double)(j / f->width),
                                        (double)(i % f->width) - (double)(j % f->width)));
        sum += best;
        n++;
    }
    return sum / (double)n;
}

static void distances_match_brute_force(void)
{
    enum { H = 13, W = 17 };
    uint8_t ink[H * W], skeleton[H * W];
    double nearest[H * W];
    cgm_rng rng = cgm_rng_create(11);
    for (int trial = 0; trial < 20; trial++) {
        for (int i = 0; i < H * W; i++) {
            ink[i] = cgm_rng_uniform(&rng) < 0.9;
            skeleton[i] = ink[i] && cgm_rng_uniform(&rng) < 0.3;
        }
        morphology_figure f = {H, W, ink};
        CHECK_NEAR(cgm_morphology_mean_distance(&f, skeleton, nearest), brute_distance(&f, skeleton), 1e-12);
    }
    memset(ink, 1, sizeof ink);
    morphology_figure full = {H, W, ink};
    CU_ASSERT(isnan(cgm_morphology_mean_distance(&full, skeleton, nearest)));
}

/* Pieces that hang together through sides or corners, by flooding. */
static int pieces(const morphology_figure *f)
{
    uint8_t left[40 * 40];
    size_t stack[40 * 40], n = f->height * f->width;
    int count = 0;
    memcpy(left, f->ink, n);
    for (size_t i = 0; i < n; i++) {
        if (!left[i]) continue;
        size_t top = 0;
        count++;
        stack[top++] = i;
        left[i] = 0;
        while (top) {
            size_t at = stack[--top];
            for (int dr = -1; dr <= 1; dr++)
                for (int dc = -1; dc <= 1; dc++) {
                    size_t r = at / f->width + (size_t)dr, c = at % f->width + (size_t)dc;
                    if (r >= f->height || c >= f->width || !left[r * f->width + c]) continue;
                    left[r * f->width + c] = 0;
                    stack[top++] = r * f->width + c;
                }
        }
    }
    return count;
}

static void thinning_keeps_pieces_and_leaves_lines(void)
{
    enum { SIDE = 40 };
    uint8_t ink[SIDE * SIDE] = {0}, marks[SIDE * SIDE];
    /* A ring, and a bar beside it. */
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++) {
            double d = hypot(r - 19.0, c - 13.0);
            ink[r * SIDE + c] = (d > 6 && d < 11) || (r > 4 && r < 35 && c > 28 && c < 34);
        }
    morphology_figure f = {SIDE, SIDE, ink};
    CU_ASSERT_EQUAL(pieces(&f), 2);
    cgm_morphology_thin(&f, marks);
    CU_ASSERT_EQUAL(pieces(&f), 2);
    int count = 0, blocks = 0;
    for (int i = 0; i < SIDE * SIDE; i++) count += ink[i];
    for (int r = 0; r + 1 < SIDE; r++)
        for (int c = 0; c + 1 < SIDE; c++)
            blocks +=
                ink[r * SIDE + c] && ink[r * SIDE + c + 1] && ink[(r + 1) * SIDE + c] && ink[(r + 1) * SIDE + c + 1];
    CU_ASSERT_EQUAL(blocks, 0);
    CU_ASSERT(count > 60 && count < 100); /* about 2 pi 8.5 of the ring and 26 of the bar */
    CU_ASSERT(!ink[19 * SIDE + 13]);      /* the ring's hole is still a hole: its line closes around the middle */
    for (int k = 0; k < 4; k++) {
        int met = 0;
        for (int step = 1; step < 13; step++)
            met += ink[(19 + (k == 0 ? step : k == 1 ? -step : 0)) * SIDE + 13 + (k == 2 ? step : k == 3 ? -step : 0)];
        CU_ASSERT(met > 0);
    }
}

static void thickness_of_bars(void)
{
    enum { SIDE = 28 };
    for (double width = 1.5; width < 6; width += 0.5) {
        double pixels[SIDE * SIDE];
        for (int r = 0; r < SIDE; r++)
            for (int c = 0; c < SIDE; c++) {
                double cover = fmin(fmax(0.5 * width - fabs(r - 13.7) + 0.5, 0), 1);
                pixels[r * SIDE + c] = c < 3 || c > 24 ? 0 : 200 * cover;
            }
        CHECK_NEAR(measured("thickness", SIDE, SIDE, pixels), width,
                   0.55); /* a step of the magnified figure, on both sides */
    }
    double flat[SIDE * SIDE] = {0};
    CU_ASSERT(isnan(measured("thickness", SIDE, SIDE, flat)));
}

static const test_case cases[] = {
    {"errors of one image", errors_of_one_image},
    {"errors of a set", errors_of_a_set},
    {"sets of none and one", sets_of_none_and_one},
    {"table finds by name", table_finds_by_name},
    {"intensity is the median above half range", intensity_is_the_median_above_half_range},
    {"distances match brute force", distances_match_brute_force},
    {"thinning keeps pieces and leaves lines", thinning_keeps_pieces_and_leaves_lines},
    {"thickness of bars", thickness_of_bars},
};
TEST_MAIN("metrics", cases)
