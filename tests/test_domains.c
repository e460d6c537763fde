/* Folders of PNG files, unpaired, as a data set. */
#include <string.h>
#include <sys/stat.h>

#include "data/dataset.h"
#include "data/image_file.h"
#include "tests/harness.h"

/* A file whose pixels are all `grey`. */
static void write_image(const char *name, int channels, int height, int width, int grey)
{
    double pixels[3 * 64];
    const cgm_variable image = {.type = CGM_IMAGE, .channels = channels, .height = height, .width = width};
    for (int i = 0; i < channels * height * width; i++) pixels[i] = grey;
    REQUIRE_OK(cgm_image_write(test_path(name), &image, 0, pixels));
}

static void write_grey(const char *name, int grey)
{
    write_image(name, 1, 4, 5, grey);
}

static void write_text(const char *name, const char *text)
{
    FILE *f = fopen(test_path(name), "w");
    CU_ASSERT_FATAL(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void make(const char *name)
{
    CU_ASSERT_EQUAL_FATAL(mkdir(test_path(name), 0777), 0);
}

/* Of the folders `first` and `second` below the test's own. */
static cgm_status open_pair(const char *first, const char *second, cgm_data_opts opts, int threads, cgm_dataset **out)
{
    opts.base = test_directory();
    opts.n_folders = 2;
    opts.folder[0].level = "one";
    opts.folder[0].path = first;
    opts.folder[1].level = "two";
    opts.folder[1].path = second;
    return cgm_dataset_open(&opts, threads, NULL, out);
}

/* The rows' levels and grey values. */
static void check_rows(const cgm_dataset *data, size_t n, const int *level, const int *grey)
{
    CU_ASSERT_EQUAL_FATAL(cgm_dataset_rows(data), n);
    for (size_t i = 0; i < n; i++) {
        CU_ASSERT_EQUAL(cgm_dataset_column(data, "domain")[i], level[i]);
        CU_ASSERT_EQUAL(cgm_dataset_pixels(data, "image", i)[0], grey[i]);
        CU_ASSERT_EQUAL(cgm_dataset_pixels(data, "image", i)[19], grey[i]);
    }
}

static size_t training_rows(const cgm_dataset *data)
{
    size_t begin, n;
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    return n;
}

static void make_plain(void)
{
    static bool made;
    if (made) return;
    made = true;
    make("a");
    make("b");
    write_grey("a/2.png", 12);
    write_grey("a/1.png", 11);
    write_grey("a/3.PNG", 13);
    write_grey("a/4.png", 14);
    write_grey("b/x.png", 21);
    write_grey("b/y.png", 22);
    write_text("a/.hidden", "no picture");
}

/* The files of each folder come by name, and those of both in turn: halves of the rows have halves of both. */
static void folders_are_levels(void)
{
    static const int level[] = {0, 1, 0, 0, 1, 0}, grey[] = {11, 21, 12, 13, 22, 14};
    cgm_dataset *data;
    char digest[65] = "";
    make_plain();
    for (int threads = 1; threads < 4; threads++) {
        REQUIRE_OK(open_pair("a", "b", (cgm_data_opts){0}, threads, &data));
        check_rows(data, 6, level, grey);
        CU_ASSERT_EQUAL(training_rows(data), 6);
        const cgm_variable *domain = cgm_dataset_find(data, "domain"), *image = cgm_dataset_find(data, "image");
        CU_ASSERT(domain->type == CGM_BINARY && domain->levels == 2);
        CU_ASSERT_STRING_EQUAL(domain->level_names[1], "two");
        CU_ASSERT(image->channels == 1 && image->height == 4 && image->width == 5);
        if (threads == 1) memcpy(digest, cgm_dataset_sha256(data), sizeof digest);
        CU_ASSERT_STRING_EQUAL(cgm_dataset_sha256(data), digest);
        cgm_dataset_destroy(data);
    }
    REQUIRE_OK(open_pair("b", "a", (cgm_data_opts){0}, 1, &data)); /* the same files, called otherwise */
    CU_ASSERT_STRING_NOT_EQUAL(cgm_dataset_sha256(data), digest);
    cgm_dataset_destroy(data);
    REQUIRE_OK(open_pair("a", "b", (cgm_data_opts){.limit = 2, .pad = 1}, 1, &data));
    CU_ASSERT(cgm_dataset_rows(data) == 2 && cgm_dataset_find(data, "image")->height == 6);
    cgm_dataset_destroy(data);
}

static void a_share_of_each_is_held_out(void)
{
    cgm_dataset *data;
    make_plain();
    REQUIRE_OK(open_pair("a", "b", (cgm_data_opts){.test_share = 0.5}, 1, &data));
    CU_ASSERT_EQUAL(training_rows(data), 3);
    CU_ASSERT_EQUAL(cgm_dataset_column(data, "domain")[4], 1);
    CU_ASSERT_EQUAL(cgm_dataset_pixels(data, "image", 5)[0], 14);
    cgm_dataset_destroy(data);
    REQUIRE_OK(open_pair("a", "b", (cgm_data_opts){.test = 1}, 1, &data));
    CU_ASSERT_EQUAL(training_rows(data), 5);
    cgm_dataset_destroy(data);
    CHECK_FAILS(open_pair("a", "b", (cgm_data_opts){.test = 6}, 1, &data), CGM_E_CONFIG, "leave none to train on");
}

/* In subfolders, or in folders of their own. */
static void held_out_files_have_folders(void)
{
    static const int level[] = {1, 0, 1, 0, 1, 0}, grey[] = {21, 31, 22, 32, 42, 33};
    cgm_dataset *data;
    make_plain();
    make("c");
    make("c/train");
    make("c/test");
    make("d");
    write_grey("c/train/1.png", 31);
    write_grey("c/test/1.png", 32);
    write_grey("c/test/2.png", 33);
    write_grey("d/1.png", 42);
    cgm_data_opts opts = {.test = 1}; /* says nothing here */
    opts.folder[1].test = "d";
    REQUIRE_OK(open_pair("c", "b", opts, 2, &data));
    CU_ASSERT_EQUAL(training_rows(data), 3);
    check_rows(data, 6, level, grey);
    cgm_dataset_destroy(data);
    opts.folder[0].test = "d";
    CHECK_FAILS(open_pair("c", "b", opts, 1, &data), CGM_E_FORMAT, "c/test: data.folders.one.test is there too");
    write_grey("c/5.png", 1);
    CHECK_FAILS(open_pair("c", "b", (cgm_data_opts){0}, 1, &data), CGM_E_FORMAT, "files beside the folder train");
}

static void any_number_of_folders(void)
{
    cgm_dataset *data, *back;
    const cgm_variable graph[] = {{.name = "kind", .type = CGM_CATEGORICAL}, {.name = "scan", .type = CGM_IMAGE}};
    cgm_data_opts opts = {.base = test_directory(), .labels = "kind", .n_folders = 3, .n_expect = 2, .expect = graph};
    make_plain();
    make("e");
    write_image("e/1.png", 1, 8, 8, 50);
    for (size_t i = 0; i < 3; i++)
        opts.folder[i] = (cgm_data_folder){.level = (const char *[]){"u v", "w", "x.y"}[i],
                                           .path = (const char *[]){"a", "b", "e"}[i]};
    CHECK_FAILS(cgm_dataset_open(&opts, 1, NULL, &data), CGM_E_FORMAT, "/e/1.png: 8 x 8 pixels, but 4 x 5 in ");
    CU_ASSERT_PTR_NOT_NULL(strstr(cgm_error_message(), "/a/1.png; data.resize"));
    opts.resize[0] = opts.resize[1] = 4;
    REQUIRE_OK(cgm_dataset_open(&opts, 1, NULL, &data));
    const cgm_variable *kind = cgm_dataset_find(data, "kind"), *scan = cgm_dataset_find(data, "scan");
    CU_ASSERT(kind->type == CGM_CATEGORICAL && kind->levels == 3 && scan->height == 4 && scan->width == 4);
    /* HDF5 keeps it. */
    REQUIRE_OK(cgm_dataset_save(data, test_path("kept.h5")));
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = test_path("kept.h5")}, 1, NULL, &back));
    CU_ASSERT_STRING_EQUAL(cgm_dataset_find(back, "kind")->level_names[2], "x.y");
    CU_ASSERT_EQUAL_FATAL(cgm_dataset_rows(back), 7);
    for (size_t i = 0; i < 7; i++) {
        CU_ASSERT_EQUAL(cgm_dataset_column(back, "kind")[i], cgm_dataset_column(data, "kind")[i]);
        CU_ASSERT_EQUAL(memcmp(cgm_dataset_pixels(back, "scan", i), cgm_dataset_pixels(data, "scan", i), 16), 0);
    }
    cgm_dataset_destroy(back);
    cgm_dataset_destroy(data);
}

