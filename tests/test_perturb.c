/* Changes of strokes: against the published implementation's, against their definitions, and by measuring them. */
#include <string.h>

#include "base/rng.h"
#include "data/generator.h"
#include "metrics/measure.h"
#include "metrics/perturb_priv.h"
#include "tests/fixtures/measures.h"
#include "tests/harness.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE };

static double measured(const char *name, const double *pixels)
{
    double out = NAN;
    CHECK_OK(cgm_measure_images(cgm_measure_find(name), 1, SIDE, SIDE, PIXELS, pixels, 1, &out));
    return out;
}

static void change(const char *name, double amount, uint64_t seed, const double *from, double *to)
{
    cgm_rng rng = cgm_rng_create(seed);
    const cgm_perturbation *p = cgm_perturbation_find(name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    REQUIRE_OK(cgm_perturb_images(p, amount, 1, SIDE, SIDE, from, &rng, 1, to));
}

/* A digit of strokes, as real numbers. */
static void draw_digit(uint64_t seed, double thickness, double *pixels)
{
    uint8_t bytes[PIXELS];
    double noise[64], numbers[8], set[8] = {NAN, thickness, 140, NAN, NAN};
    cgm_rng rng = cgm_rng_create(seed);
    cgm_generator_strokes.sample_noise(&rng, noise);
    cgm_generator_strokes.predict(noise, set, numbers, bytes);
    for (int i = 0; i < PIXELS; i++) pixels[i] = bytes[i];
}

/* An upright bar of this width and some length. */
static void draw_bar(double width, double *pixels)
{
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++) {
            double across = fmin(fmax(0.5 * width - fabs(c - 13.5) + 0.5, 0), 1);
            pixels[r * SIDE + c] = r >= 4 && r < 24 ? 180 * across : 0;
        }
}

static void table_finds_by_name(void)
{
    const cgm_perturbation *p;
    size_t n = 0;
    for (; (p = cgm_perturbation_at(n)); n++) {
        CU_ASSERT_PTR_EQUAL(cgm_perturbation_find(p->name), p);
        CU_ASSERT(p->low <= p->usual && p->usual <= p->high);
    }
    CU_ASSERT_EQUAL(n, 7);
    CU_ASSERT_PTR_NULL(cgm_perturbation_find("set_thicknes"));
}

/* ---- the figure ---- */

static void changes_are_the_published_ones(void)
{
    cgm_arena arena = {0};
    cgm_sculptor s;
    const double *want = ms_covered;
    static double pixels[PIXELS], got[PIXELS];
    REQUIRE_OK(cgm_sculptor_create(&arena, SIDE, SIDE, &s));
    for (int c = 0; c < MS_CHANGES; c++)
        for (int i = 0; i < MS_CHANGED; i++, want += PIXELS) {
            for (int p = 0; p < PIXELS; p++) pixels[p] = ms_pixels[i * PIXELS + p];
            CU_ASSERT_FATAL(cgm_sculptor_read(&s, pixels));
            CHECK_NEAR(cgm_figure_thickness(&s.figure), ms_axis[i], 1e-12);
            cgm_perturbation_find(ms_change[c])->apply(&s.figure, ms_amount[c], NULL);
            cgm_morphology_reduce(&s.figure, &s.reduction, got);
            for (int p = 0; p < PIXELS; p++) CHECK_NEAR(got[p], fmin(fmax(want[p], 0), 1), 1e-6);
        }
    CU_ASSERT_EQUAL((size_t)(want - ms_covered), sizeof ms_covered / sizeof *ms_covered);
    cgm_arena_clear(&arena);
}

static uint8_t *ink_at(const cgm_morphology *m, size_t y, size_t x)
{
    return &m->ink[(y + 1) * (m->wide + 2) + x + 1];
}

