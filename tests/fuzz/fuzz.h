/* What the fuzz targets share. Each is a file fuzz_NAME.c with the function that libFuzzer calls,
 * LLVMFuzzerTestOneInput: it hands the bytes to a reader and uses whatever the reader takes. A reader may refuse
 * anything, with a message; what it must not do is crash, leak, hang, or fail without one. */
#ifndef CGM_TESTS_FUZZ_H
#define CGM_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Called once before the first input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* An invariant of the target: what does not hold is reported like a crash. */
#define FUZZ_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s does not hold; message: %s\n", __FILE__, __LINE__, #condition,                  \
                    cgm_error_message());                                                                              \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* A status: an error has a message, and is never one of a machine that is at fault. */
static inline bool fuzz_ok(cgm_status status)
{
    if (status == CGM_OK) return true;
    FUZZ_CHECK(cgm_error_message()[0] != '\0');
    FUZZ_CHECK(status == CGM_E_NUMERIC || cgm_status_is_user(status));
    return false;
}

/* A first input of those that cannot be committed as text: called by LLVMFuzzerInitialize, which libFuzzer calls before
 * it reads the corpus, in the folder that the environment's FUZZ_CORPUS names. */
static inline void fuzz_seed(const char *name, const uint8_t *data, size_t size)
{
    char path[4096];
    const char *folder = getenv("FUZZ_CORPUS");
    if (!folder) return;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    FUZZ_CHECK(f != NULL && fwrite(data, 1, size, f) == size && fclose(f) == 0);
}

/* The bytes as a text of its own, which the address sanitizer guards. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL);
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* A file that holds the bytes, in memory where the system has that. HDF5 wants one with a path. */
typedef struct fuzz_file {
    char path[64];
} fuzz_file;

static inline fuzz_file fuzz_file_make(const uint8_t *data, size_t size)
{
    fuzz_file file;
    snprintf(file.path, sizeof file.path, "%s/fuzz.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    int fd = mkstemp(file.path);
    FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
    return file;
}

static inline void fuzz_file_drop(const fuzz_file *file)
{
    FUZZ_CHECK(unlink(file->path) == 0);
}

#endif
