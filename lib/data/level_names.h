/* The names of a variable's levels in HDF5: the attribute level_names of its data set, one name a line. Internal. */
#ifndef CGM_DATA_LEVEL_NAMES_H
#define CGM_DATA_LEVEL_NAMES_H

#include "data/variable.h"
#include "io/file.h"

/* Writes nothing when the levels have no names. */
cgm_status cgm_level_names_save(cgm_file *file, const char *path, const cgm_variable *variable) CGM_CHECKED;
/* Sets variable->level_names, in the arena, where the file has them: as many as variable->levels, else CGM_E_FORMAT at
 * `where`. */
cgm_status cgm_level_names_load(cgm_file *file, const char *path, const char *where, cgm_arena *arena,
                                cgm_variable *variable) CGM_CHECKED;

#endif
