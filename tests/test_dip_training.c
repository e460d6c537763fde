/* Training of denoisers and of unrolled descent: what they learn from, that they learn it, with noisy targets too. */
#include <string.h>
#include <sys/stat.h>

#include "data/dataset.h"
#include "dip/denoiser.h"
#include "dip/learned/training.h"
#include "dip/phantoms/phantom.h"
#include "dip/scores.h"
#include "tests/harness.h"

/* ---- Images ---- */

static dip_images collect(int64_t channels, int64_t patch, const char *name)
{
    dip_images images = {.channels = channels, .patch = patch};
    dip_images_source source = {.name = name, .limit = 5, .max_pixels = 1 << 20, .threads = 1};
    REQUIRE_OK(cgm_dip_images_add(&images, &source));
    return images;
}

/* Each of the eight positions of a patch of the image itself is drawn, and nothing else. */
static void patches_are_turned_and_mirrored(void)
{
    enum { SIDE = 3 };
    float pixels[2 * SIDE * SIDE];
    dip_pool_image one = {SIDE, SIDE, pixels};
    dip_images images = {.channels = 2, .patch = SIDE, .n = 1, .image = &one};
    cgm_rng rng = cgm_rng_create(2);
    bool seen[8] = {false};
    for (int i = 0; i < 2 * SIDE * SIDE; i++) pixels[i] = (float)i;
    for (int k = 0; k < 200; k++) {
        cgm_real out[2 * SIDE * SIDE];
        int corner = -1, beside;
        static const int corners[] = {0, 2, 6, 8};
        cgm_dip_images_draw(&images, SIDE, &rng, out);
        for (int i = 0; i < 4; i++)
            if (out[0] == (cgm_real)corners[i]) corner = i;
        beside = (int)fabs((double)(out[1] - out[0]));
        CU_ASSERT_FATAL(corner >= 0 && (beside == 1 || beside == SIDE));
        seen[2 * corner + (beside == 1)] = true;
        double step_x = (double)(out[1] - out[0]), step_y = (double)(out[SIDE] - out[0]);
        for (int c = 0; c < 2; c++)
            for (int i = 0; i < SIDE; i++)
                for (int j = 0; j < SIDE; j++)
                    CHECK_NEAR((double)out[(c * SIDE + i) * SIDE + j],
                               c * SIDE * SIDE + (double)out[0] + i * step_y + j * step_x, 0);
    }
    for (int i = 0; i < 8; i++) CU_ASSERT(seen[i]);
}

static void images_come_from_everywhere(void)
{
    cgm_arena arena = {0};
    cgm_dataset *data = NULL;
    dip_image x;
    cgm_data_opts strokes = {.make = "strokes", .n = 12, .seed = 1, .test = 4};
    const char *folder = test_path("pictures"), *h5 = test_path("s.h5");
    char path[300];
    REQUIRE_OK(cgm_dip_image_create(&arena, 3, 9, 14, &x));
    for (int i = 0; i < 9 * 14; i++) x.pixels[i] = 1; /* red */
    CU_ASSERT_FATAL(mkdir(folder, 0700) == 0);
    for (int k = 0; k < 3; k++) {
        snprintf(path, sizeof path, "%s/%d.png", folder, k);
        REQUIRE_OK(cgm_dip_image_write(path, &x));
    }
    REQUIRE_OK(cgm_dataset_open(&strokes, 1, NULL, &data));
    REQUIRE_OK(cgm_dataset_save(data, h5));
    cgm_dataset_destroy(data);
    dip_images grey = collect(1, 8, folder), colours = collect(3, 8, path), rows = collect(1, 16, h5),
               phantoms = collect(3, 100, "phantom:text");
    CU_ASSERT(grey.n == 3 && grey.image[0].width == 14);
    CHECK_NEAR((double)grey.image[2].pixels[5], .299, 1e-6);
    CU_ASSERT(colours.n == 1 && colours.image[0].pixels[0] == 1 && colours.image[0].pixels[9 * 14] == 0);
    CU_ASSERT_EQUAL(rows.n, 5);                                    /* the limit; of the 8 training rows */
    CU_ASSERT(phantoms.n == 2 && phantoms.image[0].height == 128); /* those that a patch fits in */
    CU_ASSERT(phantoms.image[1].pixels[7] == phantoms.image[1].pixels[192 * 192 + 7]);
    cgm_dip_images_clear(&grey), cgm_dip_images_clear(&colours), cgm_dip_images_clear(&rows);
    cgm_dip_images_clear(&phantoms);
    cgm_arena_clear(&arena);
}

