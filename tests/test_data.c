/* Readers, on right and on broken files. */
#include <stdlib.h>
#include <unistd.h>

#include "data/csv.h"
#include "data/store.h"
#include "tests/fixtures/data.h"

/* ---- IDX ---- */

static void idx_reads(void)
{
    uint8_t bytes[4096];
    for (int compressed = 0; compressed < 2; compressed++) {
        size_t n = make_idx(bytes, 4, (uint32_t[]){7, 3, 4, 5}, 7 * 60, 60);
        write_file(test_path("four.idx"), bytes, n, compressed);
        cgm_dataset *data;
        REQUIRE_OK(open_path(test_path("four.idx"), &data));
        const cgm_variable *image = cgm_dataset_find(data, "image");
        CU_ASSERT_FATAL(image && image->type == CGM_IMAGE);
        CU_ASSERT(image->channels == 3 && image->height == 4 && image->width == 5 && cgm_variable_width(image) == 60);
        CU_ASSERT(cgm_dataset_rows(data) == 7 && cgm_dataset_pixels(data, "image", 6)[59] == pixel(6, 59));
        CU_ASSERT_PTR_NULL(cgm_dataset_pixels(data, "image", 7));
        CU_ASSERT_EQUAL(strlen(cgm_dataset_sha256(data)), 64);
        cgm_dataset_destroy(data);
    }
}

static void idx_hostile(void)
{
    uint8_t bytes[4096];
    char *path = test_path("bad.idx");
    size_t n = make_idx(bytes, 3, (uint32_t[]){5, 4, 5}, 100, 20);
    write_file(path, bytes, 0, false);
    check_refused(path, "neither HDF5 nor IDX");
    for (size_t k = 4; k < n; k++) {
        write_file(path, bytes, k, false);
        check_refused(path, k < 16 ? "header is cut off" : "cut off: the header promises 100 bytes");
    }
    bytes[n] = 0;
    write_file(path, bytes, n + 1, false);
    check_refused(path, "more data than the 100 bytes");
    make_idx(bytes, 3, (uint32_t[]){0x80000000u, 28, 28}, 100, 20);
    write_file(path, bytes, n, false);
    check_refused(path, "cut off");
    write_file(path, bytes, n, true);
    check_refused(path, "cut off");
    make_idx(bytes, 4, (uint32_t[]){0xFFFFFFFFu, 8192, 8192, 8192}, 0, 20);
    write_file(path, bytes, 20, false);
    check_refused(path, "bad.idx: ");
    make_idx(bytes, 3, (uint32_t[]){5, 0, 5}, 0, 20);
    write_file(path, bytes, 16, false);
    check_refused(path, "axis 1 has length 0; expected 1 to 8192");
    make_idx(bytes, 3, (uint32_t[]){0, 4, 5}, 0, 20);
    write_file(path, bytes, 16, false);
    check_refused(path, "no rows");
    make_idx(bytes, 3, (uint32_t[]){5, 4, 5}, 100, 20);
    bytes[2] = 0x0D;
    write_file(path, bytes, n, false);
    check_refused(path, "begins with 00 00 0d 03; expected IDX of unsigned bytes");
    write_text(path, "not data at all\n");
    check_refused(path, "neither HDF5 nor IDX");
    make_idx(bytes, 1, (uint32_t[]){5}, 5, 1);
    write_file(path, bytes, 13, false);
    check_refused(path, "1 axes; expected images");
}

/* A compressed file cut at every length, and with every byte changed: an error or the right data, never a crash. */
static void idx_broken_gzip(void)
{
    uint8_t bytes[4096], whole[4096], broken[4096];
    size_t n = make_idx(bytes, 3, (uint32_t[]){5, 4, 5}, 100, 20);
    char *path = test_path("broken.gz");
    write_file(path, bytes, n, true);
    FILE *f = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    size_t size = fread(whole, 1, sizeof whole, f);
    fclose(f);
    cgm_dataset *data;
    for (size_t k = 0; k < size; k++) {
        write_file(path, whole, k, false);
        CU_ASSERT(cgm_status_is_user(open_path(path, &data)));
        memcpy(broken, whole, size);
        broken[k] ^= 0x5A;
        write_file(path, broken, size, false);
        if (open_path(path, &data) != CGM_OK) continue;
        CU_ASSERT(memcmp(cgm_dataset_pixels(data, "image", 0), bytes + 16, 100) == 0);
        cgm_dataset_destroy(data);
    }
}

