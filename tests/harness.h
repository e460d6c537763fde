/* What every test program shares: one main from a table of cases, checks that treat NaN as failure, temporary
 * directories. */
#ifndef CGM_TESTS_HARNESS_H
#define CGM_TESTS_HARNESS_H

#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/status.h"

/* fontconfig, which Cairo finds its fonts with, keeps what it has read for good. LeakSanitizer, where it is linked,
 * asks here for what to forgive. Weak, as a program of several files has it several times. */
__attribute__((weak, visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}

typedef struct test_case {
    const char *name;
    void (*run)(void);
} test_case;

/* Passes only if |got - want| <= tol, so a NaN fails; says both when it fails. */
static inline bool test_near(const char *file, int line, const char *what, double got, double want, double tol)
{
    if (fabs(got - want) <= tol) return true;
    fprintf(stderr, "%s:%d: %s: got %.17g, expected %.17g within %g\n", file, line, what, got, want, tol);
    return false;
}
#define CHECK_NEAR(got, want, tol) CU_ASSERT(test_near(__FILE__, __LINE__, #got, (got), (want), (tol)))

static inline bool test_ok(const char *file, int line, const char *what, cgm_status status)
{
    if (status == CGM_OK) return true;
    fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, cgm_error_message());
    return false;
}
#define CHECK_OK(expression) CU_ASSERT(test_ok(__FILE__, __LINE__, #expression, (expression)))
/* The rest of the case makes no sense without it. */
#define REQUIRE_OK(expression) CU_ASSERT_FATAL(test_ok(__FILE__, __LINE__, #expression, (expression)))

/* Checks that the expression failed with `status` and that the message contains `text`. */
static inline bool test_fails(const char *file, int line, const char *what, cgm_status got, cgm_status want,
                              const char *text);
#define CHECK_FAILS(expression, status, text)                                                                          \
    CU_ASSERT(test_fails(__FILE__, __LINE__, #expression, (expression), (status), (text)))

#include <string.h>
static inline bool test_fails(const char *file, int line, const char *what, cgm_status got, cgm_status want,
                              const char *text)
{
    if (got == want && strstr(cgm_error_message(), text)) return true;
    fprintf(stderr, "%s:%d: %s: status %d with \"%s\"; expected status %d with \"%s\" in it\n", file, line, what,
            (int)got, got == CGM_OK ? "" : cgm_error_message(), (int)want, text);
    return false;
}

/* A path in a fresh directory of this test run; the directory is removed at exit. Static storage, eight calls deep. */
static inline char *test_directory(void)
{
    static char dir[64];
    if (!dir[0]) {
        snprintf(dir, sizeof dir, "/tmp/cgm-test-XXXXXX");
        if (!mkdtemp(dir)) abort();
    }
    return dir;
}
static inline char *test_path(const char *name)
{
    static char path[8][256];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", test_directory(), name);
    return path[turn];
}

/* The path of a file or directory of real data, which a clone does not have: under CGM_TEST_DATA, or beside the
 * sources. NULL, with a message that the case is skipped, where it is not there. */
static inline const char *test_data(const char *name)
{
    static char path[1024];
    const char *directory = getenv("CGM_TEST_DATA"), *srcdir = getenv("srcdir");
    if (directory)
        snprintf(path, sizeof path, "%s/%s", directory, name);
    else
        snprintf(path, sizeof path, "%s/../shared/data/%s", srcdir ? srcdir : ".", name);
    if (access(path, R_OK) == 0) return path;
    fprintf(stderr, "skipped: no %s\n", path);
    return NULL;
}

/* Runs the cases as one CUnit suite; the exit status is the verdict. */
static inline int test_main(const char *suite, size_t n, const test_case *cases)
{
    if (CU_initialize_registry() != CUE_SUCCESS) return 1;
    CU_pSuite s = CU_add_suite(suite, NULL, NULL);
    if (!s) return 1;
    for (size_t i = 0; i < n; i++)
        if (!CU_add_test(s, cases[i].name, cases[i].run)) return 1;
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    unsigned failed = CU_get_number_of_failures() + (CU_get_number_of_tests_run() == 0);
    CU_cleanup_registry();
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", test_directory());
    return system(command) != 0 || failed ? 1 : 0;
}
#define TEST_MAIN(suite, cases)                                                                                        \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        return test_main(suite, sizeof(cases) / sizeof(cases)[0], cases);                                              \
    }

#endif
