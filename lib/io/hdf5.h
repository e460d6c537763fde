/* What the HDF5 side of lib/io shares. Internal: no HDF5 type in a public header. */
#ifndef CGM_IO_HDF5_H
#define CGM_IO_HDF5_H

/* The interface of 1.10, which later versions offer too. */
#define H5_USE_110_API 1
#include <hdf5.h>

#include "base/arena.h"
#include "io/file.h"

struct cgm_file {
    hid_t id;
    char *path;
    char *temporary;             /* where a new file is until its commit; NULL in a file opened for reading */
    int error;                   /* errno of the first write that failed, 0: none */
    struct cgm_hdf5_part *parts; /* data sets that are being written in parts */
    cgm_arena texts;             /* handed out by reads, freed at close */
};

/* HDF5 is not safe to call from two threads, and prints its errors to stderr. From this statement to the end of the
 * block the thread holds the one lock on the library (again, if it had it), and HDF5 is silent. */
#define CGM_HDF5_SCOPE() __attribute__((cleanup(cgm_hdf5_leave), unused)) int hdf5_scope_ = cgm_hdf5_enter()
int cgm_hdf5_enter(void);
void cgm_hdf5_leave(int *scope);

/* Drops a reference to any kind of identifier; negative ones are none. */
void cgm_hdf5_close(hid_t id);

/* Sets "FILE: PATH: cannot WHAT (HDF5's reason)"; PATH may be NULL. */
cgm_status cgm_hdf5_fail(cgm_status status, const char *file, const char *path, const char *what);
/* HDF5's own innermost complaint about the last call, "" if none. Static storage, valid under the lock. */
const char *cgm_hdf5_reason(void);

/* CGM_E_ARG for a file opened for reading, CGM_E_IO for one that a write has failed on; called before and after
 * writing. */
cgm_status cgm_hdf5_check_writable(const cgm_file *file) CGM_CHECKED;

/* New identifiers of types, to be closed; negative when memory is out. */
hid_t cgm_hdf5_file_type(cgm_dtype dtype);
hid_t cgm_hdf5_memory_type(cgm_dtype dtype);
/* The dtype that holds a file's type without loss; false: none does (compounds, references, ...). */
bool cgm_hdf5_dtype(hid_t type, cgm_dtype *out);
/* "8-bit unsigned integers", for messages. */
const char *cgm_dtype_text(cgm_dtype dtype);

/* Whether the path leads to an object. */
bool cgm_hdf5_exists(hid_t file, const char *path);
/* Whether a data set is a dimension scale without values, which only names an axis. */
bool cgm_hdf5_is_axis(hid_t dataset);
/* Names the axes of a new data set at path; NULL names are skipped. */
cgm_status cgm_hdf5_name_axes(cgm_file *file, const char *path, hid_t dataset, cgm_shape shape,
                              const char *const *axes) CGM_CHECKED;
/* Gives way to a data set that wants the name of an axis. */
cgm_status cgm_hdf5_move_axis(cgm_file *file, const char *path) CGM_CHECKED;

/* Some of the data that a data set will hold, at most CGM_HDF5_SAMPLE bytes. */
enum { CGM_HDF5_SAMPLE = 32 << 10 };
typedef struct cgm_hdf5_sample {
    const void *data;
    size_t bytes;
} cgm_hdf5_sample;
/* Makes a data set, and the groups on its path. */
cgm_status cgm_hdf5_reserve(cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape, const char *const *axes,
                            cgm_hdf5_sample sample, hid_t *out) CGM_CHECKED;
/* Closes one that was written with this status so far. */
cgm_status cgm_hdf5_close_written(cgm_file *file, const char *path, hid_t dataset, cgm_status status) CGM_CHECKED;
/* Ends those that are written in parts; CGM_E_ARG when rows of one are missing. */
cgm_status cgm_hdf5_end_parts(cgm_file *file) CGM_CHECKED;
/* Closes them as they are. */
void cgm_hdf5_drop_parts(cgm_file *file);

/* Opens the data set at path; CGM_E_FORMAT when there is none. */
cgm_status cgm_hdf5_open_dataset(cgm_file *file, const char *path, hid_t *out) CGM_CHECKED;
/* Its dtype and shape; CGM_E_FORMAT where cgm has none such. */
cgm_status cgm_hdf5_inspect(const char *file, const char *path, hid_t dataset, cgm_dtype *dtype,
                            cgm_shape *shape) CGM_CHECKED;

/* Texts of a dataset's selection (or an attribute, where space is negative) into `out`, copied into the arena. */
cgm_status cgm_hdf5_read_texts(hid_t object, bool is_attribute, hid_t memory_space, hid_t file_space, size_t n,
                               cgm_arena *arena, const char **out) CGM_CHECKED;

/* Whether PATH can be opened and read to its end without harm, found out in a child process. */
cgm_status cgm_probe(const char *path) CGM_CHECKED;

/* Files beside their place. */
cgm_status cgm_place_temporary(const char *path, char **out) CGM_CHECKED;
cgm_status cgm_place_commit(const char *temporary, const char *path) CGM_CHECKED;

#endif
