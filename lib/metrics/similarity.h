/* How like one another pairs of images are. */
#ifndef CGM_METRICS_SIMILARITY_H
#define CGM_METRICS_SIMILARITY_H

#include "base/status.h"

/* Measures images of one size. */
typedef struct cgm_similarity cgm_similarity;

/* Whether images are large enough for the window of SSIM, 11 x 11 pixels. */
CGM_API bool cgm_similarity_fits(int height, int width);
/* The structural similarity (cgm_ssim), or with multi_scale MS-SSIM (cgm_ms_ssim) on as many scales as
 * cgm_ms_ssim_scales says with its usual weights. threads: of the measuring. CGM_E_SHAPE for smaller images. */
CGM_API cgm_status cgm_similarity_create(int channels, int height, int width, bool multi_scale, int threads,
                                         cgm_similarity **out) CGM_CHECKED;
CGM_API void cgm_similarity_destroy(cgm_similarity *s);
/* The similarity of each of n pairs, images [C, H, W] of 0 to 255: pair i is image a_row[i] of a (NULL: i) and image
 * b_row[i] of b. each [n]. */
CGM_API cgm_status cgm_similarity_measure(cgm_similarity *s, size_t n, const double *a, const size_t *a_row,
                                          const double *b, const size_t *b_row, double *each) CGM_CHECKED;

#endif
