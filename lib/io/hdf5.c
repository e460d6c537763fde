/* The lock on HDF5, its errors, its types. */
#include "io/hdf5.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock;
static pthread_once_t lock_once = PTHREAD_ONCE_INIT;

/* What was there before the outermost scope, put back at its end; guarded by the lock. */
static int depth;
static H5E_auto2_t outer_print;
static void *outer_data;

static void make_lock(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

int cgm_hdf5_enter(void)
{
    pthread_once(&lock_once, make_lock);
    pthread_mutex_lock(&lock);
    if (depth++ == 0) {
        H5Eget_auto2(H5E_DEFAULT, &outer_print, &outer_data);
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    }
    return 0;
}

void cgm_hdf5_leave(int *scope)
{
    (void)scope;
    if (--depth == 0) H5Eset_auto2(H5E_DEFAULT, outer_print, outer_data);
    pthread_mutex_unlock(&lock);
}

void cgm_hdf5_close(hid_t id)
{
    if (id >= 0) (void)H5Idec_ref(id);
}

static char reason[256];

/* The first error of the walk is the innermost. */
static herr_t keep_reason(unsigned n, const H5E_error2_t *error, void *context)
{
    (void)context;
    if (n == 0 && error->desc) snprintf(reason, sizeof reason, "%s", error->desc);
    return 0;
}

const char *cgm_hdf5_reason(void)
{
    reason[0] = '\0';
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_reason, NULL);
    return reason;
}

cgm_status cgm_hdf5_fail(cgm_status status, const char *file, const char *path, const char *what)
{
    const char *why = cgm_hdf5_reason();
    return CGM_FAIL(status, "%s: %s%scannot %s%s%s%s", file, path ? path : "", path ? ": " : "", what,
                    why[0] ? " (HDF5: " : "", why, why[0] ? ")" : "");
}

cgm_status cgm_hdf5_check_writable(const cgm_file *file)
{
    if (!file->temporary) return CGM_FAIL(CGM_E_ARG, "%s: it was opened for reading", file->path);
    if (file->error) return CGM_FAIL(CGM_E_IO, "cannot write %s: %s", file->path, strerror(file->error));
    return CGM_OK;
}

size_t cgm_dtype_size(cgm_dtype dtype)
{
    switch (dtype) {
    case CGM_U8:
        return 1;
    case CGM_F32:
        return 4;
    case CGM_F64:
    case CGM_I64:
    case CGM_U64:
        return 8;
    case CGM_TEXT:
        return sizeof(char *);
    }
    return 0;
}

const char *cgm_dtype_text(cgm_dtype dtype)
{
    switch (dtype) {
    case CGM_U8:
        return "8-bit unsigned integers";
    case CGM_F32:
        return "32-bit real numbers";
    case CGM_F64:
        return "64-bit real numbers";
    case CGM_I64:
        return "64-bit integers";
    case CGM_U64:
        return "64-bit unsigned integers";
    case CGM_TEXT:
        return "texts";
    }
    return "?";
}

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

hid_t cgm_hdf5_file_type(cgm_dtype dtype)
{
    switch (dtype) {
    case CGM_U8:
        return H5Tcopy(H5T_STD_U8LE);
    case CGM_F32:
        return H5Tcopy(H5T_IEEE_F32LE);
    case CGM_F64:
        return H5Tcopy(H5T_IEEE_F64LE);
    case CGM_I64:
        return H5Tcopy(H5T_STD_I64LE);
    case CGM_U64:
        return H5Tcopy(H5T_STD_U64LE);
    case CGM_TEXT:
        return text_type();
    }
    return H5I_INVALID_HID;
}

hid_t cgm_hdf5_memory_type(cgm_dtype dtype)
{
    switch (dtype) {
    case CGM_U8:
        return H5Tcopy(H5T_NATIVE_UINT8);
    case CGM_F32:
        return H5Tcopy(H5T_NATIVE_FLOAT);
    case CGM_F64:
        return H5Tcopy(H5T_NATIVE_DOUBLE);
    case CGM_I64:
        return H5Tcopy(H5T_NATIVE_INT64);
    case CGM_U64:
        return H5Tcopy(H5T_NATIVE_UINT64);
    case CGM_TEXT:
        return text_type();
    }
    return H5I_INVALID_HID;
}

