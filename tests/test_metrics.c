/* Image errors against sums written out, and measures on figures whose size is known. */
#include <string.h>

#include "base/rng.h"
#include "data/dataset.h"
#include "metrics/kolmogorov.h"
#include "metrics/measure.h"
#include "metrics/metrics.h"
#include "metrics/morphology.h"
#include "tests/fixtures/measures.h"
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

/* By definition, at every number of either sample; of samples with ties. */
static void distances_of_distributions(void)
{
    cgm_rng rng = cgm_rng_create(6);
    for (int turn = 0; turn < 50; turn++) {
        double a[40], b[30], most = 0;
        size_t n = 1 + cgm_rng_below(&rng, 40), m = 1 + cgm_rng_below(&rng, 30);
        for (size_t i = 0; i < n; i++) a[i] = floor(6 * cgm_rng_uniform(&rng));
        for (size_t i = 0; i < m; i++) b[i] = floor(6 * cgm_rng_uniform(&rng)) + turn % 3;
        for (double x = 0; x < 9; x++) {
            double below_a = 0, below_b = 0;
            for (size_t i = 0; i < n; i++) below_a += (a[i] <= x) / (double)n;
            for (size_t i = 0; i < m; i++) below_b += (b[i] <= x) / (double)m;
            most = fmax(most, fabs(below_a - below_b));
        }
        CHECK_NEAR(cgm_kolmogorov_distance(n, a, m, b), most, 1e-12);
    }
    double low[] = {2, 1, 3}, high[] = {5, 4}, same[] = {3, 1, 2};
    CHECK_NEAR(cgm_kolmogorov_distance(3, low, 2, high), 1, 0);
    CHECK_NEAR(cgm_kolmogorov_distance(3, low, 3, same), 0, 0);
    CU_ASSERT(isnan(cgm_kolmogorov_distance(0, NULL, 2, high)));
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
    CHECK_OK(cgm_measure_images(m, 1, height, width, height * width, pixels, 1, &out));
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
    const double infinite[] = {0, 255, INFINITY, 3};
    CU_ASSERT(isnan(measured("intensity", 2, 2, infinite)));
    CU_ASSERT(isnan(measured("thickness", 2, 2, infinite)));
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of any number of pixels, many of them equal, against sorting. */
static void intensity_matches_sorting(void)
{
    double pixels[60], bright[60];
    cgm_rng rng = cgm_rng_create(8);
    for (size_t trial = 0; trial < 3000; trial++) {
        size_t n = 2 + cgm_rng_below(&rng, 58), kept = 0;
        uint64_t levels = 2 + cgm_rng_below(&rng, 200);
        for (size_t i = 0; i < n; i++) pixels[i] = (double)cgm_rng_below(&rng, levels);
        pixels[0] = 0;
        pixels[n - 1] = 200;
        for (size_t i = 0; i < n; i++)
            if (pixels[i] >= 100) bright[kept++] = pixels[i];
        qsort(bright, kept, sizeof *bright, ascending);
        CHECK_NEAR(measured("intensity", 1, n, pixels), 0.5 * (bright[(kept - 1) / 2] + bright[kept / 2]), 0);
    }
}

/* Strokes and blobs, against the published implementation. */
static void measures_are_the_published_ones(void)
{
    const uint8_t *from = ms_pixels;
    double pixels[40 * 40];
    for (int i = 0; i < MS_IMAGES; i++) {
        size_t height = (size_t)ms_height[i], width = (size_t)ms_width[i];
        CU_ASSERT_FATAL(height * width <= sizeof pixels / sizeof *pixels);
        for (size_t p = 0; p < height * width; p++) pixels[p] = *from++;
        CHECK_NEAR(measured("thickness", height, width, pixels), ms_thickness[i], 1e-12);
        CHECK_NEAR(measured("intensity", height, width, pixels), ms_intensity[i], 0);
        CHECK_NEAR(measured("area", height, width, pixels), ms_area[i], 0);
        CHECK_NEAR(measured("length", height, width, pixels), ms_length[i], 1e-11);
        CHECK_NEAR(measured("slant", height, width, pixels), ms_slant[i], 1e-11);
        CHECK_NEAR(measured("width", height, width, pixels), ms_width_of[i], 1e-9);
        CHECK_NEAR(measured("height", height, width, pixels), ms_height_of[i], 1e-9);
    }
    CU_ASSERT_EQUAL(from - ms_pixels, sizeof ms_pixels);
}

/* The real test images, where they are: the published implementation gave these means on scikit-image 0.19.3, over
 * 1,000 images, of the thickness, its square, and its and the intensity's distance from the table that comes with them.
 */
static void real_images_measure_as_published(void)
{
    enum { N = 1000, SIZE = 28 * 28 };
    static double pixels[N * SIZE], thickness[N], intensity[N];
    const char *path = test_data("morphomnist");
    if (!path) return;
    cgm_dataset *data;
    size_t rows[N], begin, n;
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = path}, 1, NULL, &data));
    cgm_dataset_split(data, CGM_TEST, &begin, &n);
    CU_ASSERT_EQUAL_FATAL(n, N);
    for (size_t i = 0; i < N; i++) rows[i] = begin + i;
    REQUIRE_OK(cgm_dataset_read(data, "image", N, rows, pixels));
    REQUIRE_OK(cgm_measure_images(cgm_measure_find("thickness"), N, 28, 28, SIZE, pixels, 2, thickness));
    REQUIRE_OK(cgm_measure_images(cgm_measure_find("intensity"), N, 28, 28, SIZE, pixels, 2, intensity));
    double sum = 0, squares = 0, off = 0, grey_off = 0;
    for (size_t i = 0; i < N; i++) {
        sum += thickness[i];
        squares += thickness[i] * thickness[i];
        off += fabs(thickness[i] - cgm_dataset_column(data, "thickness")[rows[i]]);
        grey_off += fabs(intensity[i] - cgm_dataset_column(data, "intensity")[rows[i]]);
    }
    CHECK_NEAR(sum / N, 2.5666539614026536, 1e-12);
    CHECK_NEAR(squares / N, 7.074926509215655, 1e-12);
    CHECK_NEAR(off / N, 0.11680752516334697, 1e-12);
    CHECK_NEAR(grey_off / N, 0.5063347149999997, 1e-12);
    cgm_dataset_destroy(data);
}

