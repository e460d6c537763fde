/* Data sets once they are there: made and saved, their truth, batches, summaries. */
#include <stdlib.h>

#include "data/batches.h"
#include "data/sheet.h"
#include "data/store.h"
#include "data/summary.h"
#include "tests/fixtures/data.h"

/* ---- generated data ---- */

/* a ~ N(0, 1); k = 2 if a > 0, else 0; pixel p = 40 k + 10 * noise p. */
static const cgm_variable toy_variables[] = {
    {.name = "a", .type = CGM_CONTINUOUS},
    {.name = "k", .type = CGM_CATEGORICAL, .levels = 3},
    {.name = "image", .type = CGM_IMAGE, .high = 255, .channels = 1, .height = 2, .width = 3},
};
static const cgm_generator_noise toy_noise[] = {{"a", 1}, {"pixels", 6}};

static void toy_sample(cgm_rng *rng, double *noise)
{
    noise[0] = cgm_rng_normal(rng);
    for (int i = 1; i < 7; i++) noise[i] = cgm_rng_uniform(rng);
}

static void toy_predict(const double *noise, const double *do_value, double *scalars, uint8_t *pixels)
{
    scalars[0] = isnan(do_value[0]) ? noise[0] : do_value[0];
    scalars[1] = isnan(do_value[1]) ? (scalars[0] > 0 ? 2 : 0) : do_value[1];
    for (int i = 0; i < 6; i++) pixels[i] = (uint8_t)(40 * scalars[1] + 10 * noise[1 + i]);
}

static const cgm_generator toy = {"toy", "for the tests", 3, toy_variables, 2, toy_noise, toy_sample, toy_predict};

static cgm_dataset *make_toy(size_t n, int64_t seed, int threads)
{
    cgm_dataset *data = NULL;
    REQUIRE_OK(cgm_store_create(&data));
    REQUIRE_OK(cgm_generate_dataset(&toy, n, seed, threads, NULL, data));
    return data;
}

static void generates(void)
{
    cgm_dataset *one = make_toy(1000, 5, 1), *two = make_toy(1000, 5, 2), *few = make_toy(100, 5, 1),
                *other = make_toy(1000, 6, 1);
    CU_ASSERT_STRING_EQUAL(cgm_dataset_description(one), "toy, seed 5");
    CU_ASSERT_STRING_EQUAL(cgm_dataset_sha256(one), cgm_dataset_sha256(two));
    CU_ASSERT(strcmp(cgm_dataset_sha256(one), cgm_dataset_sha256(other)) != 0);
    CU_ASSERT(memcmp(cgm_dataset_column(one, "a"), cgm_dataset_column(two, "a"), 1000 * sizeof(double)) == 0);
    CU_ASSERT(memcmp(cgm_dataset_column(one, "a"), cgm_dataset_column(few, "a"), 100 * sizeof(double)) == 0);
    CU_ASSERT(memcmp(cgm_dataset_pixels(one, "image", 0), cgm_dataset_pixels(two, "image", 0), 6000) == 0);
    double sum = 0;
    for (int i = 0; i < 1000; i++) sum += cgm_dataset_column(one, "a")[i];
    CHECK_NEAR(sum / 1000, 0, 5 / sqrt(1000));
    cgm_dataset_destroy(one);
    cgm_dataset_destroy(two);
    cgm_dataset_destroy(few);
    cgm_dataset_destroy(other);
}

/* Noise that does not belong to the values is noticed. */
static void noise_agrees(void)
{
    cgm_dataset *data = make_toy(16, 1, 1);
    CU_ASSERT(cgm_generated_agrees(data));
    data->column[0].values[4] += 0.01;
    CU_ASSERT(!cgm_generated_agrees(data));
    data->column[0].values[4] -= 0.01;
    data->column[2].pixels[6 * 15 + 5] += 2;
    CU_ASSERT(!cgm_generated_agrees(data));
    cgm_dataset_destroy(data);
}

