/* Augmented images beside what the definitions say, pixel by pixel; what is drawn; what is refused. */
#include <stdlib.h>

#include "data/augment_table.h"
#include "data/batches.h"
#include "data/store.h"
#include "scm/networks/parents.h"
#include "tests/allocations.h"
#include "tests/harness.h"

#define MOST 3000 /* numbers of an image */

/* ---- Data ---- */

static cgm_dataset *make_data(size_t n, int channels, int height, int width, int pad, int level)
{
    cgm_dataset *data = NULL;
    cgm_variable image = {
        .name = "image", .type = CGM_IMAGE, .high = 255, .channels = channels, .height = height, .width = width};
    size_t size = n * cgm_variable_width(&image);
    uint8_t *pixels = malloc(size);
    cgm_rng rng = cgm_rng_create(11);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pixels);
    for (size_t i = 0; i < size; i++) pixels[i] = (uint8_t)(level >= 0 ? (uint64_t)level : cgm_rng_below(&rng, 256));
    REQUIRE_OK(cgm_store_create(&data));
    REQUIRE_OK(cgm_store_add_take(data, &image, n, NULL, pixels, "test"));
    REQUIRE_OK(cgm_store_apply(data, &(cgm_data_opts){.pad = pad}));
    return data;
}

static const cgm_augmentation everything = {.crop = 3,
                                            .flip = true,
                                            .shear = 20,
                                            .scale = {0.7, 1.4},
                                            .rotation = 180,
                                            .shift = 2.5,
                                            .gain = {0.6, 1.8},
                                            .contrast = {0.5, 2},
                                            .brightness = 30,
                                            .gamma = {0.5, 2},
                                            .noise = 8};

/* ---- An oracle ---- */

static cgm_rng stream_of(const cgm_rng *rng, const char *name, size_t i)
{
    cgm_rng stream = cgm_rng_split(rng, name);
    return cgm_rng_split_index(&stream, i);
}

static double within(cgm_rng *rng, double most)
{
    return -most + 2 * most * cgm_rng_uniform(rng);
}

static double factor(cgm_rng *rng, const double range[2])
{
    return range[0] * pow(range[1] / range[0], cgm_rng_uniform(rng));
}

/* The place in the stored image that the window's (*x, *y) shows: what moved pixels undone, the last first. */
static void place_back(const cgm_augmentation *a, const image_window *w, const cgm_rng *rng, size_t i, double *x,
                       double *y)
{
    double cx = (w->width - 1) / 2.0 + w->pad, cy = (w->height - 1) / 2.0 + w->pad;
    if (a->shift > 0) {
        cgm_rng r = stream_of(rng, "shift", i);
        *x -= within(&r, a->shift);
        *y -= within(&r, a->shift);
    }
    if (a->rotation > 0) { /* clockwise on the screen, where y goes down */
        cgm_rng r = stream_of(rng, "rotation", i);
        double angle = within(&r, a->rotation) * M_PI / 180, dx = *x - cx, dy = *y - cy;
        *x = cx + dx * cos(angle) + dy * sin(angle);
        *y = cy - dx * sin(angle) + dy * cos(angle);
    }
    if (a->scale[1] > 0) {
        cgm_rng r = stream_of(rng, "scale", i);
        double f = factor(&r, a->scale);
        *x = cx + (*x - cx) / f;
        *y = cy + (*y - cy) / f;
    }
    if (a->shear > 0) {
        cgm_rng r = stream_of(rng, "shear", i);
        *x -= tan(within(&r, a->shear) * M_PI / 180) * (*y - cy);
    }
    if (a->flip) {
        cgm_rng r = stream_of(rng, "flip", i);
        if (cgm_rng_u32(&r) % 2) *x = 2 * cx - *x;
    }
    if (a->crop > w->pad) {
        cgm_rng r = stream_of(rng, "crop", i);
        int64_t slack = a->crop - w->pad;
        *y -= (double)cgm_rng_below(&r, 2 * (uint64_t)slack + 1) - (double)slack;
        *x -= (double)cgm_rng_below(&r, 2 * (uint64_t)slack + 1) - (double)slack;
    }
    *x -= w->pad;
    *y -= w->pad;
}

