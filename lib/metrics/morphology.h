/* The shape of strokes, step by step as Morpho-MNIST takes it (Castro, Tan, Kainz, Konukoglu, Glocker 2019,
 * "Morpho-MNIST: quantitative assessment and diagnostics for representation learning"): the image is magnified, cut at
 * half its range, and its strokes' medial axis found. Internal. */
#ifndef CGM_METRICS_MORPHOLOGY_H
#define CGM_METRICS_MORPHOLOGY_H

#include "base/arena.h"

#define CGM_MORPHOLOGY_SCALE 4 /* magnification */

/* Scratch for images of one size. A frame of background, one pixel wide, lies around ink and skeleton. */
typedef struct cgm_morphology {
    size_t height, width; /* of the image */
    size_t tall, wide;    /* of the magnified one */
    double *coefficients; /* [height, width] of the spline */
    double *products;     /* [4, width + 4] */
    double *phases;       /* [4, width] */
    double *fine;         /* [tall, wide] */
    double *row;          /* [wide + 10] */
    int32_t *levels;      /* [tall, wide] */
    uint8_t *ink;         /* [tall + 2, wide + 2], 0 or 1 */
    uint8_t *skeleton;    /* likewise */
    uint32_t *down;       /* [tall, wide] squared distance to the background in the same column */
    size_t n_ink;
    size_t left, right, top, bottom; /* where there is ink, and one pixel more where the image has it */
    uint32_t *place;                 /* [n_ink] where the ink is in `ink`, row by row */
    uint32_t *squared;               /* [n_ink] squared distance to the nearest background, centre to centre */
    uint32_t *key;                   /* [n_ink] of sorting */
    uint32_t *order, *other;
} cgm_morphology;

cgm_status cgm_morphology_create(cgm_arena *arena, size_t height, size_t width, cgm_morphology *out) CGM_CHECKED;

/* m->levels: the image magnified by cubic splines, smoothed by a Gaussian and rounded down to whole grey levels. Then
 * m->ink: where that is at or above half its range. */
void cgm_morphology_magnify(cgm_morphology *m, const double *pixels);
void cgm_morphology_cut(cgm_morphology *m);

/* Mean distance of the medial axis of m->ink to the background, in pixels of the magnified image, and m->skeleton, the
 * axis itself. NaN when there is no ink or no background. */
double cgm_morphology_mean_distance(cgm_morphology *m);

/* A permutation of 0..n-1: numpy.random.default_rng(42).permutation(n), which breaks ties among pixels. */
void cgm_tie_breaks(size_t n, uint32_t *out);

#endif
