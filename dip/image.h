/* Images that are restored, read from and written to PNG files. Internal. */
#ifndef CGM_DIP_IMAGE_H
#define CGM_DIP_IMAGE_H

#include "base/arena.h"

typedef struct dip_image {
    int64_t channels, height, width; /* channels 1 (grey) or 3 (red, green, blue) */
    int bits;                        /* 8 or 16 a sample, in the file */
    double *pixels;                  /* [channels, height, width], 0..1 */
} dip_image;

static inline int64_t dip_image_size(const dip_image *image)
{
    return image->channels * image->height * image->width;
}

/* An image without pixels set yet, in the arena. */
cgm_status cgm_dip_image_create(cgm_arena *arena, int64_t channels, int64_t height, int64_t width,
                                dip_image *out) CGM_CHECKED;
/* A PNG file of any depth; transparency is dropped. CGM_E_ARG where there is no file, CGM_E_FORMAT for what is no whole
 * PNG or has more than max_pixels. */
cgm_status cgm_dip_image_read(const char *path, uint64_t max_pixels, cgm_arena *arena, dip_image *out) CGM_CHECKED;
/* Writes a PNG file of `bits` a sample, replacing the file as a whole; numbers beyond 0..1 are written as these. */
cgm_status cgm_dip_image_write(const char *path, const dip_image *image) CGM_CHECKED;

#endif
