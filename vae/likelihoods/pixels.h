/* The scales of pixels, and channels that depend on those before them. Internal to vae/likelihoods/. */
#ifndef CGM_VAE_LIKELIHOODS_PIXELS_H
#define CGM_VAE_LIKELIHOODS_PIXELS_H

#include <math.h>

#include "vae/likelihoods/likelihood.h"

#define CGM_PIXELS_LEVELS 256
/* Of an autoregressive likelihood, whose coefficients grow with the square. */
#define CGM_PIXELS_MAX_CHANNELS 16

/* [0, 255] to [-1, 1], and back within the range. */
static inline double cgm_pixels_inside(double x)
{
    return x / 127.5 - 1;
}
static inline double cgm_pixels_outside(double x)
{
    return fmin(fmax(127.5 * (x + 1), 0), 255);
}

/* Pairs of n channels; those of channel c with j < c begin at cgm_pixels_pairs(c). */
static inline size_t cgm_pixels_pairs(size_t n)
{
    return n * (n - 1) / 2;
}

/* Refuses autoregressive channels where there is one, or are too many. */
static inline cgm_status cgm_pixels_check_autoregressive(const image_likelihood *l, bool autoregressive,
                                                         const cgm_yaml *options)
{
    if (!autoregressive || (l->channels > 1 && l->channels <= CGM_PIXELS_MAX_CHANNELS)) return CGM_OK;
    return cgm_yaml_fail(cgm_yaml_get(options, "autoregressive"),
                         "likelihood.autoregressive: the image has %zu channel%s; expected 2 to %d", l->channels,
                         l->channels == 1 ? "" : "s", CGM_PIXELS_MAX_CHANNELS);
}

#endif
