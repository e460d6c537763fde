/* Images that patches are taken from, of any sizes. Internal. */
#ifndef CGM_DIP_IMAGES_H
#define CGM_DIP_IMAGES_H

#include "base/log.h"
#include "base/real.h"
#include "base/rng.h"
#include "dip/image.h"

typedef struct dip_pool_image {
    int64_t height, width;
    float *pixels; /* [channels, height, width], 0..1 */
} dip_pool_image;

typedef struct dip_images {
    cgm_arena arena;
    int64_t channels; /* 1 or 3, set before images are added; others are made grey, or three of one */
    int64_t patch;    /* a smaller image is refused */
    size_t n, room;
    dip_pool_image *image;
} dip_images;

typedef struct dip_images_source {
    const char *name; /* as cgm_denoiser_opts.images */
    int64_t limit;    /* images of a data set, at most */
    uint64_t max_pixels;
    int threads;
    const cgm_sink *sink;
} dip_images_source;

/* CGM_E_ARG or CGM_E_FORMAT, saying what was expected, for what has no images. */
cgm_status cgm_dip_images_add(dip_images *images, const dip_images_source *source) CGM_CHECKED;
void cgm_dip_images_clear(dip_images *images);
/* A patch [channels, side, side], no larger than `patch`, of any image at any place, in any of the eight positions of a
 * square. */
void cgm_dip_images_draw(const dip_images *images, int64_t side, cgm_rng *rng, cgm_real *out);

#endif
