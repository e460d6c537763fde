/* Named arrays that together are an object's state: what a checkpoint stores and a resume restores. The object lists
 * its own memory; saving reads it, loading writes it. */
#ifndef CGM_IO_STATE_H
#define CGM_IO_STATE_H

#include "base/arena.h"
#include "io/file.h"

typedef struct cgm_state_entry {
    const char *name; /* "parameters/decoder.conv2.weight" */
    cgm_dtype dtype;  /* not CGM_TEXT */
    cgm_shape shape;
    void *data;    /* borrowed from the object */
    bool optional; /* files of before it was stored have none */
} cgm_state_entry;

/* Zero-initialise; cleared with cgm_state_clear. */
typedef struct cgm_state {
    cgm_arena arena;
    size_t n, capacity;
    cgm_state_entry *entry;
} cgm_state;

CGM_API cgm_status cgm_state_add(cgm_state *state, cgm_dtype dtype, cgm_shape shape, void *data,
                                 const char *name_format, ...) CGM_PRINTF(5, 6);
/* One that later versions of an object have: where a file has none, loading leaves the object's as it is. */
CGM_API cgm_status cgm_state_add_optional(cgm_state *state, cgm_dtype dtype, cgm_shape shape, void *data,
                                          const char *name);
CGM_API void cgm_state_clear(cgm_state *state);
/* Writes every entry under group, or reads every entry (missing and not optional, wrong shape: CGM_E_FORMAT naming file
 * and path). */
CGM_API cgm_status cgm_state_save(const cgm_state *state, cgm_file *file, const char *group) CGM_CHECKED;
CGM_API cgm_status cgm_state_load(const cgm_state *state, cgm_file *file, const char *group) CGM_CHECKED;

#endif