/* Bilinear interpolation as it is defined: every stored pixel, weighed by a hat of width one around it. */
static double hats(const uint8_t *pixels, int height, int width, double x, double y)
{
    double sum = 0;
    for (int v = 0; v < height; v++)
        for (int u = 0; u < width; u++)
            sum += pixels[v * width + u] * fmax(0, 1 - fabs(x - u)) * fmax(0, 1 - fabs(y - v));
    return sum;
}

static double level(double x)
{
    return fmin(fmax(x, 0), 255);
}

static void change_levels(const cgm_augmentation *a, const cgm_rng *rng, size_t i, size_t n, double *image)
{
    static cgm_real grain[MOST];
    double mean = 0, gain = 1, contrast = 1, brightness = 0, gamma = 1;
    cgm_rng r = stream_of(rng, "gain", i);
    if (a->gain[1] > 0) gain = factor(&r, a->gain);
    for (size_t k = 0; k < n; k++) image[k] *= gain;
    for (size_t k = 0; k < n; k++) mean += image[k] / (double)n;
    r = stream_of(rng, "contrast", i);
    if (a->contrast[1] > 0) contrast = factor(&r, a->contrast);
    r = stream_of(rng, "brightness", i);
    if (a->brightness > 0) brightness = within(&r, a->brightness);
    r = stream_of(rng, "gamma", i);
    if (a->gamma[1] > 0) gamma = factor(&r, a->gamma);
    r = stream_of(rng, "noise", i);
    cgm_rng_fill_normal(&r, n, grain);
    for (size_t k = 0; k < n; k++) {
        double x = level(mean + contrast * (image[k] - mean) + brightness);
        image[k] = level(255 * pow(x / 255, gamma) + a->noise * (double)grain[k]);
    }
}

/* Image i of a draw, before it is rounded. */
static void oracle(const cgm_augmentation *a, const image_window *w, const uint8_t *pixels, const cgm_rng *rng,
                   size_t i, double *out)
{
    int rows = w->height + 2 * w->pad, columns = w->width + 2 * w->pad;
    double *to = out;
    for (int c = 0; c < w->channels; c++)
        for (int y = 0; y < rows; y++)
            for (int x = 0; x < columns; x++) {
                double from_x = x, from_y = y;
                place_back(a, w, rng, i, &from_x, &from_y);
                *to++ = hats(pixels + c * w->height * w->width, w->height, w->width, from_x, from_y);
            }
    change_levels(a, rng, i, (size_t)(w->channels * rows * columns), out);
}

/* Whether got is want rounded to a whole level, where it is not a tie to rounding errors. */
static bool is_rounded(double got, double want)
{
    return got == floor(want + 0.5) || (got == floor(got) && fabs(got - want) <= 0.5 + 2e-4);
}

static void check_against_oracle(const cgm_augmentation *a)
{
    static const int sizes[][4] = {{1, 6, 7, 0}, {1, 7, 6, 2}, {3, 5, 4, 1},
                                   {1, 1, 1, 0}, {2, 1, 8, 3}, {1, 28, 28, 2}};
    enum { N = 6 };
    cgm_rng rng = cgm_rng_create(3);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int *size = sizes[s];
        image_window w = {size[0], size[1], size[2], size[3]};
        cgm_dataset *data = make_data(N, w.channels, w.height, w.width, w.pad, -1);
        size_t rows[N] = {0, 1, 2, 3, 4, 4}, n = cgm_variable_width(cgm_dataset_find(data, "image")), wrong = 0;
        static cgm_real got[N * MOST];
        static double want[MOST];
        cgm_dataset_augment(data, N, rows, "image", a, NULL, &rng, 2, got);
        for (size_t i = 0; i < N; i++) {
            oracle(a, &w, cgm_dataset_pixels(data, "image", rows[i]), &rng, i, want);
            for (size_t k = 0; k < n; k++) wrong += !is_rounded((double)got[i * n + k], want[k]);
        }
        CU_ASSERT_EQUAL(wrong, 0);
        cgm_dataset_destroy(data);
    }
}

/* Each alone, each pair, and all together. */
static void as_defined(void)
{
    size_t n;
    const cgm_key *keys = cgm_augmentation_keys(&n);
    CU_ASSERT_EQUAL(n, 11);
    for (size_t i = 0; i < n; i++)
        for (size_t k = i; k < n; k++) {
            cgm_augmentation a = {0};
            const size_t of[] = {keys[i].offset, keys[k].offset};
            for (int j = 0; j < 2; j++)
                memcpy((char *)&a + of[j], (const char *)&everything + of[j],
                       keys[j ? k : i].type == CGM_KEY_RANGE  ? sizeof(double[2])
                       : keys[j ? k : i].type == CGM_KEY_BOOL ? sizeof(bool)
                                                              : sizeof(double));
            check_against_oracle(&a);
        }
    check_against_oracle(&everything);
}