static void truth(void)
{
    cgm_dataset *data = make_toy(300, 1, 1);
    REQUIRE_OK(cgm_store_apply(data, &(cgm_data_opts){.test = 100, .limit = 50, .pad = 1}));
    CU_ASSERT(cgm_dataset_rows(data) == 150 && cgm_dataset_has_truth(data));
    size_t rows[150];
    double k[150], image[150 * 20], before[150 * 20];
    for (size_t i = 0; i < 150; i++) rows[i] = (37 * i) % 150;
    REQUIRE_OK(cgm_dataset_truth(data, 0, NULL, "image", 150, rows, image));
    REQUIRE_OK(cgm_dataset_read(data, "image", 150, rows, before));
    CU_ASSERT(memcmp(image, before, sizeof image) == 0); /* doing nothing changes nothing, dropped rows or not */

    double values[150];
    for (size_t i = 0; i < 150; i++) values[i] = i % 2 ? 1 : -1;
    cgm_assignment set_a = {"a", 0, values}, set_k = {"k", 1, NULL};
    REQUIRE_OK(cgm_dataset_truth(data, 1, &set_a, "k", 150, rows, k));
    REQUIRE_OK(cgm_dataset_truth(data, 1, &set_a, "image", 150, rows, image));
    size_t wrong = 0;
    for (size_t i = 0; i < 150; i++) {
        double old = cgm_dataset_column(data, "k")[rows[i]];
        wrong += k[i] != (i % 2 ? 2 : 0);
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 5; x++) {
                bool inside = y > 0 && y < 3 && x > 0 && x < 4;
                wrong += image[20 * i + 5 * (size_t)y + (size_t)x] !=
                         (inside ? before[20 * i + 5 * (size_t)y + (size_t)x] + 40 * (k[i] - old) : 0);
            }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    REQUIRE_OK(cgm_dataset_truth(data, 1, &set_k, "a", 150, rows, k)); /* a is no descendant of k */
    wrong = 0;
    for (size_t i = 0; i < 150; i++) wrong += k[i] != cgm_dataset_column(data, "a")[rows[i]];
    CU_ASSERT_EQUAL(wrong, 0);

    cgm_assignment bad[] = {{"x", 0, NULL}, {"k", 3, NULL}, {"k", 0.5, NULL}, {"a", NAN, NULL}, {"image", 0, NULL}};
    for (size_t i = 0; i < 4; i++)
        CHECK_FAILS(cgm_dataset_truth(data, 1, &bad[i], "k", 1, rows, k), CGM_E_ARG,
                    i == 1 ? "do(k=3): expected a level" : "do(");
    CHECK_FAILS(cgm_dataset_truth(data, 1, &bad[4], "k", 1, rows, k), CGM_E_UNSUPPORTED, "do(image)");
    CHECK_FAILS(cgm_dataset_truth(data, 2, (cgm_assignment[]){set_k, set_k}, "k", 1, rows, k), CGM_E_ARG,
                "given twice");
    cgm_dataset_destroy(data);
}

/* ---- HDF5 ---- */

static bool same_data(const cgm_dataset *a, const cgm_dataset *b)
{
    bool same = cgm_dataset_variables(a) == cgm_dataset_variables(b) && cgm_dataset_rows(a) == cgm_dataset_rows(b);
    for (size_t v = 0; same && v < cgm_dataset_variables(a); v++) {
        const cgm_variable *x = cgm_dataset_variable(a, v), *y = cgm_dataset_variable(b, v);
        same = !strcmp(x->name, y->name) && x->type == y->type && x->bounded == y->bounded && x->low == y->low &&
               x->high == y->high && x->levels == y->levels && cgm_variable_width(x) == cgm_variable_width(y);
        size_t n = cgm_dataset_rows(a);
        if (!same) break;
        same = x->type == CGM_IMAGE
                   ? memcmp(cgm_dataset_pixels(a, x->name, 0), cgm_dataset_pixels(b, x->name, 0),
                            n * cgm_variable_width(x)) == 0
                   : memcmp(cgm_dataset_column(a, x->name), cgm_dataset_column(b, x->name), n * sizeof(double)) == 0;
    }
    return same;
}