/* ---- MorphoMNIST ---- */

static void morphomnist_reads(void)
{
    for (int compressed = 0; compressed < 2; compressed++) {
        char *dir = morphomnist(compressed ? "mm-gz" : "mm", compressed);
        cgm_dataset *data = NULL;
        REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = dir, .pad = 2}, 1, NULL, &data));
        size_t begin, n;
        cgm_dataset_split(data, CGM_TEST, &begin, &n);
        CU_ASSERT(cgm_dataset_rows(data) == 9 && begin == 6 && n == 3);
        CU_ASSERT_EQUAL(cgm_dataset_variables(data), 5);
        const cgm_variable *digit = cgm_dataset_find(data, "digit"), *thickness = cgm_dataset_find(data, "thickness");
        CU_ASSERT_FATAL(digit && thickness && cgm_dataset_find(data, "area"));
        CU_ASSERT(digit->type == CGM_CATEGORICAL && digit->levels == 10);
        CU_ASSERT(thickness->type == CGM_CONTINUOUS && !thickness->bounded);
        CU_ASSERT(cgm_dataset_column(data, "digit")[0] == 9 && cgm_dataset_column(data, "digit")[8] == 2);
        CHECK_NEAR(cgm_dataset_column(data, "thickness")[7], 1.25, 0);
        CHECK_NEAR(cgm_dataset_column(data, "area")[5], -1e5, 0);
        CU_ASSERT_PTR_NULL(cgm_dataset_column(data, "image"));

        const cgm_variable *image = cgm_dataset_find(data, "image");
        CU_ASSERT_FATAL(image && image->height == 8 && image->width == 9);
        double got[2 * 72];
        REQUIRE_OK(cgm_dataset_read(data, "image", 2, (size_t[]){7, 0}, got));
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 9; x++) {
                bool inside = y >= 2 && y < 6 && x >= 2 && x < 7;
                size_t p = inside ? (size_t)((y - 2) * 5 + x - 2) : 0;
                CHECK_NEAR(got[9 * y + x], inside ? pixel(1, p) : 0, 0); /* row 7 is the second of t10k */
                CHECK_NEAR(got[72 + 9 * y + x], inside ? pixel(0, p) : 0, 0);
            }
        CHECK_FAILS(cgm_dataset_read(data, "image", 1, (size_t[]){9}, got), CGM_E_ARG, "row 9; expected one below 9");
        CHECK_FAILS(cgm_dataset_read(data, "none", 1, (size_t[]){0}, got), CGM_E_ARG, "no variable \"none\"");
        CU_ASSERT(!cgm_dataset_has_truth(data));
        CHECK_FAILS(cgm_dataset_truth(data, 0, NULL, "image", 1, (size_t[]){0}, got), CGM_E_UNSUPPORTED, "not known");
        cgm_dataset_destroy(data);
    }
}

static void limits_and_held_out_rows(void)
{
    cgm_dataset *data = NULL;
    size_t begin, n;
    char *dir = morphomnist("mm-limit", true);
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = dir, .limit = 2}, 1, NULL, &data));
    cgm_dataset_split(data, CGM_TEST, &begin, &n);
    CU_ASSERT(cgm_dataset_rows(data) == 5 && begin == 2 && n == 3);
    CHECK_NEAR(cgm_dataset_column(data, "intensity")[3], 101, 0);
    CU_ASSERT_EQUAL(cgm_dataset_pixels(data, "image", 4)[0], pixel(2, 0));
    cgm_dataset_destroy(data);
    write_images(test_path("ten.idx"), 10, false);
    data = NULL;
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = test_path("ten.idx"), .limit = 5, .test = 3}, 1, NULL, &data));
    cgm_dataset_split(data, CGM_TEST, &begin, &n);
    CU_ASSERT(begin == 5 && n == 3 && cgm_dataset_pixels(data, "image", 5)[0] == pixel(7, 0));
    cgm_dataset_destroy(data);
    data = NULL;
    CHECK_FAILS(cgm_dataset_open(&(cgm_data_opts){.path = test_path("ten.idx"), .test = 10}, 1, NULL, &data),
                CGM_E_CONFIG, "10 of 10 rows to hold out leave none");
}

