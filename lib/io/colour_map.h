/* Numbers and levels as colours.
 *
 * Signed numbers are blue below zero, white at zero, red above. The map is two straight lines in CIELAB (CIE 15:2004,
 * D65) from one near-white to a blue and to a red of the same lightness and chroma. So equal steps of the number are
 * equal steps to the eye, x and -x are as dark as one another, also in grey print, and zero has no hue: what Moreland
 * 2009, "Diverging color maps for scientific visualization", asks of such a map. Blue and red are far apart on the axis
 * that red-green colour blindness leaves. */
#ifndef CGM_IO_COLOUR_MAP_H
#define CGM_IO_COLOUR_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* share: the number over the largest that is shown, cut to [-1, 1]; what is no number is grey. rgb: of sRGB. */
CGM_API void cgm_colour_map_diverging(double share, uint8_t rgb[3]);

/* Numbers that have no zero, from dark blue to yellow: one straight line in CIELAB, along which lightness grows. share:
 * of the way, cut to [0, 1]; what is no number is grey. */
CGM_API void cgm_colour_map_sequential(double share, uint8_t rgb[3]);
/* Level k of n, k from 0: hues at equal steps around CIELAB's circle, dark and light ones in turn. */
CGM_API void cgm_colour_map_level(size_t k, size_t n, uint8_t rgb[3]);

/* What a picture says of its colours, beside them. */
typedef struct cgm_colour_bar {
    double limit;     /* full colour: -limit is blue, limit red; 0: there is nothing but zeros */
    const char *unit; /* below the numbers, may hold '\n': "grey\nlevels" */
    bool sequential;  /* from low to high in the sequential map instead */
    double low, high;
} cgm_colour_bar;

#endif