static void bad_folders_are_refused(void)
{
    static const struct {
        const char *second;
        cgm_status status;
        const char *message;
    } bad[] = {
        {"a", CGM_E_ARG, "one and two are one folder"},
        {"./a/", CGM_E_ARG, "one and two are one folder"},
        {"none", CGM_E_ARG, "no data at "},
        {"a/1.png", CGM_E_ARG, "is not a folder"},
        {"empty", CGM_E_FORMAT, "/empty: an empty folder; expected PNG files of two"},
        {"colours", CGM_E_FORMAT, "/colours/1.png: in colours, but not "},
        {"large", CGM_E_FORMAT, "/large/1.png: 5 x 5 pixels, but 4 x 5 in "},
        {"text", CGM_E_FORMAT, "/text/README: does not begin like a PNG"},
        {"nested", CGM_E_FORMAT, "/nested/more: a folder; expected PNG files, and no folders but train and test"},
        {"hollow", CGM_E_FORMAT, "/hollow/test: an empty folder"},
    };
    cgm_dataset *data = NULL;
    make_plain();
    make("empty");
    make("colours");
    make("large");
    make("text");
    make("nested");
    make("nested/more");
    make("hollow");
    make("hollow/test");
    write_image("colours/1.png", 3, 4, 5, 9);
    write_image("large/1.png", 1, 5, 5, 9);
    write_text("text/README", "These are the scans.\n");
    write_grey("nested/1.png", 1);
    write_grey("hollow/1.png", 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_FAILS(open_pair("a", bad[i].second, (cgm_data_opts){0}, 2, &data), bad[i].status, bad[i].message);
        CU_ASSERT_PTR_NULL(data);
    }
}