/* ---- Exactly ---- */

/* A quarter turn, by a matrix of whole numbers and by one with the errors of cosines, moves pixels and no more. */
static void quarter_turns_permute(void)
{
    enum { SIDE = 9 };
    image_window w = {2, SIDE, SIDE, 0};
    cgm_dataset *data = make_data(1, 2, SIDE, SIDE, 0, -1);
    const uint8_t *pixels = cgm_dataset_pixels(data, "image", 0);
    for (int quarter = 0; quarter < 4; quarter++)
        for (int exact = 0; exact < 2; exact++) {
            double c = cos(quarter * M_PI / 2), s = sin(quarter * M_PI / 2), middle = (SIDE - 1) / 2.0;
            if (exact) c = rint(c);
            if (exact) s = rint(s);
            image_change change = {
                .map = {{c, s, middle - c * middle - s * middle}, {-s, c, middle + s * middle - c * middle}},
                .gain = 1,
                .contrast = 1,
                .gamma = 1};
            cgm_real got[2 * SIDE * SIDE];
            cgm_image_change_apply(&change, &w, pixels, got);
            for (int i = 0; i < 2 * SIDE * SIDE; i++) {
                int plane = i / (SIDE * SIDE), y = i / SIDE % SIDE, x = i % SIDE, last = SIDE - 1;
                const int from_x[] = {x, y, last - x, last - y}, from_y[] = {y, last - x, last - y, x};
                double want = pixels[plane * SIDE * SIDE + from_y[quarter] * SIDE + from_x[quarter]];
                CU_ASSERT((double)got[i] == want);
            }
        }
    cgm_dataset_destroy(data);
}

/* Pixels that are copied are those that interpolation gives. */
static void copies_are_interpolations(void)
{
    image_window w = {2, 5, 4, 2};
    cgm_dataset *data = make_data(1, 2, 5, 4, 2, -1);
    const uint8_t *pixels = cgm_dataset_pixels(data, "image", 0);
    for (int mirrored = 0; mirrored < 2; mirrored++)
        for (int left = -12; left <= 12; left++)
            for (int top = -11; top <= 11; top++) {
                cgm_real copied[144], interpolated[144];
                image_change change = {
                    .map = {{mirrored ? -1 : 1, 0, left}, {0, 1, top}}, .gain = 1, .contrast = 1, .gamma = 1};
                cgm_image_change_apply(&change, &w, pixels, copied);
                change.map[0][1] = 1e-300; /* too little to change a sum, enough not to be whole */
                cgm_image_change_apply(&change, &w, pixels, interpolated);
                CU_ASSERT(memcmp(copied, interpolated, sizeof copied) == 0);
            }
    cgm_dataset_destroy(data);
}

/* No augmentation, and one by next to nothing, leave the stored bytes. */
static void nothing_changes_nothing(void)
{
    enum { N = 40, SIZE = 3 * 8 * 9 };
    cgm_dataset *data = make_data(N, 3, 6, 7, 1, -1);
    size_t rows[N];
    for (size_t i = 0; i < N; i++) rows[i] = i;
    const cgm_augmentation least = {.shear = 1e-9,
                                    .scale = {1, 1 + 1e-12},
                                    .rotation = 1e-9,
                                    .shift = 1e-9,
                                    .contrast = {1, 1 + 1e-12},
                                    .brightness = 1e-9,
                                    .gamma = {1, 1 + 1e-12},
                                    .noise = 1e-6};
    static cgm_real stored[N * SIZE], got[N * SIZE];
    cgm_rng rng = cgm_rng_create(8);
    cgm_dataset_images(data, N, rows, "image", 1, stored);
    cgm_dataset_augment(data, N, rows, "image", &(cgm_augmentation){0}, NULL, &rng, 2, got);
    CU_ASSERT(memcmp(stored, got, sizeof got) == 0);
    cgm_dataset_augment(data, N, rows, "image", &(cgm_augmentation){.crop = 1}, NULL, &rng, 2, got);
    CU_ASSERT(memcmp(stored, got, sizeof got) == 0); /* no room to move */
    cgm_dataset_augment(data, N, rows, "image", &least, NULL, &rng, 2, got);
    CU_ASSERT(memcmp(stored, got, sizeof got) == 0);
    cgm_dataset_augment(data, N, rows, "image", &everything, NULL, &rng, 2, got);
    CU_ASSERT(memcmp(stored, got, sizeof got) != 0);
    cgm_dataset_destroy(data);
}

