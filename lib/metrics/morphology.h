/* The shape of strokes, step by step as Morpho-MNIST takes it (Castro, Tan, Kainz, Konukoglu, Glocker 2019,
 * "Morpho-MNIST: quantitative assessment and diagnostics for representation learning"): the image is magnified, cut at
 * half its range, and its strokes' medial axis found; the figure of ink may then be changed and made an image again.
 * Internal. */
#ifndef CGM_METRICS_MORPHOLOGY_H
#define CGM_METRICS_MORPHOLOGY_H

#include "base/arena.h"

#define CGM_MORPHOLOGY_SCALE 4  /* magnification of measures */
#define CGM_MORPHOLOGY_FINE 16  /* of what changes figures: pixels are then hardly to be seen */
#define CGM_MORPHOLOGY_REACH 21 /* of the Gaussian at CGM_MORPHOLOGY_FINE, in magnified pixels */

/* Scratch for images of one size. A frame of background, one pixel wide, lies around ink, skeleton and spare. */
typedef struct cgm_morphology {
    size_t scale;                              /* an even magnification, up to CGM_MORPHOLOGY_FINE */
    size_t reach;                              /* of the Gaussian */
    double gaussian[CGM_MORPHOLOGY_REACH + 1]; /* symmetric, from the middle outwards */
    size_t height, width;                      /* of the image */
    size_t tall, wide;                         /* of the magnified one */
    double *coefficients;                      /* [height, width] of the spline */
    double *products;                          /* [4, width + 4] */
    double *phases;                            /* [scale, width] */
    double *fine;                              /* [tall, wide] */
    double *row;                               /* [wide + 2 reach] */
    int32_t *levels;                           /* [tall, wide] */
    uint8_t *ink;                              /* [tall + 2, wide + 2], 0 or 1 */
    uint8_t *skeleton;                         /* likewise */
    uint8_t *spare;                            /* likewise, for a figure that the next one is made from */
    uint32_t *down; /* [tall, wide] distance to the background, or to ink, in the same column */
    size_t n_ink;
    size_t left, right, top, bottom; /* where there is ink, and one pixel more where the image has it */
    uint32_t *place;                 /* [n_ink] where the ink is in `ink`, row by row */
    uint32_t *squared;               /* [n_ink] squared distance to the nearest background, centre to centre */
    uint32_t *key;                   /* [n_ink] of sorting */
    uint32_t *order, *other;
} cgm_morphology;

cgm_status cgm_morphology_create(cgm_arena *arena, size_t height, size_t width, size_t scale,
                                 cgm_morphology *out) CGM_CHECKED;

/* m->levels: the image magnified by cubic splines, smoothed by a Gaussian and rounded down to whole grey levels. Then
 * m->ink: where that is at or above half its range. */
void cgm_morphology_magnify(cgm_morphology *m, const double *pixels);
void cgm_morphology_cut(cgm_morphology *m);

/* Mean distance of the medial axis of m->ink to the background, in pixels of the magnified image, and m->skeleton, the
 * axis itself. NaN when there is no ink or no background. */
double cgm_morphology_mean_distance(cgm_morphology *m);

/* m->down, where m->left, right, top and bottom are: how far the nearest pixel of that `value`, 0 background or 1 ink,
 * is in the same column there; CGM_MORPHOLOGY_NONE or more where none is. */
#define CGM_MORPHOLOGY_NONE ((uint32_t)1 << 31) /* more than any squared distance */
void cgm_morphology_measure_down(cgm_morphology *m, uint8_t value);
/* Whatever lies within the radius, whose square is given, of a pixel of that value gets it: of 1 the ink is dilated by
 * a disc, of 0 it is eroded. What lies outside the image has no value. */
void cgm_morphology_spread(cgm_morphology *m, uint8_t value, double squared_radius);

/* Steps along the axis to the neighbours on the right and below, sqrt(2) across corners, in magnified pixels. */
double cgm_morphology_axis_length(const cgm_morphology *m);

/* What moments and extents are taken of: grey levels, or the ink. */
typedef enum cgm_figure { CGM_FIGURE_LEVELS, CGM_FIGURE_INK } cgm_figure;
/* Centre of mass and central second moments, in magnified pixels; NaN without mass. */
typedef struct cgm_moments {
    double mass, x, y, xx, xy, yy;
} cgm_moments;
cgm_moments cgm_morphology_moments(cgm_morphology *m, cgm_figure figure);
/* Width and height, in magnified pixels, of the parallelogram that leans as the figure does and leaves a hundredth of
 * it out on each side. */
void cgm_morphology_extent(cgm_morphology *m, cgm_figure figure, const cgm_moments *moments, double *width,
                           double *height);

/* Index i of n samples continued by mirroring at the ends' outer borders: 1 0 | 0 1 2 ... */
size_t cgm_morphology_reflect(long i, size_t n);

/* The way back from m->ink to an image, [height, width] of 0..1: smoothing by the same Gaussian, and the values in the
 * middles of its pixels of the cubic spline through what that gives. One linear map along the columns and one along the
 * rows. */
typedef struct cgm_reduction {
    double *down, *across; /* [height, tall], [width, wide] */
    double *rows;          /* [tall, width] */
} cgm_reduction;
cgm_status cgm_reduction_create(cgm_arena *arena, const cgm_morphology *m, cgm_reduction *out) CGM_CHECKED;
void cgm_morphology_reduce(const cgm_morphology *m, const cgm_reduction *r, double *out);

/* A permutation of 0..n-1: numpy.random.default_rng(42).permutation(n), which breaks ties among pixels. */
void cgm_tie_breaks(size_t n, uint32_t *out);

#endif