static void what_has_no_images_is_refused(void)
{
    const struct {
        const char *name, *text;
        cgm_status status;
    } of[] = {{"phantom:txet", "did you mean", CGM_E_ARG},
              {"no-such.png", "no-such.png", CGM_E_ARG},
              {"no-such-data", "no-such-data", CGM_E_ARG},
              {"phantom:text", "smaller than a patch of 300; patch=192 fits", CGM_E_SHAPE}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        dip_images images = {.channels = 1, .patch = 300};
        dip_images_source source = {.name = of[i].name, .limit = 5, .max_pixels = 1 << 20, .threads = 1};
        CHECK_FAILS(cgm_dip_images_add(&images, &source), of[i].status, of[i].text);
        cgm_dip_images_clear(&images);
    }
}

/* ---- Training ---- */

/* Drawn once: all sizes of a phantom take a second under sanitizers. */
static const dip_images *slices(void)
{
    static dip_images images;
    if (!images.n) images = collect(1, 40, "phantom:shepp_logan");
    return &images;
}

static dip_training_opts small(const char *text)
{
    cgm_config *config = NULL;
    dip_training_opts o;
    REQUIRE_OK(cgm_config_parse(text, "t.yaml", &config));
    REQUIRE_OK(cgm_dip_training_options_read(config, &o));
    cgm_config_destroy(config);
    return o;
}

static dip_training *train(const dip_training_opts *o, const dip_images *images, int threads)
{
    dip_training *t = NULL;
    cgm_rng rng = cgm_rng_create(7);
    REQUIRE_OK(cgm_dip_training_create(o, images, &rng, threads, &t));
    CU_ASSERT(cgm_dip_training_bytes(t) > cgm_params_bytes(t->learned.params));
    while (t->iteration < o->iterations) REQUIRE_OK(cgm_dip_training_step(t));
    return t;
}

/* dB that a denoiser gains on another phantom, at one level. */
static double gain(const dip_learned *l, double level)
{
    enum { SIDE = 64 };
    cgm_arena arena = {0};
    cgm_rng rng = cgm_rng_create(9);
    dip_image truth;
    dip_learned_program p;
    double noisy[SIDE * SIDE], out[SIDE * SIDE];
    REQUIRE_OK(cgm_dip_phantom_draw("brain", SIDE, &arena, &truth));
    for (int i = 0; i < SIDE * SIDE; i++) noisy[i] = truth.pixels[i] + level * cgm_rng_normal(&rng);
    REQUIRE_OK(cgm_dip_learned_compile_denoiser(l, 1, SIDE, SIDE, 2, &p));
    REQUIRE_OK(cgm_dip_learned_denoise(&p, level, noisy, out));
    double better = cgm_dip_psnr(SIDE * SIDE, out, truth.pixels) - cgm_dip_psnr(SIDE * SIDE, noisy, truth.pixels);
    cgm_dip_learned_program_clear(&p);
    cgm_arena_clear(&arena);
    return better;
}

/* A network that never sees a clean image is nearly as good as one that does, and both are better than nothing. */
static void noisy_targets_teach_as_clean_ones(void)
{
    const char *const text[] = {
        "{width: 8, layers: 4, patch: 20, batch: 8, iterations: 400, rate: 0.005, levels: [20, 40]}",
        "{width: 8, layers: 4, patch: 20, batch: 8, iterations: 400, rate: 0.005, levels: [20, 40], noise2noise: "
        "true}"};
    double gains[2];
    const dip_images *images = slices();
    for (int k = 0; k < 2; k++) {
        dip_training_opts o = small(text[k]);
        dip_training *t = train(&o, images, 2);
        gains[k] = gain(&t->learned, 30 / 255.);
        cgm_dip_training_destroy(t);
    }
    if (!(gains[0] > 3 && gains[1] > gains[0] - .7)) fprintf(stderr, "gains %.2f, %.2f dB\n", gains[0], gains[1]);
    CU_ASSERT(gains[0] > 3);
    CU_ASSERT(gains[1] > gains[0] - .7);
}

/* What is seen is the patch with noise of the level that the network is told, and so are noisy targets, with other
 * noise. */
static void noise_is_of_its_level(void)
{
    dip_training_opts o =
        small("{width: 2, layers: 2, patch: 40, batch: 6, iterations: 9, levels: [10, 60], noise2noise: true}");
    const dip_images *images = slices();
    dip_training *t = NULL;
    cgm_rng rng = cgm_rng_create(7);
    double low = 1, high = 0;
    REQUIRE_OK(cgm_dip_training_create(&o, images, &rng, 1, &t));
    for (int step = 0; step < 9; step++) {
        REQUIRE_OK(cgm_dip_training_step(t));
        for (int b = 0; b < 6; b++) {
            double squares[2] = {0}, product = 0, level = (double)t->level[b];
            for (int64_t i = b * t->numbers; i < (b + 1) * t->numbers; i++) {
                double first = (double)(t->seen[i] - t->clean[i]), second = (double)(t->other[i] - t->clean[i]);
                squares[0] += first * first / (double)t->numbers;
                squares[1] += second * second / (double)t->numbers;
                product += first * second / (double)t->numbers;
            }
            low = fmin(low, level), high = fmax(high, level);
            for (int k = 0; k < 2; k++) CHECK_NEAR(sqrt(squares[k]), level, .1 * level); /* 5 standard errors */
            CHECK_NEAR(product, 0, .13 * level * level);
        }
    }
    CU_ASSERT(low >= 10 / 255. && low < 20 / 255. && high > 50 / 255. && high <= 60 / 255. + 1e-6);
    cgm_dip_training_destroy(t);
}

