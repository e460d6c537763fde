/* lib/io: round trips, every refusal with its message, atomic replacement, damaged files, checkpoints' state, SHA-256.
 */
#include "tests/harness.h"

#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rng.h"
#include "io/file.h"
#include "io/hdf5.h"
#include "io/picture.h"
#include "io/state.h"
#include "tests/png_pixels.h"

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static size_t count_files(const char *pattern)
{
    glob_t found;
    size_t n = glob(test_path(pattern), 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return n;
}

static unsigned char *read_bytes(const char *path, size_t *n)
{
    FILE *stream = fopen(path, "rb");
    CU_ASSERT_FATAL(stream != NULL);
    fseek(stream, 0, SEEK_END);
    *n = (size_t)ftell(stream);
    rewind(stream);
    unsigned char *bytes = malloc(*n + 1);
    CU_ASSERT_FATAL(bytes != NULL && fread(bytes, 1, *n, stream) == *n);
    fclose(stream);
    return bytes;
}

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *stream = fopen(path, "wb");
    CU_ASSERT_FATAL(stream != NULL);
    CU_ASSERT_FATAL(fwrite(bytes, 1, n, stream) == n);
    CU_ASSERT_FATAL(fclose(stream) == 0);
}

static void every_type_makes_the_round_trip(void)
{
    static const uint8_t u8[6] = {0, 1, 127, 128, 254, 255};
    static const float f32[6] = {0, -0.0f, 1e-45f, 3.4e38f, -1.5f, INFINITY};
    static const double f64[6] = {0, -0.0, 5e-324, 1.7e308, -INFINITY, 0.1};
    static const int64_t i64[6] = {INT64_MIN, -1, 0, 1, 1LL << 53, INT64_MAX};
    static const uint64_t u64[6] = {0, 1, 2, 3, UINT64_MAX - 1, UINT64_MAX};
    const void *data[] = {u8, f32, f64, i64, u64};
    const cgm_dtype dtypes[] = {CGM_U8, CGM_F32, CGM_F64, CGM_I64, CGM_U64};
    static const cgm_shape shapes[] = {{2, {2, 3}}, {1, {6}}, {5, {1, 2, 1, 3, 1}}, {3, {3, 0, 2}}, {0, {0}}};
    char *path = test_path("types.h5"), name[32];
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(path, &file));
    for (int d = 0; d < 5; d++)
        for (int s = 0; s < 5; s++) {
            snprintf(name, sizeof name, "/a/b%d/%d", s, d);
            CHECK_OK(cgm_file_write(file, name, dtypes[d], shapes[s], NULL, data[d]));
        }
    REQUIRE_OK(cgm_file_commit(file));
    REQUIRE_OK(cgm_file_open(path, &file));
    CU_ASSERT_STRING_EQUAL(cgm_file_path(file), path);
    for (int d = 0; d < 5; d++)
        for (int s = 0; s < 5; s++) {
            unsigned char back[48] = {0};
            cgm_dtype dtype;
            cgm_shape shape;
            snprintf(name, sizeof name, "a/b%d/%d", s, d);
            REQUIRE_OK(cgm_file_info(file, name, &dtype, &shape));
            CU_ASSERT(dtype == dtypes[d] && cgm_shape_equal(shape, shapes[s]));
            CHECK_OK(cgm_file_read(file, name, dtypes[d], shapes[s], back));
            CU_ASSERT(memcmp(back, data[d], (size_t)cgm_shape_size(shape) * cgm_dtype_size(dtype)) == 0);
        }
    CU_ASSERT(cgm_file_has(file, "/a/b0/0") && cgm_file_has(file, "a") && cgm_file_has(file, "/"));
    CU_ASSERT(!cgm_file_has(file, "/a/b0/9") && !cgm_file_has(file, "/x/y/z") && !cgm_file_has(file, "/a/b0/0/c"));
    cgm_file_close(file);
}

static void texts_make_the_round_trip(void)
{
    const char *const words[3] = {"dicke", "", "Stärke µm"};
    char *path = test_path("texts.h5");
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(path, &file));
    CHECK_OK(cgm_file_write(file, "words", CGM_TEXT, CGM_SHAPE(3), NULL, words));
    REQUIRE_OK(cgm_file_commit(file));
    REQUIRE_OK(cgm_file_open(path, &file));
    const char *back[3] = {NULL};
    REQUIRE_OK(cgm_file_read(file, "words", CGM_TEXT, CGM_SHAPE(3), back));
    for (int i = 0; i < 3; i++) CU_ASSERT_STRING_EQUAL(back[i], words[i]);
    REQUIRE_OK(cgm_file_read_rows(file, "words", CGM_TEXT, 2, 1, back));
    CU_ASSERT_STRING_EQUAL(back[0], words[2]);
    double number[3];
    CHECK_FAILS(cgm_file_read(file, "words", CGM_F64, CGM_SHAPE(3), number), CGM_E_FORMAT,
                "holds texts, where 64-bit real numbers are expected");
    cgm_file_close(file);
}

static void reading_converts_without_loss_of_integers(void)
{
    char *path = test_path("convert.h5");
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(path, &file));
    CHECK_OK(cgm_file_write(file, "pixels", CGM_U8, CGM_SHAPE(2), NULL, (uint8_t[]){3, 255}));
    CHECK_OK(cgm_file_write(file, "reals", CGM_F64, CGM_SHAPE(3), NULL, (double[]){0.1, 1e300, NAN}));
    CHECK_OK(cgm_file_write(file, "whole", CGM_F32, CGM_SHAPE(2), NULL, (float[]){7, -2}));
    CHECK_OK(cgm_file_write(file, "large", CGM_I64, CGM_SHAPE(2), NULL, (int64_t[]){256, -1}));
    REQUIRE_OK(cgm_file_commit(file));
    REQUIRE_OK(cgm_file_open(path, &file));
    double f64[3];
    float f32[3];
    int64_t i64[3];
    uint64_t u64[3];
    uint8_t u8[3];
    REQUIRE_OK(cgm_file_read(file, "pixels", CGM_F64, CGM_SHAPE(2), f64));
    CU_ASSERT(f64[0] == 3 && f64[1] == 255);
    REQUIRE_OK(cgm_file_read(file, "reals", CGM_F32, CGM_SHAPE(3), f32));
    CU_ASSERT(f32[0] == 0.1f && isinf(f32[1]) && isnan(f32[2]));
    REQUIRE_OK(cgm_file_read(file, "whole", CGM_I64, CGM_SHAPE(2), i64));
    CU_ASSERT(i64[0] == 7 && i64[1] == -2);
    CHECK_FAILS(cgm_file_read(file, "reals", CGM_I64, CGM_SHAPE(3), i64), CGM_E_FORMAT,
                "do not fit where 64-bit integers");
    CHECK_FAILS(cgm_file_read(file, "large", CGM_U8, CGM_SHAPE(2), u8), CGM_E_FORMAT, "/convert.h5: large holds");
    CHECK_FAILS(cgm_file_read(file, "large", CGM_U64, CGM_SHAPE(2), u64), CGM_E_FORMAT, "do not fit");
    cgm_file_close(file);
}

