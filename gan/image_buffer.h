/* What a generator made in earlier steps, so that a critic is not shown the newest alone: in half of the cases it sees
 * one of these instead, whose place the new one takes (Shrivastava et al. 2017, section 2.3, in the form of Zhu et al.
 * 2017, section 4). Internal to gan/. */
#ifndef CGM_GAN_IMAGE_BUFFER_H
#define CGM_GAN_IMAGE_BUFFER_H

#include "base/real.h"
#include "base/rng.h"
#include "io/state.h"

/* Zero-initialise; so it holds nothing, and an exchange changes nothing. */
typedef struct gan_image_buffer {
    size_t size, width; /* images at most; numbers in one */
    uint64_t held;      /* images so far, up to size */
    cgm_real *image;    /* [size, width] */
} gan_image_buffer;

cgm_status cgm_gan_image_buffer_create(size_t size, size_t width, gan_image_buffer *out) CGM_CHECKED;
void cgm_gan_image_buffer_clear(gan_image_buffer *b);
/* Of n new images [n, width], in their place, what is to be shown. One that is not finite is not kept. */
void cgm_gan_image_buffer_exchange(gan_image_buffer *b, cgm_rng *rng, size_t n, cgm_real *images);
/* Its images, as GROUP/images and GROUP/held; nothing where it has no room. */
cgm_status cgm_gan_image_buffer_state(gan_image_buffer *b, cgm_state *state, const char *group) CGM_CHECKED;

#endif