static void saves_and_loads(void)
{
    cgm_dataset *data = NULL, *again = NULL;
    size_t begin, n;
    REQUIRE_OK(open_path(morphomnist("mm-save", true), &data));
    REQUIRE_OK(cgm_dataset_save(data, test_path("mm.h5")));
    REQUIRE_OK(open_path(test_path("mm.h5"), &again));
    CU_ASSERT(same_data(data, again) && !cgm_dataset_has_truth(again));
    cgm_dataset_split(again, CGM_TEST, &begin, &n);
    CU_ASSERT(begin == 6 && n == 3);
    cgm_dataset_destroy(data);
    cgm_dataset_destroy(again);
    data = again = NULL;

    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.make = "strokes", .n = 40, .seed = 3, .test = 8}, 2, NULL, &data));
    REQUIRE_OK(cgm_dataset_save(data, test_path("strokes.h5")));
    REQUIRE_OK(open_path(test_path("strokes.h5"), &again));
    CU_ASSERT(same_data(data, again) && cgm_dataset_has_truth(again));
    cgm_dataset_split(again, CGM_TEST, &begin, &n);
    CU_ASSERT(begin == 32 && n == 8);
    const size_t rows[] = {0, 7, 39};
    double *x = calloc(2 * 3 * 28 * 28, sizeof *x), *y = x + 3 * 28 * 28;
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    cgm_assignment thick = {"thickness", 3.5, NULL};
    REQUIRE_OK(cgm_dataset_truth(data, 1, &thick, "image", 3, rows, x));
    REQUIRE_OK(cgm_dataset_truth(again, 1, &thick, "image", 3, rows, y));
    CU_ASSERT(memcmp(x, y, 3 * 28 * 28 * sizeof *x) == 0);
    REQUIRE_OK(cgm_dataset_read(data, "image", 3, rows, y));
    CU_ASSERT(memcmp(x, y, 3 * 28 * 28 * sizeof *x) != 0);
    free(x);
    cgm_dataset_destroy(data);
    cgm_dataset_destroy(again);
}

/* More rows than are drawn at a time. */
static void true_worlds_are_saved(void)
{
    enum { N = 600, WIDTH = 20 };
    static double want[N * WIDTH], got[N * WIDTH];
    cgm_dataset *data = make_toy(N, 1, 1), *truth = NULL;
    cgm_assignment set = {"a", 1, NULL}, nowhere = {"x", 1, NULL};
    char *path = test_path("truth.h5");
    size_t rows[N], begin, n;
    for (size_t i = 0; i < N; i++) rows[i] = i;
    REQUIRE_OK(cgm_store_apply(data, &(cgm_data_opts){.test = 100, .pad = 1}));
    REQUIRE_OK(cgm_dataset_save_truth(data, 1, &set, path));
    REQUIRE_OK(open_path(path, &truth));
    CU_ASSERT_FATAL(cgm_dataset_rows(truth) == N && cgm_dataset_variables(truth) == 3);
    for (size_t v = 0; v < 3; v++) {
        const char *name = cgm_dataset_variable(data, v)->name;
        size_t width = cgm_variable_width(cgm_dataset_variable(truth, v));
        CU_ASSERT_EQUAL_FATAL(width, v == 2 ? WIDTH : 1); /* padded */
        REQUIRE_OK(cgm_dataset_truth(data, 1, &set, name, N, rows, want));
        REQUIRE_OK(cgm_dataset_read(truth, name, N, rows, got));
        CU_ASSERT(memcmp(got, want, N * width * sizeof *got) == 0);
        REQUIRE_OK(cgm_dataset_read(data, name, N, rows, got));
        CU_ASSERT(memcmp(got, want, N * width * sizeof *got) != 0);
    }
    cgm_dataset_split(truth, CGM_TEST, &begin, &n);
    CU_ASSERT(begin == 500 && n == 100 && !cgm_dataset_has_truth(truth));

    CHECK_FAILS(cgm_dataset_save_truth(truth, 1, &set, test_path("no.h5")), CGM_E_ARG,
                "truth.h5: the true counterfactuals of these data are not known");
    CHECK_FAILS(cgm_dataset_save_truth(data, 1, &nowhere, test_path("no.h5")), CGM_E_ARG, "do(x");
    CHECK_FAILS(cgm_dataset_save_truth(data, 1, &set, "/nowhere/no.h5"), CGM_E_ARG, "the directory /nowhere");
    CU_ASSERT(access(test_path("no.h5"), F_OK) != 0);
    cgm_dataset_destroy(data);
    cgm_dataset_destroy(truth);
}