static void rows_are_written_and_read_in_pieces(void)
{
    enum { N = 1000, C = 3, W = 50 };
    float *all = malloc(sizeof(float) * N * C * W), *back = malloc(sizeof(float) * N * C * W);
    CU_ASSERT_FATAL(all && back);
    for (int i = 0; i < N * C * W; i++) all[i] = (float)(i % 977) * 0.25f;
    char *path = test_path("rows.h5");
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(path, &file));
    const char *const axes[] = {"row", "channel", "x"};
    for (int begin = 0; begin < N; begin += 300) {
        int n = N - begin < 300 ? N - begin : 300;
        CHECK_OK(cgm_file_append(file, "image", CGM_F32, CGM_SHAPE(N, C, W), axes, n, all + begin * C * W));
        CHECK_OK(cgm_file_append(file, "number", CGM_F32, CGM_SHAPE(N), axes, n, all + begin));
    }
    CHECK_FAILS(cgm_file_append(file, "image", CGM_F32, CGM_SHAPE(N, C, W), axes, 1, all), CGM_E_SHAPE,
                "has room for 0 more rows in its shape [1000, 3, 50], not for 1");
    CHECK_FAILS(cgm_file_append(file, "other", CGM_F32, CGM_SHAPE(N, C, W), axes, N + 1, all), CGM_E_SHAPE, "not for");
    CHECK_FAILS(cgm_file_append(file, "other", CGM_F32, CGM_SHAPE(N, C, W), axes, -1, all), CGM_E_SHAPE, "not for -1");
    CHECK_FAILS(cgm_file_append(file, "other", CGM_F32, CGM_SCALAR, axes, 1, all), CGM_E_SHAPE, "not for 1");
    CHECK_FAILS(cgm_file_append(file, "image", CGM_F64, CGM_SHAPE(N, C, W), axes, 0, all), CGM_E_ARG, "was begun as");
    CHECK_OK(cgm_file_append(file, "image", CGM_F32, CGM_SHAPE(N, C, W), axes, 0, all));
    REQUIRE_OK(cgm_file_commit(file));
    struct stat info;
    CU_ASSERT(stat(path, &info) == 0 && info.st_size < N * C * W); /* deflated: the values repeat */
    REQUIRE_OK(cgm_file_open(path, &file));
    CHECK_OK(cgm_file_read(file, "image", CGM_F32, CGM_SHAPE(N, C, W), back));
    CU_ASSERT(memcmp(all, back, sizeof(float) * N * C * W) == 0);
    CHECK_OK(cgm_file_read(file, "number", CGM_F32, CGM_SHAPE(N), back));
    CU_ASSERT(memcmp(all, back, sizeof(float) * N) == 0);
    CHECK_OK(cgm_file_read_rows(file, "image", CGM_F32, 437, 100, back));
    CU_ASSERT(memcmp(all + 437 * C * W, back, sizeof(float) * 100 * C * W) == 0);
    CHECK_FAILS(cgm_file_read_rows(file, "image", CGM_F32, INT64_MAX, 1, back), CGM_E_SHAPE, "rows from row");
    CHECK_FAILS(cgm_file_read_rows(file, "image", CGM_F32, 1, INT64_MAX, back), CGM_E_SHAPE, "rows from row");
    CHECK_FAILS(cgm_file_append(file, "image", CGM_F32, CGM_SHAPE(N, C, W), axes, 1, all), CGM_E_ARG,
                "opened for reading");
    cgm_file_close(file);
    REQUIRE_OK(cgm_file_create(path, &file));
    CHECK_OK(cgm_file_append(file, "/a/image", CGM_F32, CGM_SHAPE(N, C, W), axes, N - 1, all));
    CHECK_FAILS(cgm_file_commit(file), CGM_E_ARG, "/a/image was to have 1000 rows, but has only 999");
    CU_ASSERT(count_files("rows.h5*") == 1); /* the old one */
    free(all);
    free(back);
}

static void wrong_paths_and_shapes_are_refused(void)
{
    char *path = test_path("wrong.h5");
    cgm_file *file;
    double x[6] = {0};
    REQUIRE_OK(cgm_file_create(path, &file));
    CHECK_OK(cgm_file_write(file, "g/x", CGM_F64, CGM_SHAPE(2, 3), NULL, x));
    CHECK_FAILS(cgm_file_write(file, "g/x", CGM_F64, CGM_SHAPE(2, 3), NULL, x), CGM_E_ARG, "was written before");
    CHECK_FAILS(cgm_file_write(file, "g/y", CGM_F64, CGM_SHAPE(-1), NULL, x), CGM_E_SHAPE, "cannot write the shape");
    CHECK_FAILS(cgm_file_write(file, "g/y", CGM_F64, CGM_SHAPE(1LL << 40, 1LL << 40), NULL, x), CGM_E_SHAPE,
                "cannot write");
    CHECK_FAILS(cgm_file_write(file, "g/", CGM_F64, CGM_SHAPE(1), NULL, x), CGM_E_ARG, "'g/' is not the path");
    CHECK_FAILS(cgm_file_write(file, "g/x/y", CGM_F64, CGM_SHAPE(1), NULL, x), CGM_E_IO, "g/x/y");
    REQUIRE_OK(cgm_file_commit(file));
    REQUIRE_OK(cgm_file_open(path, &file));
    CHECK_FAILS(cgm_file_read(file, "g/x", CGM_F64, CGM_SHAPE(3, 2), x), CGM_E_FORMAT,
                "wrong.h5: g/x has the shape [2, 3], where [3, 2] is expected");
    CHECK_FAILS(cgm_file_read(file, "g/z", CGM_F64, CGM_SHAPE(1), x), CGM_E_FORMAT, "there is no data set g/z");
    CHECK_FAILS(cgm_file_read(file, "g", CGM_F64, CGM_SHAPE(1), x), CGM_E_FORMAT, "g is a group");
    cgm_shape shape = CGM_SHAPE(77);
    cgm_dtype dtype = CGM_U64;
    CHECK_FAILS(cgm_file_info(file, "h/x", &dtype, &shape), CGM_E_FORMAT, "wrong.h5");
    CU_ASSERT(dtype == CGM_U64 && shape.dim[0] == 77);
    CHECK_FAILS(cgm_file_write(file, "g/y", CGM_F64, CGM_SHAPE(1), NULL, x), CGM_E_ARG, "opened for reading");
    cgm_file_close(file);
    cgm_file_close(NULL);
}