static void morphomnist_errors(void)
{
    char *dir = morphomnist("mm-bad", true);
    write_table(in(dir, "t10k-morpho.csv"), 4);
    check_refused(dir, "t10k-morpho.csv: 4 rows, but 3 images in");
    write_text(in(dir, "t10k-morpho.csv"), "index,thickness\n0,1\n1,1\n2,1\n");
    check_refused(dir, "t10k-morpho.csv: other columns than in");
    write_text(in(dir, "t10k-morpho.csv"), "index,thickness,intensity,area\n0,1,1,1\n2,1,1,1\n1,1,1,1\n");
    check_refused(dir, "t10k-morpho.csv:3: index: expected 1, the row's number, got 2");
    unlink(in(dir, "t10k-morpho.csv"));
    check_refused(dir, "measurements for one split only");
    unlink(in(dir, "train-morpho.csv"));
    cgm_dataset *data;
    REQUIRE_OK(open_path(dir, &data)); /* just digit and image */
    CU_ASSERT_EQUAL(cgm_dataset_variables(data), 2);
    cgm_dataset_destroy(data);
    write_labels(in(dir, "t10k-labels-idx1-ubyte.gz"), 3, 10, true);
    check_refused(dir, "t10k-labels-idx1-ubyte.gz: row 0 is 10; expected a digit");
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = dir, .labels = "class"}, 1, NULL, &data));
    CU_ASSERT(!cgm_dataset_find(data, "digit") && cgm_dataset_find(data, "class")->levels == 11);
    CU_ASSERT_EQUAL(cgm_dataset_column(data, "class")[6], 10);
    cgm_dataset_destroy(data);
    write_labels(in(dir, "t10k-labels-idx1-ubyte.gz"), 4, 1, true);
    check_refused(dir, "4 labels, but 3 images");
    unlink(in(dir, "t10k-images-idx3-ubyte.gz"));
    REQUIRE_OK(open_path(dir, &data)); /* no test split: what is left of it does not matter */
    CU_ASSERT_EQUAL(cgm_dataset_rows(data), 6);
    cgm_dataset_destroy(data);
    write_text(in(dir, "train-morpho.csv"), "index,digit\n0,1\n1,1\n2,1\n3,1\n4,1\n5,1\n");
    check_refused(dir, "the variable \"digit\" appears twice");
    unlink(in(dir, "train-images-idx3-ubyte.gz"));
    CHECK_FAILS(open_path(dir, &data), CGM_E_ARG, "no train-images-idx3-ubyte.gz");
}

static void csv_errors(void)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "t.csv:1: empty; expected a line of column names"},
        {"\n1\n", "t.csv:1: empty"},
        {"a,,b\n", "t.csv:1: column 2 has no name"},
        {"a,b,a\n", "t.csv:1: the column \"a\" appears twice"},
        {"a,b\n1,2\n3\n", "t.csv:3: 1 cells; expected 2"},
        {"a,b\n1,2,3\n", "t.csv:2: 3 cells; expected 2"},
        {"a,b\n1,nan\n", "t.csv:2: b: expected a number, got \"nan\""},
        {"a,b\n1,\n", "t.csv:2: b: expected a number, got \"\""},
        {"a,b\n1,2\n\n", "t.csv:3: 1 cells; expected 2"},
        {"a,b\n1, 2\n", "t.csv:2: b: expected a number, got \" 2\""},
        {"a\n1e999\n", "t.csv:2: a: expected a number"},
    };
    char *path = test_path("t.csv");
    cgm_csv csv;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(path, bad[i].text);
        CHECK_FAILS(cgm_csv_load(path, NULL, &csv), CGM_E_FORMAT, bad[i].message);
        cgm_csv_clear(&csv);
    }
    size_t n = 100000;
    char *line = malloc(n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    memset(line, '1', n);
    memcpy(line, "a\n", 2);
    write_file(path, line, n, false);
    CHECK_FAILS(cgm_csv_load(path, NULL, &csv), CGM_E_FORMAT, "t.csv:2: a line of more than");
    cgm_csv_clear(&csv);
    free(line);
    write_file(path, "a\n1\n\0\n2\n", 8, false);
    CHECK_FAILS(cgm_csv_load(path, NULL, &csv), CGM_E_FORMAT, "t.csv:3: a zero byte");
    cgm_csv_clear(&csv);
    write_text(path, "a,b\n1,2\n-3e-1,4"); /* without a newline at the end */
    REQUIRE_OK(cgm_csv_load(path, NULL, &csv));
    CU_ASSERT(csv.rows == 2 && csv.n_columns == 2);
    CHECK_NEAR(csv.values[2], -0.3, 1e-15);
    cgm_csv_clear(&csv);
}