static void rows_are_taken_again(void)
{
    cgm_dataset *data = make_toy(30, 1, 1), *sample = NULL;
    const size_t rows[] = {7, 29, 7, 0, 7}, beyond[] = {3, 30};
    size_t begin, n;
    REQUIRE_OK(cgm_store_apply(data, &(cgm_data_opts){.test = 10}));
    REQUIRE_OK(cgm_dataset_resample(data, 5, rows, &sample));
    CU_ASSERT(cgm_dataset_variables(sample) == 2 && cgm_dataset_find(sample, "image") == NULL);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT(cgm_dataset_column(sample, "a")[i] == cgm_dataset_column(data, "a")[rows[i]]);
        CU_ASSERT(cgm_dataset_column(sample, "k")[i] == cgm_dataset_column(data, "k")[rows[i]]);
    }
    cgm_dataset_split(sample, CGM_TRAIN, &begin, &n);
    CU_ASSERT(begin == 0 && n == 5 && !cgm_dataset_has_truth(sample));
    CU_ASSERT_STRING_EQUAL(cgm_dataset_description(sample), cgm_dataset_description(data));
    cgm_dataset_destroy(sample);
    sample = NULL;
    CHECK_FAILS(cgm_dataset_resample(data, 2, beyond, &sample), CGM_E_ARG, "30");
    CU_ASSERT_PTR_NULL(sample);
    cgm_dataset_destroy(data);
}

/* A file as somebody else may have made it. */
static void write_foreign(const char *path, const double *x, const int64_t *k, const float *image, int64_t image_rows,
                          const char *type, uint64_t train)
{
    cgm_file *file = NULL;
    REQUIRE_OK(cgm_file_create(path, &file));
    CHECK_OK(cgm_file_write(file, "/x", CGM_F64, CGM_SHAPE(4), NULL, x));
    CHECK_OK(cgm_file_write(file, "/k", CGM_I64, CGM_SHAPE(4), NULL, k));
    CHECK_OK(cgm_file_write(file, "/photo", CGM_F32, CGM_SHAPE(image_rows, 2, 2), NULL, image));
    CHECK_OK(cgm_file_write(file, "/other/table", CGM_F64, CGM_SHAPE(2, 2), NULL, x));
    CHECK_OK(cgm_file_write(file, "/matrix", CGM_F64, CGM_SHAPE(2, 2), NULL, x));
    if (type) CHECK_OK(cgm_file_set_text(file, "/k", "type", type));
    if (train) CHECK_OK(cgm_file_set_integer(file, "/", "train", train));
    CHECK_OK(cgm_file_commit(file));
}

static void warn(void *context, cgm_log_level level, const char *message)
{
    (void)message;
    *(int *)context += level == CGM_LOG_WARNING;
}

static void foreign_files(void)
{
    double x[4] = {1, 2.5, -3, 4};
    int64_t k[4] = {0, 6, 2, 0};
    float image[16] = {0, 255, 12, 3.25f};
    char *path = test_path("foreign.h5");
    cgm_dataset *data = NULL;
    int warnings = 0;
    cgm_sink sink = {.log = warn, .context = &warnings};

    write_foreign(path, x, k, image, 4, NULL, 0);
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = path, .test = 1}, 1, &sink, &data));
    CU_ASSERT_EQUAL(cgm_dataset_variables(data), 3);
    CU_ASSERT_EQUAL(warnings, 2); /* pixels rounded, /matrix left out */
    const cgm_variable *level = cgm_dataset_find(data, "k"), *photo = cgm_dataset_find(data, "photo");
    CU_ASSERT(level && level->type == CGM_CATEGORICAL && level->levels == 7);
    CU_ASSERT(photo && photo->type == CGM_IMAGE && photo->channels == 1 && photo->height == 2);
    CU_ASSERT(cgm_dataset_pixels(data, "photo", 0)[1] == 255 && cgm_dataset_pixels(data, "photo", 0)[3] == 3);
    cgm_dataset_destroy(data);

    write_foreign(path, x, k, image, 4, "continuous", 3);
    REQUIRE_OK(open_path(path, &data));
    CU_ASSERT_EQUAL(cgm_dataset_find(data, "k")->type, CGM_CONTINUOUS);
    size_t begin, n;
    cgm_dataset_split(data, CGM_TEST, &begin, &n);
    CU_ASSERT(begin == 3 && n == 1);
    cgm_dataset_destroy(data);

    write_foreign(path, x, k, image, 4, "colour", 0);
    check_refused(path, "foreign.h5:/k: the type \"colour\"; expected continuous");
    write_foreign(path, x, k, image, 4, "image", 0);
    check_refused(path, "foreign.h5:/k: of shape [4]; expected [N, H, W]");
    write_foreign(path, x, k, image, 4, NULL, 5);
    check_refused(path, "the attribute train is 5; expected 1 to 4");
    write_foreign(path, x, k, image, 3, NULL, 0);
    check_refused(path, "3 rows, but \"k\" has 4");
    image[9] = 256;
    write_foreign(path, x, k, image, 4, NULL, 0);
    check_refused(path, "foreign.h5:/photo: row 2 has the pixel 256; expected 0 to 255");
    image[9] = NAN;
    write_foreign(path, x, k, image, 4, NULL, 0);
    check_refused(path, "foreign.h5:/photo: row 2 has the pixel");
    image[9] = 0;
    x[2] = NAN;
    write_foreign(path, x, k, image, 4, NULL, 0);
    check_refused(path, "foreign.h5:/x: row 2: nan is not a finite number");
    x[2] = 0;
    k[1] = -1;
    write_foreign(path, x, k, image, 4, NULL, 0);
    check_refused(path, "foreign.h5:/k: row 1: -1 is not a level");
}