static void attributes_make_the_round_trip(void)
{
    char *path = test_path("attributes.h5");
    char *config = malloc(200001);
    CU_ASSERT_FATAL(config != NULL);
    memset(config, 'y', 200000);
    config[200000] = '\0';
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(path, &file));
    CHECK_OK(cgm_file_write(file, "x", CGM_U8, CGM_SCALAR, NULL, "x"));
    CHECK_OK(cgm_file_set_text(file, "/", "config", "replaced below"));
    CHECK_OK(cgm_file_set_text(file, "/", "config", config));
    CHECK_OK(cgm_file_set_text(file, "/", "empty", ""));
    CHECK_OK(cgm_file_set_text(file, "x", "unit", "µm"));
    CHECK_OK(cgm_file_set_integer(file, "/", "seed", UINT64_MAX));
    CHECK_OK(cgm_file_set_number(file, "/", "rate", 1e-3));
    CHECK_FAILS(cgm_file_set_number(file, "/y", "rate", 1e-3), CGM_E_FORMAT, "there is no /y");
    REQUIRE_OK(cgm_file_commit(file));
    REQUIRE_OK(cgm_file_open(path, &file));
    const char *text, *again;
    double number = 0;
    uint64_t integer = 0;
    REQUIRE_OK(cgm_file_get_text(file, "/", "config", &text));
    REQUIRE_OK(cgm_file_get_text(file, "/", "empty", &again));
    CU_ASSERT_STRING_EQUAL(text, config);
    CU_ASSERT_STRING_EQUAL(again, "");
    REQUIRE_OK(cgm_file_get_text(file, "/x", "unit", &text));
    CU_ASSERT_STRING_EQUAL(text, "µm");
    CHECK_OK(cgm_file_get_integer(file, "/", "seed", &integer));
    CU_ASSERT_EQUAL(integer, UINT64_MAX);
    CHECK_OK(cgm_file_get_number(file, "/", "rate", &number));
    CU_ASSERT_EQUAL(number, 1e-3);
    CU_ASSERT(cgm_file_has_attribute(file, "/", "seed") && !cgm_file_has_attribute(file, "/", "sead"));
    CU_ASSERT(!cgm_file_has_attribute(file, "/nothing", "seed"));
    CHECK_FAILS(cgm_file_get_text(file, "/", "seed", &text), CGM_E_FORMAT, "'seed' is not a text");
    CHECK_FAILS(cgm_file_get_number(file, "x", "unit", &number), CGM_E_FORMAT, "'unit' is not a number");
    CHECK_FAILS(cgm_file_get_integer(file, "/", "rate", &integer), CGM_E_FORMAT, "'rate' is not an integer");
    CHECK_FAILS(cgm_file_get_integer(file, "x", "seed", &integer), CGM_E_FORMAT, "x has no attribute 'seed'");
    CHECK_FAILS(cgm_file_set_number(file, "/", "rate", 1), CGM_E_ARG, "opened for reading");
    cgm_file_close(file);
    free(config);
}

