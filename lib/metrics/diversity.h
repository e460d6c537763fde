/* How much the images of a set differ from one another. */
#ifndef CGM_METRICS_DIVERSITY_H
#define CGM_METRICS_DIVERSITY_H

#include "base/rng.h"

/* Measures images of one size. */
typedef struct cgm_diversity cgm_diversity;

/* threads: of the measuring. CGM_E_SHAPE for images of less than 11 x 11 pixels. */
CGM_API cgm_status cgm_diversity_create(int channels, int height, int width, int threads,
                                        cgm_diversity **out) CGM_CHECKED;
CGM_API void cgm_diversity_destroy(cgm_diversity *d);

/* The mean over pairs with its standard error, their deviation / sqrt(pairs). */
typedef struct cgm_diversity_value {
    size_t pairs;
    double mean, standard_error;
} cgm_diversity_value;

/* The mean MS-SSIM of random pairs of different images out of n, Odena, Olah and Shlens 2017, section 4.2: 1 where all
 * are the same, so the lower the more diverse, and to be held against that of data. images [.., C, H, W] of 0 to 255,
 * of which rows [n] names those that count (NULL: the first n). MS-SSIM is that of cgm_ms_ssim with as many scales as
 * cgm_ms_ssim_scales says and its usual weights, in [0, 1]. CGM_E_ARG with fewer than 2 images or no pair. */
CGM_API cgm_status cgm_diversity_measure(cgm_diversity *d, size_t n, const size_t *rows, const double *images,
                                         size_t pairs, const cgm_rng *rng, cgm_diversity_value *out) CGM_CHECKED;

#endif