/* ---- batches ---- */

static void batches_cover(void)
{
    cgm_dataset *data = make_toy(103, 2, 1);
    REQUIRE_OK(cgm_store_apply(data, &(cgm_data_opts){.test = 3}));
    cgm_rng rng = cgm_rng_create(9);
    cgm_batches *b = NULL, *late = NULL;
    REQUIRE_OK(cgm_batches_create(data, 15, &rng, &b));
    REQUIRE_OK(cgm_batches_create(data, 15, &rng, &late));
    CU_ASSERT_EQUAL_FATAL(cgm_batches_per_epoch(b), 6);
    size_t order[30][15];
    for (size_t epoch = 0; epoch < 5; epoch++) {
        int seen[103] = {0};
        for (size_t step = 0; step < 6; step++) {
            memcpy(order[6 * epoch + step], cgm_batches_rows(b, 6 * epoch + step), sizeof order[0]);
            for (int i = 0; i < 15; i++) seen[order[6 * epoch + step][i]]++;
        }
        for (int i = 0; i < 103; i++) CU_ASSERT(seen[i] <= (i < 100));
    }
    CU_ASSERT(memcmp(order[0], order[6], sizeof order[0]) != 0); /* another epoch, another order */
    for (size_t k = 0; k < 30; k++) {
        size_t step = (17 * k + 5) % 30;
        CU_ASSERT(memcmp(cgm_batches_rows(late, step), order[step], sizeof order[0]) == 0);
    }
    cgm_batches_destroy(late);
    CHECK_FAILS(cgm_batches_create(data, 101, &rng, &late), CGM_E_ARG, "a batch of 101; expected 1 to 100");
    cgm_batches_destroy(b);
    cgm_dataset_destroy(data);
}

/* Whether got, [h + 2 pad, w + 2 pad], is the stored image with its corner at (top, left) of zeros. */
static bool is_placed(const uint8_t *stored, int h, int w, int pad, int top, int left, const cgm_real *got)
{
    for (int y = 0; y < h + 2 * pad; y++)
        for (int x = 0; x < w + 2 * pad; x++) {
            int v = y - top, u = x - left;
            double want = v >= 0 && v < h && u >= 0 && u < w ? stored[v * w + u] : 0;
            if ((double)got[y * (w + 2 * pad) + x] != want) return false;
        }
    return true;
}

