/* One image as its draws say. */
#include <math.h>
#include <string.h>

#include "data/augment_table.h"

#define NOISE_PART ((size_t)256)

/* ---- Where pixels come from ---- */

/* Whether each pixel of the window shows one pixel, left to right or mirrored. */
static bool is_whole(const image_change *change)
{
    const double *x = change->map[0], *y = change->map[1];
    return fabs(x[0]) == 1 && x[1] == 0 && y[0] == 0 && y[1] == 1 && rint(x[2]) == x[2] && rint(y[2]) == y[2] &&
           fabs(x[2]) < 1e9 && fabs(y[2]) < 1e9;
}

static void copy(const image_change *change, const image_window *window, const uint8_t *pixels, cgm_real *out)
{
    int64_t h = window->height, w = window->width, rows = h + 2 * window->pad, columns = w + 2 * window->pad;
    int64_t step = (int64_t)change->map[0][0], left = (int64_t)change->map[0][2], top = (int64_t)change->map[1][2];
    memset(out, 0, (size_t)(window->channels * rows * columns) * sizeof *out);
    int64_t first = step > 0 ? -left : left - w + 1, last = step > 0 ? w - left : left + 1;
    if (first < 0) first = 0;
    if (last > columns) last = columns;
    for (int c = 0; c < window->channels; c++, pixels += h * w, out += rows * columns)
        for (int64_t y = 0; y < rows; y++) {
            if (y + top < 0 || y + top >= h) continue;
            const uint8_t *row = pixels + (y + top) * w;
            for (int64_t x = first; x < last; x++) out[y * columns + x] = row[step * x + left];
        }
}

/* As floor, but no call of a function. */
static int64_t whole_below(double x)
{
    int64_t whole = (int64_t)x;
    return whole - (x < (double)whole);
}

/* The four pixels around a place, whose numbers in a channel are at `place`, and their weights. */
typedef struct corners {
    int64_t place[4];
    double weight[4];
} corners;

/* Around (x, y); those outside the image have the number 0 and no weight. */
static corners find_corners(int64_t h, int64_t w, double x, double y)
{
    int64_t left = whole_below(x), top = whole_below(y), first = top * w + left;
    double right = x - (double)left, low = y - (double)top;
    corners c = {{first, first + 1, first + w, first + w + 1},
                 {(1 - low) * (1 - right), (1 - low) * right, low * (1 - right), low * right}};
    if (left >= 0 && left + 1 < w && top >= 0 && top + 1 < h) return c;
    for (int k = 0; k < 4; k++) {
        int64_t u = left + k % 2, v = top + k / 2;
        if (u >= 0 && u < w && v >= 0 && v < h) continue;
        c.place[k] = 0;
        c.weight[k] = 0;
    }
    return c;
}

/* The stored image at (x, y), between the middles of its pixels, 0 outside; each channel's `stride` after the last. */
static void interpolate(const image_window *window, const uint8_t *pixels, double x, double y, int64_t stride,
                        cgm_real *out)
{
    int64_t h = window->height, w = window->width;
    bool seen = x > -1 && x < (double)w && y > -1 && y < (double)h;
    corners c = {0};
    if (seen) c = find_corners(h, w, x, y);
    for (int i = 0; i < window->channels; i++, pixels += h * w, out += stride)
        *out = (cgm_real)(c.weight[0] * pixels[c.place[0]] + c.weight[1] * pixels[c.place[1]] +
                          c.weight[2] * pixels[c.place[2]] + c.weight[3] * pixels[c.place[3]]);
}

static void resample(const image_change *change, const image_window *window, const uint8_t *pixels, cgm_real *out)
{
    int rows = window->height + 2 * window->pad, columns = window->width + 2 * window->pad;
    int64_t stride = (int64_t)rows * columns;
    const double *mx = change->map[0], *my = change->map[1];
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < columns; x++)
            interpolate(window, pixels, mx[0] * x + mx[1] * y + mx[2], my[0] * x + my[1] * y + my[2], stride, out++);
}

/* ---- Grey levels ---- */

/* Within the levels that there are; a NaN becomes 0. */
static double clamp(double x)
{
    return !(x > 0) ? 0 : x < 255 ? x : 255;
}

static void change_tone(const image_change *change, size_t n, cgm_real *image)
{
    double mean = 0, gain = change->gain;
    for (size_t i = 0; i < n; i++) mean += (double)image[i];
    mean = gain * (mean / (double)n);
    for (size_t i = 0; i < n; i++) {
        double x = clamp(mean + change->contrast * (gain * (double)image[i] - mean) + change->brightness);
        image[i] = (cgm_real)(change->gamma == 1 ? x : 255 * pow(x / 255, change->gamma));
    }
}

static void add_noise(const image_change *change, size_t n, cgm_real *image)
{
    cgm_real part[NOISE_PART];
    cgm_rng rng = change->grain;
    for (size_t i = 0; i < n; i += NOISE_PART) {
        size_t m = n - i < NOISE_PART ? n - i : NOISE_PART;
        cgm_rng_fill_normal(&rng, m, part);
        for (size_t k = 0; k < m; k++) image[i + k] += (cgm_real)change->noise * part[k];
    }
}

void cgm_image_change_apply(const image_change *change, const image_window *window, const uint8_t *pixels,
                            cgm_real *out)
{
    size_t pads = 2 * (size_t)window->pad;
    size_t columns = (size_t)window->width + pads, rows = (size_t)window->height + pads;
    size_t n = (size_t)window->channels * rows * columns;
    bool whole = is_whole(change);
    bool toned = change->gain != 1 || change->contrast != 1 || change->brightness != 0 || change->gamma != 1;
    if (whole)
        copy(change, window, pixels, out);
    else
        resample(change, window, pixels, out);
    if (toned) change_tone(change, n, out);
    if (change->noise > 0) add_noise(change, n, out);
    if (whole && !toned && !(change->noise > 0)) return;
    for (size_t i = 0; i < n; i++) out[i] = (cgm_real)(int)(clamp((double)out[i]) + 0.5);
}
