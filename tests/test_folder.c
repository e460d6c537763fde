/* PNG files, and folders of them with a table as data sets. */
#include <string.h>

#include "base/rng.h"
#include "data/dataset.h"
#include "data/export.h"
#include "data/resize.h"
#include "io/png_read.h"
#include "tests/fixtures/png.h"
#include "tests/harness.h"

static const cgm_png_opts any = {1 << 20, true};

/* Where file i of the fixture begins, and its samples. */
static const uint8_t *fixture(int i, const uint16_t **samples)
{
    const uint8_t *file = png_bytes;
    *samples = png_samples;
    for (int k = 0; k < i; k++) {
        file += png_length[k];
        *samples += png_height[k] * png_width[k] * png_channels[k];
    }
    return file;
}

static void every_kind_is_decoded(void)
{
    for (int i = 0; i < PNG_FILES; i++) {
        const uint16_t *samples;
        const uint8_t *file = fixture(i, &samples);
        cgm_png png;
        REQUIRE_OK(cgm_png_decode("a.png", (size_t)png_length[i], file, &any, &png));
        CU_ASSERT_EQUAL(png.height, (size_t)png_height[i]);
        CU_ASSERT_EQUAL(png.width, (size_t)png_width[i]);
        CU_ASSERT_EQUAL_FATAL(png.channels, png_channels[i]);
        CU_ASSERT_EQUAL_FATAL(png.bits, png_bits[i]);
        CU_ASSERT(!png.bytes == (png.bits == 16) && !png.deep == (png.bits == 8));
        for (size_t k = 0; k < png.height * png.width * (size_t)png.channels; k++)
            CU_ASSERT_EQUAL(png.bytes ? png.bytes[k] : png.deep[k], samples[k]);
        cgm_png_clear(&png);
    }
}

static void transparency_is_refused_unless_dropped(void)
{
    static const cgm_png_opts strict = {1 << 20, false};
    for (int i = 0; i < PNG_FILES; i++) {
        const uint16_t *samples;
        const uint8_t *file = fixture(i, &samples);
        cgm_png png;
        cgm_status status = cgm_png_decode("a.png", (size_t)png_length[i], file, &strict, &png);
        CU_ASSERT_EQUAL(status, png_alpha[i] ? CGM_E_FORMAT : CGM_OK);
        if (status == CGM_OK) cgm_png_clear(&png);
        if (status != CGM_OK)
            CU_ASSERT_PTR_NOT_NULL(strstr(cgm_error_message(), "a.png: the picture has transparency"));
    }
}

static void broken_files_are_refused(void)
{
    cgm_png png;
    for (int i = 0; i < PNG_FILES; i++) {
        const uint16_t *samples;
        const uint8_t *file = fixture(i, &samples);
        size_t n = (size_t)png_length[i];
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *part = malloc(cut ? cut : 1); /* exactly as long, for the sanitizer */
            CU_ASSERT_PTR_NOT_NULL_FATAL(part);
            memcpy(part, file, cut);
            CHECK_FAILS(cgm_png_decode("a.png", cut, part, &any, &png), CGM_E_FORMAT, "a.png: ");
            free(part);
        }
        uint8_t *bent = malloc(n);
        CU_ASSERT_PTR_NOT_NULL_FATAL(bent);
        for (size_t at = 0; at < n; at++) { /* whatever comes of it, nothing is lost and nothing read beyond the end */
            memcpy(bent, file, n);
            bent[at] ^= (uint8_t)(1 << at % 8);
            if (cgm_png_decode("a.png", n, bent, &any, &png) == CGM_OK) cgm_png_clear(&png);
        }
        free(bent);
    }
    CHECK_FAILS(cgm_png_decode("a.png", sizeof png_bomb, png_bomb, &any, &png), CGM_E_FORMAT,
                "60000 x 60000 pixels; expected at most 1048576");
    CHECK_FAILS(cgm_png_decode("a.png", 4, (const uint8_t *)"\xff\xd8\xff\xe0", &any, &png), CGM_E_FORMAT, "a JPEG");
    CHECK_FAILS(cgm_png_decode("a.png", 5, (const uint8_t *)"hello", &any, &png), CGM_E_FORMAT, "expected a PNG");
}