/* HDF5's own writers make other kinds of attributes and strings than we do. */
static void foreign_strings_and_numbers_are_read(void)
{
    char *path = test_path("foreign.h5");
    hid_t id = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), space = H5Screate(H5S_SCALAR);
    hid_t type = H5Tcopy(H5T_C_S1), two = H5Screate_simple(1, &(hsize_t){2}, NULL);
    CU_ASSERT_FATAL(id >= 0 && space >= 0 && two >= 0 && type >= 0 && H5Tset_size(type, 4) >= 0);
    hid_t a = H5Acreate2(id, "fixed", type, space, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT(H5Awrite(a, type, "abcd") >= 0);
    hid_t b = H5Acreate2(id, "negative", H5T_STD_I16BE, space, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT(H5Awrite(b, H5T_NATIVE_INT, &(int){-5}) >= 0);
    hid_t c = H5Acreate2(id, "pair", H5T_STD_I16BE, two, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT(H5Tset_strpad(type, H5T_STR_SPACEPAD) >= 0);
    hid_t d = H5Dcreate2(id, "words", type, two, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT(H5Dwrite(d, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, "ab  cdef") >= 0);
    CU_ASSERT(H5Aclose(a) >= 0 && H5Aclose(b) >= 0 && H5Aclose(c) >= 0 && H5Dclose(d) >= 0 && H5Tclose(type) >= 0);
    CU_ASSERT(H5Sclose(two) >= 0 && H5Sclose(space) >= 0 && H5Fclose(id) >= 0);

    cgm_file *file;
    REQUIRE_OK(cgm_file_open(path, &file));
    const char *text = "", *words[2] = {"", ""};
    double number = 0;
    uint64_t integer = 9;
    CHECK_OK(cgm_file_get_text(file, "/", "fixed", &text));
    CU_ASSERT_STRING_EQUAL(text, "abcd");
    CHECK_OK(cgm_file_get_number(file, "/", "negative", &number));
    CU_ASSERT_EQUAL(number, -5);
    CHECK_FAILS(cgm_file_get_integer(file, "/", "negative", &integer), CGM_E_FORMAT, "not an integer of 0 or more");
    CU_ASSERT_EQUAL(integer, 9);
    CHECK_FAILS(cgm_file_get_number(file, "/", "pair", &number), CGM_E_FORMAT, "'pair' is not a number");
    CHECK_OK(cgm_file_read(file, "words", CGM_TEXT, CGM_SHAPE(2), words));
    CU_ASSERT_STRING_EQUAL(words[0], "ab");
    CU_ASSERT_STRING_EQUAL(words[1], "cdef");
    cgm_file_close(file);
}

static cgm_status join_names(void *context, const char *name, bool is_group)
{
    char *text = context;
    size_t n = strlen(text);
    snprintf(text + n, 200 - n, "%s%s ", name, is_group ? "/" : "");
    return strcmp(name, "stop") == 0 ? CGM_FAIL(CGM_E_ARG, "stopped") : CGM_OK;
}

static void axes_are_named_and_kept_out_of_lists(void)
{
    static const uint8_t pixels[24] = {0};
    char *path = test_path("axes.h5");
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(path, &file));
    CHECK_OK(
        cgm_file_write(file, "f/image", CGM_U8, CGM_SHAPE(2, 3, 4), (const char *const[]){"row", "y", "x"}, pixels));
    CHECK_OK(
        cgm_file_write(file, "f/mask", CGM_U8, CGM_SHAPE(2, 4, 3), (const char *const[]){"row", NULL, "x"}, pixels));
    /* Variables that are called like an axis, before and after it. */
    CHECK_OK(cgm_file_write(file, "f/x", CGM_U8, CGM_SHAPE(2), (const char *const[]){"row"}, pixels));
    CHECK_OK(cgm_file_write(file, "f/stop", CGM_U8, CGM_SHAPE(2), (const char *const[]){"x"}, pixels));
    REQUIRE_OK(cgm_file_commit(file));
    REQUIRE_OK(cgm_file_open(path, &file));
    char names[200] = "";
    CHECK_OK(cgm_file_list(file, "/", join_names, names));
    CU_ASSERT_STRING_EQUAL(names, "f/ ");
    names[0] = '\0';
    CHECK_FAILS(cgm_file_list(file, "/f", join_names, names), CGM_E_ARG, "stopped");
    CU_ASSERT_STRING_EQUAL(names, "image mask stop ");
    CHECK_FAILS(cgm_file_list(file, "/g", join_names, names), CGM_E_FORMAT, "there is no group /g");
    CHECK_FAILS(cgm_file_list(file, "/f/x", join_names, names), CGM_E_FORMAT, "there is no group /f/x");
    CU_ASSERT(!cgm_file_has(file, "f/row") && cgm_file_has(file, "f/x"));
    uint8_t two[2];
    CHECK_FAILS(cgm_file_read(file, "f/row", CGM_U8, CGM_SHAPE(2), two), CGM_E_FORMAT, "the name of an axis");
    cgm_file_close(file);

    /* Another program's view of them, where it is installed. */
    char command[1200];
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c 'import h5py' 2>/dev/null || exit 77; /usr/bin/python3 -c \"\n"
             "import h5py\n"
             "f = h5py.File('%s')['f']\n"
             "assert [d.label for d in f['image'].dims] == ['row', 'y', 'x']\n"
             "assert [d.label for d in f['mask'].dims] == ['row', '', 'x']\n"
             "assert f['image'].dims[0][0] == f['row'] and f['mask'].dims[0][0] == f['row']\n"
             "assert f['image'].dims[2][0].shape == (4,) and f['mask'].dims[2][0].shape == (3,)\n"
             "assert f['x'].dims[0][0] == f['row'] and f['stop'].dims[0][0].shape == (2,)\n"
             "\"",
             path);
    int result = system(command);
    if (WEXITSTATUS(result) == 77)
        printf("(python3-h5py is not installed: its view of the axes was not checked) ");
    else
        CU_ASSERT_EQUAL(result, 0);
}

static cgm_status join_differences(void *context, const char *path, bool identical)
{
    char *text = context;
    size_t n = strlen(text);
    snprintf(text + n, 300 - n, "%s%s ", path, identical ? "=" : "!");
    return CGM_OK;
}

static void write_compared(const char *path, int variant)
{
    double x[3] = {1, 2, variant ? 4 : 3};
    float *big = calloc(300000, sizeof *big);
    CU_ASSERT_FATAL(big != NULL);
    big[299999] = variant ? -0.0f : 0.0f;
    const char *words[2] = {"a", variant ? "c" : "b"};
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(path, &file));
    CHECK_OK(cgm_file_write(file, "g/x", CGM_F64, CGM_SHAPE(3), (const char *const[]){"row"}, x));
    CHECK_OK(cgm_file_write(file, "g/same", CGM_F64, CGM_SHAPE(2), NULL, x));
    CHECK_OK(cgm_file_write(file, "g/shape", CGM_F64, variant ? CGM_SHAPE(1, 2) : CGM_SHAPE(2, 1), NULL, x));
    CHECK_OK(cgm_file_write(file, variant ? "only1" : "only0", CGM_F64, CGM_SCALAR, NULL, x));
    CHECK_OK(cgm_file_write(file, "big", CGM_F32, CGM_SHAPE(300000), NULL, big));
    CHECK_OK(cgm_file_write(file, "type", variant ? CGM_U64 : CGM_I64, CGM_SCALAR, NULL, x));
    CHECK_OK(cgm_file_write(file, "none", CGM_U8, CGM_SHAPE(0, 3), NULL, NULL));
    CHECK_OK(cgm_file_write(file, "words", CGM_TEXT, CGM_SHAPE(2), NULL, words));
    CHECK_OK(cgm_file_set_number(file, "/", "attribute", variant));
    REQUIRE_OK(cgm_file_commit(file));
    free(big);
}

static void comparison_finds_every_difference(void)
{
    char *path0 = test_path("compare0.h5"), *path1 = test_path("compare1.h5"), *path2 = test_path("compare2.h5");
    write_compared(path0, 0);
    write_compared(path1, 1);
    sleep(1); /* a time of making would differ */
    write_compared(path2, 0);
    cgm_file *file0, *file1, *file2;
    REQUIRE_OK(cgm_file_open(path0, &file0));
    REQUIRE_OK(cgm_file_open(path1, &file1));
    REQUIRE_OK(cgm_file_open(path2, &file2));
    char text[300] = "";
    CHECK_OK(cgm_file_compare(file0, file1, join_differences, text));
    CU_ASSERT_STRING_EQUAL(text, "/big! /g/same= /g/shape! /g/x! /none= /only0! /only1! /type! /words! ");
    text[0] = '\0';
    CHECK_OK(cgm_file_compare(file0, file2, join_differences, text));
    CU_ASSERT_STRING_EQUAL(text, "/big= /g/same= /g/shape= /g/x= /none= /only0= /type= /words= ");
    cgm_file_close(file0);
    cgm_file_close(file1);
    cgm_file_close(file2);
    /* The same data make the same bytes. */
    size_t n0, n2;
    unsigned char *bytes0 = read_bytes(path0, &n0), *bytes2 = read_bytes(path2, &n2);
    CU_ASSERT(n0 == n2 && memcmp(bytes0, bytes2, n0) == 0);
    free(bytes0);
    free(bytes2);
}