static void keys_are_checked(void)
{
    static const struct {
        const char *yaml, *message;
    } bad[] = {
        {"folders: {a: x}\n", "c:1: data.folders: expected a map of 2 to 64 folders"},
        {"folders: [x, y]\n", "c:1: data.folders: expected a map of 2 to 64 folders"},
        {"folders: {a: x, b: {test: y}}\n", "train"},
        {"folders: {a: x, b: {train: y, valid: z}}\n", "valid"},
        {"folders: {a: x, b: y}\nmake: strokes\n", "expected either \"path\", \"make\" or \"folders\", not several"},
        {"folders: {a: x, b: y}\nroot: z\n", "c:2: data.root: only where data.images"},
        {"folders: {a: x, b: y}\nsplit: z\n", "data.split: only for a CSV file"},
        {"folders: {a: x, b: y}\nn: 5\n", "c:2: data.n: only for \"make\""},
        {"make: strokes\nlabels: z\n", "data.labels: only for"},
        {"make: strokes\ntest: 3\ntest_share: 0.1\n", "c:3: data.test_share: data.test is there too"},
        {"make: strokes\ntest_share: 1\n", "test_share"},
        {"path: x.h5\nresize: [3, 4]\n", "c:2: data.resize: only where data.images"},
    };
    cgm_data_opts opts;
    cgm_config *config;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        REQUIRE_OK(cgm_config_parse(bad[i].yaml, "c", &config));
        CHECK_FAILS(cgm_data_opts_read(cgm_config_root(config), &opts), CGM_E_CONFIG, bad[i].message);
        cgm_config_destroy(config);
    }
    REQUIRE_OK(
        cgm_config_parse("{folders: {a: x, b: {train: y, test: z}}, resize: [3, 4], labels: kind}", "c", &config));
    REQUIRE_OK(cgm_data_opts_read(cgm_config_root(config), &opts));
    CU_ASSERT(opts.n_folders == 2 && !opts.folder[0].test);
    CU_ASSERT_STRING_EQUAL(opts.folder[0].level, "a");
    CU_ASSERT_STRING_EQUAL(opts.folder[1].path, "y");
    CU_ASSERT_STRING_EQUAL(opts.folder[1].test, "z");
    cgm_config_destroy(config);
}

static const test_case cases[] = {
    {"folders are levels", folders_are_levels},
    {"a share of each is held out", a_share_of_each_is_held_out},
    {"held out files have folders", held_out_files_have_folders},
    {"any number of folders", any_number_of_folders},
    {"bad folders are refused", bad_folders_are_refused},
    {"keys are checked", keys_are_checked},
};
TEST_MAIN("domains", cases)