/* The same bits on any number of threads, in parts, and from any step on; another epoch draws anew. No step allocates.
 */
static void resumes_to_the_same_bits(void)
{
    enum { N = 60, BATCH = 20, SIZE = 8 * 9, STEPS = 7 };
    cgm_dataset *data = make_data(N, 1, 6, 7, 1, -1);
    cgm_rng rng = cgm_rng_create(5);
    cgm_batches *b = NULL, *late = NULL;
    REQUIRE_OK(cgm_batches_create(data, BATCH, &rng, &b));
    REQUIRE_OK(cgm_batches_create(data, BATCH, &rng, &late));
    static cgm_real one[STEPS][BATCH * SIZE], two[BATCH * SIZE];
    for (uint64_t step = 0; step < STEPS; step++)
        cgm_batches_images(b, step, 0, BATCH, "image", &everything, NULL, 1, one[step]);
    for (uint64_t k = 0; k < STEPS; k++) {
        uint64_t step = (5 * k + 4) % STEPS;
        size_t before = allocations();
        for (size_t first = 0; first < BATCH; first += 5)
            cgm_batches_images(late, step, first, 5, "image", &everything, NULL, 1 + (int)(first % 3),
                               two + first * SIZE);
        if (allocations_counted()) CU_ASSERT_EQUAL(allocations(), before);
        CU_ASSERT(memcmp(one[step], two, sizeof two) == 0);
        for (uint64_t other = 0; other < step; other++) CU_ASSERT(memcmp(one[step], one[other], sizeof two) != 0);
    }
    cgm_batches_destroy(b);
    cgm_batches_destroy(late);
    cgm_dataset_destroy(data);
}

/* ---- What is drawn ---- */

/* Uniform between low and high: none outside, and the first two moments, to five standard errors. */
static void check_uniform(size_t n, const double *x, double low, double high)
{
    double mean = 0, square = 0, least = INFINITY, greatest = -INFINITY, width = high - low;
    for (size_t i = 0; i < n; i++) {
        double u = (x[i] - low) / width;
        mean += u / (double)n;
        square += u * u / (double)n;
        least = fmin(least, u);
        greatest = fmax(greatest, u);
    }
    CU_ASSERT(least >= -1e-12 && greatest <= 1 + 1e-12 && least < 10 / (double)n && greatest > 1 - 10 / (double)n);
    CHECK_NEAR(mean, 0.5, 5 * sqrt(1 / 12.0 / (double)n));
    CHECK_NEAR(square, 1 / 3.0, 5 * sqrt(4 / 45.0 / (double)n));
}

/* The draws of one setting, read off the maps and grey levels. */
static void draws_are_uniform(void)
{
    enum { N = 4000 };
    static double x[9][N];
    image_window w = {1, 9, 9, 0};
    cgm_rng rng = cgm_rng_create(21), stream[N_AUGMENTATIONS];
    cgm_augmentation_streams(&rng, stream);
    const cgm_augmentation shear = {.shear = 20}, scale = {.scale = {0.5, 1.25}}, rotation = {.rotation = 30},
                           shift = {.shift = 3}, crop = {.crop = 4},
                           tone = {.gain = {0.5, 2}, .contrast = {0.5, 3}, .brightness = 30, .gamma = {0.25, 2}};
    for (size_t i = 0; i < N; i++) {
        image_change c = cgm_augmentation_draw(&shear, &w, stream, i);
        x[0][i] = atan(-c.map[0][1]) * 180 / M_PI;
        c = cgm_augmentation_draw(&scale, &w, stream, i);
        x[1][i] = -log(c.map[0][0]);
        c = cgm_augmentation_draw(&rotation, &w, stream, i);
        x[2][i] = atan2(c.map[0][1], c.map[0][0]) * 180 / M_PI;
        c = cgm_augmentation_draw(&shift, &w, stream, i);
        x[3][i] = c.map[0][2];
        x[4][i] = c.map[1][2];
        c = cgm_augmentation_draw(&tone, &w, stream, i);
        x[5][i] = log(c.contrast);
        x[6][i] = c.brightness;
        x[7][i] = log(c.gamma);
        x[8][i] = log(c.gain);
        c = cgm_augmentation_draw(&crop, &w, stream, i);
        CU_ASSERT(c.map[0][2] == rint(c.map[0][2]) && fabs(c.map[0][2]) <= 4 && fabs(c.map[1][2]) <= 4);
    }
    const double range[9][2] = {{-20, 20},         {log(0.5), log(1.25)}, {-30, 30}, {-3, 3},
                                {-3, 3},           {log(0.5), log(3)},    {-30, 30}, {log(0.25), log(2)},
                                {log(0.5), log(2)}};
    for (int k = 0; k < 9; k++) check_uniform(N, x[k], range[k][0], range[k][1]);
    double joint = 0;
    for (size_t i = 0; i < N; i++) joint += x[3][i] * x[4][i] / N; /* both directions independently */
    CHECK_NEAR(joint, 0, 5 * 3 / sqrt(N));
}