static void batches_crop(void)
{
    enum { BATCH = 40, STEPS = 10 };
    write_images(test_path("crops.idx"), 50, false);
    for (int pad = 0; pad <= 2; pad++)
        for (int crop = 0; crop <= 5; crop++) {
            cgm_dataset *data = NULL;
            cgm_batches *b = NULL;
            cgm_rng rng = cgm_rng_create(1);
            REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = test_path("crops.idx"), .pad = pad}, 1, NULL, &data));
            REQUIRE_OK(cgm_batches_create(data, BATCH, &rng, &b));
            int slack = crop > pad ? crop - pad : 0, places[121] = {0}, side = 2 * slack + 1;
            size_t size = (size_t)((4 + 2 * pad) * (5 + 2 * pad));
            cgm_augmentation augmentation = {.crop = crop};
            static cgm_real one[BATCH * 72], two[BATCH * 72];
            for (uint64_t step = 0; step < STEPS; step++) {
                const size_t *rows = cgm_batches_rows(b, step);
                cgm_batches_images(b, step, 0, BATCH, "image", &augmentation, NULL, 1, one);
                for (size_t first = 0; first < BATCH; first += 8) /* in parts */
                    cgm_batches_images(b, step, first, 8, "image", &augmentation, NULL, 2, two + first * size);
                CU_ASSERT(memcmp(one, two, BATCH * size * sizeof *one) == 0);
                for (size_t i = 0; i < BATCH; i++) {
                    const uint8_t *stored = cgm_dataset_pixels(data, "image", rows[i]);
                    int found = -1;
                    for (int p = 0; p < side * side && found < 0; p++)
                        if (is_placed(stored, 4, 5, pad, pad - slack + p / side, pad - slack + p % side,
                                      one + i * size))
                            found = p;
                    CU_ASSERT(found >= 0);
                    if (found >= 0) places[found]++;
                }
            }
            /* Where the image cannot leave the window, each place is as likely as another. */
            for (int p = 0; p < side * side && slack <= pad; p++) {
                double mean = BATCH * STEPS / (double)(side * side);
                CHECK_NEAR(places[p], mean, 5 * sqrt(mean));
            }
            cgm_batches_destroy(b);
            cgm_dataset_destroy(data);
        }
}

/* Each image is as without flips, or that mirrored, and each as often; the crops are the same. */
static void batches_flip(void)
{
    enum { BATCH = 40, STEPS = 10, H = 6, W = 7 };
    write_images(test_path("flips.idx"), 50, false);
    cgm_dataset *data = NULL;
    cgm_batches *b = NULL;
    cgm_rng rng = cgm_rng_create(1);
    cgm_augmentation crop = {.crop = 2}, both = {.crop = 2, .flip = true};
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = test_path("flips.idx"), .pad = 1}, 1, NULL, &data));
    REQUIRE_OK(cgm_batches_create(data, BATCH, &rng, &b));
    static cgm_real plain[BATCH * H * W], one[BATCH * H * W], two[BATCH * H * W], mirrored[H * W];
    int flipped = 0;
    for (uint64_t step = 0; step < STEPS; step++) {
        cgm_batches_images(b, step, 0, BATCH, "image", &crop, NULL, 1, plain);
        cgm_batches_images(b, step, 0, BATCH, "image", &both, NULL, 1, one);
        cgm_batches_images(b, step, 0, BATCH, "image", &both, NULL, 2, two);
        CU_ASSERT(memcmp(one, two, sizeof one) == 0);
        for (size_t i = 0; i < BATCH; i++) {
            const cgm_real *from = plain + i * H * W, *got = one + i * H * W;
            for (size_t y = 0; y < H; y++)
                for (size_t x = 0; x < W; x++) mirrored[y * W + x] = from[y * W + W - 1 - x];
            bool flip = memcmp(got, from, sizeof mirrored) != 0;
            CU_ASSERT(!flip || memcmp(got, mirrored, sizeof mirrored) == 0);
            flipped += flip;
        }
    }
    CHECK_NEAR(flipped, BATCH * STEPS / 2.0, 5 * sqrt(BATCH * STEPS / 4.0));
    cgm_batches_destroy(b);
    cgm_dataset_destroy(data);
}

