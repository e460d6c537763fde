/* Pixels at another size. Internal. */
#ifndef CGM_DATA_RESIZE_H
#define CGM_DATA_RESIZE_H

#include "base/arena.h"

/* Resamples `from` [from_height, from_width] to `to` [to_height, to_width], each axis for itself: where it shrinks, a
 * new pixel is the mean over the area that it covers; where it grows, values go linearly from the middle of a pixel to
 * the next (beyond the outermost middles they stay). Scratch comes from the arena. */
cgm_status cgm_resize(cgm_arena *arena, size_t from_height, size_t from_width, const double *from, size_t to_height,
                      size_t to_width, double *to) CGM_CHECKED;

#endif
