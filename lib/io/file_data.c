/* Data sets: written whole, read whole or by rows, with shape and type checked and named in every error. */
#include "io/hdf5.h"

#include <string.h>
#include <zlib.h>

enum { LEAST_CHUNKED = 64 << 10, CHUNK_BYTES = 256 << 10, DEFLATE_LEVEL = 3 };

static bool shape_bytes(cgm_shape shape, size_t element, size_t *out)
{
    *out = element;
    if (shape.rank < 0 || shape.rank > CGM_MAX_RANK) return false;
    for (int i = 0; i < shape.rank; i++)
        if (shape.dim[i] < 0 || __builtin_mul_overflow(*out, (size_t)shape.dim[i], out)) return false;
    return *out <= PTRDIFF_MAX;
}

static hid_t make_space(cgm_shape shape)
{
    if (shape.rank == 0) return H5Screate(H5S_SCALAR);
    hsize_t dim[CGM_MAX_RANK];
    for (int i = 0; i < shape.rank; i++) dim[i] = (hsize_t)shape.dim[i];
    return H5Screate_simple(shape.rank, dim, NULL);
}

/* Whole rows, as many as make CHUNK_BYTES; where a row is longer than that, a part of one. */
static void chunk_shape(cgm_shape shape, size_t element, hsize_t chunk[CGM_MAX_RANK])
{
    int64_t left = (int64_t)(CHUNK_BYTES / element);
    for (int i = shape.rank - 1; i >= 0; i--) {
        int64_t n = shape.dim[i] < left ? shape.dim[i] : left;
        chunk[i] = (hsize_t)(n < 1 ? 1 : n);
        left /= n < 1 ? 1 : n;
    }
}

/* Whether deflating makes the data much smaller, judged from a piece of them. Parameters and noise do not get smaller,
 * and deflating them is a hundred times slower than writing them. */
static bool is_worth_deflating(cgm_dtype dtype, cgm_hdf5_sample sample)
{
    if (dtype != CGM_F32 && dtype != CGM_F64) return true;
    unsigned char packed[CGM_HDF5_SAMPLE + CGM_HDF5_SAMPLE / 8];
    uLongf n = sizeof packed;
    if (compress2(packed, &n, sample.data, (uLong)sample.bytes, 1) != Z_OK) return true;
    return n < sample.bytes * 4 / 5;
}

static hid_t creation_list(cgm_dtype dtype, cgm_shape shape, size_t bytes, cgm_hdf5_sample sample)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (list < 0) return list;
    bool ok = H5Pset_obj_track_times(list, false) >= 0;
    if (ok && dtype != CGM_TEXT && shape.rank > 0 && bytes > LEAST_CHUNKED) {
        hsize_t chunk[CGM_MAX_RANK];
        size_t element = cgm_dtype_size(dtype);
        chunk_shape(shape, element, chunk);
        ok = H5Pset_chunk(list, shape.rank, chunk) >= 0;
        /* Either way there is a checksum. */
        if (is_worth_deflating(dtype, sample))
            ok = ok && (element == 1 || H5Pset_shuffle(list) >= 0) && H5Pset_deflate(list, DEFLATE_LEVEL) >= 0;
        else
            ok = ok && H5Pset_fletcher32(list) >= 0;
    }
    if (ok) return list;
    H5Pclose(list);
    return H5I_INVALID_HID;
}

/* Makes the groups on the way that are missing. HDF5 could do so itself, but would store the time of their making, and
 * the same data are to make the same bytes. */
static bool create_groups(cgm_file *file, const char *path)
{
    hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    bool ok = creation >= 0 && H5Pset_obj_track_times(creation, false) >= 0;
    for (const char *slash = strchr(path + 1, '/'); ok && slash; slash = strchr(slash + 1, '/')) {
        char group[1024];
        size_t n = (size_t)(slash - path);
        ok = n < sizeof group;
        if (!ok) break;
        memcpy(group, path, n);
        group[n] = '\0';
        if (slash[-1] == '/' || cgm_hdf5_exists(file->id, group)) continue;
        hid_t id = H5Gcreate2(file->id, group, H5P_DEFAULT, creation, H5P_DEFAULT);
        ok = id >= 0;
        cgm_hdf5_close(id);
    }
    cgm_hdf5_close(creation);
    return ok;
}

