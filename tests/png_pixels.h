/* Pictures as they were written. */
#ifndef CGM_TESTS_PNG_PIXELS_H
#define CGM_TESTS_PNG_PIXELS_H

#include <png.h>

#include "tests/harness.h"

/* Decodes a PNG with libpng into RGB bytes, to be freed. */
static inline unsigned char *read_png(const char *path, unsigned *width, unsigned *height)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    CU_ASSERT_FATAL(png_image_begin_read_from_file(&image, path) != 0);
    image.format = PNG_FORMAT_RGB;
    unsigned char *rgb = malloc(PNG_IMAGE_SIZE(image));
    CU_ASSERT_FATAL(rgb && png_image_finish_read(&image, NULL, rgb, 0, NULL) != 0);
    *width = image.width, *height = image.height;
    return rgb;
}

#endif