static void discs_spread_as_defined(void)
{
    enum { H = 16, W = 24 };
    cgm_arena arena = {0};
    cgm_morphology m;
    uint8_t before[H * W];
    cgm_rng rng = cgm_rng_create(2);
    REQUIRE_OK(cgm_morphology_create(&arena, H / 4, W / 4, 4, &m));
    for (int trial = 0; trial < 60; trial++) {
        double density = trial % 2 ? 0.03 : 0.95, squared = 40 * cgm_rng_uniform(&rng) * (trial % 7);
        uint8_t value = trial % 2 ? 1 : 0;
        for (size_t i = 0; i < H * W; i++) before[i] = *ink_at(&m, i / W, i % W) = cgm_rng_uniform(&rng) < density;
        cgm_morphology_spread(&m, value, squared);
        for (int i = 0; i < H * W; i++) {
            bool near = false;
            for (int j = 0; j < H * W; j++)
                near |= before[j] == value && pow(i / W - j / W, 2) + pow(i % W - j % W, 2) <= squared;
            CU_ASSERT_EQUAL(*ink_at(&m, (size_t)(i / W), (size_t)(i % W)), near ? value : before[i]);
        }
    }
    cgm_arena_clear(&arena);
}

/* The way back is linear in the ink, leaves what is the same everywhere and keeps the place of what is not. */
static void reducing_keeps_levels_and_places(void)
{
    cgm_arena arena = {0};
    cgm_sculptor s;
    static double out[PIXELS];
    REQUIRE_OK(cgm_sculptor_create(&arena, SIDE, SIDE, &s));
    cgm_morphology *m = &s.figure;
    for (size_t y = 0; y < m->tall; y++) memset(ink_at(m, y, 0), 1, m->wide);
    cgm_morphology_reduce(m, &s.reduction, out);
    for (int i = 0; i < PIXELS; i++) CHECK_NEAR(out[i], 1, 1e-12);
    for (size_t y = 0; y < m->tall; y++)
        for (size_t x = 0; x < m->wide; x++) *ink_at(m, y, x) = y / 16 == 9 && x / 16 == 20;
    cgm_morphology_reduce(m, &s.reduction, out);
    double sum = 0, across = 0, down = 0;
    for (int i = 0; i < PIXELS; i++) {
        sum += out[i];
        across += out[i] * (i % SIDE);
        down += out[i] * (i / SIDE);
    }
    CHECK_NEAR(sum, 1, 0.02);
    CHECK_NEAR(across / sum, 20, 1e-6);
    CHECK_NEAR(down / sum, 9, 1e-6);
    cgm_arena_clear(&arena);
}

/* ---- what is set is measured ---- */

/* On the magnified figure itself. */
static void figures_are_what_they_are_set_to(void)
{
    cgm_arena arena = {0};
    cgm_sculptor s;
    static double from[PIXELS];
    REQUIRE_OK(cgm_sculptor_create(&arena, SIDE, SIDE, &s));
    for (uint64_t seed = 1; seed <= 6; seed++) {
        double width, height, was, tall;
        draw_digit(seed, 2.5, from);
        CU_ASSERT_FATAL(cgm_sculptor_read(&s, from));
        cgm_moments ink = cgm_morphology_moments(&s.figure, CGM_FIGURE_INK);
        cgm_morphology_extent(&s.figure, CGM_FIGURE_INK, &ink, &was, &tall);
        cgm_perturbation_set_width.apply(&s.figure, 10, NULL);
        cgm_moments narrow = cgm_morphology_moments(&s.figure, CGM_FIGURE_INK);
        cgm_morphology_extent(&s.figure, CGM_FIGURE_INK, &narrow, &width, &height);
        CHECK_NEAR(width / 16, 10, 0.1);
        CHECK_NEAR(height, tall, 1);
        CHECK_NEAR(narrow.xy / narrow.yy, ink.xy / ink.yy, 0.003);
        cgm_perturbation_set_slant.apply(&s.figure, -0.3, NULL);
        cgm_moments leaning = cgm_morphology_moments(&s.figure, CGM_FIGURE_INK);
        CHECK_NEAR(atan(-leaning.xy / leaning.yy), -0.3, 0.003);
        CHECK_NEAR(leaning.x, narrow.x, 0.5);
        CU_ASSERT_FATAL(cgm_sculptor_read(&s, from)); /* as borders are now in steps, which have branches of the axis */
        cgm_perturbation_set_thickness.apply(&s.figure, 3, NULL);
        CHECK_NEAR(cgm_figure_thickness(&s.figure), 3, 0.3);
    }
    cgm_arena_clear(&arena);
}