/* Normal noise of that deviation, new on each number and each image; rounding adds a variance of 1/12. */
/* Images of one grey level each, which a variable gives, `level` of 40..80 in a range of 20..200; another is beside it.
 */
static cgm_dataset *levels(size_t n)
{
    enum { SIZE = 4 };
    cgm_dataset *data = NULL;
    cgm_variable image = {.name = "image", .type = CGM_IMAGE, .high = 255, .channels = 1, .height = 2, .width = 2};
    cgm_variable level = {.name = "level", .type = CGM_CONTINUOUS}, other = {.name = "other", .type = CGM_CONTINUOUS};
    uint8_t *pixels = malloc(n * SIZE);
    double *grey = malloc(n * sizeof *grey), *beside = malloc(n * sizeof *beside);
    CU_ASSERT_FATAL(pixels && grey && beside);
    for (size_t i = 0; i < n; i++) {
        grey[i] = beside[i] = 40 + (double)(i * 7 % 41);
        memset(pixels + i * SIZE, (int)grey[i], SIZE);
    }
    REQUIRE_OK(cgm_store_create(&data));
    REQUIRE_OK(cgm_store_add_take(data, &level, n, grey, NULL, "test"));
    REQUIRE_OK(cgm_store_add_take(data, &other, n, beside, NULL, "test"));
    REQUIRE_OK(cgm_store_add_take(data, &image, n, NULL, pixels, "test"));
    REQUIRE_OK(cgm_store_apply(data, &(cgm_data_opts){.pad = 0}));
    return data;
}

/* A gain keeps what describes amplitude in its range, is as often in each part of what is left, and is that of the
 * pixels and of the value, and of no other value. */
static void gains_go_with_values(void)
{
    enum { N = 400, BATCH = 20, SIZE = 4, EPOCHS = 25, PER_EPOCH = N / BATCH };
    static double share[N * EPOCHS];
    static cgm_real image[BATCH * SIZE], features[BATCH * 2];
    cgm_dataset *data = levels(N);
    cgm_rng rng = cgm_rng_create(4);
    cgm_batches *b = NULL;
    const cgm_augmentation gain = {.gain = {0.25, 4}};
    const cgm_variable level = {.name = "level",
                                .type = CGM_CONTINUOUS,
                                .bounded = true,
                                .low = 20,
                                .high = 200,
                                .describes = CGM_AMPLITUDE},
                       other = {.name = "other", .type = CGM_CONTINUOUS, .bounded = true, .low = 39, .high = 81};
    const cgm_variable *variables[] = {&level, &other};
    network_parents parents;
    cgm_network_parents_init(2, variables, &parents);
    REQUIRE_OK(cgm_batches_create(data, BATCH, &rng, &b));
    CU_ASSERT_PTR_NULL(cgm_batches_gains(b, 0, &(cgm_augmentation){.contrast = {0.5, 2}}, 2, variables));
    for (uint64_t step = 0; step < EPOCHS * PER_EPOCH; step++) {
        const size_t *rows = cgm_batches_rows(b, step);
        const double *f = cgm_batches_gains(b, step, &gain, 2, variables);
        cgm_batches_images(b, step, 0, BATCH, "image", &gain, f, 2, image);
        cgm_network_parents_fill_rows(&parents, data, BATCH, rows, f, features);
        for (size_t i = 0; i < BATCH; i++) {
            double x = cgm_dataset_column(data, "level")[rows[i]], low = fmax(0.25, 20 / x), high = fmin(4, 200 / x);
            share[step * BATCH + i] = log(f[i] / low) / log(high / low);
            CHECK_NEAR((double)features[2 * i], f[i] * x, 1e-4);
            CU_ASSERT_EQUAL((double)features[2 * i + 1], x);
            for (int k = 0; k < SIZE; k++) CU_ASSERT(is_rounded((double)image[i * SIZE + k], f[i] * x));
        }
    }
    check_uniform(N * EPOCHS, share, 0, 1);
    cgm_batches_destroy(b);
    cgm_dataset_destroy(data);
}

