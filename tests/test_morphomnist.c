/* The thickness-intensity data set from given images: its law beside the published moments, its truth beside published
 * counterfactuals, its images by measuring them, and its files. */
#include <string.h>

#include "data/store.h"
#include "metrics/measure.h"
#include "metrics/metrics.h"
#include "tests/harness.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE, TRAIN = 24, TEST = 8, ROWS = TRAIN + TEST };

static void write_bytes(const char *directory, const char *name, int axes, int n, const uint8_t *data, size_t size)
{
    char path[300];
    const int dim[] = {n, SIDE, SIDE};
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fwrite((const uint8_t[]){0, 0, 8, (uint8_t)axes}, 1, 4, f);
    for (int a = 0; a < axes; a++) fwrite((const uint8_t[]){0, 0, (uint8_t)(dim[a] >> 8), (uint8_t)dim[a]}, 1, 4, f);
    fwrite(data, 1, size, f);
    fclose(f);
}

/* A directory in MNIST's layout, of digits with strokes of many widths, one row of them an empty image. */
static const char *mnist(void)
{
    static char path[200];
    static uint8_t pixels[ROWS * PIXELS], labels[ROWS];
    if (path[0]) return path;
    cgm_dataset *data;
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.make = "strokes", .n = ROWS, .seed = 3}, 2, NULL, &data));
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = (uint8_t)cgm_dataset_column(data, "digit")[i];
        memcpy(pixels + i * PIXELS, cgm_dataset_pixels(data, "image", i), PIXELS);
    }
    memset(pixels + 5 * PIXELS, 0, PIXELS);
    cgm_dataset_destroy(data);
    snprintf(path, sizeof path, "%s", test_directory());
    write_bytes(path, "train-images-idx3-ubyte", 3, TRAIN, pixels, TRAIN * PIXELS);
    write_bytes(path, "train-labels-idx1-ubyte", 1, TRAIN, labels, TRAIN);
    write_bytes(path, "t10k-images-idx3-ubyte", 3, TEST, pixels + TRAIN * PIXELS, TEST * PIXELS);
    write_bytes(path, "t10k-labels-idx1-ubyte", 1, TEST, labels + TRAIN, TEST);
    return path;
}

static cgm_dataset *make(int64_t seed, int threads, int64_t limit, int64_t pad)
{
    cgm_dataset *data = NULL;
    cgm_data_opts opts = {.make = "morphomnist", .from = mnist(), .seed = seed, .limit = limit, .pad = pad};
    REQUIRE_OK(cgm_dataset_open(&opts, threads, NULL, &data));
    return data;
}

/* ---- attributes ---- */

static const cgm_generator *const morphomnist = &cgm_generator_morphomnist;
static const double nothing[] = {NAN, NAN, NAN, NAN};

/* Of the published training table, 60,000 rows: mean and standard deviation of each, and their correlation. */
static void attributes_have_the_published_moments(void)
{
    enum { N = 60000 };
    double t = 0, i = 0, tt = 0, ii = 0, ti = 0;
    cgm_rng rng = cgm_rng_create(1);
    for (size_t k = 0; k < N; k++) {
        cgm_rng row = cgm_rng_split_index(&rng, k);
        double noise[3] = {4}, numbers[4];
        morphomnist->sample_noise(&row, noise);
        morphomnist->predict_given(NULL, NULL, noise, nothing, numbers, NULL);
        CU_ASSERT_EQUAL(numbers[0], 4);
        t += numbers[1] / N;
        i += numbers[2] / N;
        tt += numbers[1] * numbers[1] / N;
        ii += numbers[2] * numbers[2] / N;
        ti += numbers[1] * numbers[2] / N;
    }
    double sd_t = sqrt(tt - t * t), sd_i = sqrt(ii - i * i);
    CHECK_NEAR(t, 2.50325, 4.5 * 0.632 * sqrt(2.0 / N)); /* both are samples */
    CHECK_NEAR(sd_t, 0.63176, 4.5 * 0.632 * sqrt(1.3 / N));
    CHECK_NEAR(i, 158.0158, 4.5 * 48.4 * sqrt(2.0 / N));
    CHECK_NEAR(sd_i, 48.3793, 4.5 * 48.4 * sqrt(1.0 / N));
    CHECK_NEAR((ti - t * i) / (sd_t * sd_i), 0.90815, 4.5 * (1 - 0.908 * 0.908) * sqrt(2.0 / N));
}