static void what_is_set_is_measured(void)
{
    static double from[PIXELS], to[PIXELS];
    for (uint64_t seed = 1; seed <= 6; seed++) {
        draw_digit(seed, 2.5, from);
        for (double slant = -0.4; slant < 0.5; slant += 0.4) {
            change("set_slant", slant, 1, from, to);
            CHECK_NEAR(measured("slant", to), slant, 0.02);
            CHECK_NEAR(measured("height", to), measured("height", from), 0.3);
        }
        for (double width = 8; width < 17; width += 4) {
            change("set_width", width, 1, from, to);
            CHECK_NEAR(measured("width", to), width, 1.1); /* grey levels reach farther than ink */
            CHECK_NEAR(measured("slant", to), measured("slant", from), 0.03);
        }
        for (double thickness = 1.5; thickness < 5; thickness += 1) {
            change("set_thickness", thickness, 1, from, to);
            CHECK_NEAR(measured("thickness", to), thickness, 0.45); /* a step of the coarser figure, on both sides */
            CHECK_NEAR(measured("intensity", to), measured("intensity", from), 1e-9);
        }
    }
}

static void strokes_become_thinner_and_thicker(void)
{
    static double from[PIXELS], to[PIXELS];
    draw_bar(4, from);
    double area = measured("area", from);
    CHECK_NEAR(area, 80, 2);
    change("thinning", 0.5, 1, from, to);
    CHECK_NEAR(measured("area", to), 2 * 18, 4); /* 4 x 20 becomes 2 x 18 */
    change("thickening", 0.5, 1, from, to);
    CHECK_NEAR(measured("area", to), 6 * 22, 6); /* and 6 x 22 with round corners */
    change("thinning", 5, 1, from, to);
    CU_ASSERT(measured("area", to) > 0 && measured("area", to) < 40); /* something is left */
    CHECK_NEAR(measured("intensity", to), 180, 1e-9);
    change("set_thickness", 100, 1, from, to); /* nothing but ink */
    for (int i = 0; i < PIXELS; i++) CHECK_NEAR(to[i], 180, 1e-6);
}

/* What is far from one place stays, and there is more ink. */
static void swellings_are_in_one_place(void)
{
    static double from[PIXELS], to[PIXELS];
    int seen = 0;
    draw_bar(2, from);
    for (uint64_t seed = 1; seed < 20; seed++) {
        int top = SIDE, bottom = 0;
        change("swelling", 3, seed, from, to);
        CU_ASSERT(measured("area", to) > measured("area", from) + 3);
        for (int i = 0; i < PIXELS; i++) {
            if (fabs(to[i] - from[i]) < 40) continue;
            top = i / SIDE < top ? i / SIDE : top;
            bottom = i / SIDE > bottom ? i / SIDE : bottom;
        }
        CU_ASSERT(bottom - top <= 2 * 3.5 * sqrt(2.3));
        seen |= top < 8 ? 1 : bottom > 19 ? 2 : 4;
    }
    CU_ASSERT_EQUAL(seen, 7);
    change("swelling", 1, 1, from, to); /* no strength: no swelling */
    CHECK_NEAR(measured("area", to), measured("area", from), 1);
}

static int pieces_of_bar(const double *pixels)
{
    int pieces = 0;
    for (int r = 1; r < SIDE; r++) pieces += pixels[r * SIDE + 13] >= 90 && pixels[(r - 1) * SIDE + 13] < 90;
    return pieces;
}