static void the_old_file_stays_until_the_commit(void)
{
    char *path = test_path("atomic.h5");
    cgm_file *file, *old, *third;
    uint8_t value = 1, back = 0;
    REQUIRE_OK(cgm_file_create(path, &file));
    CU_ASSERT(!exists(path));
    CHECK_OK(cgm_file_write(file, "x", CGM_U8, CGM_SCALAR, NULL, &value));
    REQUIRE_OK(cgm_file_commit(file));
    CU_ASSERT(exists(path) && count_files("atomic.h5*") == 1);

    /* Dropped. */
    REQUIRE_OK(cgm_file_create(path, &file));
    value = 2;
    CHECK_OK(cgm_file_write(file, "x", CGM_U8, CGM_SCALAR, NULL, &value));
    CU_ASSERT_EQUAL(count_files("atomic.h5*"), 2);
    cgm_file_close(file);
    CU_ASSERT_EQUAL(count_files("atomic.h5*"), 1);

    /* Two writers at a time, and a reader of the old file through it all. */
    REQUIRE_OK(cgm_file_open(path, &old));
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(cgm_file_create(path, &third));
    CHECK_OK(cgm_file_write(file, "x", CGM_U8, CGM_SCALAR, NULL, &value));
    REQUIRE_OK(cgm_file_commit(file));
    cgm_file_close(third);
    CHECK_OK(cgm_file_read(old, "x", CGM_U8, CGM_SCALAR, &back));
    CU_ASSERT_EQUAL(back, 1);
    CHECK_FAILS(cgm_file_commit(old), CGM_E_ARG, "opened for reading");
    REQUIRE_OK(cgm_file_open(path, &file));
    CHECK_OK(cgm_file_read(file, "x", CGM_U8, CGM_SCALAR, &back));
    CU_ASSERT_EQUAL(back, 2);
    cgm_file_close(file);
    CU_ASSERT_EQUAL(count_files("atomic.h5*"), 1);
}

static void places_that_cannot_be_are_refused(void)
{
    cgm_file *file = NULL;
    CHECK_FAILS(cgm_file_create(test_path("no/such/x.h5"), &file), CGM_E_ARG, "No such file");
    CHECK_FAILS(cgm_file_create(test_directory(), &file), CGM_E_ARG, "it is a directory");
    CHECK_FAILS(cgm_file_create("", &file), CGM_E_ARG, "a file name is expected");
    CHECK_FAILS(cgm_file_create(test_path("x/"), &file), CGM_E_ARG, "a file name is expected");
    write_bytes(test_path("plain"), "x", 1);
    CHECK_FAILS(cgm_file_create(test_path("plain/x.h5"), &file), CGM_E_ARG, "cannot write");
    if (geteuid() != 0) CHECK_FAILS(cgm_file_create("/cgm.h5", &file), CGM_E_ARG, "no permission");
    CU_ASSERT_PTR_NULL(file);
}

/* Runs what a full disk does to a file of noise, and to any other; the exit status says how far it came. */
static int write_beyond_the_limit(const char *path, const char *other)
{
    struct rlimit limit = {200000, 200000};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    double *noise = malloc(100000 * sizeof *noise);
    if (!noise) return 2;
    cgm_rng rng = cgm_rng_create(1);
    for (int i = 0; i < 100000; i++) noise[i] = cgm_rng_normal(&rng);
    cgm_file *file;
    if (cgm_file_create(path, &file) != CGM_OK) return 3;
    cgm_status status = cgm_file_write(file, "noise", CGM_F64, CGM_SHAPE(100000), NULL, noise);
    if (status == CGM_OK)
        status = cgm_file_commit(file);
    else
        cgm_file_close(file);
    if (status != CGM_E_IO || !strstr(cgm_error_message(), "File too large")) return 4;
    if (cgm_file_create(path, &file) != CGM_OK) return 3;
    status = CGM_OK;
    for (int i = 0; status == CGM_OK && i < 50; i++)
        status = cgm_file_append(file, "noise", CGM_F64, CGM_SHAPE(1000000), NULL, 20000, noise);
    if (status != CGM_E_IO || !strstr(cgm_error_message(), "File too large")) return 7;
    cgm_file_close(file);
    if (!strstr(cgm_error_message(), "File too large")) return 8; /* closing says nothing new */
    cgm_atomic *atomic;
    FILE *stream;
    if (cgm_atomic_open(other, &atomic, &stream) != CGM_OK) return 5;
    (void)fwrite(noise, sizeof *noise, 100000, stream);
    if (cgm_atomic_close(atomic, true) != CGM_E_IO || !strstr(cgm_error_message(), "cannot write")) return 6;
    free(noise);
    return 0;
}

static void a_full_disk_leaves_the_old_file(void)
{
    char *path = test_path("full.h5"), *other = test_path("full.txt");
    write_bytes(path, "old", 3);
    write_bytes(other, "old", 3);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(write_beyond_the_limit(path, other));
    int result;
    CU_ASSERT_FATAL(child > 0 && waitpid(child, &result, 0) == child);
    CU_ASSERT(WIFEXITED(result));
    CU_ASSERT_EQUAL(WEXITSTATUS(result), 0);
    size_t n;
    for (int i = 0; i < 2; i++) {
        unsigned char *bytes = read_bytes(i ? other : path, &n);
        CU_ASSERT(n == 3 && memcmp(bytes, "old", 3) == 0);
        free(bytes);
    }
    CU_ASSERT_EQUAL(count_files("full*"), 2);
}

static void other_files_are_atomic_too(void)
{
    char *path = test_path("note.txt");
    cgm_atomic *atomic;
    FILE *stream;
    for (int i = 0; i < 2; i++) {
        REQUIRE_OK(cgm_atomic_open(path, &atomic, &stream));
        fprintf(stream, i ? "dropped" : "kept");
        CHECK_OK(cgm_atomic_close(atomic, i == 0));
        size_t n;
        unsigned char *bytes = read_bytes(path, &n);
        CU_ASSERT(n == 4 && memcmp(bytes, "kept", 4) == 0);
        free(bytes);
    }
    CU_ASSERT_EQUAL(count_files("note.txt*"), 1);
    CHECK_FAILS(cgm_atomic_open(test_path("no/such/note"), &atomic, &stream), CGM_E_ARG, "cannot write");
}

