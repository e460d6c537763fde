/* The table of measures. */
#include "metrics/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "metrics/morphology.h"

#define SCALE 4 /* magnification for measuring widths */

/* The grey level halfway between an image's darkest and brightest pixel; NaN when they are equal, or a pixel is NaN. */
static double half_range(size_t n, const double *pixels)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (isnan(pixels[i])) return NAN;
        low = fmin(low, pixels[i]);
        high = fmax(high, pixels[i]);
    }
    return low < high ? low + 0.5 * (high - low) : NAN;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static cgm_status intensity(size_t height, size_t width, const double *pixels, double *out)
{
    size_t n = height * width, kept = 0;
    double half = half_range(n, pixels);
    *out = NAN;
    if (isnan(half)) return CGM_OK;
    double *bright = cgm_alloc_aligned(n * sizeof *bright);
    if (!bright) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (pixels[i] >= half) bright[kept++] = pixels[i];
    qsort(bright, kept, sizeof *bright, ascending);
    *out = 0.5 * (bright[(kept - 1) / 2] + bright[kept / 2]);
    cgm_free_aligned(bright);
    return CGM_OK;
}

static cgm_status thickness(size_t height, size_t width, const double *pixels, double *out)
{
    cgm_status status = CGM_E_MEMORY;
    double half = half_range(height * width, pixels);
    *out = NAN;
    if (isnan(half)) return CGM_OK;
    cgm_arena arena = {0};
    size_t fine = SCALE * height * SCALE * width;
    double *scratch = cgm_arena_array(&arena, fine, sizeof *scratch);
    morphology_figure figure = {.ink = cgm_arena_array(&arena, fine, 1)},
                      skeleton = {.ink = cgm_arena_array(&arena, fine, 1)};
    uint8_t *marks = cgm_arena_array(&arena, fine, 1);
    if (!scratch || !figure.ink || !skeleton.ink || !marks) goto done;

    cgm_morphology_cut(height, width, pixels, SCALE, half, scratch, &figure);
    skeleton.height = figure.height;
    skeleton.width = figure.width;
    memcpy(skeleton.ink, figure.ink, fine);
    cgm_morphology_thin(&skeleton, marks);
    *out = 2 * cgm_morphology_mean_distance(&figure, skeleton.ink, scratch) / SCALE;
    status = CGM_OK;
done:
    cgm_arena_clear(&arena);
    return status;
}

static const cgm_measure measures[] = {
    {"intensity", "median of the pixels at or above half the range, in grey levels", intensity},
    {"thickness", "mean width of the strokes, in pixels", thickness},
};

const cgm_measure *cgm_measures(size_t *n)
{
    *n = sizeof measures / sizeof measures[0];
    return measures;
}

const cgm_measure *cgm_measure_find(const char *name)
{
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++)
        if (strcmp(measures[i].name, name) == 0) return &measures[i];
    return NULL;
}