static void fractures_cut(void)
{
    static double bar[PIXELS], from[PIXELS], to[PIXELS];
    int most = 0;
    draw_bar(3, bar);
    change("thickening", 0, 1, bar, from); /* no change, but that the figure is of ink */
    CU_ASSERT_EQUAL(pieces_of_bar(from), 1);
    for (uint64_t seed = 1; seed < 20; seed++) {
        change("fracture", 1, seed, bar, to);
        CU_ASSERT_EQUAL(pieces_of_bar(to), 2);
        CHECK_NEAR(measured("area", from) - measured("area", to), 3 * 1.5, 2);
        for (int c = 0; c < SIDE; c++) { /* 2 pixels from the ends of its axis, which end 1.5 before the bar does */
            CHECK_NEAR(to[4 * SIDE + c], from[4 * SIDE + c], 10);
            CHECK_NEAR(to[23 * SIDE + c], from[23 * SIDE + c], 10);
        }
        change("fracture", 3, seed, bar, to);
        int pieces = pieces_of_bar(to);
        CU_ASSERT(pieces >= 2 && pieces <= 4);
        most = pieces > most ? pieces : most;
    }
    CU_ASSERT_EQUAL(most, 4);
}

/* ---- images ---- */

static void images_do_not_hang_on_threads_or_neighbours(void)
{
    enum { N = 5 };
    static double from[N * PIXELS], one[N * PIXELS], two[N * PIXELS];
    const cgm_perturbation *p;
    for (uint64_t i = 0; i < N; i++) draw_digit(i, 3, from + i * PIXELS);
    for (size_t i = 0; i < PIXELS; i++) from[2 * PIXELS + i] = 17; /* has no figure */
    for (size_t k = 0; (p = cgm_perturbation_at(k)); k++) {
        cgm_rng rng = cgm_rng_create(4);
        CHECK_OK(cgm_perturb_images(p, p->usual, N, SIDE, SIDE, from, &rng, 1, one));
        CHECK_OK(cgm_perturb_images(p, p->usual, N, SIDE, SIDE, from, &rng, 3, two));
        CU_ASSERT(memcmp(one, two, sizeof one) == 0);
        CU_ASSERT(memcmp(one + 2 * PIXELS, from + 2 * PIXELS, PIXELS * sizeof *one) == 0);
        memcpy(two, from, sizeof two);
        CHECK_OK(cgm_perturb_images(p, p->usual, N, SIDE, SIDE, two, &rng, 1, two)); /* in place */
        CU_ASSERT(memcmp(one, two, sizeof one) == 0);
        for (int i = 0; i < N * PIXELS; i++) CU_ASSERT(one[i] >= 0 && one[i] <= 255);
        CHECK_FAILS(cgm_perturb_images(p, p->high + 1, N, SIDE, SIDE, from, &rng, 1, one), CGM_E_ARG, p->name);
        CHECK_FAILS(cgm_perturb_images(p, NAN, N, SIDE, SIDE, from, &rng, 1, one), CGM_E_ARG, "expected a number from");
    }
}

static const test_case cases[] = {
    {"table finds by name", table_finds_by_name},
    {"changes are the published ones", changes_are_the_published_ones},
    {"discs spread as defined", discs_spread_as_defined},
    {"reducing keeps levels and places", reducing_keeps_levels_and_places},
    {"figures are what they are set to", figures_are_what_they_are_set_to},
    {"what is set is measured", what_is_set_is_measured},
    {"strokes become thinner and thicker", strokes_become_thinner_and_thicker},
    {"swellings are in one place", swellings_are_in_one_place},
    {"fractures cut", fractures_cut},
    {"images do not hang on threads or neighbours", images_do_not_hang_on_threads_or_neighbours},
};
TEST_MAIN("perturb", cases)