/* Unrolled descent learns to restore: its error falls; each patch of a batch has a mask of its own. */
static void unrolled_descent_learns(void)
{
    const char *const text[] = {"{task: inpaint, missing: 0.6, steps: 3, width: 6, layers: 2, patch: 12, batch: 3, "
                                "iterations: 120, rate: 0.01}",
                                "{task: ct, views: 12, steps: 3, width: 8, layers: 3, patch: 12, batch: 4, iterations: "
                                "250, rate: 0.005, sigma: 2}"};
    const dip_images *images = slices();
    for (int k = 0; k < 2; k++) {
        dip_training_opts o = small(text[k]);
        dip_training *t = NULL;
        cgm_rng rng = cgm_rng_create(7);
        double first = 0, last = 0;
        REQUIRE_OK(cgm_dip_training_create(&o, images, &rng, 2, &t));
        CU_ASSERT(k || memcmp(t->problem[0].weight, t->problem[1].weight, 144 * sizeof(double)) != 0);
        for (int64_t i = 0; i < o.iterations; i++) {
            REQUIRE_OK(cgm_dip_training_step(t));
            if (i < 20) first += (double)t->loss;
            if (i >= o.iterations - 20) last += (double)t->loss;
        }
        if (!(last < .6 * first)) fprintf(stderr, "%s: %g after %g\n", text[k], last, first);
        CU_ASSERT(last < .6 * first);
        cgm_dip_training_destroy(t);
    }
}

static void threads_train_the_same_bits(void)
{
    const char *const text[] = {"{width: 4, layers: 3, patch: 16, batch: 5, iterations: 4}",
                                "{task: deblur, steps: 2, width: 4, layers: 2, patch: 12, batch: 3, iterations: 4}"};
    const dip_images *images = slices();
    for (int k = 0; k < 2; k++) {
        dip_training_opts o = small(text[k]);
        dip_training *a = train(&o, images, 1), *b = train(&o, images, 2);
        CU_ASSERT(memcmp(cgm_params_ema(a->learned.params), cgm_params_ema(b->learned.params),
                         cgm_params_flat_size(a->learned.params) * sizeof(cgm_real)) == 0);
        cgm_dip_training_destroy(a);
        cgm_dip_training_destroy(b);
    }
}

static void bad_options_are_refused(void)
{
    const struct {
        const char *yaml, *text;
    } of[] = {{"{sigma: 20}", "a denoiser's noise is levels"},
              {"{steps: 3}", "steps: only with a task is it read"},
              {"{views: 3}", "views: only with a task is it read"},
              {"{task: ct, levels: [1, 2]}", "levels: with a task nothing reads it"},
              {"{task: ct, noise2noise: true}", "noise2noise: with a task nothing reads it"},
              {"{task: sr, views: 3}", "task sr does not read it"},
              {"{task: ctt}", "did you mean"},
              {"{channels: 2}", "channels: 2; expected 1 or 3"},
              {"{layers: 1}", "layers"},
              {"{itertions: 5}", "did you mean"}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        cgm_config *config = NULL;
        dip_training_opts o;
        REQUIRE_OK(cgm_config_parse(of[i].yaml, "t.yaml", &config));
        CHECK_FAILS(cgm_dip_training_options_read(config, &o), CGM_E_CONFIG, of[i].text);
        cgm_config_destroy(config);
    }
    dip_training_opts o = small("{task: sr, factor: 4, patch: 14}");
    const dip_images *images = slices();
    dip_training *t = NULL;
    cgm_rng rng = cgm_rng_create(7);
    CHECK_FAILS(cgm_dip_training_create(&o, images, &rng, 1, &t), CGM_E_SHAPE, "patch: ");
}

static const test_case cases[] = {
    {"patches are turned and mirrored", patches_are_turned_and_mirrored},
    {"images come from everywhere", images_come_from_everywhere},
    {"what has no images is refused", what_has_no_images_is_refused},
    {"noisy targets teach as clean ones", noisy_targets_teach_as_clean_ones},
    {"noise is of its level", noise_is_of_its_level},
    {"unrolled descent learns", unrolled_descent_learns},
    {"threads train the same bits", threads_train_the_same_bits},
    {"bad options are refused", bad_options_are_refused},
};
TEST_MAIN("dip_training", cases)