/* The mean over a new pixel's area, on a grid so fine that old and new pixels are whole numbers of its cells. */
static double area_mean(size_t h, size_t w, const double *from, size_t th, size_t tw, size_t y, size_t x)
{
    double sum = 0;
    for (size_t fy = y * h; fy < (y + 1) * h; fy++)
        for (size_t fx = x * w; fx < (x + 1) * w; fx++) sum += from[fy / th * w + fx / tw];
    return sum / (double)(h * w);
}

static double linear_at(size_t n, size_t to, size_t i, size_t *first)
{
    double at = fmin(fmax(((double)i + 0.5) * (double)n / (double)to - 0.5, 0), (double)n - 1);
    *first = (size_t)fmin(floor(at), n > 1 ? (double)n - 2 : 0);
    return at - (double)*first;
}

static void resizing_matches_brute_force(void)
{
    static const size_t shrink[][4] = {{7, 9, 3, 4}, {5, 5, 1, 1}, {16, 12, 8, 5}, {31, 2, 10, 2}, {6, 6, 6, 6}},
                        grow[][4] = {{3, 4, 7, 9}, {1, 1, 3, 2}, {5, 1, 5, 4}, {2, 3, 16, 3}};
    cgm_rng rng = cgm_rng_create(2);
    for (int k = 0; k < 9; k++) {
        const size_t *s = k < 5 ? shrink[k] : grow[k - 5];
        double from[512], to[512];
        cgm_arena arena = {0};
        for (size_t i = 0; i < s[0] * s[1]; i++) from[i] = 255 * cgm_rng_uniform(&rng);
        REQUIRE_OK(cgm_resize(&arena, s[0], s[1], from, s[2], s[3], to));
        for (size_t y = 0; y < s[2]; y++)
            for (size_t x = 0; x < s[3]; x++) {
                double want = area_mean(s[0], s[1], from, s[2], s[3], y, x);
                if (k >= 5) {
                    size_t r, c;
                    double v = linear_at(s[0], s[2], y, &r), u = linear_at(s[1], s[3], x, &c);
                    size_t r2 = s[0] > 1 ? r + 1 : r, c2 = s[1] > 1 ? c + 1 : c;
                    want = (1 - v) * ((1 - u) * from[r * s[1] + c] + u * from[r * s[1] + c2]) +
                           v * ((1 - u) * from[r2 * s[1] + c] + u * from[r2 * s[1] + c2]);
                }
                CHECK_NEAR(to[y * s[3] + x], want, 1e-11);
            }
        cgm_arena_clear(&arena);
    }
}

