/* A PNG file in memory, to be decoded. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/file.h"
#include "io/png_read.h"

#define MOST_BYTES ((off_t)1 << 30)

typedef struct file_bytes {
    uint8_t *data;
    size_t n;
} file_bytes;

static cgm_status read_stream(FILE *stream, const char *path, size_t n, file_bytes *out)
{
    out->n = n;
    out->data = malloc(n ? n : 1);
    if (!out->data) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", path);
    errno = 0;
    if (fread(out->data, 1, n, stream) == n) return CGM_OK;
    return CGM_FAIL(CGM_E_IO, "%s: %s", path, errno ? strerror(errno) : "became shorter while it was read");
}

/* Looks before it opens: a pipe would wait for someone to write to it. */
static cgm_status read_file(const char *path, file_bytes *out)
{
    struct stat info;
    if (stat(path, &info) != 0) return CGM_FAIL(CGM_E_ARG, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode)) return CGM_FAIL(CGM_E_ARG, "%s: not a file", path);
    if (info.st_size > MOST_BYTES) return CGM_FAIL(CGM_E_FORMAT, "%s: more than a gibibyte", path);
    FILE *stream = fopen(path, "rbe");
    if (!stream) return CGM_FAIL(CGM_E_ARG, "%s: %s", path, strerror(errno));
    cgm_status status = read_stream(stream, path, (size_t)info.st_size, out);
    fclose(stream);
    return status;
}

cgm_status cgm_png_read(const char *path, const cgm_png_opts *opts, cgm_png *out, char digest[65])
{
    file_bytes bytes = {0};
    cgm_status status = read_file(path, &bytes);
    if (status == CGM_OK) status = cgm_png_decode(path, bytes.n, bytes.data, opts, out);
    if (status == CGM_OK && digest) cgm_sha256(bytes.data, bytes.n, digest);
    free(bytes.data);
    return status;
}