/* A small file with everything in it that files of ours have. */
static void write_small(const char *path)
{
    const char *words[2] = {"thick", "thin"};
    uint8_t *pixels = malloc(70000);
    CU_ASSERT_FATAL(pixels != NULL);
    for (int i = 0; i < 70000; i++) pixels[i] = (uint8_t)((unsigned)i * (unsigned)i >> 7);
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(path, &file));
    CHECK_OK(cgm_file_set_text(file, "/", "config", "train: {epochs: 20}"));
    CHECK_OK(cgm_file_set_integer(file, "/", "seed", 7));
    CHECK_OK(cgm_file_write(file, "factual/words", CGM_TEXT, CGM_SHAPE(2), NULL, words));
    CHECK_OK(cgm_file_write(file, "factual/thickness", CGM_F64, CGM_SHAPE(2), (const char *const[]){"row"},
                            (double[]){1, 2}));
    CHECK_OK(
        cgm_file_write(file, "factual/image", CGM_U8, CGM_SHAPE(70, 1000), (const char *const[]){"row", "x"}, pixels));
    REQUIRE_OK(cgm_file_commit(file));
    free(pixels);
}

/* Everything that a caller could do to a file that opened. */
static cgm_status read_all(cgm_file *file)
{
    const char *text, *words[2];
    double thickness[2];
    uint64_t seed;
    uint8_t row[1000];
    char names[200] = "";
    CGM_TRY(cgm_file_list(file, "/factual", join_names, names));
    CGM_TRY(cgm_file_get_text(file, "/", "config", &text));
    CGM_TRY(cgm_file_get_integer(file, "/", "seed", &seed));
    CGM_TRY(cgm_file_read(file, "factual/words", CGM_TEXT, CGM_SHAPE(2), words));
    CGM_TRY(cgm_file_read(file, "factual/thickness", CGM_F64, CGM_SHAPE(2), thickness));
    char names2[300] = "";
    CGM_TRY(cgm_file_compare(file, file, join_differences, names2));
    cgm_dtype dtype;
    cgm_shape shape;
    CGM_TRY(cgm_file_info(file, "factual/image", &dtype, &shape));
    if (!cgm_shape_equal(shape, CGM_SHAPE(70, 1000))) return CGM_E_FORMAT;
    return cgm_file_read_rows(file, "factual/image", CGM_U8, 69, 1, row);
}

static cgm_status open_and_read(const char *path)
{
    cgm_file *file;
    CGM_TRY(cgm_file_open(path, &file));
    cgm_status status = read_all(file);
    cgm_file_close(file);
    return status;
}

static void what_is_no_hdf5_file_is_refused(void)
{
    char *path = test_path("odd.h5");
    cgm_file *file;
    CHECK_FAILS(cgm_file_open(test_path("missing.h5"), &file), CGM_E_ARG, "missing.h5: No such file");
    CHECK_FAILS(cgm_file_open(test_directory(), &file), CGM_E_ARG, "it is a directory");
    CHECK_FAILS(cgm_file_open("/dev/null", &file), CGM_E_ARG, "not a regular file");
    write_bytes(path, "", 0);
    CHECK_FAILS(cgm_file_open(path, &file), CGM_E_FORMAT, "the file is empty");
    write_bytes(path, "data: {path: x}\n", 16);
    CHECK_FAILS(cgm_file_open(path, &file), CGM_E_FORMAT, "it is not an HDF5 file");
    write_bytes(path, "\x89HDF\r\n\x1a\n", 8);
    CHECK_FAILS(cgm_file_open(path, &file), CGM_E_FORMAT, "odd.h5");
}

static void damaged_files_are_refused_without_a_crash(void)
{
    char *whole = test_path("whole.h5"), *path = test_path("damaged.h5");
    write_small(whole);
    REQUIRE_OK(open_and_read(whole));
    size_t n, refused = 0, flips = 0;
    unsigned char *bytes = read_bytes(whole, &n);
    for (size_t keep = 16; keep < n; keep += n / 12) {
        write_bytes(path, bytes, keep);
        CHECK_FAILS(open_and_read(path), CGM_E_FORMAT, "damaged.h5");
        if (keep > 1000) CU_ASSERT(strstr(cgm_error_message(), "truncated") != NULL);
    }
    /* Most bytes are image data; the rest is flipped more densely. */
    cgm_rng rng = cgm_rng_create(3);
    for (size_t at = 0; at < n; at += at < 6000 ? 37 : n / 60) {
        unsigned char old = bytes[at];
        bytes[at] = (unsigned char)cgm_rng_u32(&rng);
        write_bytes(path, bytes, n);
        cgm_status status = open_and_read(path);
        CU_ASSERT(status == CGM_OK || status == CGM_E_FORMAT);
        refused += status != CGM_OK;
        flips++;
        bytes[at] = old;
    }
    CU_ASSERT(refused > flips / 4);
    free(bytes);
}

