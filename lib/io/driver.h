/* The driver under new HDF5 files, which keeps write errors from HDF5. Internal. */
#ifndef CGM_IO_DRIVER_H
#define CGM_IO_DRIVER_H

#include "io/hdf5.h"

/* Makes files that are created with this access list note the errno of the first failed write in *error, which must
 * live until the file is closed. */
bool cgm_driver_set(hid_t access, int *error);

#endif
