/* Names of axes, as HDF5 dimension scales: for an axis "row" the group of the data set holds a scale "row" of its
 * length and without values, the way netCDF writes a dimension that has no coordinates, so that netCDF4 and xarray read
 * the names. The data set carries them as labels besides, for h5py. */
#define _GNU_SOURCE
#include "io/hdf5.h"

#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

/* netCDF's mark, followed by the length in ten columns. */
static const char no_values[] = "This is a netCDF dimension without a corresponding variable.";

static bool text_attribute_begins(hid_t object, const char *name, const char *text)
{
    if (H5Aexists(object, name) <= 0) return false;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = attribute < 0 ? attribute : H5Aget_type(attribute);
    char value[128] = "";
    bool begins = false;
    hid_t space = attribute < 0 ? attribute : H5Aget_space(attribute);
    if (type >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
        H5Tget_size(type) < sizeof value && space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
        H5Aread(attribute, type, value) >= 0)
        begins = strncmp(value, text, strlen(text)) == 0;
    cgm_hdf5_close(space);
    cgm_hdf5_close(type);
    cgm_hdf5_close(attribute);
    return begins;
}

bool cgm_hdf5_is_axis(hid_t dataset)
{
    return text_attribute_begins(dataset, "CLASS", "DIMENSION_SCALE") &&
           text_attribute_begins(dataset, "NAME", no_values);
}

static int64_t axis_length(hid_t scale)
{
    hsize_t length = 0;
    hid_t space = H5Dget_space(scale);
    if (space >= 0 && H5Sget_simple_extent_ndims(space) == 1) (void)H5Sget_simple_extent_dims(space, &length, NULL);
    cgm_hdf5_close(space);
    return (int64_t)length;
}

static hid_t create_axis(hid_t file, const char *path, int64_t length)
{
    hid_t scale = H5I_INVALID_HID, creation = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, &(hsize_t){(hsize_t)length}, NULL);
    if (creation >= 0 && space >= 0 && H5Pset_obj_track_times(creation, false) >= 0)
        scale = H5Dcreate2(file, path, H5T_IEEE_F32BE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    char name[sizeof no_values + 24];
    snprintf(name, sizeof name, "%s%10lld", no_values, (long long)length);
    if (scale >= 0 && H5DSset_scale(scale, name) < 0) {
        cgm_hdf5_close(scale);
        scale = H5I_INVALID_HID;
    }
    cgm_hdf5_close(space);
    cgm_hdf5_close(creation);
    return scale;
}

/* The scale NAME of the group, or NAME_LENGTH, NAME_LENGTH_2, ... where the name is taken by another length or by data.
 */
static hid_t find_axis(hid_t file, const char *group, const char *name, int64_t length)
{
    for (int turn = 0; turn < 1000; turn++) {
        char path[1024];
        int n = turn == 0   ? snprintf(path, sizeof path, "%s%s", group, name)
                : turn == 1 ? snprintf(path, sizeof path, "%s%s_%lld", group, name, (long long)length)
                            : snprintf(path, sizeof path, "%s%s_%lld_%d", group, name, (long long)length, turn);
        if (n >= (int)sizeof path) return H5I_INVALID_HID;
        if (!cgm_hdf5_exists(file, path)) return create_axis(file, path, length);
        hid_t scale = H5Oopen(file, path, H5P_DEFAULT);
        if (scale >= 0 && H5Iget_type(scale) == H5I_DATASET && cgm_hdf5_is_axis(scale) && axis_length(scale) == length)
            return scale;
        cgm_hdf5_close(scale);
    }
    return H5I_INVALID_HID;
}

/* "/factual/" of "/factual/image". */
static cgm_status group_of(const char *path, char group[1024])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    if (n >= 1024) return CGM_FAIL(CGM_E_ARG, "a path of %zu characters is too long", n);
    memcpy(group, path, n);
    group[n] = '\0';
    return CGM_OK;
}

cgm_status cgm_hdf5_name_axes(cgm_file *file, const char *path, hid_t dataset, cgm_shape shape, const char *const *axes)
{
    char group[1024];
    CGM_TRY(group_of(path, group));
    for (int axis = 0; axis < shape.rank; axis++) {
        if (!axes[axis]) continue;
        hid_t scale = find_axis(file->id, group, axes[axis], shape.dim[axis]);
        bool ok = scale >= 0 && H5DSattach_scale(dataset, scale, (unsigned)axis) >= 0 &&
                  H5DSset_label(dataset, (unsigned)axis, axes[axis]) >= 0;
        cgm_hdf5_close(scale);
        if (!ok) return cgm_hdf5_fail(CGM_E_IO, file->path, path, "name its axes");
    }
    return CGM_OK;
}

/* The references to a scale follow the object, whatever its name. */
cgm_status cgm_hdf5_move_axis(cgm_file *file, const char *path)
{
    hid_t scale = H5Dopen2(file->id, path, H5P_DEFAULT);
    int64_t length = scale < 0 ? 0 : axis_length(scale);
    cgm_hdf5_close(scale);
    for (int turn = 1; turn < 1000; turn++) {
        char name[1024];
        int n = turn == 1 ? snprintf(name, sizeof name, "%s_%lld", path, (long long)length)
                          : snprintf(name, sizeof name, "%s_%lld_%d", path, (long long)length, turn);
        if (n >= (int)sizeof name) break;
        if (cgm_hdf5_exists(file->id, name)) continue;
        if (H5Lmove(file->id, path, file->id, name, H5P_DEFAULT, H5P_DEFAULT) >= 0) return CGM_OK;
        break;
    }
    return cgm_hdf5_fail(CGM_E_IO, file->path, path, "make way for a data set of that name");
}
