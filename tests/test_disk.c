/* Disks that fill up and fail: whatever write of whatever file it is, the call gives CGM_E_IO with a message of one
 * line that names the file, the old file is there as it was, and nothing else is. The program is linked with --wrap
 * (tests/local.mk), so that what the library's objects ask of the system comes here first; the limit on the size of
 * files reaches stdio too. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "data/export.h"
#include "data/sheet.h"
#include "scm/answers/query.h"
#include "tests/run_toys.h"

/* ---- Calls that fail ---- */

static struct {
    size_t n, fail; /* calls so far, and the first one that fails, as do all after it; 0: none */
    bool shorter;   /* writes take half of what they are given */
} system_calls;

static bool fails(void)
{
    if (++system_calls.n < system_calls.fail || !system_calls.fail) return false;
    errno = EIO;
    return true;
}

ssize_t __real_pwrite(int fd, const void *data, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t n, off_t at)
{
    return fails() ? -1 : __real_pwrite(fd, data, system_calls.shorter ? n / 2 + 1 : n, at);
}

#define WRAP(name, parameters, arguments)                                                                              \
    int __real_##name parameters;                                                                                      \
    int __wrap_##name parameters;                                                                                      \
    int __wrap_##name parameters                                                                                       \
    {                                                                                                                  \
        return fails() ? -1 : __real_##name arguments;                                                                 \
    }
WRAP(ftruncate, (int fd, off_t n), (fd, n))
WRAP(fsync, (int fd), (fd))
WRAP(rename, (const char *from, const char *to), (from, to))
WRAP(fflush, (FILE * f), (f))

/* Of a file that is written; the stream is gone, as C says. */
int __real_fclose(FILE *f);
int __wrap_fclose(FILE *f);
int __wrap_fclose(FILE *f)
{
    bool is_written = (fcntl(fileno(f), F_GETFL) & O_ACCMODE) != O_RDONLY, broken = is_written && fails();
    int result = __real_fclose(f);
    if (broken) errno = EIO;
    return broken ? EOF : result;
}

/* ---- What is written ---- */

static cgm_dataset *strokes;
static model trained;

static cgm_status save_data(const char *path)
{
    return cgm_dataset_save(strokes, path);
}

static cgm_status save_run(const char *path)
{
    return cgm_run_save(trained.run, path);
}

static cgm_status draw(const char *path)
{
    return cgm_data_sheet_write(strokes, CGM_TRAIN, NULL, 4, path);
}

static cgm_status ask(const char *path)
{
    static const char *const texts[] = {"x += 1"};
    cgm_query query;
    cgm_answer *answer = NULL;
    cgm_query_init(&query, CGM_COUNTERFACTUAL);
    query.n_dos = 1, query.dos = &(cgm_do){1, texts}, query.out = path, query.split = CGM_TRAIN;
    cgm_status status = cgm_run_answer(trained.run, &query, &answer);
    cgm_answer_destroy(answer);
    return status;
}

static cgm_status export(const char *path)
{
    return cgm_dataset_export(strokes, path, 1);
}

typedef struct output {
    const char *name;
    cgm_status (*write)(const char *path);
    bool is_folder;
} output;

static const output outputs[] = {
    {"data.h5", save_data, false}, {"run.h5", save_run, false}, {"sheet.png", draw, false},
    {"answer.h5", ask, false},     {"answer.csv", ask, false},  {"folder", export, true},
};
enum { OUTPUTS = sizeof outputs / sizeof *outputs };

static void make_all(void)
{
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.make = "strokes", .n = 5}, 1, NULL, &strokes));
    FILE *f = new_table(test_path("t.csv"), "x,y");
    for (int i = 0; i < 60; i++) fprintf(f, "%g,%g\n", 0.1 * (i * 7 % 11), 0.3 * (i * 3 % 7));
    fclose(f);
    trained =
        train_on("graph:\n  x: {type: continuous}\n  y: {type: continuous, parents: [x]}\n", test_path("t.csv"), 1);
}

/* ---- What is there afterwards ---- */

static size_t count_entries(const char *folder)
{
    size_t n = 0;
    DIR *directory = opendir(folder);
    CU_ASSERT_FATAL(directory != NULL);
    while (readdir(directory)) n++;
    closedir(directory);
    return n;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fputs(text, f);
    fclose(f);
}