/* One that no factor in question keeps in its range stays as it is; images of rows that are listed are those of the
 * same gains. */
static void gains_of_rows(void)
{
    enum { N = 50, SIZE = 4 };
    cgm_dataset *data = levels(N);
    cgm_rng rng = cgm_rng_create(6);
    double room[N];
    size_t rows[N];
    static cgm_real image[N * SIZE];
    const cgm_augmentation gain = {.gain = {1.5, 2}};
    const cgm_variable level = {.name = "level",
                                .type = CGM_CONTINUOUS,
                                .bounded = true,
                                .low = 0,
                                .high = 90,
                                .describes = CGM_AMPLITUDE},
                       *variables[] = {&level};
    for (size_t i = 0; i < N; i++) rows[i] = i * 3 % N;
    const double *f = cgm_dataset_gains(data, N, rows, &gain, &rng, 1, variables, room);
    CU_ASSERT_PTR_EQUAL(f, room);
    cgm_dataset_augment(data, N, rows, "image", &gain, f, &rng, 1, image);
    for (size_t i = 0; i < N; i++) {
        double x = cgm_dataset_column(data, "level")[rows[i]];
        CU_ASSERT(x > 60 ? f[i] == 1 : f[i] >= 1.5 && f[i] * x <= 90 * (1 + 1e-12));
        CU_ASSERT(is_rounded((double)image[i * SIZE], f[i] * x));
    }
    CU_ASSERT_PTR_NULL(cgm_dataset_gains(data, N, rows, &(cgm_augmentation){.crop = 2}, &rng, 1, variables, room));
    cgm_dataset_destroy(data);
}

static void noise_is_normal(void)
{
    enum { N = 40, SIZE = 3 * 20 * 20 };
    cgm_dataset *data = make_data(N, 3, 20, 20, 0, 128);
    size_t rows[N] = {0};
    static cgm_real got[N * SIZE];
    cgm_rng rng = cgm_rng_create(4);
    cgm_dataset_augment(data, N, rows, "image", &(cgm_augmentation){.noise = 12}, NULL, &rng, 2, got);
    double n = N * SIZE, m[5] = {0}, neighbours = 0, images = 0;
    for (size_t i = 0; i < N * SIZE; i++) {
        double x = (double)got[i] - 128;
        for (int k = 1; k < 5; k++) m[k] += pow(x, k) / n;
        if (i + 1 < N * SIZE) neighbours += x * ((double)got[i + 1] - 128) / n;
        if (i + SIZE < N * SIZE) images += x * ((double)got[i + SIZE] - 128) / n;
    }
    double variance = 144 + 1 / 12.0;
    CHECK_NEAR(m[1], 0, 5 * sqrt(variance / n));
    CHECK_NEAR(m[2], variance, 5 * variance * sqrt(2 / n));
    CHECK_NEAR(m[3] / pow(variance, 1.5), 0, 5 * sqrt(15 / n));
    CHECK_NEAR(m[4] / (variance * variance), 3, 5 * sqrt(96 / n));
    CHECK_NEAR(neighbours, 0, 5 * variance / sqrt(n));
    CHECK_NEAR(images, 0, 5 * variance / sqrt(n));
    cgm_dataset_destroy(data);
}

/* ---- What is refused ---- */

