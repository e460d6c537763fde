/* The shape of strokes: magnification, a cut at a grey level, thinning, distances. Internal. */
#ifndef CGM_METRICS_MORPHOLOGY_H
#define CGM_METRICS_MORPHOLOGY_H

#include "base/status.h"

/* A figure of ink (1) on background (0), [height, width]. */
typedef struct morphology_figure {
    size_t height, width;
    uint8_t *ink; /* borrowed */
} morphology_figure;

/* The image magnified `scale` times by Catmull and Rom's cubic (its edge repeated beyond it), and cut: ink where it is
 * above `level`. figure->ink holds scale * height * scale * width; rows: height * scale * width scratch doubles. */
void cgm_morphology_cut(size_t height, size_t width, const double *pixels, size_t scale, double level, double *rows,
                        morphology_figure *figure);

/* Thins the figure to lines one pixel wide that keep its connections (Zhang and Suen 1984, "A fast parallel algorithm
 * for thinning digital patterns"). scratch: height * width bytes. */
void cgm_morphology_thin(morphology_figure *figure, uint8_t *scratch);

/* Mean over the skeleton's pixels of their distance to the nearest background pixel of the figure, centre to centre;
 * NaN when the skeleton is empty or there is no background. nearest: height * width scratch doubles. */
double cgm_morphology_mean_distance(const morphology_figure *figure, const uint8_t *skeleton, double *nearest);

#endif