bool cgm_hdf5_dtype(hid_t type, cgm_dtype *out)
{
    size_t size = H5Tget_size(type);
    if (size == 0) return false;
    switch (H5Tget_class(type)) {
    case H5T_ENUM: /* h5py's booleans */
        *out = CGM_I64;
        return size <= 8;
    case H5T_INTEGER:
        if (H5Tget_sign(type) == H5T_SGN_NONE)
            *out = size == 1 ? CGM_U8 : CGM_U64;
        else
            *out = CGM_I64;
        return size <= 8;
    case H5T_FLOAT:
        *out = size <= 4 ? CGM_F32 : CGM_F64;
        return size <= 16;
    case H5T_STRING:
        *out = CGM_TEXT;
        return true;
    default:
        return false;
    }
}

bool cgm_hdf5_exists(hid_t file, const char *path)
{
    char part[1024];
    size_t n = strlen(path);
    if (n >= sizeof part) return false;
    /* HDF5 answers for the last link only, and fails where one before it is missing. */
    for (size_t end = 1; end <= n; end++) {
        if (end < n && path[end] != '/') continue;
        if (path[end - 1] == '/') continue;
        memcpy(part, path, end);
        part[end] = '\0';
        if (H5Lexists(file, part, H5P_DEFAULT) <= 0) return false;
        if (H5Oexists_by_name(file, part, H5P_DEFAULT) <= 0) return false;
    }
    return true;
}

/* Fixed-length texts are padded with zeros or blanks and may lack an end. */
static cgm_status copy_fixed(hid_t type, size_t n, size_t size, const char *buffer, cgm_arena *arena, const char **out)
{
    bool blanks = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    for (size_t i = 0; i < n; i++) {
        size_t length = strnlen(buffer + i * size, size);
        while (blanks && length > 0 && buffer[i * size + length - 1] == ' ') length--;
        char *text = cgm_arena_alloc(arena, length + 1);
        if (!text) return CGM_E_MEMORY;
        memcpy(text, buffer + i * size, length);
        out[i] = text;
    }
    return CGM_OK;
}

static cgm_status copy_variable(size_t n, const char *const *buffer, cgm_arena *arena, const char **out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = cgm_arena_strdup(arena, buffer[i] ? buffer[i] : "");
        if (!out[i]) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

cgm_status cgm_hdf5_read_texts(hid_t object, bool is_attribute, hid_t memory_space, hid_t file_space, size_t n,
                               cgm_arena *arena, const char **out)
{
    cgm_status status = CGM_OK;
    hid_t type = is_attribute ? H5Aget_type(object) : H5Dget_type(object);
    bool variable = H5Tis_variable_str(type) > 0;
    size_t size = variable ? sizeof(char *) : H5Tget_size(type), bytes;
    char *buffer = NULL;
    if (__builtin_mul_overflow(size, n, &bytes)) bytes = SIZE_MAX;
    buffer = cgm_alloc_aligned(bytes);
    if (!buffer) {
        status = CGM_E_MEMORY;
        goto done;
    }
    herr_t got = is_attribute ? H5Aread(object, type, buffer)
                              : H5Dread(object, type, memory_space, file_space, H5P_DEFAULT, buffer);
    if (got < 0) {
        status = CGM_FAIL(CGM_E_FORMAT, "cannot read texts (HDF5: %s)", cgm_hdf5_reason());
        goto done;
    }
    status = variable ? copy_variable(n, (const char *const *)buffer, arena, out)
                      : copy_fixed(type, n, size, buffer, arena, out);
    for (size_t i = 0; variable && i < n; i++) (void)H5free_memory(((char **)buffer)[i]);
done:
    cgm_free_aligned(buffer);
    cgm_hdf5_close(type);
    return status;
}