/* Whether the augmentation, the only one, is refused for a parent that describes this. */
static bool refuses(const char *name, const char *trait)
{
    size_t n;
    const cgm_key *keys = cgm_augmentation_keys(&n), *key = keys;
    while (strcmp(key->name, name)) key++;
    cgm_augmentation a = {0};
    memcpy((char *)&a + key->offset, (const char *)&everything + key->offset,
           key->type == CGM_KEY_RANGE  ? sizeof(double[2])
           : key->type == CGM_KEY_BOOL ? sizeof(bool)
                                       : sizeof(double));
    cgm_variable image = {.name = "scan", .type = CGM_IMAGE}, other = {.name = "age"}, parent = {.name = "eye"};
    const char *row, *doc;
    for (size_t i = 0; cgm_variable_trait_at(i, &row, &doc); i++)
        if (strcmp(row, trait) == 0) parent.describes = 1u << i;
    const cgm_variable *parents[] = {&other, &parent};
    const char *refused = NULL;
    cgm_status status = cgm_augmentation_check(&a, &image, 2, parents, &refused);
    CHECK_OK(cgm_augmentation_check(&a, &image, 1, parents, &refused));
    CHECK_OK(cgm_augmentation_check(&(cgm_augmentation){0}, &image, 2, parents, &refused));
    if (status == CGM_OK) return false;
    char text[128];
    snprintf(text, sizeof text, "%s changes the %s of images, which 'eye' describes, a parent of 'scan'", name, trait);
    CU_ASSERT(status == CGM_E_CONFIG && strcmp(refused, name) == 0 && strstr(cgm_error_message(), text) != NULL);
    return true;
}

static void refuses_what_parents_describe(void)
{
    static const struct {
        const char *name, *traits;
    } changes[] = {
        {"crop", "position"},
        {"flip", "handedness position orientation"},
        {"shear", "position orientation size"},
        {"scale", "position size"},
        {"rotation", "position orientation"},
        {"shift", "position"},
        {"gain", "intensity"},
        {"contrast", "intensity amplitude"},
        {"brightness", "intensity amplitude"},
        {"gamma", "intensity amplitude"},
        {"noise", "texture"},
    };
    const char *trait, *doc;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        for (size_t k = 0; cgm_variable_trait_at(k, &trait, &doc); k++)
            CU_ASSERT(refuses(changes[i].name, trait) == (strstr(changes[i].traits, trait) != NULL));
}

/* From C anything may be asked for: pixels stay grey levels. */
static void senseless_settings_give_grey_levels(void)
{
    enum { N = 10, SIZE = 6 * 7 };
    const cgm_augmentation senseless[] = {{.shift = 1e300},
                                          {.shift = INFINITY, .rotation = INFINITY},
                                          {.scale = {-1, 2}},
                                          {.scale = {0, 5}},
                                          {.scale = {1e-300, 1e300}, .shear = 90},
                                          {.crop = INT64_C(1) << 40, .flip = true},
                                          {.contrast = {0, INFINITY}, .brightness = 1e308},
                                          {.gamma = {-3, 1}},
                                          {.gain = {-1, INFINITY}, .contrast = {1, 1e300}},
                                          {.noise = INFINITY},
                                          {.noise = NAN, .brightness = NAN, .shear = NAN}};
    cgm_dataset *data = make_data(N, 1, 6, 7, 0, -1);
    size_t rows[N] = {0};
    cgm_rng rng = cgm_rng_create(2);
    for (size_t s = 0; s < sizeof senseless / sizeof *senseless; s++) {
        cgm_real got[N * SIZE];
        cgm_dataset_augment(data, N, rows, "image", &senseless[s], NULL, &rng, 1, got);
        for (size_t i = 0; i < N * SIZE; i++) CU_ASSERT(got[i] >= 0 && got[i] <= 255);
    }
    cgm_dataset_destroy(data);
}

static const test_case cases[] = {
    {"as defined", as_defined},
    {"quarter turns permute", quarter_turns_permute},
    {"copies are interpolations", copies_are_interpolations},
    {"nothing changes nothing", nothing_changes_nothing},
    {"resumes to the same bits", resumes_to_the_same_bits},
    {"draws are uniform", draws_are_uniform},
    {"gains go with values", gains_go_with_values},
    {"gains of rows", gains_of_rows},
    {"noise is normal", noise_is_normal},
    {"refuses what parents describe", refuses_what_parents_describe},
    {"senseless settings give grey levels", senseless_settings_give_grey_levels},
};
TEST_MAIN("augment", cases)
