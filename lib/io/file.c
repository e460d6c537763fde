/* Creating, committing, opening and closing HDF5 files. */
#define _GNU_SOURCE
#include "io/driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The format of HDF5 1.8: its object headers carry checksums, so that a flipped bit is noticed, and everybody reads it.
 */
static hid_t create_hdf5(const char *path, int *error)
{
    hid_t file = H5I_INVALID_HID, access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE);
    if (access >= 0 && creation >= 0 && cgm_driver_set(access, error) &&
        H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0 &&
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 && H5Pset_obj_track_times(creation, false) >= 0)
        file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    cgm_hdf5_close(access);
    cgm_hdf5_close(creation);
    return file;
}

static cgm_file *new_file(const char *path)
{
    cgm_file *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(path))) {
        (void)CGM_FAIL(CGM_E_MEMORY, "out of memory");
        free(file);
        return NULL;
    }
    file->id = H5I_INVALID_HID;
    return file;
}

cgm_status cgm_file_create(const char *path, cgm_file **out)
{
    CGM_HDF5_SCOPE();
    cgm_status status = CGM_OK;
    cgm_file *file = new_file(path);
    if (!file) return CGM_E_MEMORY;
    CGM_TRY_GOTO(cgm_place_temporary(path, &file->temporary), failed);
    file->id = create_hdf5(file->temporary, &file->error);
    if (file->id < 0) {
        status = file->error ? CGM_FAIL(file->error == ENOMEM ? CGM_E_MEMORY : CGM_E_IO, "cannot write %s: %s", path,
                                        file->error == ENOMEM ? "out of memory" : strerror(file->error))
                             : cgm_hdf5_fail(CGM_E_IO, path, NULL, "create it");
        goto failed;
    }
    *out = file;
    return CGM_OK;
failed:
    cgm_file_close(file);
    return status;
}

cgm_status cgm_file_commit(cgm_file *file)
{
    CGM_HDF5_SCOPE();
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(cgm_hdf5_check_writable(file), done);
    CGM_TRY_GOTO(cgm_hdf5_end_parts(file), done);
    herr_t closed = H5Fclose(file->id);
    file->id = H5I_INVALID_HID;
    CGM_TRY_GOTO(cgm_hdf5_check_writable(file), done);
    if (closed < 0) {
        status = cgm_hdf5_fail(CGM_E_IO, file->path, NULL, "write it");
        goto done;
    }
    CGM_TRY_GOTO(cgm_place_commit(file->temporary, file->path), done);
    free(file->temporary);
    file->temporary = NULL;
done:
    cgm_file_close(file);
    return status;
}

cgm_status cgm_file_open(const char *path, cgm_file **out)
{
    CGM_HDF5_SCOPE();
    CGM_TRY(cgm_probe(path));
    cgm_file *file = new_file(path);
    if (!file) return CGM_E_MEMORY;
    file->id = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file->id < 0) {
        cgm_status status = cgm_hdf5_fail(CGM_E_FORMAT, path, NULL, "open it");
        cgm_file_close(file);
        return status;
    }
    *out = file;
    return CGM_OK;
}

void cgm_file_close(cgm_file *file)
{
    if (!file) return;
    CGM_HDF5_SCOPE();
    cgm_hdf5_drop_parts(file);
    if (file->id >= 0) (void)H5Fclose(file->id);
    if (file->temporary) (void)unlink(file->temporary);
    cgm_arena_clear(&file->texts);
    free(file->temporary);
    free(file->path);
    free(file);
}

const char *cgm_file_path(const cgm_file *file)
{
    return file->path;
}