/* Batches of some rows in a row alone, and any rows as they are. */
static void batches_of_some_rows(void)
{
    write_images(test_path("some.idx"), 50, false);
    cgm_dataset *data = NULL;
    cgm_batches *b = NULL;
    cgm_rng rng = cgm_rng_create(1);
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = test_path("some.idx"), .pad = 1}, 1, NULL, &data));
    for (size_t first = 0; first <= 15; first += 15) {
        REQUIRE_OK(cgm_batches_create_of(data, first, 35, 5, &rng, &b));
        CU_ASSERT_EQUAL_FATAL(cgm_batches_per_epoch(b), 7);
        int seen[35] = {0};
        for (uint64_t step = 7; step < 14; step++)
            for (size_t i = 0; i < 5; i++) {
                size_t row = cgm_batches_rows(b, step)[i];
                CU_ASSERT_FATAL(row >= first && row < first + 35);
                seen[row - first]++;
            }
        for (size_t i = 0; i < 35; i++) CU_ASSERT(seen[i] == 1);
        cgm_batches_destroy(b);
    }
    /* Of rows that are listed: 3, 5, 7, ... */
    size_t odd[20];
    uint64_t all = 0;
    for (size_t i = 0; i < 20; i++) all |= UINT64_C(1) << (odd[i] = 3 + 2 * i);
    CHECK_FAILS(cgm_batches_create_among(data, 20, odd, 21, &rng, &b), CGM_E_ARG, "expected 1 to 20");
    REQUIRE_OK(cgm_batches_create_among(data, 20, odd, 5, &rng, &b));
    CU_ASSERT_EQUAL_FATAL(cgm_batches_per_epoch(b), 4);
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        uint64_t taken = 0;
        for (uint64_t step = 4 * epoch; step < 4 * epoch + 4; step++)
            for (size_t i = 0; i < 5; i++) taken |= UINT64_C(1) << cgm_batches_rows(b, step)[i];
        CU_ASSERT_EQUAL(taken, all);
    }
    static cgm_real images[3 * 42];
    const size_t rows[] = {49, 0, 49};
    cgm_dataset_images(data, 3, rows, "image", 2, images);
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT(is_placed(cgm_dataset_pixels(data, "image", rows[i]), 4, 5, 1, 1, 1, images + 42 * i));
    cgm_batches_destroy(b);
    cgm_dataset_destroy(data);
}

/* ---- summaries ---- */

static void summaries(void)
{
    cgm_dataset *data = NULL;
    REQUIRE_OK(open_path(morphomnist("mm-summary", true), &data));
    cgm_data_summary s;
    REQUIRE_OK(cgm_data_summary_fill(data, CGM_TRAIN, &s));
    CU_ASSERT_EQUAL_FATAL(s.n, 5);
    CU_ASSERT_FATAL(s.variable[0].count != NULL && s.variable[1].count == NULL);
    CU_ASSERT(s.variable[0].count[9] == 1 && s.variable[0].count[1] == 1 && s.variable[0].count[0] == 0);
    CHECK_NEAR(s.variable[1].mean, 1.625, 1e-12);
    CHECK_NEAR(s.variable[1].sd, 0.25 * sqrt(35.0 / 12), 1e-12);
    CHECK_NEAR(s.variable[1].greatest, 2.25, 0);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < 120; i++) sum += pixel(i / 20, i % 20);
    for (size_t i = 0; i < 120; i++) squares += pow(pixel(i / 20, i % 20) - sum / 120, 2);
    CHECK_NEAR(s.variable[4].mean, sum / 120, 1e-9);
    CHECK_NEAR(s.variable[4].sd, sqrt(squares / 120), 1e-9);
    cgm_data_summary_clear(&s);

    REQUIRE_OK(cgm_data_sheet_write(data, CGM_TEST, NULL, 64, test_path("sheet.png")));
    uint8_t signature[4] = {0};
    FILE *f = fopen(test_path("sheet.png"), "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT(fread(signature, 1, 4, f) == 4 && memcmp(signature, "\x89PNG", 4) == 0);
    fclose(f);
    CHECK_FAILS(cgm_data_sheet_write(data, CGM_TEST, "digit", 4, test_path("no.png")), CGM_E_ARG, "digit is no image");
    cgm_dataset_destroy(data);
}

static const test_case cases[] = {
    {"generates", generates},
    {"noise agrees", noise_agrees},
    {"truth", truth},
    {"saves and loads", saves_and_loads},
    {"true worlds are saved", true_worlds_are_saved},
    {"rows are taken again", rows_are_taken_again},
    {"foreign files", foreign_files},
    {"batches cover", batches_cover},
    {"batches crop", batches_crop},
    {"batches flip", batches_flip},
    {"batches of some rows", batches_of_some_rows},
    {"summaries", summaries},
};
TEST_MAIN("dataset", cases)