static void tie_breaks_are_numpys(void)
{
    uint32_t got[5000];
    cgm_tie_breaks(37, got);
    for (int i = 0; i < 37; i++) CU_ASSERT_EQUAL(got[i], (uint32_t)ms_permutation[i]);
    cgm_tie_breaks(5000, got);
    for (int i = 0; i < 37; i++) CU_ASSERT_EQUAL(got[i], (uint32_t)ms_long_permutation[i]);
    cgm_tie_breaks(1, got);
    CU_ASSERT_EQUAL(got[0], 0);
}

static void batches_give_what_single_images_give(void)
{
    enum { N = 21, CHANNELS = 3, SIDE = 12, STRIDE = CHANNELS * SIDE * SIDE };
    static double pixels[N * STRIDE];
    double one[N], two[N];
    cgm_rng rng = cgm_rng_create(3);
    for (int i = 0; i < N * STRIDE; i++) pixels[i] = 255 * cgm_rng_uniform(&rng);
    memset(pixels + 5 * STRIDE, 0, SIDE * SIDE * sizeof *pixels); /* an image without strokes */
    size_t n;
    const cgm_measure *all = cgm_measures(&n);
    for (size_t m = 0; m < n; m++) {
        CHECK_OK(cgm_measure_images(&all[m], N, SIDE, SIDE, STRIDE, pixels, 1, one));
        CHECK_OK(cgm_measure_images(&all[m], N, SIDE, SIDE, STRIDE, pixels, 2, two));
        for (int i = 0; i < N; i++) {
            double alone = measured(all[m].name, SIDE, SIDE, pixels + i * STRIDE);
            CU_ASSERT(memcmp(&one[i], &two[i], sizeof *one) == 0);
            CU_ASSERT(i == 5 ? isnan(one[i]) && isnan(alone) : one[i] == alone);
        }
        CHECK_OK(cgm_measure_images(&all[m], 0, SIDE, SIDE, STRIDE, pixels, 2, one));
    }
}

/* A figure to find the axis of: [tall, wide], as long as it is a multiple of the magnification. */
static void set_ink(cgm_morphology *m, const uint8_t *ink)
{
    for (size_t y = 0; y < m->tall; y++) memcpy(m->ink + (y + 1) * (m->wide + 2) + 1, ink + y * m->wide, m->wide);
}

static double brute_squared(const uint8_t *ink, int h, int w, int at)
{
    double best = INFINITY;
    for (int j = 0; j < h * w; j++)
        if (!ink[j]) best = fmin(best, pow(at / w - j / w, 2) + pow(at % w - j % w, 2));
    return best;
}

