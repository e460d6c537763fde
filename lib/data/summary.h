/* What a data set holds, in figures: for `cgm data info`. */
#ifndef CGM_DATA_SUMMARY_H
#define CGM_DATA_SUMMARY_H

#include "data/dataset.h"

typedef struct cgm_variable_summary {
    const cgm_variable *variable; /* borrowed from the data set */
    double least, greatest;       /* of the values; of an image's pixels, of a vector's numbers */
    double mean, sd;              /* the standard deviation divides by n */
    size_t *count;                /* categorical: rows of each level, [levels]; otherwise NULL */
} cgm_variable_summary;

typedef struct cgm_data_summary {
    size_t n; /* variables, in the data set's order */
    cgm_variable_summary *variable;
} cgm_data_summary;

/* Summarises a split; padding does not count. CGM_E_ARG when the split is empty. Cleared with cgm_data_summary_clear.
 */
CGM_API cgm_status cgm_data_summary_fill(const cgm_dataset *data, cgm_split split, cgm_data_summary *out) CGM_CHECKED;
CGM_API void cgm_data_summary_clear(cgm_data_summary *summary);

#endif
