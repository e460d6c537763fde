#include "data/idx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "data/store.h"

#define FIRST_READ ((size_t)16 << 20)

/* Opens plain files too: zlib hands them through. */
static cgm_status open_file(const char *path, gzFile *out)
{
    errno = 0;
    gzFile f = gzopen(path, "rb");
    if (!f)
        return CGM_FAIL(errno ? CGM_E_ARG : CGM_E_MEMORY, "cannot open %s: %s", path,
                        errno ? strerror(errno) : "out of memory");
    gzbuffer(f, 1 << 17);
    *out = f;
    return CGM_OK;
}

/* Reads up to n bytes; fewer only at the end of the file. */
static cgm_status read_bytes(gzFile f, const char *path, size_t n, uint8_t *out, size_t *got)
{
    *got = 0;
    while (*got < n) {
        size_t chunk = n - *got < (size_t)1 << 30 ? n - *got : (size_t)1 << 30;
        int r = gzread(f, out + *got, (unsigned)chunk);
        if (r > 0) *got += (size_t)r;
        if (r > 0) continue;
        int code;
        const char *message = gzerror(f, &code);
        if (code == Z_BUF_ERROR) return CGM_FAIL(CGM_E_FORMAT, "%s: the compressed file is cut off", path);
        if (code == Z_ERRNO) return CGM_FAIL(CGM_E_IO, "cannot read %s: %s", path, strerror(errno));
        if (r < 0) return CGM_FAIL(CGM_E_FORMAT, "%s: damaged: %s", path, message);
        return CGM_OK;
    }
    return CGM_OK;
}

static cgm_status read_header(gzFile f, const char *path, cgm_idx *idx)
{
    uint8_t magic[4], size[4];
    size_t got;
    CGM_TRY(read_bytes(f, path, 4, magic, &got));
    if (got < 4) return CGM_FAIL(CGM_E_FORMAT, "%s: %zu bytes; expected an IDX header", path, got);
    if (magic[0] || magic[1] || magic[2] != 8 || magic[3] < 1 || magic[3] > CGM_IDX_MAX_RANK)
        return CGM_FAIL(CGM_E_FORMAT,
                        "%s: begins with %02x %02x %02x %02x; expected IDX of unsigned bytes (00 00 08, then 1 to %d)",
                        path, magic[0], magic[1], magic[2], magic[3], CGM_IDX_MAX_RANK);
    idx->rank = magic[3];
    for (int i = 0; i < idx->rank; i++) {
        CGM_TRY(read_bytes(f, path, 4, size, &got));
        if (got < 4) return CGM_FAIL(CGM_E_FORMAT, "%s: the IDX header is cut off", path);
        idx->dim[i] = (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3];
        if (i > 0 && (idx->dim[i] < 1 || idx->dim[i] > CGM_DATA_MAX_SIDE))
            return CGM_FAIL(CGM_E_FORMAT, "%s: axis %d has length %zu; expected 1 to %d", path, i, idx->dim[i],
                            CGM_DATA_MAX_SIDE);
    }
    return CGM_OK;
}

/* Reads exactly n bytes into *out. The memory grows with what is really there: the header may promise anything. */
static cgm_status read_body(gzFile f, const char *path, size_t n, uint8_t **out)
{
    size_t have = 0, got;
    while (have < n) {
        size_t want = have ? 2 * have : FIRST_READ;
        if (want > n) want = n;
        uint8_t *grown = realloc(*out, want);
        if (!grown) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory: could not get %zu bytes", path, want);
        *out = grown;
        CGM_TRY(read_bytes(f, path, want - have, grown + have, &got));
        have += got;
        if (have < want)
            return CGM_FAIL(CGM_E_FORMAT, "%s: cut off: the header promises %zu bytes of data, the file has %zu", path,
                            n, have);
    }
    /* Reading past the end also makes zlib check its sum. */
    uint8_t more;
    CGM_TRY(read_bytes(f, path, 1, &more, &got));
    if (got) return CGM_FAIL(CGM_E_FORMAT, "%s: more data than the %zu bytes that the header promises", path, n);
    return CGM_OK;
}

cgm_status cgm_idx_load(const char *path, cgm_idx *out)
{
    cgm_idx idx = {0};
    gzFile f = NULL;
    CGM_TRY(open_file(path, &f));
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(read_header(f, path, &idx), done);
    size_t bytes = idx.dim[0];
    bool overflow = false;
    for (int i = 1; i < idx.rank; i++) overflow |= __builtin_mul_overflow(bytes, idx.dim[i], &bytes);
    if (overflow)
        status = CGM_FAIL(CGM_E_FORMAT, "%s: the header promises more data than there can be", path);
    else if (bytes == 0)
        status = CGM_FAIL(CGM_E_FORMAT, "%s: no rows", path);
    else
        status = read_body(f, path, bytes, &idx.data);
done:
    gzclose(f);
    if (status == CGM_OK)
        *out = idx;
    else
        free(idx.data);
    return status;
}

cgm_status cgm_idx_image(const cgm_idx *idx, const char *path, int *channels, int *height, int *width)
{
    if (idx->rank < 3)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %d axes; expected images: rows, height, width", path, idx->rank);
    *channels = idx->rank == 4 ? (int)idx->dim[1] : 1;
    *height = (int)idx->dim[idx->rank - 2];
    *width = (int)idx->dim[idx->rank - 1];
    return CGM_OK;
}

bool cgm_idx_probe(const char *path)
{
    uint8_t magic[4];
    gzFile f = gzopen(path, "rb");
    if (!f) return false;
    bool is_idx = gzread(f, magic, 4) == 4 && !magic[0] && !magic[1] && magic[3] >= 1 && magic[3] <= CGM_IDX_MAX_RANK;
    gzclose(f);
    return is_idx;
}

cgm_status cgm_store_open_idx(const char *path, cgm_dataset *data)
{
    cgm_idx idx;
    cgm_variable image = {.name = "image", .type = CGM_IMAGE, .high = 255};
    CGM_TRY(cgm_idx_load(path, &idx));
    cgm_status status = cgm_idx_image(&idx, path, &image.channels, &image.height, &image.width);
    if (status == CGM_OK) return cgm_store_add_take(data, &image, idx.dim[0], NULL, idx.data, path);
    free(idx.data);
    return status;
}
