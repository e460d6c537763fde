/* What can be read off an image itself, to hold against what the causal graph says about it. */
#ifndef CGM_METRICS_MEASURE_H
#define CGM_METRICS_MEASURE_H

#include "base/arena.h"

/* One row of the table of measures. */
typedef struct cgm_measure {
    const char *name; /* the variable that it measures */
    const char *doc;
    /* Scratch for images of one size, in the arena. */
    cgm_status (*prepare)(cgm_arena *arena, size_t height, size_t width, void **scratch);
    /* Measures one channel of an image, pixels 0..255 [height, width]; the scratch is one thread's. NaN for an image on
     * which the measure is not defined (all pixels equal, or one beyond a million, or not finite). */
    double (*measure)(void *scratch, size_t height, size_t width, const double *pixels);
} cgm_measure;

/* "intensity": the median of the pixels at or above half the image's range, min + (max - min) / 2, in grey levels: the
 * definition in the code that made the thickness-intensity version of Morpho-MNIST (Pawlowski, Castro, Glocker 2020,
 * "Deep structural causal models for tractable counterfactual inference").
 *
 * "thickness": width of the strokes in pixels: twice the mean distance to the background along the strokes' medial
 * axis, on the image magnified four times and cut at half its range (Castro, Tan, Kainz, Konukoglu, Glocker 2019,
 * "Morpho-MNIST: quantitative assessment and diagnostics for representation learning"). It gives the numbers of the
 * authors' code, https://github.com/dccastro/Morpho-MNIST, on top of scikit-image 0.19. That code sees whole grey
 * levels only; here pixels may lie between them.
 *
 * The others are of the same image magnified four times, by the same paper and code:
 *
 * - "area": of what thickness is measured on, in pixels;
 * - "length": of its medial axis, in pixels: steps of 1 between neighbours, sqrt(2) across a corner;
 * - "slant": arctan(-m_xy / m_yy) of the grey levels' central second moments, y downwards, in radians; what leans to
 * the right has a positive one;
 * - "width", "height": in pixels, of the parallelogram with horizontal sides that leans as the slant says and leaves
 * out a hundredth of the grey levels' sum on each side. */
CGM_API const cgm_measure *cgm_measures(size_t *n);
/* The measure of that name, or NULL. */
CGM_API const cgm_measure *cgm_measure_find(const char *name);

/* Measures n images whose first pixels lie `stride` numbers apart (their first channel, where they have several);
 * out[n]. */
CGM_API cgm_status cgm_measure_images(const cgm_measure *measure, size_t n, size_t height, size_t width, size_t stride,
                                      const double *pixels, int threads, double *out) CGM_CHECKED;

#endif