/* Thickness and intensity that were seen, and what intensity would have been. */
static void counterfactuals_are_the_published_ones(void)
{
    static const double seen[2][2] = {{2.5802891, 142.01439}, {3.632892, 242.2603}}, u[2] = {-1.061891, 0.745475};
    static const double set[4] = {1, 1.5, 3, 5};
    static const double want[2][4] = {{69.4329, 78.0800, 181.4956, 252.8363}, {76.8742, 95.3633, 216.3840, 254.1176}};
    for (int k = 0; k < 2; k++) {
        double noise[] = {0, seen[k][0] - 0.5, u[k]}, numbers[4];
        morphomnist->predict_given(NULL, NULL, noise, nothing, numbers, NULL);
        CHECK_NEAR(numbers[1], seen[k][0], 1e-12);
        CHECK_NEAR(numbers[2], seen[k][1], 1e-4);
        for (int j = 0; j < 4; j++) {
            morphomnist->predict_given(NULL, NULL, noise, (const double[]){NAN, set[j], NAN, NAN}, numbers, NULL);
            CHECK_NEAR(numbers[2], want[k][j], 2e-4);
        }
        morphomnist->predict_given(NULL, NULL, noise, (const double[]){NAN, 1, 99, NAN}, numbers, NULL);
        CU_ASSERT(numbers[1] == 1 && numbers[2] == 99);
    }
}

/* ---- the data set ---- */

static double measured(const char *name, const cgm_dataset *data, size_t row)
{
    double pixels[PIXELS], out = NAN;
    for (size_t p = 0; p < PIXELS; p++) pixels[p] = cgm_dataset_pixels(data, "image", row)[p];
    CHECK_OK(cgm_measure_images(cgm_measure_find(name), 1, SIDE, SIDE, PIXELS, pixels, 1, &out));
    return out;
}

static void images_have_their_attributes(void)
{
    cgm_dataset *data = make(7, 2, 0, 0), *source;
    size_t begin, n;
    double off = 0, grey_off = 0;
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = mnist()}, 1, NULL, &source));
    cgm_dataset_split(data, CGM_TEST, &begin, &n);
    CU_ASSERT(begin == TRAIN && n == TEST && cgm_dataset_rows(data) == ROWS);
    CU_ASSERT(strstr(cgm_dataset_description(data), "morphomnist of ") && cgm_dataset_has_truth(data));
    for (size_t i = 0; i < ROWS; i++) {
        CU_ASSERT_EQUAL(cgm_dataset_column(data, "digit")[i], cgm_dataset_column(source, "digit")[i]);
        if (i == 5) continue;
        off += fabs(measured("thickness", data, i) - cgm_dataset_column(data, "thickness")[i]) / (ROWS - 1);
        grey_off += fabs(measured("intensity", data, i) - cgm_dataset_column(data, "intensity")[i]) / (ROWS - 1);
    }
    CU_ASSERT(off < 0.3);      /* the published images: 0.12 */
    CU_ASSERT(grey_off < 0.5); /* they: 0.51 */
    for (int p = 0; p < PIXELS; p++) CU_ASSERT_EQUAL(cgm_dataset_pixels(data, "image", 5)[p], 0);
    cgm_dataset_destroy(source);
    cgm_dataset_destroy(data);
}

static void rows_do_not_hang_on_threads_or_number(void)
{
    cgm_dataset *one = make(7, 1, 0, 0), *three = make(7, 3, 0, 0), *other = make(8, 2, 0, 0), *few = make(7, 2, 10, 0);
    CU_ASSERT_STRING_EQUAL(cgm_dataset_sha256(one), cgm_dataset_sha256(three));
    CU_ASSERT(strcmp(cgm_dataset_sha256(one), cgm_dataset_sha256(other)) != 0);
    CU_ASSERT_EQUAL(cgm_dataset_rows(few), 10 + TEST);
    for (size_t i = 0; i < 10; i++)
        CU_ASSERT(memcmp(cgm_dataset_pixels(one, "image", i), cgm_dataset_pixels(few, "image", i), PIXELS) == 0);
    cgm_dataset_destroy(one);
    cgm_dataset_destroy(three);
    cgm_dataset_destroy(other);
    cgm_dataset_destroy(few);
}

/* Set to what they are, nothing changes; set to something else, the image is that of the same hand; and so from a file
 * that dropped rows. */
