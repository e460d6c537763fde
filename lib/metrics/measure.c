/* The table of measures. */
#include "metrics/measure.h"

#include <math.h>
#include <string.h>

#include "base/threads.h"
#include "metrics/morphology.h"

#define IMAGES_A_TASK 8
#define ABSURD 1e6 /* no grey level, even of a network that has gone wrong */

/* The grey level halfway between an image's darkest and brightest pixel; NaN when they are equal, or a pixel is not
 * finite. */
static double half_range(size_t n, const double *pixels)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(pixels[i]) < ABSURD)) return NAN;
        low = pixels[i] < low ? pixels[i] : low;
        high = pixels[i] > high ? pixels[i] : high;
    }
    return low < high ? low + 0.5 * (high - low) : NAN;
}

/* Moves the numbers so that x[k] is what it would be if they were sorted, with none greater before it and none less
 * behind it (Hoare 1961, "Algorithm 65: find"). */
static void find(ptrdiff_t n, double *x, ptrdiff_t k)
{
    for (ptrdiff_t left = 0, right = n - 1; left < right;) {
        double pivot = x[k];
        ptrdiff_t i = left, j = right;
        while (i <= j) {
            while (x[i] < pivot) i++;
            while (pivot < x[j]) j--;
            if (i > j) break;
            double kept = x[i];
            x[i++] = x[j];
            x[j--] = kept;
        }
        if (j < k) left = i;
        if (k < i) right = j;
    }
}

/* Reorders the n numbers, n > 0; the mean of the two in the middle where n is even. */
static double median(size_t n, double *x)
{
    size_t middle = (n - 1) / 2;
    find((ptrdiff_t)n, x, (ptrdiff_t)middle);
    if (n % 2) return x[middle];
    double next = x[middle + 1];
    for (size_t i = middle + 2; i < n; i++) next = x[i] < next ? x[i] : next;
    return 0.5 * (x[middle] + next);
}

static cgm_status prepare_intensity(cgm_arena *arena, size_t height, size_t width, void **scratch)
{
    *scratch = cgm_arena_array(arena, height * width, sizeof(double));
    return *scratch ? CGM_OK : CGM_E_MEMORY;
}

static double intensity(void *scratch, size_t height, size_t width, const double *pixels)
{
    size_t n = height * width, kept = 0;
    double *bright = scratch, half = half_range(n, pixels);
    if (isnan(half)) return NAN;
    for (size_t i = 0; i < n; i++)
        if (pixels[i] >= half) bright[kept++] = pixels[i];
    return median(kept, bright);
}

static cgm_status prepare_morphology(cgm_arena *arena, size_t height, size_t width, void **scratch)
{
    cgm_morphology *m = cgm_arena_alloc(arena, sizeof *m);
    if (!m) return CGM_E_MEMORY;
    *scratch = m;
    return cgm_morphology_create(arena, height, width, CGM_MORPHOLOGY_SCALE, m);
}

/* Magnifies the image; false where nothing can be measured. */
static bool magnify(cgm_morphology *m, const double *pixels)
{
    if (isnan(half_range(m->height * m->width, pixels))) return false;
    cgm_morphology_magnify(m, pixels);
    return true;
}

static double thickness(void *scratch, size_t height, size_t width, const double *pixels)
{
    cgm_morphology *m = scratch;
    (void)height, (void)width;
    if (!magnify(m, pixels)) return NAN;
    cgm_morphology_cut(m);
    return 2 * cgm_morphology_mean_distance(m) / CGM_MORPHOLOGY_SCALE;
}

static double area(void *scratch, size_t height, size_t width, const double *pixels)
{
    cgm_morphology *m = scratch;
    (void)height, (void)width;
    if (!magnify(m, pixels)) return NAN;
    cgm_morphology_cut(m);
    cgm_moments ink = cgm_morphology_moments(m, CGM_FIGURE_INK);
    return ink.mass / (CGM_MORPHOLOGY_SCALE * CGM_MORPHOLOGY_SCALE);
}