static void distances_match_brute_force(void)
{
    enum { H = 12, W = 20 };
    cgm_arena arena = {0};
    cgm_morphology m;
    uint8_t ink[H * W];
    cgm_rng rng = cgm_rng_create(11);
    REQUIRE_OK(cgm_morphology_create(&arena, H / 4, W / 4, 4, &m));
    for (int trial = 0; trial < 40; trial++) {
        double density = trial % 4 == 3 ? 0.995 : 0.9;
        for (int i = 0; i < H * W; i++) ink[i] = cgm_rng_uniform(&rng) < density;
        ink[cgm_rng_below(&rng, H * W)] = 0;
        set_ink(&m, ink);
        CU_ASSERT(cgm_morphology_mean_distance(&m) >= 1);
        for (size_t i = 0; i < m.n_ink; i++) {
            int y = (int)(m.place[i] / (W + 2)) - 1, x = (int)(m.place[i] % (W + 2)) - 1;
            CHECK_NEAR((double)m.squared[i], brute_squared(ink, H, W, y * W + x), 0);
        }
    }
    memset(ink, 1, sizeof ink);
    set_ink(&m, ink);
    CU_ASSERT(isnan(cgm_morphology_mean_distance(&m)));
    memset(ink, 0, sizeof ink);
    set_ink(&m, ink);
    CU_ASSERT(isnan(cgm_morphology_mean_distance(&m)));
    cgm_arena_clear(&arena);
}

/* Pieces that hang together through sides or corners, by flooding. */
static int pieces(const uint8_t *framed, size_t tall, size_t wide)
{
    uint8_t left[42 * 42];
    size_t stack[42 * 42], n = (tall + 2) * (wide + 2);
    int count = 0;
    memcpy(left, framed, n);
    for (size_t i = 0; i < n; i++) {
        if (!left[i]) continue;
        size_t top = 0;
        count++;
        stack[top++] = i;
        left[i] = 0;
        while (top) {
            size_t at = stack[--top] - wide - 3; /* the neighbour above on the left */
            for (size_t k = 0; k < 9; k++) {
                size_t next = at + k / 3 * (wide + 2) + k % 3;
                if (!left[next]) continue;
                left[next] = 0;
                stack[top++] = next;
            }
        }
    }
    return count;
}

static void the_axis_keeps_pieces_holes_and_leaves_lines(void)
{
    enum { SIDE = 40 };
    uint8_t ink[SIDE * SIDE];
    cgm_arena arena = {0};
    cgm_morphology m;
    /* A ring, and a bar beside it. */
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++) {
            double d = hypot(r - 19.0, c - 13.0);
            ink[r * SIDE + c] = (d > 6 && d < 11) || (r > 4 && r < 35 && c > 28 && c < 34);
        }
    REQUIRE_OK(cgm_morphology_create(&arena, SIDE / 4, SIDE / 4, 4, &m));
    set_ink(&m, ink);
    CU_ASSERT_EQUAL(pieces(m.ink, SIDE, SIDE), 2);
    double mean = cgm_morphology_mean_distance(&m);
    CHECK_NEAR(mean, 2.6, 0.4); /* half the ring's width and half the bar's, with its four corners */
    CU_ASSERT_EQUAL(pieces(m.skeleton, SIDE, SIDE), 2);
    int count = 0, met = 0;
    for (size_t i = 0; i < (SIDE + 2) * (SIDE + 2); i++) {
        count += m.skeleton[i];
        CU_ASSERT(m.skeleton[i] <= m.ink[i]);
    }
    CU_ASSERT(count > 60 && count < 120); /* about 2 pi 8.5 of the ring, 26 of the bar and its corners */
    for (int step = 1; step < 13; step++) met += m.skeleton[(20 + step) * (SIDE + 2) + 14];
    CU_ASSERT(met > 0 && !m.skeleton[20 * (SIDE + 2) + 14]);
    cgm_arena_clear(&arena);
}

/* Bars without ends, as an end's corners have branches of the axis, along which it is near the background. */
static void thickness_of_bars(void)
{
    enum { SIDE = 28 };
    for (double width = 1.5; width < 6; width += 0.5) {
        double pixels[SIDE * SIDE];
        for (int r = 0; r < SIDE; r++)
            for (int c = 0; c < SIDE; c++) {
                double cover = fmin(fmax(0.5 * width - fabs(r - 13.7) + 0.5, 0), 1);
                pixels[r * SIDE + c] = 200 * cover;
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
    {"distances of distributions", distances_of_distributions},
    {"sets of none and one", sets_of_none_and_one},
    {"table finds by name", table_finds_by_name},
    {"intensity is the median above half range", intensity_is_the_median_above_half_range},
    {"intensity matches sorting", intensity_matches_sorting},
    {"measures are the published ones", measures_are_the_published_ones},
    {"real images measure as published", real_images_measure_as_published},
    {"tie breaks are NumPy's", tie_breaks_are_numpys},
    {"batches give what single images give", batches_give_what_single_images_give},
    {"distances match brute force", distances_match_brute_force},
    {"the axis keeps pieces and holes and leaves lines", the_axis_keeps_pieces_holes_and_leaves_lines},
    {"thickness of bars", thickness_of_bars},
};
TEST_MAIN("metrics", cases)
