/* Data sets as folders of PNG files with a table, for other programs, and to be read back with data.images. */
#ifndef CGM_DATA_EXPORT_H
#define CGM_DATA_EXPORT_H

#include "data/dataset.h"

/* Makes the folder: attributes.csv, with the columns "file", "split" (train or test) and the scalar variables, and
 * 000000.png, ..., the images, without padding. All or nothing: on an error there is no folder. CGM_E_ARG when it is
 * there already, or when the data set does not have exactly one image variable, of 1 or 3 channels, or has variables
 * called like these two columns. */
CGM_API cgm_status cgm_dataset_export(const cgm_dataset *data, const char *folder, int threads) CGM_CHECKED;

#endif
