/* Signed numbers as colours, and the scale and hatching of pictures. */
#include "io/colour_map.h"

#include <math.h>

#include "io/picture.h"
#include "tests/png_pixels.h"

/* CIELAB of an sRGB colour, the other way than the map goes. */
static void lab_of(const uint8_t rgb[3], double lab[3])
{
    static const double to_xyz[3][3] = {
        {0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}};
    static const double white[3] = {0.95047, 1, 1.08883};
    double f[3];
    for (int k = 0; k < 3; k++) {
        double sum = 0;
        for (int c = 0; c < 3; c++) {
            double x = rgb[c] / 255.0;
            sum += to_xyz[k][c] * (x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4));
        }
        double t = sum / white[k];
        f[k] = t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    }
    lab[0] = 116 * f[1] - 16;
    lab[1] = 500 * (f[0] - f[1]);
    lab[2] = 200 * (f[1] - f[2]);
}

static void colour_at(double share, double lab[3])
{
    uint8_t rgb[3];
    cgm_colour_map_diverging(share, rgb);
    lab_of(rgb, lab);
}

static double distance(const double a[3], const double b[3])
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

/* 62 of lightness and 52 of chroma from end to centre; a byte's rounding moves a colour by up to about 0.5. */
static void equal_steps_look_equal(void)
{
    double whole = sqrt(62.0 * 62 + 52.0 * 52);
    for (int k = 0; k < 10; k++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double a[3], b[3];
            colour_at(sign * k / 10.0, a);
            colour_at(sign * (k + 1) / 10.0, b);
            CHECK_NEAR(distance(a, b), whole / 10, 1);
        }
}

static void sides_are_as_dark_as_one_another(void)
{
    for (int k = 0; k <= 20; k++) {
        double up[3], down[3];
        colour_at(k / 20.0, up);
        colour_at(-k / 20.0, down);
        CHECK_NEAR(up[0], down[0], 0.5);
        CHECK_NEAR(up[0], 97 - 62 * k / 20.0, 0.5);
        CHECK_NEAR(hypot(up[1], up[2]), hypot(down[1], down[2]), 1);
    }
}

static void zero_has_no_hue_and_the_ends_have(void)
{
    uint8_t zero[3], red[3], blue[3], beyond[3], none[3];
    cgm_colour_map_diverging(0, zero);
    CU_ASSERT(zero[0] == 246 && zero[1] == 246 && zero[2] == 246);
    cgm_colour_map_diverging(1, red);
    cgm_colour_map_diverging(-1, blue);
    CU_ASSERT(red[0] > red[1] + 80 && red[0] > red[2] + 80);
    CU_ASSERT(blue[2] > blue[0] + 80 && blue[2] > blue[1] + 50);
    cgm_colour_map_diverging(1.5, beyond);
    CU_ASSERT(memcmp(beyond, red, 3) == 0);
    cgm_colour_map_diverging(-INFINITY, beyond);
    CU_ASSERT(memcmp(beyond, blue, 3) == 0);
    cgm_colour_map_diverging(NAN, none);
    CU_ASSERT(none[0] == 128 && none[1] == 128 && none[2] == 128);
}

enum { SCALE = 60, EDGE = 21, HATCH = 5 };

/* An image of four grey pixels, its right ones hatched, and a bar. */
static void hatching_and_bar(void)
{
    static const float pixels[2][2] = {{0, 50}, {100, 150}};
    static const bool hatched[2][2] = {{false, true}, {false, true}};
    const cgm_colour_bar bar = {.limit = 40, .unit = "grey\nlevels"}, nothing = {0};
    cgm_picture_cell cell = {.pixels = &pixels[0][0], .hatched = &hatched[0][0]};
    cgm_picture_grid grid = {
        .rows = 1, .columns = 1, .channels = 1, .height = 2, .width = 2, .scale = SCALE, .cells = &cell, .bar = &bar};
    char *path = test_path("bar.png"), *zeros = test_path("zeros.png");
    unsigned width, height, narrow, low;
    REQUIRE_OK(cgm_picture_write_grid(path, &grid));
    unsigned char *rgb = read_png(path, &width, &height);
    for (int y = 0; y < 2 * SCALE; y++)
        for (int x = 0; x < 2 * SCALE; x++) {
            int line = x >= SCALE && (x + y) % HATCH == 0;
            int wanted = line ? 0x8c : (int)pixels[y / SCALE][x / SCALE];
            CU_ASSERT_EQUAL(rgb[3 * ((unsigned)(y + EDGE) * width + (unsigned)(x + EDGE))], wanted);
        }
    /* The bar begins 24 to the right of the cell; from red at its top through white to blue. */
    unsigned left = EDGE + 2 * SCALE + 3 + 24, bottom = EDGE, white = 0;
    uint8_t ends[2][3];
    cgm_colour_map_diverging(1, ends[0]);
    cgm_colour_map_diverging(-1, ends[1]);
    CU_ASSERT(memcmp(rgb + 3 * (EDGE * width + left), ends[0], 3) == 0);
    while (memcmp(rgb + 3 * (bottom * width + left), ends[1], 3) != 0 && bottom + 1 < height) bottom++;
    while (memcmp(rgb + 3 * (bottom * width + left), ends[1], 3) == 0 && bottom + 1 < height) bottom++;
    CU_ASSERT(bottom > EDGE + SCALE && bottom < EDGE + 2 * SCALE);
    for (unsigned y = EDGE; y < bottom; y++) {
        const unsigned char *got = rgb + 3 * (y * width + left);
        if (abs(got[0] - got[2]) < 6) white = y;
    }
    CHECK_NEAR(white, (EDGE + bottom) / 2.0, 2);
    free(rgb);
    grid.bar = &nothing; /* no unit, and a scale of its own where all is zero */
    REQUIRE_OK(cgm_picture_write_grid(zeros, &grid));
    free(read_png(zeros, &narrow, &low));
    CU_ASSERT(narrow <= width && low == height && narrow > 2 * EDGE + 2 * SCALE + 24);
}

static const test_case cases[] = {
    {"equal steps look equal", equal_steps_look_equal},
    {"sides are as dark as one another", sides_are_as_dark_as_one_another},
    {"zero has no hue and the ends have", zero_has_no_hue_and_the_ends_have},
    {"hatching and bar", hatching_and_bar},
};
TEST_MAIN("colours", cases)
