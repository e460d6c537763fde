/* A contact sheet: images of a data set in a grid, each with its row's scalar values below it. */
#ifndef CGM_DATA_SHEET_H
#define CGM_DATA_SHEET_H

#include "data/dataset.h"

/* Writes n images, evenly spread over the rows of the split, to a PNG. `image` names the variable, NULL: the first
 * image. CGM_E_ARG when there is no image or no row; n is lowered to the split's rows. */
CGM_API cgm_status cgm_data_sheet_write(const cgm_dataset *data, cgm_split split, const char *image, size_t n,
                                        const char *path) CGM_CHECKED;

#endif