static void write_bytes(const char *path, size_t n, const void *bytes)
{
    FILE *f = fopen(path, "wb");
    CU_ASSERT_FATAL(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static void write_text(const char *path, const char *text)
{
    write_bytes(path, strlen(text), text);
}

/* File i of the fixture under a name in the test's folder. */
static void write_fixture(const char *name, int i)
{
    const uint16_t *samples;
    const uint8_t *file = fixture(i, &samples);
    write_bytes(test_path(name), (size_t)png_length[i], file);
}

enum { GREY8 = 3, GREY16 = 4, RGB8 = 5, PALETTE = 11, GREY_ALPHA = 13, KEYED = 17 }; /* places in the fixture */

static cgm_status open_table(const char *table, cgm_data_opts opts, int threads, cgm_dataset **out)
{
    char *path = test_path("t.csv");
    write_text(path, table);
    opts.path = path;
    if (!opts.images) opts.images = "file";
    return cgm_dataset_open(&opts, threads, NULL, out);
}

static void a_table_names_images(void)
{
    static const char *table =
        "file,age,split,job\na.JPG,30,test,cook\nb,41,0,\"smith, black\"\nc,52,2,cook\na,63,VAL,cook\n";
    cgm_dataset *data;
    const uint16_t *grey, *flat;
    char digest[65];
    write_fixture("a.png", GREY8);
    write_fixture("b.png", GREY8);
    write_fixture("c.png", GREY8);
    fixture(GREY8, &grey);
    for (int threads = 1; threads < 4; threads++) {
        REQUIRE_OK(open_table(table, (cgm_data_opts){.split = "split", .extension = ".png"}, threads, &data));
        size_t begin, n;
        cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
        CU_ASSERT(begin == 0 && n == 2);
        CU_ASSERT_EQUAL(cgm_dataset_rows(data), 4);
        CU_ASSERT_EQUAL(cgm_dataset_variables(data), 3); /* age, job, image */
        const double *age = cgm_dataset_column(data, "age"), *job = cgm_dataset_column(data, "job");
        CU_ASSERT(age[0] == 41 && age[1] == 63 && age[2] == 30 && age[3] == 52);
        CU_ASSERT(job[0] == 1 && job[1] == 0);
        const cgm_variable *image = cgm_dataset_find(data, "image");
        CU_ASSERT(image->channels == 1 && image->height == png_height[GREY8] && image->width == png_width[GREY8]);
        for (size_t row = 0; row < 4; row++)
            for (int i = 0; i < png_height[GREY8] * png_width[GREY8]; i++)
                CU_ASSERT_EQUAL(cgm_dataset_pixels(data, "image", row)[i], grey[i]);
        if (threads == 1) memcpy(digest, cgm_dataset_sha256(data), sizeof digest);
        CU_ASSERT_STRING_EQUAL(cgm_dataset_sha256(data), digest);
        cgm_dataset_destroy(data);
    }
    /* Another file, or another sample in it, is another data set. */
    write_fixture("c.png", RGB8);
    REQUIRE_OK(open_table("file\nc.png\n", (cgm_data_opts){0}, 1, &data));
    fixture(RGB8, &flat);
    int size = png_height[RGB8] * png_width[RGB8];
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < size; i++)
            CU_ASSERT_EQUAL(cgm_dataset_pixels(data, "image", 0)[c * size + i], flat[3 * i + c]);
    memcpy(digest, cgm_dataset_sha256(data), sizeof digest);
    cgm_dataset_destroy(data);
    write_fixture("c.png", PALETTE);
    REQUIRE_OK(open_table("file\nc.png\n", (cgm_data_opts){0}, 1, &data));
    CU_ASSERT_STRING_NOT_EQUAL(cgm_dataset_sha256(data), digest);
    cgm_dataset_destroy(data);
}

/* The expected variables name the image and choose the columns. */
static void the_graph_says_what_is_read(void)
{
    const cgm_variable wanted[] = {{.name = "file", .type = CGM_IMAGE}, {.name = "age", .type = CGM_CONTINUOUS}};
    cgm_dataset *data;
    write_fixture("a.png", GREY8);
    for (size_t n = 1; n <= 2; n++) {
        cgm_data_opts opts = {.n_expect = n, .expect = wanted};
        REQUIRE_OK(open_table("file,age,junk\na.png,3,x y z\n", opts, 1, &data));
        CU_ASSERT_EQUAL(cgm_dataset_variables(data), n);
        CU_ASSERT(cgm_dataset_find(data, "file")->type == CGM_IMAGE);
        cgm_dataset_destroy(data);
    }
}

static void samples_are_converted_as_asked(void)
{
    cgm_dataset *data;
    const uint16_t *s;
    write_fixture("grey.png", GREY8);
    write_fixture("deep.png", GREY16);
    write_fixture("rgb.png", RGB8);
    write_fixture("clear.png", GREY_ALPHA);

    fixture(GREY16, &s);
    REQUIRE_OK(open_table("file\ndeep.png\n", (cgm_data_opts){.window = {1000, 40000}}, 1, &data));
    for (int i = 0; i < png_height[GREY16] * png_width[GREY16]; i++) {
        double share = fmin(fmax((s[i] - 1000) / 39000.0, 0), 1);
        CU_ASSERT_EQUAL(cgm_dataset_pixels(data, "image", 0)[i], lrint(255 * share));
    }
    cgm_dataset_destroy(data);

    fixture(RGB8, &s);
    REQUIRE_OK(open_table("file\nrgb.png\n", (cgm_data_opts){.channels = 1}, 1, &data));
    CU_ASSERT_EQUAL(cgm_dataset_find(data, "image")->channels, 1);
    for (int i = 0; i < png_height[RGB8] * png_width[RGB8]; i++)
        CHECK_NEAR(cgm_dataset_pixels(data, "image", 0)[i], .299 * s[3 * i] + .587 * s[3 * i + 1] + .114 * s[3 * i + 2],
                   0.5000001);
    cgm_dataset_destroy(data);

    cgm_data_opts alike = {.channels = 3, .resize = {6, 4}, .alpha = CGM_ALPHA_DROP};
    REQUIRE_OK(open_table("file\nrgb.png\ngrey.png\nclear.png\n", alike, 2, &data));
    const cgm_variable *image = cgm_dataset_find(data, "image");
    CU_ASSERT(image->channels == 3 && image->height == 6 && image->width == 4);
    const uint8_t *grey = cgm_dataset_pixels(data, "image", 1);
    CU_ASSERT(memcmp(grey, grey + 24, 24) == 0 && memcmp(grey, grey + 48, 24) == 0);
    double from[64], to[24];
    cgm_arena arena = {0};
    fixture(GREY8, &s);
    for (int i = 0; i < png_height[GREY8] * png_width[GREY8]; i++) from[i] = s[i];
    REQUIRE_OK(cgm_resize(&arena, (size_t)png_height[GREY8], (size_t)png_width[GREY8], from, 6, 4, to));
    for (int i = 0; i < 24; i++) CU_ASSERT_EQUAL(grey[i], lrint(to[i]));
    cgm_arena_clear(&arena);
    cgm_dataset_destroy(data);
}

static void a_bad_file_is_named_with_its_line(void)
{
    static const struct {
        const char *table;
        cgm_data_opts opts;
        const char *message;
    } bad[] = {
        {"file\na.png\nnone.png\n", {0}, "t.csv:3: "},
        {"file\na.png\nnone.png\n", {0}, "none.png: No such file"},
        {"file\na.png\ncut.png\n", {0}, "cut.png: the file is cut off"},
        {"file\na.png\nrgb.png\n", {.resize = {4, 4}}, "rgb.png: in colours, but not "},
        {"file\na.png\nrgb.png\n", {.channels = 1}, "rgb.png: 4 x 3 pixels, but 5 x 7 in "},
        {"file\ndeep.png\n", {0}, "deep.png: 16 bits a sample; data.window"},
        {"file\nclear.png\n", {0}, "clear.png: the picture has transparency"},
        {"file\na.png\na.png\nkeyed.png\n", {.resize = {4, 4}}, "t.csv:4: "},
        {"file\ntext.png\n", {0}, "text.png: does not begin like a PNG"},
        {"file\nempty.png\n", {0}, "empty.png: an empty file"},
        {"file\na.png\n", {.max_pixels = 34}, "a.png: 5 x 7 pixels; expected at most 34"},
        {"file\n.\n", {0}, "not a file"},
        {"file,x\na.png,1\n,2\n", {0}, "t.csv:3: file: a missing value"},
        {"file,x\na.png,1\na.png,\n", {0}, "t.csv:3: x: a missing value"},
        {"name\na.png\n", {0}, "t.csv:1: no column \"file\""},
        {"file,s\na.png,train\na.png,maybe\n", {.split = "s"}, "t.csv:3: s: \"maybe\"; expected train"},
        {"file,s\na.png,2\n", {.split = "s"}, "no row is for training"},
        {"file\na.png\n", {.root = "/no/such/folder"}, "no data at /no/such/folder"},
        {"file\n", {0}, "no rows"},
    };
    const uint16_t *samples;
    write_fixture("a.png", GREY8);
    write_fixture("deep.png", GREY16);
    write_fixture("rgb.png", RGB8);
    write_fixture("clear.png", GREY_ALPHA);
    write_fixture("keyed.png", KEYED);
    write_bytes(test_path("cut.png"), 60, fixture(GREY8, &samples));
    write_text(test_path("text.png"), "not a picture at all");
    write_text(test_path("empty.png"), "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cgm_dataset *data = NULL;
        cgm_status status = open_table(bad[i].table, bad[i].opts, 2, &data);
        CU_ASSERT(status == CGM_E_FORMAT || status == CGM_E_ARG);
        if (!strstr(cgm_error_message(), bad[i].message)) {
            fprintf(stderr, "case %zu: \"%s\"; expected \"%s\"\n", i, cgm_error_message(), bad[i].message);
            CU_FAIL("another message");
        }
        CU_ASSERT_PTR_NULL(data);
    }
    cgm_dataset *data;
    REQUIRE_OK(open_table("file,x\na.png,1\n,2\na.png,\n", (cgm_data_opts){.missing = CGM_MISSING_DROP}, 1, &data));
    CU_ASSERT_EQUAL(cgm_dataset_rows(data), 1);
    cgm_dataset_destroy(data);
}

static void keys_are_checked(void)
{
    static const struct {
        const char *yaml, *message;
    } bad[] = {
        {"path: t.csv\nalpha: drop\n", "c:2: data.alpha: only where data.images"},
        {"path: t.csv\nimages: file\nresize: [3]\n", "c:3: data.resize: expected [height, width]"},
        {"path: t.csv\nimages: file\nresize: [3, 2.5]\n", "c:3: data.resize: '2.5'"},
        {"path: t.csv\nimages: file\nresize: [3, 0]\n", "c:3: data.resize: '0'"},
        {"path: t.csv\nimages: file\nchannels: 2\n", "c:3: data.channels"},
        {"make: strokes\nimages: file\n", "data.images: only for a CSV file"},
        {"make: strokes\nsplit: file\n", "data.split: only for a CSV file"},
    };
    cgm_data_opts opts;
    cgm_config *config;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        REQUIRE_OK(cgm_config_parse(bad[i].yaml, "c", &config));
        CHECK_FAILS(cgm_data_opts_read(cgm_config_root(config), &opts), CGM_E_CONFIG, bad[i].message);
        cgm_config_destroy(config);
    }
    REQUIRE_OK(cgm_config_parse("{path: t.csv, images: file, resize: [3, 4], window: [0, 4095]}", "c", &config));
    REQUIRE_OK(cgm_data_opts_read(cgm_config_root(config), &opts));
    CU_ASSERT(opts.resize[0] == 3 && opts.resize[1] == 4 && opts.window[1] == 4095);
    cgm_config_destroy(config);
}

