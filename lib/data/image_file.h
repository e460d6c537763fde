/* Single PNG files as values of an image variable, for images that are in no data set. */
#ifndef CGM_DATA_IMAGE_FILE_H
#define CGM_DATA_IMAGE_FILE_H

#include <stdint.h>

#include "data/variable.h"

/* The pixels [C, H, W] in 0..255 of a file of 8 bits a sample. The variable's size includes `pad` pixels on each side,
 * which the file lacks and which are 0 here. CGM_E_FORMAT, saying what was expected, for another size, other channels
 * or what is no PNG, CGM_E_ARG when there is no such file. */
CGM_API cgm_status cgm_image_read(const char *path, const cgm_variable *image, int pad, double *out) CGM_CHECKED;
/* Writes such pixels, without the padding and rounded, replacing the file as a whole. Of 1 or 3 channels: else
 * CGM_E_UNSUPPORTED. */
CGM_API cgm_status cgm_image_write(const char *path, const cgm_variable *image, int pad,
                                   const double *pixels) CGM_CHECKED;
/* Such pixels, rounded and cut to 0..255, as a PNG file in memory: *n bytes, to be freed. */
CGM_API cgm_status cgm_image_encode(const cgm_variable *image, int pad, const double *pixels, uint8_t **bytes,
                                    size_t *n) CGM_CHECKED;

#endif