static void the_truth_is_known(void)
{
    cgm_dataset *data = make(7, 2, 12, 0), *back, *thick;
    static double truth[PIXELS], again[PIXELS];
    double intensity;
    REQUIRE_OK(cgm_dataset_save(data, test_path("m.h5")));
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = test_path("m.h5"), .limit = 9, .pad = 0}, 1, NULL, &back));
    CU_ASSERT_FATAL(cgm_dataset_has_truth(back) && cgm_dataset_rows(back) == 9 + TEST);
    for (size_t i = 7; i < 12; i++) {
        size_t row = i < 9 ? i : i + 3;
        cgm_assignment same = {"thickness", cgm_dataset_column(back, "thickness")[i], NULL},
                       set = {"thickness", 4, NULL};
        REQUIRE_OK(cgm_dataset_truth(back, 1, &same, "image", 1, &i, truth));
        for (int p = 0; p < PIXELS; p++) CU_ASSERT_EQUAL(truth[p], cgm_dataset_pixels(data, "image", row)[p]);
        REQUIRE_OK(cgm_dataset_truth(back, 1, &set, "image", 1, &i, truth));
        REQUIRE_OK(cgm_dataset_truth(data, 1, &set, "image", 1, &row, again));
        CU_ASSERT(memcmp(truth, again, sizeof truth) == 0);
        REQUIRE_OK(cgm_dataset_truth(back, 1, &set, "intensity", 1, &i, &intensity));
        double got = NAN;
        REQUIRE_OK(cgm_measure_images(cgm_measure_find("intensity"), 1, SIDE, SIDE, PIXELS, truth, 1, &got));
        CHECK_NEAR(got, intensity, 1);
    }
    REQUIRE_OK(cgm_dataset_save_truth(data, 1, &(cgm_assignment){"thickness", 4, NULL}, test_path("t.h5")));
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = test_path("t.h5")}, 1, NULL, &thick));
    CU_ASSERT(!cgm_dataset_has_truth(thick) && cgm_dataset_column(thick, "thickness")[3] == 4);
    cgm_dataset_destroy(thick);
    cgm_dataset_destroy(back);
    cgm_dataset_destroy(data);
}

/* Another digit would have been another writing. */
static void another_digit_is_not_known(void)
{
    cgm_dataset *data = make(7, 1, 0, 2), *strokes, *none;
    static double image[32 * 32];
    size_t row = 1;
    cgm_assignment digit = {"digit", 3, NULL}, thickness = {"thickness", 3, NULL};
    CU_ASSERT(cgm_dataset_knows_do(data, "thickness") && cgm_dataset_knows_do(data, "intensity"));
    CU_ASSERT(!cgm_dataset_knows_do(data, "digit") && !cgm_dataset_knows_do(data, "age"));
    CHECK_FAILS(cgm_dataset_truth(data, 1, &digit, "intensity", 1, &row, image), CGM_E_UNSUPPORTED, "do(digit)");
    REQUIRE_OK(cgm_dataset_truth(data, 1, &thickness, "image", 1, &row, image));
    for (int x = 0; x < 32; x++) CU_ASSERT(image[x] == 0 && image[31 * 32 + x] == 0);
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.make = "strokes", .n = 5}, 1, NULL, &strokes));
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = mnist()}, 1, NULL, &none));
    CU_ASSERT(cgm_dataset_knows_do(strokes, "digit") && !cgm_dataset_knows_do(none, "digit"));
    cgm_dataset_destroy(none);
    cgm_dataset_destroy(strokes);
    cgm_dataset_destroy(data);
}

static void bad_sources(void)
{
    cgm_dataset *data = NULL;
    CHECK_FAILS(cgm_dataset_open(&(cgm_data_opts){.make = "morphomnist"}, 1, NULL, &data), CGM_E_ARG, "given images");
    CHECK_FAILS(cgm_dataset_open(&(cgm_data_opts){.make = "strokes", .from = mnist()}, 1, NULL, &data), CGM_E_ARG,
                "made from nothing");
    CHECK_FAILS(cgm_dataset_open(&(cgm_data_opts){.make = "morphomnist", .from = "/nowhere"}, 1, NULL, &data),
                CGM_E_ARG, "no data at /nowhere");
    static const uint8_t pixels[2 * PIXELS];
    char *bare = test_path("bare");
    CU_ASSERT_FATAL(mkdir(bare, 0700) == 0);
    write_bytes(bare, "train-images-idx3-ubyte", 3, 2, pixels, sizeof pixels);
    CHECK_FAILS(cgm_dataset_open(&(cgm_data_opts){.make = "morphomnist", .from = bare}, 1, NULL, &data), CGM_E_ARG,
                "without labels");
    CU_ASSERT_PTR_NULL(data);
}

static const test_case cases[] = {
    {"attributes have the published moments", attributes_have_the_published_moments},
    {"counterfactuals are the published ones", counterfactuals_are_the_published_ones},
    {"images have their attributes", images_have_their_attributes},
    {"rows do not hang on threads or number", rows_do_not_hang_on_threads_or_number},
    {"the truth is known", the_truth_is_known},
    {"another digit is not known", another_digit_is_not_known},
    {"bad sources", bad_sources},
};
TEST_MAIN("morphomnist", cases)