static bool holds(const char *path, const char *text)
{
    char got[16] = "";
    FILE *f = fopen(path, "r");
    if (!f) return false;
    size_t n = fread(got, 1, sizeof got - 1, f);
    fclose(f);
    return n == strlen(text) && strcmp(got, text) == 0;
}

static void clear(const char *path)
{
    char command[512];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    CU_ASSERT_FATAL(system(command) == 0);
}

/* Writes where "old" is, and looks at what happened; returns whether it was written. */
static bool attempt(const output *o, const char *path, rlim_t limit, size_t fail)
{
    struct rlimit all, some;
    clear(path);
    if (!o->is_folder) put(path, "old");
    size_t before = count_entries(test_directory());
    CU_ASSERT_FATAL(getrlimit(RLIMIT_FSIZE, &all) == 0);
    some = (struct rlimit){limit < all.rlim_max ? limit : all.rlim_max, all.rlim_max};
    CU_ASSERT_FATAL(setrlimit(RLIMIT_FSIZE, &some) == 0);
    system_calls.n = 0, system_calls.fail = fail;
    cgm_status status = o->write(path);
    system_calls.fail = 0;
    CU_ASSERT_FATAL(setrlimit(RLIMIT_FSIZE, &all) == 0);
    size_t after = count_entries(test_directory());
    if (status == CGM_OK) {
        CU_ASSERT_EQUAL(after, before + o->is_folder);
        return true;
    }
    const char *message = cgm_error_message();
    /* The last of it all is to sync the directory: then the new file is in its place. */
    bool late = strstr(message, "is written, but its directory cannot be synced") != NULL;
    bool clean = after == before + (late && o->is_folder) && (o->is_folder || holds(path, "old") != late);
    bool said = status == CGM_E_IO && strstr(message, o->name) && !strchr(message, '\n');
    CU_ASSERT(clean && said);
    if (!clean || !said)
        fprintf(stderr, "%s: limit %llu, call %zu: status %d, \"%s\"%s\n", o->name, (unsigned long long)limit, fail,
                (int)status, message, clean ? "" : "; the old file or something else is not as it was");
    return false;
}

static void full_disks(void)
{
    signal(SIGXFSZ, SIG_IGN);
    for (const output *o = outputs; o < outputs + OUTPUTS; o++) {
        char path[256];
        struct stat info;
        snprintf(path, sizeof path, "%s", test_path(o->name));
        CU_ASSERT_FATAL(attempt(o, path, RLIM_INFINITY, 0));
        CU_ASSERT_FATAL(stat(path, &info) == 0);
        /* The first picture of a folder is all but never larger than its table. */
        size_t size = o->is_folder ? 200 : (size_t)info.st_size, step = size / 12 + 1;
        for (size_t limit = 0; limit < size; limit += step) CU_ASSERT(!attempt(o, path, limit, 0));
        if (!o->is_folder) CU_ASSERT(!attempt(o, path, size - 1, 0));
        clear(path);
    }
}

static void failing_disks(void)
{
    for (const output *o = outputs; o < outputs + OUTPUTS; o++) {
        char path[256];
        size_t n = 0, written = 0;
        snprintf(path, sizeof path, "%s", test_path(o->name));
        do {
            written += attempt(o, path, RLIM_INFINITY, ++n);
        } while (n < 1000 && system_calls.n >= n);
        if (written != 1) fprintf(stderr, "%s: %zu calls, written %zu times\n", o->name, n - 1, written);
        CU_ASSERT(n > 3 && written == 1);
        clear(path);
    }
}

/* Writes that take a part make the same file. */
static void short_writes(void)
{
    char *whole = test_path("whole.h5"), *parts = test_path("parts.h5"), a[65], b[65];
    REQUIRE_OK(save_data(whole));
    system_calls.shorter = true;
    CHECK_OK(save_data(parts));
    system_calls.shorter = false;
    REQUIRE_OK(cgm_sha256_file(whole, a));
    REQUIRE_OK(cgm_sha256_file(parts, b));
    CU_ASSERT_STRING_EQUAL(a, b);
}

static void release(void)
{
    destroy(&trained);
    cgm_dataset_destroy(strokes);
}

static const test_case cases[] = {
    {"data and a model to write", make_all},
    {"a disk that is full, at any size", full_disks},
    {"a disk that fails, at any call", failing_disks},
    {"writes that take a part", short_writes},
    {"released", release},
};
TEST_MAIN("disks that fill up and fail", cases)