/* What is written as a folder is read back as it was, by the folder's name alone. */
static void exported_data_come_back(void)
{
    cgm_data_opts make = {.make = "strokes", .n = 30, .seed = 3, .test = 7};
    cgm_dataset *made, *read;
    char *folder = test_path("strokes");
    REQUIRE_OK(cgm_dataset_open(&make, 1, NULL, &made));
    REQUIRE_OK(cgm_dataset_export(made, folder, 2));
    CHECK_FAILS(cgm_dataset_export(made, folder, 2), CGM_E_ARG, "is there already");
    CHECK_FAILS(cgm_dataset_export(made, test_path("no/such/place"), 2), CGM_E_ARG, "cannot make the folder");
    cgm_data_opts back = {.path = folder, .images = "file", .split = "split"};
    REQUIRE_OK(cgm_dataset_open(&back, 2, NULL, &read));
    CU_ASSERT_EQUAL_FATAL(cgm_dataset_rows(read), 30);
    size_t begin, n;
    cgm_dataset_split(read, CGM_TEST, &begin, &n);
    CU_ASSERT(begin == 23 && n == 7);
    for (size_t v = 0; v < cgm_dataset_variables(made); v++) {
        const cgm_variable *x = cgm_dataset_variable(made, v);
        for (size_t row = 0; row < 30; row++) {
            const uint8_t *before = cgm_dataset_pixels(made, x->name, row),
                          *now = cgm_dataset_pixels(read, x->name, row);
            bool same = before ? now && memcmp(before, now, cgm_variable_width(x)) == 0
                               : cgm_dataset_column(made, x->name)[row] == cgm_dataset_column(read, x->name)[row];
            CU_ASSERT(same);
        }
    }
    cgm_dataset_destroy(read);
    cgm_dataset_destroy(made);
    write_text(test_path("strokes/more.csv"), "x\n");
    CHECK_FAILS(cgm_dataset_open(&back, 1, NULL, &read), CGM_E_ARG, "more than one CSV file");
}

static const test_case cases[] = {
    {"every kind of PNG is decoded", every_kind_is_decoded},
    {"transparency is refused unless dropped", transparency_is_refused_unless_dropped},
    {"broken files are refused", broken_files_are_refused},
    {"resizing matches brute force", resizing_matches_brute_force},
    {"a table names images", a_table_names_images},
    {"the graph says what is read", the_graph_says_what_is_read},
    {"samples are converted as asked", samples_are_converted_as_asked},
    {"a bad file is named with its line", a_bad_file_is_named_with_its_line},
    {"keys are checked", keys_are_checked},
    {"exported data come back", exported_data_come_back},
};
TEST_MAIN("folder", cases)