static double length(void *scratch, size_t height, size_t width, const double *pixels)
{
    cgm_morphology *m = scratch;
    (void)height, (void)width;
    if (!magnify(m, pixels)) return NAN;
    cgm_morphology_cut(m);
    if (isnan(cgm_morphology_mean_distance(m))) return NAN;
    return cgm_morphology_axis_length(m) / CGM_MORPHOLOGY_SCALE;
}

static double slant(void *scratch, size_t height, size_t width, const double *pixels)
{
    cgm_morphology *m = scratch;
    (void)height, (void)width;
    if (!magnify(m, pixels)) return NAN;
    cgm_moments grey = cgm_morphology_moments(m, CGM_FIGURE_LEVELS);
    return atan(-grey.xy / grey.yy);
}

static double across(void *scratch, size_t height, size_t width, const double *pixels)
{
    cgm_morphology *m = scratch;
    double wide, tall;
    (void)height, (void)width;
    if (!magnify(m, pixels)) return NAN;
    cgm_moments grey = cgm_morphology_moments(m, CGM_FIGURE_LEVELS);
    cgm_morphology_extent(m, CGM_FIGURE_LEVELS, &grey, &wide, &tall);
    return wide / CGM_MORPHOLOGY_SCALE;
}

static double upright(void *scratch, size_t height, size_t width, const double *pixels)
{
    cgm_morphology *m = scratch;
    double wide, tall;
    (void)height, (void)width;
    if (!magnify(m, pixels)) return NAN;
    cgm_moments grey = cgm_morphology_moments(m, CGM_FIGURE_LEVELS);
    cgm_morphology_extent(m, CGM_FIGURE_LEVELS, &grey, &wide, &tall);
    return tall / CGM_MORPHOLOGY_SCALE;
}

static const cgm_measure measures[] = {
    {"intensity", "median of the pixels at or above half the range, in grey levels", prepare_intensity, intensity},
    {"thickness", "mean width of the strokes, in pixels", prepare_morphology, thickness},
    {"area", "area of the strokes, in pixels", prepare_morphology, area},
    {"length", "length of the strokes along their middle, in pixels", prepare_morphology, length},
    {"slant", "how far the figure leans to the right, in radians", prepare_morphology, slant},
    {"width", "width of the figure as it leans, in pixels", prepare_morphology, across},
    {"height", "height of the figure, in pixels", prepare_morphology, upright},
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

typedef struct job {
    const cgm_measure *measure;
    size_t n, height, width, stride;
    const double *pixels;
    void **scratch; /* of each worker */
    double *out;
} job;

static void measure_some(void *context, size_t task, int worker)
{
    const job *j = context;
    for (size_t i = task * IMAGES_A_TASK; i < j->n && i < (task + 1) * IMAGES_A_TASK; i++)
        j->out[i] = j->measure->measure(j->scratch[worker], j->height, j->width, j->pixels + i * j->stride);
}

cgm_status cgm_measure_images(const cgm_measure *measure, size_t n, size_t height, size_t width, size_t stride,
                              const double *pixels, int threads, double *out)
{
    cgm_arena arena = {0};
    size_t tasks = (n + IMAGES_A_TASK - 1) / IMAGES_A_TASK, workers = threads > 1 ? (size_t)threads : 1;
    if (workers > tasks) workers = tasks;
    job j = {measure, n, height, width, stride, pixels, NULL, out};
    cgm_status status = CGM_OK;
    j.scratch = cgm_arena_array(&arena, workers, sizeof *j.scratch);
    if (!j.scratch) status = CGM_E_MEMORY;
    for (size_t w = 0; status == CGM_OK && w < workers; w++)
        status = measure->prepare(&arena, height, width, &j.scratch[w]);
    if (status == CGM_OK) cgm_parallel((int)workers, tasks, measure_some, &j);
    cgm_arena_clear(&arena);
    return status;
}
