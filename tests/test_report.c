/* What a report and a watch are made of: how far a run is off its file alone, pictures in memory, curves of few points.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/image_file.h"
#include "io/png_read.h"
#include "scm/runs/glance.h"
#include "scm/runs/run.h"
#include "tests/harness.h"
#include "tools/curve.h"

/* ---- Runs ---- */

static const char *const text =
    "data: {make: strokes, n: 40, seed: 3, test: 8, pad: 2}\n"
    "graph:\n"
    "  intensity: {type: continuous, range: [64, 255], parents: [thickness]}\n"
    "  thickness: {type: continuous, range: [0.5, 8]}\n"
    "  image: {type: image, parents: [intensity], mechanism: {kind: cvae, latent: 2, width: 2, hidden: 4}}\n"
    "train: {epochs: 2, batch: 8, checkpoint: 3}\n"
    "predictors: {bright: {from: image, of: intensity, width: 1, epochs: 1, batch: 16}}\n";

static volatile int stop;
static int steps_left;

static void count_down(void *context, const cgm_progress *progress)
{
    (void)context;
    (void)progress;
    if (--steps_left == 0) stop = 1;
}

/* Stopped after so many steps of all parts, or 0: never. */
static void train(const char *path, int steps, cgm_status expected)
{
    cgm_config *config = NULL;
    cgm_run *run = NULL;
    cgm_run_opts opts = {.threads = 1, .sink = {.progress = count_down}, .stop = &stop};
    stop = 0;
    steps_left = steps;
    REQUIRE_OK(cgm_config_parse(text, "text", &config));
    REQUIRE_OK(cgm_run_create(config, &opts, &run));
    CU_ASSERT_EQUAL_FATAL(cgm_run_train(run, path), expected);
    cgm_run_destroy(run);
    cgm_config_destroy(config);
}

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/* That what is seen of the part is what the run itself says of it. */
static void check_part(const cgm_run *run, const cgm_glance_part *p)
{
    cgm_run_progress progress;
    size_t i = 0, n;
    while (i < cgm_run_parts(run) && strcmp(cgm_run_part_name(run, i), p->name) != 0) i++;
    CU_ASSERT_FATAL(i < cgm_run_parts(run));
    cgm_run_get_progress(run, i, &progress);
    CU_ASSERT_EQUAL(p->finished, progress.finished);
    CU_ASSERT_EQUAL(p->steps, progress.steps);
    CU_ASSERT(p->done == progress.done && p->total == progress.total);
    CHECK_NEAR(p->seconds, progress.seconds, 0);
    CU_ASSERT_EQUAL_FATAL(p->n_series, progress.n_metrics);
    bool network = strcmp(p->name, "image") == 0 || strcmp(p->name, "bright") == 0;
    if (network) CU_ASSERT_EQUAL(progress.memory_bytes > 0, p->steps > 0);
    for (size_t k = 0; k < p->n_series; k++) {
        const double *value = cgm_run_metric(run, i, p->series[k].name, &n);
        CU_ASSERT_EQUAL_FATAL(n, p->series[k].n);
        for (size_t s = 0; s < n; s++) CU_ASSERT(same(value[s], p->series[k].value[s]));
    }
}

static void check_glance(const char *path, bool finished)
{
    static const char *const names[] = {"intensity", "thickness", "image", "bright"};
    cgm_glance g;
    cgm_run *run;
    REQUIRE_OK(cgm_run_glance(path, &g));
    REQUIRE_OK(cgm_run_open(path, &(cgm_run_opts){.threads = 1}, &run));
    CU_ASSERT_EQUAL(g.finished, finished);
    CU_ASSERT_EQUAL(cgm_run_is_finished(run), finished);
    CU_ASSERT_EQUAL_FATAL(g.n_parts, 4);
    for (size_t i = 0; i < 4; i++) {
        CU_ASSERT_STRING_EQUAL(g.part[i].name, names[i]);
        CU_ASSERT_EQUAL(g.part[i].kind, i == 3 ? CGM_PART_PREDICTOR : CGM_PART_VARIABLE);
        check_part(run, &g.part[i]);
    }
    cgm_run_destroy(run);
    cgm_glance_clear(&g);
}