/* What comes of a table under the given options, or the message. */
static const char *table(const char *text, const cgm_csv_opts *opts, cgm_csv *csv)
{
    write_text(test_path("t.csv"), text);
    return cgm_csv_load(test_path("t.csv"), opts, csv) == CGM_OK ? "" : cgm_error_message();
}

static void csv_texts(void)
{
    static const char *const sizes[] = {"small", "big"};
    const cgm_csv_want want[] = {{"size", 2, sizes, false}, {"y", 0, NULL, false}, {"absent", 0, NULL, false}};
    cgm_csv csv;
    CU_ASSERT_STRING_EQUAL(table("\"a\",job,\"x, y\"\r\n1,\"b, \"\"c\"\"\",-2\r\n2,a,3e1\n3,,4\n",
                                 &(cgm_csv_opts){.texts = true, .drop_missing = true}, &csv),
                           "");
    CU_ASSERT_FATAL(csv.rows == 2 && csv.n_columns == 3 && csv.dropped == 1);
    CU_ASSERT_STRING_EQUAL(csv.name[2], "x, y");
    CU_ASSERT(csv.n_levels[0] == 0 && csv.n_levels[1] == 2 && csv.n_levels[2] == 0);
    CU_ASSERT_STRING_EQUAL(csv.level[1][0], "a");
    CU_ASSERT_STRING_EQUAL(csv.level[1][1], "b, \"c\"");
    CU_ASSERT(csv.values[1] == 1 && csv.values[4] == 0 && csv.values[5] == 30);
    cgm_csv_clear(&csv);
    CU_ASSERT_STRING_EQUAL(
        table("y,job,size\n1,zz,big\n2,,small\n", &(cgm_csv_opts){.n_want = 3, .want = want, .texts = true}, &csv), "");
    CU_ASSERT(csv.n_columns == 2 && csv.values[1] == 1 && csv.values[3] == 0 && csv.level[1] == sizes);
    cgm_csv_clear(&csv);
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"size,y\nbig,1\nhuge,2\n", "t.csv:3: size: \"huge\" is none of the levels small, big"},
        {"size,y\nbig,NA\n", "t.csv:2: y: a missing value; data.missing: drop leaves such rows out"},
        {"size,y\n\"big,1\n", "t.csv:2: cell 1: a quote that does not end on its line"},
        {"size,y\n\"big\"x,1\n", "t.csv:2: cell 1: expected a comma after the closing quote"},
        {"size,y\nbig\n", "t.csv:2: 1 cells; expected 2"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(
            table(bad[i].text, &(cgm_csv_opts){.n_want = 3, .want = want, .texts = true}, &csv), bad[i].message));
        cgm_csv_clear(&csv);
    }
}

