/* A look at a data set: a contact sheet of images in a grid, each with its row's scalar values below it, or points of a
 * plane. */
#ifndef CGM_DATA_SHEET_H
#define CGM_DATA_SHEET_H

#include "data/augment.h"
#include "data/dataset.h"

/* Writes n images, evenly spread over the rows of the split, to a PNG. `image` names the variable, NULL: the first
 * image. CGM_E_ARG when there is no image or no row; n is lowered to the split's rows. */
CGM_API cgm_status cgm_data_sheet_write(const cgm_dataset *data, cgm_split split, const char *image, size_t n,
                                        const char *path) CGM_CHECKED;
/* Writes the points of a vector of two numbers, the first n of each split, a panel each. `vector` names the variable,
 * NULL: the first vector. CGM_E_ARG when there is no vector of two numbers. */
CGM_API cgm_status cgm_data_sheet_write_points(const cgm_dataset *data, const char *vector, size_t n,
                                               const char *path) CGM_CHECKED;
/* Writes training images as training with this augmentation may see them: a line each, the image as it is and seven
 * draws, which depend on the seed and the row; n images in all, rounded up to whole lines. */
CGM_API cgm_status cgm_data_sheet_write_augmented(const cgm_dataset *data, const cgm_augmentation *augmentation,
                                                  const char *image, uint64_t seed, size_t n,
                                                  const char *path) CGM_CHECKED;

#endif
