/* Data sets written in parts. They stay open, so that HDF5 keeps the chunk that is being filled and writes it once. */
#include "io/hdf5.h"

#include <stdlib.h>
#include <string.h>

typedef struct cgm_hdf5_part {
    struct cgm_hdf5_part *next;
    char *path;
    hid_t dataset;
    cgm_dtype dtype;
    cgm_shape shape;
    int64_t rows; /* written so far */
} part;

static part *find(const cgm_file *file, const char *path)
{
    part *p = file->parts;
    while (p && strcmp(p->path, path) != 0) p = p->next;
    return p;
}

/* The beginning of the first rows tells whether deflating pays. */
static cgm_status begin(cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape, const char *const *axes,
                        size_t bytes, const void *data, part **out)
{
    part *p = calloc(1, sizeof *p);
    if (!p || !(p->path = strdup(path))) {
        free(p);
        return CGM_FAIL(CGM_E_MEMORY, "out of memory for %s", path);
    }
    p->dtype = dtype;
    p->shape = shape;
    cgm_hdf5_sample sample = {data, bytes < CGM_HDF5_SAMPLE ? bytes : CGM_HDF5_SAMPLE};
    cgm_status status = cgm_hdf5_reserve(file, path, dtype, shape, axes, sample, &p->dataset);
    if (status != CGM_OK) {
        free(p->path);
        free(p);
        return status;
    }
    p->next = file->parts;
    *out = file->parts = p;
    return CGM_OK;
}

/* Rows [p->rows, p->rows + n) of the data set. */
static bool write_rows(const part *p, int64_t n, const void *data)
{
    hsize_t start[CGM_MAX_RANK] = {(hsize_t)p->rows}, count[CGM_MAX_RANK];
    for (int i = 0; i < p->shape.rank; i++) count[i] = (hsize_t)(i == 0 ? n : p->shape.dim[i]);
    hid_t in_file = H5Dget_space(p->dataset), in_memory = H5Screate_simple(p->shape.rank, count, NULL);
    hid_t type = cgm_hdf5_memory_type(p->dtype);
    bool ok = in_file >= 0 && in_memory >= 0 && type >= 0 &&
              H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
              H5Dwrite(p->dataset, type, in_memory, in_file, H5P_DEFAULT, data) >= 0;
    cgm_hdf5_close(type);
    cgm_hdf5_close(in_memory);
    cgm_hdf5_close(in_file);
    return ok;
}

/* That n more rows of this type and shape fit in. */
static cgm_status check(const cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape, int64_t n)
{
    const part *p = find(file, path);
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    if (p && (p->dtype != dtype || !cgm_shape_equal(p->shape, shape)))
        return CGM_FAIL(CGM_E_ARG, "%s: %s was begun as %s of the shape %s, not %s of the shape %s", file->path, path,
                        cgm_dtype_text(p->dtype), cgm_shape_text(p->shape, a), cgm_dtype_text(dtype),
                        cgm_shape_text(shape, b));
    int64_t left = shape.rank < 1 ? 0 : shape.dim[0] - (p ? p->rows : 0);
    if (n >= 0 && n <= left) return CGM_OK;
    return CGM_FAIL(CGM_E_SHAPE, "%s: %s has room for %lld more rows in its shape %s, not for %lld", file->path, path,
                    (long long)left, cgm_shape_text(shape, a), (long long)n);
}

cgm_status cgm_file_append(cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape, const char *const *axes,
                           int64_t n, const void *data)
{
    CGM_HDF5_SCOPE();
    CGM_TRY(cgm_hdf5_check_writable(file));
    CGM_TRY(check(file, path, dtype, shape, n));
    part *p = find(file, path);
    if (!p) {
        cgm_shape rows = shape;
        rows.dim[0] = n;
        CGM_TRY(begin(file, path, dtype, shape, axes, (size_t)cgm_shape_size(rows) * cgm_dtype_size(dtype), data, &p));
    }
    if (n > 0 && cgm_shape_size(shape) > 0 && !write_rows(p, n, data))
        return cgm_hdf5_fail(CGM_E_IO, file->path, path, "write the data");
    p->rows += n;
    return cgm_hdf5_check_writable(file);
}

cgm_status cgm_hdf5_end_parts(cgm_file *file)
{
    for (part *p = file->parts; p; p = p->next) {
        hid_t dataset = p->dataset;
        if (p->rows != p->shape.dim[0])
            return CGM_FAIL(CGM_E_ARG, "%s: %s was to have %lld rows, but has only %lld", file->path, p->path,
                            (long long)p->shape.dim[0], (long long)p->rows);
        p->dataset = H5I_INVALID_HID;
        CGM_TRY(cgm_hdf5_close_written(file, p->path, dataset, CGM_OK));
    }
    cgm_hdf5_drop_parts(file);
    return CGM_OK;
}

void cgm_hdf5_drop_parts(cgm_file *file)
{
    while (file->parts) {
        part *p = file->parts;
        file->parts = p->next;
        cgm_hdf5_close(p->dataset);
        free(p->path);
        free(p);
    }
}
