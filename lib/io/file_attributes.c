/* Attributes: a text or a number that says something of a data set, a group or the file. */
#include "io/hdf5.h"

#include <string.h>

/* Larger texts are not what an attribute is for, and a damaged size must not become an allocation. */
enum { LARGEST_ATTRIBUTE = 64 << 20 };

static cgm_status open_object(cgm_file *file, const char *path, hid_t *out)
{
    hid_t object = cgm_hdf5_exists(file->id, path) ? H5Oopen(file->id, path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (object < 0) return CGM_FAIL(CGM_E_FORMAT, "%s: there is no %s", file->path, path);
    *out = object;
    return CGM_OK;
}

/* Replaces the attribute. */
static cgm_status write_attribute(cgm_file *file, const char *path, const char *name, cgm_dtype dtype,
                                  const void *value)
{
    cgm_status status = CGM_OK;
    hid_t object = H5I_INVALID_HID;
    CGM_TRY(cgm_hdf5_check_writable(file));
    CGM_TRY(open_object(file, path, &object));
    hid_t stored = cgm_hdf5_file_type(dtype), memory = cgm_hdf5_memory_type(dtype), space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5I_INVALID_HID;
    bool ok = H5Aexists(object, name) <= 0 || H5Adelete(object, name) >= 0;
    if (ok) attribute = H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, memory, value) < 0) {
        char what[128];
        snprintf(what, sizeof what, "write the attribute '%s'", name);
        status = cgm_hdf5_fail(CGM_E_IO, file->path, path, what);
    }
    cgm_hdf5_close(attribute);
    cgm_hdf5_close(space);
    cgm_hdf5_close(memory);
    cgm_hdf5_close(stored);
    H5Oclose(object);
    return file->error ? cgm_hdf5_check_writable(file) : status;
}

cgm_status cgm_file_set_text(cgm_file *file, const char *path, const char *name, const char *text)
{
    CGM_HDF5_SCOPE();
    return write_attribute(file, path, name, CGM_TEXT, &text);
}

cgm_status cgm_file_set_number(cgm_file *file, const char *path, const char *name, double value)
{
    CGM_HDF5_SCOPE();
    return write_attribute(file, path, name, CGM_F64, &value);
}

cgm_status cgm_file_set_integer(cgm_file *file, const char *path, const char *name, uint64_t value)
{
    CGM_HDF5_SCOPE();
    return write_attribute(file, path, name, CGM_U64, &value);
}

bool cgm_file_has_attribute(cgm_file *file, const char *path, const char *name)
{
    CGM_HDF5_SCOPE();
    return cgm_hdf5_exists(file->id, path) && H5Aexists_by_name(file->id, path, name, H5P_DEFAULT) > 0;
}

/* Opens an attribute of one element; a text where `text`, a number otherwise. */
static cgm_status open_attribute(cgm_file *file, const char *path, const char *name, bool text, cgm_dtype *dtype,
                                 hid_t *out)
{
    cgm_status status = CGM_OK;
    hid_t object = H5I_INVALID_HID, attribute = H5I_INVALID_HID, type = H5I_INVALID_HID, space = H5I_INVALID_HID;
    CGM_TRY(open_object(file, path, &object));
    if (H5Aexists(object, name) <= 0) {
        status = CGM_FAIL(CGM_E_FORMAT, "%s: %s has no attribute '%s'", file->path, path, name);
        goto done;
    }
    attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute >= 0) type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    if (type < 0 || space < 0) {
        status = cgm_hdf5_fail(CGM_E_FORMAT, file->path, path, "read its attributes");
        goto done;
    }
    bool is_one = H5Sget_simple_extent_npoints(space) == 1 && H5Tget_size(type) <= LARGEST_ATTRIBUTE;
    if (!is_one || !cgm_hdf5_dtype(type, dtype) || (*dtype == CGM_TEXT) != text) {
        status = CGM_FAIL(CGM_E_FORMAT, "%s: %s: the attribute '%s' is not %s", file->path, path, name,
                          text ? "a text" : "a number");
        goto done;
    }
    *out = attribute;
    attribute = H5I_INVALID_HID;
done:
    cgm_hdf5_close(space);
    cgm_hdf5_close(type);
    cgm_hdf5_close(attribute);
    H5Oclose(object);
    return status;
}

cgm_status cgm_file_get_text(cgm_file *file, const char *path, const char *name, const char **text)
{
    CGM_HDF5_SCOPE();
    hid_t attribute = H5I_INVALID_HID;
    cgm_dtype dtype = CGM_U8;
    CGM_TRY(open_attribute(file, path, name, true, &dtype, &attribute));
    cgm_status status = cgm_hdf5_read_texts(attribute, true, H5S_ALL, H5S_ALL, 1, &file->texts, text);
    H5Aclose(attribute);
    return status == CGM_OK ? CGM_OK : cgm_fail_context(status, "%s: %s: attribute '%s'", file->path, path, name);
}

static cgm_status read_value(cgm_file *file, const char *path, const char *name, hid_t attribute, hid_t type,
                             void *value)
{
    if (H5Aread(attribute, type, value) >= 0) return CGM_OK;
    char what[128];
    snprintf(what, sizeof what, "read the attribute '%s'", name);
    return cgm_hdf5_fail(CGM_E_FORMAT, file->path, path, what);
}

cgm_status cgm_file_get_number(cgm_file *file, const char *path, const char *name, double *value)
{
    CGM_HDF5_SCOPE();
    hid_t attribute = H5I_INVALID_HID;
    cgm_dtype dtype = CGM_U8;
    CGM_TRY(open_attribute(file, path, name, false, &dtype, &attribute));
    cgm_status status = read_value(file, path, name, attribute, H5T_NATIVE_DOUBLE, value);
    H5Aclose(attribute);
    return status;
}

cgm_status cgm_file_get_integer(cgm_file *file, const char *path, const char *name, uint64_t *value)
{
    CGM_HDF5_SCOPE();
    hid_t attribute = H5I_INVALID_HID;
    cgm_dtype dtype = CGM_U8;
    uint64_t got = 0;
    CGM_TRY(open_attribute(file, path, name, false, &dtype, &attribute));
    bool is_signed = dtype == CGM_I64, is_real = dtype == CGM_F32 || dtype == CGM_F64;
    cgm_status status = CGM_OK;
    if (!is_real)
        status = read_value(file, path, name, attribute, is_signed ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64, &got);
    if (status == CGM_OK && (is_real || (is_signed && got > INT64_MAX)))
        status =
            CGM_FAIL(CGM_E_FORMAT, "%s: %s: the attribute '%s' is not an integer of 0 or more", file->path, path, name);
    H5Aclose(attribute);
    if (status == CGM_OK) *value = got;
    return status;
}
