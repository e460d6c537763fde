/* A data set made of numbers in memory. Internal. */
#ifndef CGM_DATA_ARRAYS_H
#define CGM_DATA_ARRAYS_H

#include "data/dataset.h"

/* values[v] is [rows, width of variable v]; images in grey levels, which are rounded. All are training rows.
 * CGM_E_FORMAT for a value that its variable cannot have, naming the row. */
cgm_status cgm_dataset_of(size_t n_variables, const cgm_variable *const *variables, size_t rows,
                          const double *const *values, cgm_dataset **out) CGM_CHECKED;

#endif