static void test_glance(void)
{
    cgm_glance g;
    train(test_path("whole.h5"), 0, CGM_OK);
    check_glance(test_path("whole.h5"), true);
    train(test_path("part.h5"), 6, CGM_E_INTERRUPTED);
    check_glance(test_path("part.h5"), false);
    CHECK_FAILS(cgm_run_glance(test_path("none.h5"), &g), CGM_E_ARG, "none.h5");
    FILE *f = fopen(test_path("no.h5"), "w");
    CU_ASSERT_FATAL(f && fputs("no", f) >= 0 && fclose(f) == 0);
    CHECK_FAILS(cgm_run_glance(test_path("no.h5"), &g), CGM_E_FORMAT, "no.h5");
}

/* ---- Pictures ---- */

/* Of 3 x 4 pixels with a frame of one, which the file lacks. */
static void test_encode(void)
{
    const cgm_variable image = {.name = "x", .type = CGM_IMAGE, .channels = 3, .height = 5, .width = 6};
    const cgm_png_opts opts = {.max_pixels = 100};
    double pixels[90];
    uint8_t *bytes;
    size_t n;
    cgm_png png = {0};
    for (int i = 0; i < 90; i++) pixels[i] = 2.75 * i + 0.3;
    pixels[7] = -3;               /* the first pixel's red */
    pixels[30 + 7] = 300;         /* its green */
    pixels[60 + 7] = (double)NAN; /* its blue */
    REQUIRE_OK(cgm_image_encode(&image, 1, pixels, &bytes, &n));
    REQUIRE_OK(cgm_png_decode("x", n, bytes, &opts, &png));
    CU_ASSERT(png.channels == 3 && png.height == 3 && png.width == 4 && png.bits == 8);
    CU_ASSERT(png.bytes[0] == 0 && png.bytes[1] == 255 && png.bytes[2] == 0);
    for (size_t y = 0; y < 3; y++)
        for (size_t x = y == 0; x < 4; x++)
            for (size_t c = 0; c < 3; c++)
                CU_ASSERT_EQUAL(png.bytes[(y * 4 + x) * 3 + c], lrint(pixels[c * 30 + (y + 1) * 6 + x + 1]));
    cgm_png_clear(&png);
    free(bytes);
    const cgm_variable two = {.name = "x", .type = CGM_IMAGE, .channels = 2, .height = 5, .width = 6};
    CHECK_FAILS(cgm_image_encode(&two, 0, pixels, &bytes, &n), CGM_E_UNSUPPORTED, "2 channels");
}

/* ---- Curves ---- */

static void test_bins(void)
{
    const double value[] = {1, 3, NAN, 5, NAN, NAN, -2, INFINITY};
    double mean[4], least[4], greatest[4], low, high;
    tool_curve_bin(8, value, 4, mean, least, greatest);
    CU_ASSERT(mean[0] == 2 && least[0] == 1 && greatest[0] == 3);
    CU_ASSERT(mean[1] == 5 && least[1] == 5 && greatest[1] == 5);
    CU_ASSERT(isnan(mean[2]) && isnan(least[2]) && isnan(greatest[2]));
    CU_ASSERT(mean[3] == -2 && greatest[3] == -2);
    tool_curve_range(4, mean, &low, &high);
    CU_ASSERT(low == -2 && high == 5);
    tool_curve_bin(8, value, 3, mean, least, greatest); /* 2, 3 and 3 steps */
    CU_ASSERT(mean[0] == 2 && mean[1] == 5 && mean[2] == -2);
}

static void test_range(void)
{
    double fall[40], low, high;
    for (int k = 0; k < 40; k++) fall[k] = k < 2 ? 1e6 : 40 - k;
    tool_curve_range(40, fall, &low, &high);
    CU_ASSERT(low == 1 && high == 38);
    for (int k = 2; k < 40; k++) fall[k] = (double)NAN; /* nothing is left but the beginning */
    tool_curve_range(40, fall, &low, &high);
    CU_ASSERT(low < 1e6 && high > 1e6 && high - low < 10);
    fall[0] = fall[1] = (double)NAN;
    tool_curve_range(40, fall, &low, &high);
    CU_ASSERT(low == 0 && high == 0);
}

static const test_case cases[] = {{"a glance at a run", test_glance},
                                  {"pictures in memory", test_encode},
                                  {"curves of few points", test_bins},
                                  {"what a curve spans", test_range}};
TEST_MAIN("report", cases)