/* Codes of a column of many texts are those of a plain sort, whatever the order in which they turn up. */
static void csv_sorts_levels(void)
{
    char text[16384] = "x\n";
    size_t used = strlen(text);
    cgm_csv csv;
    for (int i = 0; i < 500; i++) used += (size_t)snprintf(text + used, sizeof text - used, "n%03d\n", i * 211 % 500);
    CU_ASSERT_STRING_EQUAL(table(text, &(cgm_csv_opts){.texts = true}, &csv), "");
    CU_ASSERT_FATAL(csv.rows == 500 && csv.n_levels[0] == 500);
    for (int i = 0; i < 500; i++) CU_ASSERT(csv.values[i] == i * 211 % 500);
    cgm_csv_clear(&csv);
}

static void csv_survives_damage(void)
{
    static const char whole[] = "a,\"b\",c\n1,\"x \"\"y\"\"\",2\n3,z,\"4\"\nNA,w,5\n";
    cgm_rng rng = cgm_rng_create(5);
    for (int i = 0; i < 4000; i++) {
        char text[sizeof whole];
        size_t length = i < (int)sizeof whole ? (size_t)i : sizeof whole - 1;
        memcpy(text, whole, sizeof whole);
        text[length] = 0;
        for (int k = 0; i >= (int)sizeof whole && k < 3; k++)
            text[cgm_rng_below(&rng, sizeof whole - 1)] = "\",\n\r1x\xff"[cgm_rng_below(&rng, 7)];
        cgm_csv csv;
        const char *message = table(text, &(cgm_csv_opts){.texts = true, .drop_missing = i % 2}, &csv);
        if (*message) CU_ASSERT_PTR_NOT_NULL(strstr(message, "t.csv"));
        cgm_csv_clear(&csv);
    }
}

static void csv_data_sets(void)
{
    static const char *const names[] = {"no", "yes"};
    const cgm_variable expect[] = {{.name = "ill", .type = CGM_BINARY, .levels = 2, .level_names = names},
                                   {.name = "sex", .type = CGM_BINARY, .levels = 2},
                                   {.name = "grade", .type = CGM_CATEGORICAL},
                                   {.name = "x"}};
    cgm_data_opts opts = {.path = test_path("t.csv"), .n_expect = 4, .expect = expect, .test = 1};
    cgm_dataset *data = NULL, *back = NULL;
    write_text(opts.path, "x,ill,sex,grade,note\n0.5,yes,m,0,\n1.5,no,f,2,?\n2.5,no,m,1,!\n");
    REQUIRE_OK(cgm_dataset_open(&opts, 1, NULL, &data));
    REQUIRE_OK(cgm_dataset_save(data, test_path("t.h5")));
    REQUIRE_OK(open_path(test_path("t.h5"), &back));
    for (int k = 0; k < 2; k++) {
        const cgm_dataset *d = k ? back : data;
        const cgm_variable *ill = cgm_dataset_find(d, "ill"), *sex = cgm_dataset_find(d, "sex");
        CU_ASSERT_FATAL(cgm_dataset_variables(d) == 4 && ill && sex);
        CU_ASSERT(ill->type == CGM_BINARY && ill->levels == 2 && sex->type == CGM_BINARY);
        CU_ASSERT_STRING_EQUAL(ill->level_names[1], "yes");
        CU_ASSERT_STRING_EQUAL(sex->level_names[0], "f");
        CU_ASSERT(cgm_dataset_column(d, "ill")[0] == 1 && cgm_dataset_column(d, "sex")[1] == 0);
        CU_ASSERT(cgm_dataset_find(d, "grade")->levels == 3 && cgm_dataset_find(d, "x")->type == CGM_CONTINUOUS);
    }
    cgm_dataset_destroy(back);
    cgm_dataset_destroy(data);
    write_text(opts.path, "x,sex\n1,m\n2,f\n3,d\n");
    CHECK_FAILS(cgm_dataset_open(&opts, 1, NULL, &data), CGM_E_FORMAT,
                "t.csv: sex: 3 different values; expected the 2");
    write_text(opts.path, "x,grade\n1,0.5\n2,1\n");
    CHECK_FAILS(cgm_dataset_open(&opts, 1, NULL, &data), CGM_E_FORMAT, "t.csv: grade: row 0: 0.5 is not a level");
    write_text(opts.path, "x,sex\nNA,m\n");
    opts.missing = CGM_MISSING_DROP;
    CHECK_FAILS(cgm_dataset_open(&opts, 1, NULL, &data), CGM_E_FORMAT, "t.csv: no rows with a value");
}