static hid_t create_dataset(cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape, size_t bytes,
                            cgm_hdf5_sample sample)
{
    hid_t dataset = H5I_INVALID_HID, type = cgm_hdf5_file_type(dtype), space = make_space(shape);
    hid_t creation = creation_list(dtype, shape, bytes, sample);
    if (type >= 0 && space >= 0 && creation >= 0 && create_groups(file, path))
        dataset = H5Dcreate2(file->id, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    cgm_hdf5_close(creation);
    cgm_hdf5_close(space);
    cgm_hdf5_close(type);
    return dataset;
}

/* Makes room at path: an axis of that name steps aside, data do not. */
static cgm_status clear_path(cgm_file *file, const char *path)
{
    if (!cgm_hdf5_exists(file->id, path)) return CGM_OK;
    hid_t object = H5Oopen(file->id, path, H5P_DEFAULT);
    bool is_axis = object >= 0 && H5Iget_type(object) == H5I_DATASET && cgm_hdf5_is_axis(object);
    cgm_hdf5_close(object);
    if (is_axis) return cgm_hdf5_move_axis(file, path);
    return CGM_FAIL(CGM_E_ARG, "%s: %s was written before", file->path, path);
}

cgm_status cgm_hdf5_reserve(cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape, const char *const *axes,
                            cgm_hdf5_sample sample, hid_t *out)
{
    size_t bytes;
    CGM_TRY(cgm_hdf5_check_writable(file));
    if (!path[0] || path[strlen(path) - 1] == '/')
        return CGM_FAIL(CGM_E_ARG, "%s: '%s' is not the path of a data set", file->path, path);
    if (!shape_bytes(shape, cgm_dtype_size(dtype), &bytes)) {
        char text[CGM_SHAPE_TEXT];
        return CGM_FAIL(CGM_E_SHAPE, "%s: %s: cannot write the shape %s", file->path, path,
                        cgm_shape_text(shape, text));
    }
    CGM_TRY(clear_path(file, path));
    hid_t dataset = create_dataset(file, path, dtype, shape, bytes, sample);
    if (dataset < 0) return cgm_hdf5_fail(CGM_E_IO, file->path, path, "create the data set");
    cgm_status status = axes ? cgm_hdf5_name_axes(file, path, dataset, shape, axes) : CGM_OK;
    if (status != CGM_OK) {
        H5Dclose(dataset);
        return status;
    }
    *out = dataset;
    return CGM_OK;
}

/* Chunks are written as late as here. */
cgm_status cgm_hdf5_close_written(cgm_file *file, const char *path, hid_t dataset, cgm_status status)
{
    if (H5Dclose(dataset) < 0 && status == CGM_OK) status = cgm_hdf5_fail(CGM_E_IO, file->path, path, "write the data");
    return file->error ? cgm_hdf5_check_writable(file) : status;
}

/* Of a shape that is too large to be written nothing, as it will be refused. */
static cgm_hdf5_sample middle_of(const void *data, cgm_dtype dtype, cgm_shape shape)
{
    size_t bytes, n;
    if (!shape_bytes(shape, cgm_dtype_size(dtype), &bytes)) return (cgm_hdf5_sample){data, 0};
    n = bytes < CGM_HDF5_SAMPLE ? bytes : CGM_HDF5_SAMPLE;
    return (cgm_hdf5_sample){(const char *)data + ((bytes - n) / 2 & ~(size_t)7), n};
}

cgm_status cgm_file_write(cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape, const char *const *axes,
                          const void *data)
{
    CGM_HDF5_SCOPE();
    cgm_status status = CGM_OK;
    hid_t dataset = H5I_INVALID_HID;
    CGM_TRY(cgm_hdf5_reserve(file, path, dtype, shape, axes, middle_of(data, dtype, shape), &dataset));
    hid_t type = cgm_hdf5_memory_type(dtype);
    if (cgm_shape_size(shape) > 0 && (type < 0 || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0))
        status = cgm_hdf5_fail(CGM_E_IO, file->path, path, "write the data");
    cgm_hdf5_close(type);
    return cgm_hdf5_close_written(file, path, dataset, status);
}

bool cgm_file_has(cgm_file *file, const char *path)
{
    CGM_HDF5_SCOPE();
    if (!cgm_hdf5_exists(file->id, path)) return false;
    hid_t object = H5Oopen(file->id, path, H5P_DEFAULT);
    bool has = object >= 0 && !(H5Iget_type(object) == H5I_DATASET && cgm_hdf5_is_axis(object));
    cgm_hdf5_close(object);
    return has;
}

cgm_status cgm_hdf5_open_dataset(cgm_file *file, const char *path, hid_t *out)
{
    hid_t object = cgm_hdf5_exists(file->id, path) ? H5Oopen(file->id, path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (object < 0) return CGM_FAIL(CGM_E_FORMAT, "%s: there is no data set %s", file->path, path);
    bool is_dataset = H5Iget_type(object) == H5I_DATASET;
    if (!is_dataset || cgm_hdf5_is_axis(object)) {
        cgm_hdf5_close(object);
        return CGM_FAIL(CGM_E_FORMAT, "%s: %s is %s, where a data set is expected", file->path, path,
                        is_dataset ? "the name of an axis" : "a group");
    }
    *out = object;
    return CGM_OK;
}

cgm_status cgm_hdf5_inspect(const char *file, const char *path, hid_t dataset, cgm_dtype *dtype, cgm_shape *shape)
{
    cgm_status status = CGM_OK;
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    hsize_t dim[H5S_MAX_RANK] = {0};
    int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    if (type < 0 || rank < 0 || H5Sget_simple_extent_dims(space, dim, NULL) < 0) {
        status = cgm_hdf5_fail(CGM_E_FORMAT, file, path, "read its type and shape");
    } else if (!cgm_hdf5_dtype(type, dtype)) {
        status = CGM_FAIL(CGM_E_FORMAT, "%s: %s holds neither numbers nor texts", file, path);
    } else if (H5Sget_simple_extent_type(space) == H5S_NULL || rank > CGM_MAX_RANK) {
        status = CGM_FAIL(CGM_E_FORMAT, "%s: %s has %d axes; at most %d are expected, and some data", file, path, rank,
                          CGM_MAX_RANK);
    } else {
        *shape = (cgm_shape){.rank = rank};
        for (int i = 0; i < rank; i++) shape->dim[i] = dim[i] > INT64_MAX ? INT64_MAX : (int64_t)dim[i];
        size_t bytes;
        if (!shape_bytes(*shape, cgm_dtype_size(*dtype), &bytes))
            status = CGM_FAIL(CGM_E_FORMAT, "%s: %s claims a size that no machine can hold", file, path);
    }
    cgm_hdf5_close(space);
    cgm_hdf5_close(type);
    return status;
}

cgm_status cgm_file_info(cgm_file *file, const char *path, cgm_dtype *dtype, cgm_shape *shape)
{
    CGM_HDF5_SCOPE();
    hid_t dataset = H5I_INVALID_HID;
    cgm_dtype got_dtype;
    cgm_shape got_shape;
    CGM_TRY(cgm_hdf5_open_dataset(file, path, &dataset));
    cgm_status status = cgm_hdf5_inspect(file->path, path, dataset, &got_dtype, &got_shape);
    H5Dclose(dataset);
    if (status == CGM_OK) *dtype = got_dtype, *shape = got_shape;
    return status;
}

/* Integers must come out as they are in the file; real numbers may be rounded. HDF5 would clip silently. */
static H5T_conv_ret_t refuse_loss(H5T_conv_except_t what, hid_t from, hid_t to, void *from_value, void *to_value,
                                  void *context)
{
    (void)from, (void)from_value, (void)to_value, (void)context;
    return what == H5T_CONV_EXCEPT_PRECISION || H5Tget_class(to) == H5T_FLOAT ? H5T_CONV_UNHANDLED : H5T_CONV_ABORT;
}

/* Reads the selection of n elements, of data whose type in the file is `stored`. */
static cgm_status read_selection(cgm_file *file, const char *path, hid_t dataset, hid_t memory_space, hid_t file_space,
                                 size_t n, cgm_dtype stored, cgm_dtype wanted, void *data)
{
    if ((stored == CGM_TEXT) != (wanted == CGM_TEXT))
        return CGM_FAIL(CGM_E_FORMAT, "%s: %s holds %s, where %s are expected", file->path, path,
                        cgm_dtype_text(stored), cgm_dtype_text(wanted));
    if (n == 0) return CGM_OK;
    if (wanted == CGM_TEXT) {
        cgm_status status = cgm_hdf5_read_texts(dataset, false, memory_space, file_space, n, &file->texts, data);
        return status == CGM_OK ? CGM_OK : cgm_fail_context(status, "%s: %s", file->path, path);
    }
    cgm_status status = CGM_OK;
    hid_t type = cgm_hdf5_memory_type(wanted), transfer = H5Pcreate(H5P_DATASET_XFER);
    bool ready = type >= 0 && transfer >= 0 && H5Pset_type_conv_cb(transfer, refuse_loss, NULL) >= 0;
    if (!ready || H5Dread(dataset, type, memory_space, file_space, transfer, data) < 0) {
        status = cgm_hdf5_fail(CGM_E_FORMAT, file->path, path, "read the data");
        if (ready && stored != wanted && wanted != CGM_F32 && wanted != CGM_F64)
            status = CGM_FAIL(CGM_E_FORMAT, "%s: %s holds %s that do not fit where %s are expected", file->path, path,
                              cgm_dtype_text(stored), cgm_dtype_text(wanted));
    }
    cgm_hdf5_close(transfer);
    cgm_hdf5_close(type);
    return status;
}

cgm_status cgm_file_read(cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape, void *data)
{
    CGM_HDF5_SCOPE();
    hid_t dataset = H5I_INVALID_HID;
    cgm_dtype stored;
    cgm_shape got;
    CGM_TRY(cgm_hdf5_open_dataset(file, path, &dataset));
    cgm_status status = cgm_hdf5_inspect(file->path, path, dataset, &stored, &got);
    if (status == CGM_OK && !cgm_shape_equal(got, shape)) {
        char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
        status = CGM_FAIL(CGM_E_FORMAT, "%s: %s has the shape %s, where %s is expected", file->path, path,
                          cgm_shape_text(got, a), cgm_shape_text(shape, b));
    }
    if (status == CGM_OK)
        status =
            read_selection(file, path, dataset, H5S_ALL, H5S_ALL, (size_t)cgm_shape_size(shape), stored, dtype, data);
    H5Dclose(dataset);
    return status;
}

/* Rows of an open data set: its type and shape in the file, the selection there and its counterpart in memory. */
typedef struct row_selection {
    hid_t dataset, file_space, memory_space;
    cgm_dtype stored;
    cgm_shape shape;
    size_t n; /* elements */
} row_selection;

static void release_rows(row_selection *rows)
{
    cgm_hdf5_close(rows->memory_space);
    cgm_hdf5_close(rows->file_space);
    cgm_hdf5_close(rows->dataset);
}

static cgm_status select_rows(cgm_file *file, const char *path, int64_t begin, int64_t n, row_selection *out)
{
    row_selection rows = {.dataset = H5I_INVALID_HID, .file_space = H5I_INVALID_HID, .memory_space = H5I_INVALID_HID};
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(cgm_hdf5_open_dataset(file, path, &rows.dataset), failed);
    CGM_TRY_GOTO(cgm_hdf5_inspect(file->path, path, rows.dataset, &rows.stored, &rows.shape), failed);
    if (rows.shape.rank < 1 || begin < 0 || n < 0 || begin > rows.shape.dim[0] || n > rows.shape.dim[0] - begin) {
        char text[CGM_SHAPE_TEXT];
        status = CGM_FAIL(CGM_E_SHAPE, "%s: %s has no %lld rows from row %lld on in its shape %s", file->path, path,
                          (long long)n, (long long)begin, cgm_shape_text(rows.shape, text));
        goto failed;
    }
    hsize_t start[CGM_MAX_RANK] = {(hsize_t)begin}, count[CGM_MAX_RANK];
    for (int i = 0; i < rows.shape.rank; i++) count[i] = (hsize_t)(i == 0 ? n : rows.shape.dim[i]);
    rows.shape.dim[0] = n;
    rows.n = (size_t)cgm_shape_size(rows.shape);
    rows.file_space = H5Dget_space(rows.dataset);
    rows.memory_space = H5Screate_simple(rows.shape.rank, count, NULL);
    if (rows.file_space < 0 || rows.memory_space < 0 ||
        (rows.n > 0 && H5Sselect_hyperslab(rows.file_space, H5S_SELECT_SET, start, NULL, count, NULL) < 0)) {
        status = cgm_hdf5_fail(CGM_E_IO, file->path, path, "select rows");
        goto failed;
    }
    *out = rows;
    return CGM_OK;
failed:
    release_rows(&rows);
    return status;
}

cgm_status cgm_file_read_rows(cgm_file *file, const char *path, cgm_dtype dtype, int64_t begin, int64_t n, void *data)
{
    CGM_HDF5_SCOPE();
    row_selection rows = {.dataset = H5I_INVALID_HID};
    CGM_TRY(select_rows(file, path, begin, n, &rows));
    cgm_status status =
        read_selection(file, path, rows.dataset, rows.memory_space, rows.file_space, rows.n, rows.stored, dtype, data);
    release_rows(&rows);
    return status;
}