/* The child that reads first takes the crash. */
static void hostile_files_are_refused(void)
{
    char *path = test_path("hostile.h5");
    cgm_file *file;
    CGM_HDF5_SCOPE();
    hid_t id = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT_FATAL(id >= 0);
    CU_ASSERT(H5Lcreate_external("/etc/passwd", "/", id, "away", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    CU_ASSERT(H5Fclose(id) >= 0);
    CHECK_FAILS(cgm_file_open(path, &file), CGM_E_FORMAT, "/away: it leads to another file");

    id = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, (hsize_t[]){1 << 20, 1 << 19}, NULL);
    hid_t dataset = H5Dcreate2(id, "huge", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT(dataset >= 0 && H5Dclose(dataset) >= 0 && H5Sclose(space) >= 0 && H5Fclose(id) >= 0);
    CHECK_FAILS(cgm_file_open(path, &file), CGM_E_FORMAT, "/huge: it claims");

    id = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    space = H5Screate_simple(1, (hsize_t[]){10}, NULL);
    CU_ASSERT(H5Pset_external(list, "/etc/passwd", 0, 80) >= 0);
    dataset = H5Dcreate2(id, "stolen", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    CU_ASSERT(dataset >= 0 && H5Dclose(dataset) >= 0 && H5Sclose(space) >= 0 && H5Pclose(list) >= 0 &&
              H5Fclose(id) >= 0);
    CHECK_FAILS(cgm_file_open(path, &file), CGM_E_FORMAT, "/stolen: its data are in another file");

    id = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    list = H5Pcreate(H5P_DATASET_CREATE);
    space = H5Screate_simple(1, (hsize_t[]){10}, (hsize_t[]){H5S_UNLIMITED});
    CU_ASSERT(H5Pset_chunk(list, 1, (hsize_t[]){1 << 26}) >= 0);
    dataset = H5Dcreate2(id, "wide", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    CU_ASSERT(dataset >= 0 && H5Dclose(dataset) >= 0 && H5Sclose(space) >= 0 && H5Pclose(list) >= 0 &&
              H5Fclose(id) >= 0);
    CHECK_FAILS(cgm_file_open(path, &file), CGM_E_FORMAT, "/wide: its chunks are too large to be read");

    /* A group that holds itself, and a link that leads nowhere, do no harm. */
    id = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t group = H5Gcreate2(id, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT(H5Lcreate_hard(id, "/", group, "root", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    CU_ASSERT(H5Lcreate_soft("/nowhere", group, "lost", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    CU_ASSERT(H5Gclose(group) >= 0 && H5Fclose(id) >= 0);
    char names[200] = "";
    REQUIRE_OK(cgm_file_open(path, &file));
    CHECK_OK(cgm_file_list(file, "/g", join_names, names));
    CU_ASSERT_STRING_EQUAL(names, "root/ ");
    CHECK_FAILS(cgm_file_compare(file, file, join_differences, names), CGM_E_FORMAT, "nest too deeply");
    cgm_file_close(file);
}

/* Threads that read files of their own at a time: HDF5 itself would not survive it. */
static void *read_often(void *path)
{
    for (int i = 0; i < 8; i++)
        if (open_and_read(path) != CGM_OK) return path;
    return NULL;
}

static void threads_may_read_at_a_time(void)
{
    char *path = test_path("threads.h5");
    write_small(path);
    pthread_t thread[3];
    void *failed;
    for (int i = 0; i < 3; i++) CU_ASSERT_FATAL(pthread_create(&thread[i], NULL, read_often, path) == 0);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT(pthread_join(thread[i], &failed) == 0);
        CU_ASSERT_PTR_NULL(failed);
    }
}

static void state_is_saved_and_loaded(void)
{
    char *path = test_path("state.h5");
    float weight[6] = {1, 2, 3, 4, 5, 6}, other[40];
    uint64_t rng[3] = {1, UINT64_MAX, 3}, step = 9;
    cgm_state state = {0}, changed = {0};
    CHECK_OK(cgm_state_add(&state, CGM_F32, CGM_SHAPE(2, 3), weight, "parameters/%s.weight", "decoder.conv2"));
    CHECK_OK(cgm_state_add(&state, CGM_U64, CGM_SHAPE(3), rng, "rng"));
    CHECK_OK(cgm_state_add(&state, CGM_U64, CGM_SCALAR, &step, "step"));
    for (int i = 0; i < 40; i++) {
        other[i] = (float)i;
        CHECK_OK(cgm_state_add(&state, CGM_F32, CGM_SCALAR, other + i, "other/%d", i));
    }
    CHECK_FAILS(cgm_state_add(&state, CGM_TEXT, CGM_SCALAR, weight, "text"), CGM_E_ARG, "holds numbers");
    CU_ASSERT_EQUAL(state.n, 43);
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(path, &file));
    CHECK_OK(cgm_state_save(&state, file, "/checkpoint"));
    REQUIRE_OK(cgm_file_commit(file));

    memset(weight, 0, sizeof weight);
    memset(rng, 0, sizeof rng);
    memset(other, 0, sizeof other);
    step = 0;
    REQUIRE_OK(cgm_file_open(path, &file));
    REQUIRE_OK(cgm_state_load(&state, file, "checkpoint/"));
    CU_ASSERT(weight[0] == 1 && weight[5] == 6 && rng[1] == UINT64_MAX && step == 9 && other[39] == 39);
    /* Nothing is touched when a later entry is missing or has another shape. */
    weight[0] = 77;
    CHECK_OK(cgm_state_add(&changed, CGM_F32, CGM_SHAPE(2, 3), weight, "parameters/decoder.conv2.weight"));
    CHECK_OK(cgm_state_add(&changed, CGM_U64, CGM_SHAPE(2), rng, "rng"));
    CHECK_FAILS(cgm_state_load(&changed, file, "/checkpoint"), CGM_E_FORMAT,
                "/checkpoint/rng has the shape [3], where [2] is expected");
    CU_ASSERT(strstr(cgm_error_message(), "state.h5") != NULL);
    CU_ASSERT_EQUAL(weight[0], 77);
    changed.entry[1].name = "momentum";
    CHECK_FAILS(cgm_state_load(&changed, file, "/checkpoint"), CGM_E_FORMAT,
                "there is no data set /checkpoint/momentum");
    /* What a file is too old for stays as it is; what it has is read, and checked. */
    double late = 3;
    CHECK_OK(cgm_state_add_optional(&state, CGM_F64, CGM_SCALAR, &late, "late"));
    CHECK_OK(cgm_state_load(&state, file, "/checkpoint"));
    CU_ASSERT(late == 3 && weight[0] == 1);
    state.entry[state.n - 1].name = "step";
    CHECK_OK(cgm_state_load(&state, file, "/checkpoint"));
    CU_ASSERT_EQUAL(late, 9);
    state.entry[state.n - 1].name = "rng";
    CHECK_FAILS(cgm_state_load(&state, file, "/checkpoint"), CGM_E_FORMAT, "/checkpoint/rng has the shape [3]");
    cgm_file_close(file);
    cgm_state_clear(&state);
    cgm_state_clear(&changed);
    CU_ASSERT_EQUAL(state.n, 0);
}

/* The examples of NIST's FIPS 180 pages. */
static void sha256_gives_the_published_answers(void)
{
    static const struct {
        const char *text, *hex;
    } known[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqr"
         "stu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    char hex[65];
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        cgm_sha256(known[i].text, strlen(known[i].text), hex);
        CU_ASSERT_STRING_EQUAL(hex, known[i].hex);
    }
    char *million = malloc(1000000), *path = test_path("million");
    CU_ASSERT_FATAL(million != NULL);
    memset(million, 'a', 1000000);
    write_bytes(path, million, 1000000);
    CHECK_OK(cgm_sha256_file(path, hex));
    CU_ASSERT_STRING_EQUAL(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
    CHECK_FAILS(cgm_sha256_file(test_path("nothing"), hex), CGM_E_ARG, "No such file");
    CHECK_FAILS(cgm_sha256_file(test_directory(), hex), CGM_E_IO, "directory");
}

static void pictures_show_pixels_as_they_are(void)
{
    /* Two rows of three pixels in colour; a value that is out of range or none is the nearest, or black. */
    static const float pixels[3][2][3] = {
        {{0, 255, 10.4f}, {300, -5, NAN}}, {{1, 2, 3}, {4, 5, 6}}, {{7, 8, 9}, {0, 0, 0}}};
    static const unsigned char wanted[2][3][3] = {{{0, 1, 7}, {255, 2, 8}, {10, 3, 9}},
                                                  {{255, 4, 0}, {0, 5, 0}, {0, 6, 0}}};
    enum { SCALE = 5, EDGE = 21 };
    char *path = test_path("pixels.png");
    cgm_picture_cell cells[2] = {{.pixels = &pixels[0][0][0], .frame = 1}, {.pixels = NULL}};
    cgm_picture_grid grid = {
        .rows = 2, .columns = 1, .channels = 3, .height = 2, .width = 3, .scale = SCALE, .cells = cells};
    REQUIRE_OK(cgm_picture_write_grid(path, &grid));
    unsigned width, height;
    unsigned char *rgb = read_png(path, &width, &height);
    CU_ASSERT_EQUAL(width, 2 * EDGE + 3 * SCALE);
    CU_ASSERT_EQUAL(height, 2 * 18 + 2 * (2 * SCALE + 6) + 12);
    for (unsigned y = 0; y < 2 * SCALE; y++)
        for (unsigned x = 0; x < 3 * SCALE; x++) {
            const unsigned char *got = rgb + 3 * ((y + EDGE) * width + x + EDGE);
            CU_ASSERT(memcmp(got, wanted[y / SCALE][x / SCALE], 3) == 0);
        }
    /* A white pixel, then two of a blue frame, then the margin; the empty cell is white. */
    for (unsigned x = 0; x <= EDGE; x++) {
        const unsigned char *got = rgb + 3 * ((EDGE + 3) * width + EDGE - 1 - (x < EDGE ? x : 0));
        bool white = got[0] == 255 && got[1] == 255 && got[2] == 255, blue = got[2] > 150 && got[0] < 60;
        CU_ASSERT((x == 1 || x == 2) ? blue : white);
    }
    const unsigned char *empty = rgb + 3 * ((height - EDGE - SCALE) * width + EDGE + 2);
    CU_ASSERT(empty[0] == 255 && empty[1] == 255 && empty[2] == 255);
    free(rgb);
}

static void captions_and_headings_make_room(void)
{
    static const float pixels[28 * 28] = {0};
    char *plain = test_path("plain.png"), *full = test_path("full.png");
    cgm_picture_cell cells[6];
    for (int i = 0; i < 6; i++) cells[i] = (cgm_picture_cell){.pixels = pixels};
    cgm_picture_grid grid = {.rows = 2, .columns = 3, .channels = 1, .height = 28, .width = 28, .cells = cells};
    unsigned width[2], height[2];
    REQUIRE_OK(cgm_picture_write_grid(plain, &grid));
    free(read_png(plain, &width[0], &height[0]));
    /* Three images of 84, four pixels apart. */
    CU_ASSERT_EQUAL(width[0], 2 * 21 + 3 * 84 + 2 * 4);
    CU_ASSERT_EQUAL(height[0], 2 * 21 + 2 * 84 + 4);
    cells[4].caption = "thickness 2.5\nintensity 180 µm\n";
    cells[5].frame = 2;
    grid.headings = (const char *const[]){"factual", NULL, "do(thickness = 3.5), of the same noise"};
    grid.title = "Gegenfaktische Bilder, ohne Gewähr";
    REQUIRE_OK(cgm_picture_write_grid(full, &grid));
    free(read_png(full, &width[1], &height[1]));
    CU_ASSERT(width[1] > width[0] + 16 && width[1] < 800);
    CU_ASSERT_EQUAL(height[1], 2 * 18 + (21 + 8) + (16 + 4) + 2 * 90 + 12 + (3 * 14 + 4));
}

static void pictures_that_cannot_be_are_refused(void)
{
    static const float pixels[4] = {0};
    char *path = test_path("refused.png");
    cgm_picture_cell cell = {.pixels = pixels};
    cgm_picture_grid grid = {.rows = 1, .columns = 1, .channels = 1, .height = 2, .width = 2, .cells = &cell},
                     wrong = grid;
    wrong.rows = 0;
    CHECK_FAILS(cgm_picture_write_grid(path, &wrong), CGM_E_ARG, "at least one row");
    wrong = grid, wrong.channels = 2;
    CHECK_FAILS(cgm_picture_write_grid(path, &wrong), CGM_E_SHAPE, "not [2, 2, 2]");
    wrong = grid, wrong.scale = 20000;
    CHECK_FAILS(cgm_picture_write_grid(path, &wrong), CGM_E_ARG, "too large for the scale 20000");
    wrong = grid, wrong.scale = 16383;
    CHECK_FAILS(cgm_picture_write_grid(path, &wrong), CGM_E_ARG, "at most 32767 are possible");
    CHECK_FAILS(cgm_picture_write_grid(test_path("no/such.png"), &grid), CGM_E_ARG, "No such file");
    cell.caption = "\xff\xfe";
    CHECK_FAILS(cgm_picture_write_grid(path, &grid), CGM_E_ARG, "refused.png: a caption is not UTF-8");
    CU_ASSERT_EQUAL(count_files("refused*"), 0);
}

static const test_case cases[] = {
    {"every type makes the round trip", every_type_makes_the_round_trip},
    {"texts make the round trip", texts_make_the_round_trip},
    {"reading converts without loss of integers", reading_converts_without_loss_of_integers},
    {"rows are written and read in pieces", rows_are_written_and_read_in_pieces},
    {"wrong paths and shapes are refused", wrong_paths_and_shapes_are_refused},
    {"attributes make the round trip", attributes_make_the_round_trip},
    {"foreign strings and numbers are read", foreign_strings_and_numbers_are_read},
    {"axes are named and kept out of lists", axes_are_named_and_kept_out_of_lists},
    {"comparison finds every difference", comparison_finds_every_difference},
    {"the old file stays until the commit", the_old_file_stays_until_the_commit},
    {"places that cannot be are refused", places_that_cannot_be_are_refused},
    {"a full disk leaves the old file", a_full_disk_leaves_the_old_file},
    {"other files are atomic too", other_files_are_atomic_too},
    {"what is no HDF5 file is refused", what_is_no_hdf5_file_is_refused},
    {"damaged files are refused without a crash", damaged_files_are_refused_without_a_crash},
    {"hostile files are refused", hostile_files_are_refused},
    {"threads may read at a time", threads_may_read_at_a_time},
    {"state is saved and loaded", state_is_saved_and_loaded},
    {"pictures show pixels as they are", pictures_show_pixels_as_they_are},
    {"captions and headings make room", captions_and_headings_make_room},
    {"pictures that cannot be are refused", pictures_that_cannot_be_are_refused},
    {"SHA-256 gives the published answers", sha256_gives_the_published_answers},
};
TEST_MAIN("io", cases)
