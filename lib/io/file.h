/* HDF5 files: created beside their place, synced and renamed on commit, so that nothing on disk is ever lost or half
 * written; read with every shape and type checked. A file is probed in a child process before it is opened, because
 * HDF5 1.10 can crash on crafted files. Errors name FILE and the dataset path. All calls into HDF5 are serialised. */
#ifndef CGM_IO_FILE_H
#define CGM_IO_FILE_H

#include <stdio.h>

#include "graph/shape.h"

typedef struct cgm_file cgm_file;

typedef enum cgm_dtype { CGM_U8, CGM_F32, CGM_F64, CGM_I64, CGM_U64, CGM_TEXT } cgm_dtype;
CGM_API size_t cgm_dtype_size(cgm_dtype dtype);

/* Starts a file that will replace PATH at commit; until then it is PATH.tmp.PID. CGM_E_ARG when there is no such
 * directory or no permission. */
CGM_API cgm_status cgm_file_create(const char *path, cgm_file **out) CGM_CHECKED;
/* Syncs, renames into place and closes. On an error it closes too, the new file vanishes and the old one stays. */
CGM_API cgm_status cgm_file_commit(cgm_file *file) CGM_CHECKED;
/* Opens for reading. CGM_E_ARG when there is no such file, CGM_E_FORMAT when it is damaged or not HDF5. */
CGM_API cgm_status cgm_file_open(const char *path, cgm_file **out) CGM_CHECKED;
/* Closes; an uncommitted new file vanishes. NULL is fine. */
CGM_API void cgm_file_close(cgm_file *file);
CGM_API const char *cgm_file_path(const cgm_file *file);

/* Writes a dataset, making the groups on its path. `axes` names its axes with dimension scales (NULL, or shape.rank
 * names, each may be NULL): "row", "channel", "y", "x". Data of more than 64 KiB are chunked by rows, and deflated
 * where that makes them smaller. Texts are an array of const char *. A path is written once. */
CGM_API cgm_status cgm_file_write(cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape,
                                  const char *const *axes, const void *data) CGM_CHECKED;
/* For data larger than memory: the next n rows of a data set of this shape, which the first call makes; in the end it
 * must have all its rows, or the file is not committed. Rows are kept until they fill a chunk: up to 1 MB a data set.
 */
CGM_API cgm_status cgm_file_append(cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape,
                                   const char *const *axes, int64_t n, const void *data) CGM_CHECKED;
/* Whether there is a group or a dataset (the name of an axis is neither). */
CGM_API bool cgm_file_has(cgm_file *file, const char *path);
CGM_API cgm_status cgm_file_info(cgm_file *file, const char *path, cgm_dtype *dtype, cgm_shape *shape) CGM_CHECKED;
/* Reads a whole dataset as dtype (converting; integers must fit, real numbers may be rounded); CGM_E_FORMAT unless its
 * shape is exactly `shape`. Texts are stored as const char * and belong to the file until it closes. */
CGM_API cgm_status cgm_file_read(cgm_file *file, const char *path, cgm_dtype dtype, cgm_shape shape,
                                 void *data) CGM_CHECKED;
CGM_API cgm_status cgm_file_read_rows(cgm_file *file, const char *path, cgm_dtype dtype, int64_t begin, int64_t n,
                                      void *data) CGM_CHECKED;

/* Attributes of an object ("/" for the file). Texts are UTF-8; a text read belongs to the file until it closes. */
CGM_API cgm_status cgm_file_set_text(cgm_file *file, const char *path, const char *name, const char *text) CGM_CHECKED;
CGM_API cgm_status cgm_file_set_number(cgm_file *file, const char *path, const char *name, double value) CGM_CHECKED;
CGM_API cgm_status cgm_file_set_integer(cgm_file *file, const char *path, const char *name, uint64_t value) CGM_CHECKED;
CGM_API bool cgm_file_has_attribute(cgm_file *file, const char *path, const char *name);
CGM_API cgm_status cgm_file_get_text(cgm_file *file, const char *path, const char *name, const char **text) CGM_CHECKED;
CGM_API cgm_status cgm_file_get_number(cgm_file *file, const char *path, const char *name, double *value) CGM_CHECKED;
CGM_API cgm_status cgm_file_get_integer(cgm_file *file, const char *path, const char *name,
                                        uint64_t *value) CGM_CHECKED;

/* Names in a group, in alphabetical order, those of axes left out: calls visit(context, name, is_group). */
typedef cgm_status cgm_file_visit_fn(void *context, const char *name, bool is_group);
CGM_API cgm_status cgm_file_list(cgm_file *file, const char *group, cgm_file_visit_fn *visit,
                                 void *context) CGM_CHECKED;
/* Compares every dataset of two files bit for bit, type and shape too (attributes apart); visit is told each path of
 * either file, in alphabetical order, and whether it is identical. */
typedef cgm_status cgm_file_compare_fn(void *context, const char *path, bool identical);
CGM_API cgm_status cgm_file_compare(cgm_file *a, cgm_file *b, cgm_file_compare_fn *visit, void *context) CGM_CHECKED;

/* Any other file, atomically: write to *stream, then commit with ok true (or drop it with false). */
typedef struct cgm_atomic cgm_atomic;
CGM_API cgm_status cgm_atomic_open(const char *path, cgm_atomic **out, FILE **stream) CGM_CHECKED;
CGM_API cgm_status cgm_atomic_close(cgm_atomic *atomic, bool ok) CGM_CHECKED;
/* Several files of a folder together. Makes a folder in which they are to be written under their names, *temporary:
 * beside `folder`, or in it where it is there already. CGM_E_ARG where that cannot be. */
typedef struct cgm_filling cgm_filling;
CGM_API cgm_status cgm_filling_begin(const char *folder, cgm_filling **out, const char **temporary) CGM_CHECKED;
/* With ok true they go to `folder`, which is made if it was not there, in place of files of the same names; else, and
 * on an error, they are removed. NULL is nothing to end. */
CGM_API cgm_status cgm_filling_end(cgm_filling *filling, bool ok) CGM_CHECKED;
/* Writes a text as one field of a CSV file (RFC 4180), between quotes where it needs them. */
CGM_API void cgm_csv_put(FILE *f, const char *text);
/* Whether a file to be written is to be CSV: its name ends in .csv. */
CGM_API bool cgm_csv_is_named(const char *path);

/* SHA-256 of a file's bytes, as 64 hex digits. */
CGM_API cgm_status cgm_sha256_file(const char *path, char hex[65]) CGM_CHECKED;
CGM_API void cgm_sha256(const void *data, size_t bytes, char hex[65]);

#endif