static void finding_the_source(void)
{
    cgm_dataset *data = NULL;
    write_images(test_path("here.idx"), 2, false);
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = "here.idx", .base = test_directory()}, 1, NULL, &data));
    cgm_dataset_destroy(data);
    data = NULL;
    char message[300];
    snprintf(message, sizeof message, "no data at %s/none.idx, nor at none.idx", test_directory());
    CHECK_FAILS(cgm_dataset_open(&(cgm_data_opts){.path = "none.idx", .base = test_directory()}, 1, NULL, &data),
                CGM_E_ARG, message);
    CHECK_FAILS(open_path("/none.idx", &data), CGM_E_ARG, "no data at /none.idx");
    CHECK_FAILS(open_path("/dev/null", &data), CGM_E_ARG, "neither a file nor a directory");
}

static void reads_the_data_map(void)
{
    cgm_config *config = NULL;
    cgm_data_opts opts;
    REQUIRE_OK(cgm_config_parse(
        "data: {make: strokes, n: 50, seed: 7, test: 5}\n"
        "both: {make: strokes, path: x}\nnone: {pad: 2}\nrows: {path: x, n: 3}\nbad: {path: x, pda: 1}\n",
        "c.yaml", &config));
    const cgm_yaml *root = cgm_config_root(config);
    REQUIRE_OK(cgm_data_opts_read(cgm_yaml_get(root, "data"), &opts));
    CU_ASSERT(opts.n == 50 && opts.seed == 7 && opts.test == 5 && opts.pad == 0 && !opts.path);
    CHECK_FAILS(cgm_data_opts_read(cgm_yaml_get(root, "both"), &opts), CGM_E_CONFIG, "c.yaml:2: data: expected either");
    CHECK_FAILS(cgm_data_opts_read(cgm_yaml_get(root, "none"), &opts), CGM_E_CONFIG, "c.yaml:3: data: expected either");
    CHECK_FAILS(cgm_data_opts_read(cgm_yaml_get(root, "rows"), &opts), CGM_E_CONFIG, "c.yaml:4: data.n: only for");
    CHECK_FAILS(cgm_data_opts_read(cgm_yaml_get(root, "bad"), &opts), CGM_E_CONFIG, "did you mean \"pad\"?");
    CHECK_FAILS(cgm_data_opts_read(NULL, &opts), CGM_E_CONFIG, "data: expected either");
    cgm_config_destroy(config);
    cgm_dataset *data = NULL;
    CHECK_FAILS(cgm_dataset_open(&(cgm_data_opts){.make = "storkes"}, 1, NULL, &data), CGM_E_CONFIG, "\"storkes\"");
}

/* The real files, where there are some. */
static void real_morphomnist(void)
{
    const char *dir = test_data("morphomnist");
    if (!dir) return;
    cgm_dataset *data;
    REQUIRE_OK(open_path(dir, &data));
    const cgm_variable *image = cgm_dataset_find(data, "image");
    CU_ASSERT(image && image->height == 28 && image->width == 28);
    CU_ASSERT(cgm_dataset_find(data, "digit") && cgm_dataset_find(data, "thickness") &&
              cgm_dataset_find(data, "intensity"));
    cgm_dataset_destroy(data);
}

static const test_case cases[] = {
    {"IDX reads", idx_reads},
    {"IDX hostile", idx_hostile},
    {"IDX in broken gzip", idx_broken_gzip},
    {"MorphoMNIST reads", morphomnist_reads},
    {"limits and held-out rows", limits_and_held_out_rows},
    {"MorphoMNIST errors", morphomnist_errors},
    {"CSV errors", csv_errors},
    {"CSV texts", csv_texts},
    {"CSV sorts levels", csv_sorts_levels},
    {"CSV survives damage", csv_survives_damage},
    {"CSV data sets", csv_data_sets},
    {"finding the source", finding_the_source},
    {"reads the data map", reads_the_data_map},
    {"real MorphoMNIST", real_morphomnist},
};
TEST_MAIN("data", cases)
