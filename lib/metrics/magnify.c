/* From an image to a figure of ink, magnified. The steps and their order of summation are those of scikit-image's
 * pyramid_expand with cubic splines, on top of SciPy's ndimage: where a plateau of the image ends up exactly at a whole
 * grey level, the last bit decides which level it is. */
#include <math.h>
#include <string.h>

#include "metrics/morphology.h"

#define SCALE CGM_MORPHOLOGY_SCALE
#define RADIUS 5

/* A Gaussian of standard deviation 2/6 of the magnification, cut at four of them and normalised; symmetric, from the
 * middle outwards. */
static const double gaussian[RADIUS + 1] = {0x1.32652c7a2a882p-2, 0x1.ce8ef852c1469p-3, 0x1.8de349b6f6eaep-4,
                                            0x1.8606c4a3f67cdp-6, 0x1.b3addc7f41785p-9, 0x1.154ca239cd0a5p-12};

cgm_status cgm_morphology_create(cgm_arena *arena, size_t height, size_t width, cgm_morphology *out)
{
    size_t tall = SCALE * height, wide = SCALE * width, n = tall * wide;
    cgm_morphology m = {.height = height, .width = width, .tall = tall, .wide = wide};
    m.coefficients = cgm_arena_array(arena, height * width, sizeof *m.coefficients);
    m.products = cgm_arena_array(arena, 4 * (width + 4), sizeof *m.products);
    m.phases = cgm_arena_array(arena, SCALE * width, sizeof *m.phases);
    m.fine = cgm_arena_array(arena, n, sizeof *m.fine);
    m.row = cgm_arena_array(arena, wide + 2 * RADIUS, sizeof *m.row);
    m.levels = cgm_arena_array(arena, n, sizeof *m.levels);
    m.ink = cgm_arena_array(arena, (tall + 2) * (wide + 2), 1);
    m.skeleton = cgm_arena_array(arena, (tall + 2) * (wide + 2), 1);
    uint32_t **const lists[] = {&m.down, &m.place, &m.squared, &m.key, &m.order, &m.other};
    bool have = m.coefficients && m.products && m.phases && m.fine && m.row && m.levels && m.ink && m.skeleton;
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        have &= (*lists[k] = cgm_arena_array(arena, n, sizeof **lists[k])) != NULL;
    if (!have) return CGM_E_MEMORY;
    *out = m;
    return CGM_OK;
}

/* Samples become the coefficients of the cubic B-spline through them, mirrored in its ends (Unser, Aldroubi, Eden 1993,
 * "B-spline signal processing"): a recursive filter there and back. The n samples are `step` apart. */
static void filter_line(size_t n, size_t step, double *c)
{
    const double pole = sqrt(3.0) - 2, gain = (1 - pole) * (1 - 1 / pole);
    if (n < 2) return;
    double last = pow(pole, (double)(n - 1)), power = pole;
    for (size_t i = 0; i < n; i++) c[i * step] *= gain;
    c[0] += last * c[(n - 1) * step];
    for (size_t i = 1; i < n - 1; i++) {
        c[0] += power * (c[i * step] + last * c[(n - 1 - i) * step]);
        power *= pole;
    }
    c[0] /= 1 - last * last;
    for (size_t i = 1; i < n; i++) c[i * step] += pole * c[(i - 1) * step];
    c[(n - 1) * step] = (pole * c[(n - 2) * step] + c[(n - 1) * step]) * pole / (pole * pole - 1);
    for (size_t i = n - 1; i-- > 0;) c[i * step] = pole * (c[(i + 1) * step] - c[i * step]);
}

/* Pixels are areas, so the magnified sample 4 q + phase lies at q + (phase + 0.5) / 4 - 0.5 of the samples: the weights
 * of the cubic B-splines of the four around it, the first of them q - 2 for phases 0 and 1, q - 1 for 2 and 3. */
static void phase_weights(int phase, double weight[4])
{
    double at = (phase + 0.5) / SCALE - 0.5, y = at - floor(at), z = 1 - y;
    weight[1] = (y * y * (y - 2) * 3 + 4) / 6;
    weight[2] = (z * z * (z - 2) * 3 + 4) / 6;
    weight[0] = z * z * z / 6;
    weight[3] = 1 - weight[0] - weight[1] - weight[2];
}

/* Index i of n samples continued beyond both ends by mirroring in the end samples: 2 1 | 0 1 2 ... */
static size_t mirror(long i, size_t n)
{
    long period = 2 * (long)n - 2;
    if (n == 1) return 0;
    i %= period;
    if (i < 0) i += period;
    return (size_t)(i < (long)n ? i : period - i);
}

/* Coefficients times the row's weights, [4, 2 + width + 2], continued at both ends. */
static void weigh_row(const cgm_morphology *m, size_t y, const double weight[4])
{
    long width = (long)m->width, first = (long)(y / SCALE) - (y % SCALE < 2 ? 2 : 1);
    for (long k = 0; k < 4; k++) {
        const double *from = m->coefficients + mirror(first + k, m->height) * m->width;
        double *to = m->products + k * (width + 4) + 2;
        for (long x = 0; x < width; x++) to[x] = from[x] * weight[k];
        to[-2] = to[mirror(-2, m->width)];
        to[-1] = to[mirror(-1, m->width)];
        to[width] = to[mirror(width, m->width)];
        to[width + 1] = to[mirror(width + 1, m->width)];
    }
}

/* Every fourth of a row's values, within the range of the pixels. */
static void expand_phase(const cgm_morphology *m, int phase, const double weight[4], double low, double high,
                         double *restrict out)
{
    size_t padded = m->width + 4;
    const double *products = m->products + (phase < 2 ? 0 : 1);
    for (size_t q = 0; q < m->width; q++) {
        double sum = 0;
        for (size_t k = 0; k < 4; k++)
            for (size_t l = 0; l < 4; l++) sum += products[k * padded + q + l] * weight[l];
        sum = sum < low ? low : sum;
        out[q] = sum > high ? high : sum;
    }
}

static void interleave(size_t width, const double *phases, double *restrict out)
{
    const double *a = phases, *b = a + width, *c = b + width, *d = c + width;
    for (size_t q = 0; q < width; q++) {
        out[SCALE * q] = a[q];
        out[SCALE * q + 1] = b[q];
        out[SCALE * q + 2] = c[q];
        out[SCALE * q + 3] = d[q];
    }
}

/* The spline's values. The first two samples lie before the first pixel's middle, where the spline is mirrored. */
static void expand(cgm_morphology *m, const double *pixels)
{
    size_t n = m->height * m->width;
    double low = INFINITY, high = -INFINITY, weight[SCALE][4];
    for (size_t i = 0; i < n; i++) {
        m->coefficients[i] = pixels[i] * (1.0 / 255);
        low = fmin(low, m->coefficients[i]);
        high = fmax(high, m->coefficients[i]);
    }
    for (size_t x = 0; x < m->width; x++) filter_line(m->height, m->width, m->coefficients + x);
    for (size_t y = 0; y < m->height; y++) filter_line(m->width, 1, m->coefficients + y * m->width);
    for (int p = 0; p < SCALE; p++) phase_weights(p, weight[p]);
    for (size_t y = 2; y < m->tall; y++) {
        double *out = m->fine + y * m->wide;
        weigh_row(m, y, weight[y % SCALE]);
        for (int p = 0; p < SCALE; p++) expand_phase(m, p, weight[p], low, high, m->phases + (size_t)p * m->width);
        interleave(m->width, m->phases, out);
        out[0] = out[3];
        out[1] = out[2];
    }
    memcpy(m->fine, m->fine + 3 * m->wide, m->wide * sizeof *m->fine);
    memcpy(m->fine + m->wide, m->fine + 2 * m->wide, m->wide * sizeof *m->fine);
}

/* Index i of n samples continued by mirroring at the ends' outer borders: 1 0 | 0 1 2 ... */
static size_t reflect(long i, size_t n)
{
    long period = 2 * (long)n;
    i %= period;
    if (i < 0) i += period;
    return (size_t)(i < (long)n ? i : period - 1 - i);
}

/* Row y smoothed downwards, with RADIUS samples more on each side. */
static void smooth_down(const cgm_morphology *m, size_t y, double *restrict out)
{
    const double *row[2 * RADIUS + 1];
    for (long k = -RADIUS; k <= RADIUS; k++) row[k + RADIUS] = m->fine + reflect((long)y + k, m->tall) * m->wide;
    out += RADIUS;
    for (size_t x = 0; x < m->wide; x++) {
        double sum = row[RADIUS][x] * gaussian[0];
        for (int k = RADIUS; k > 0; k--) sum += (row[RADIUS - k][x] + row[RADIUS + k][x]) * gaussian[k];
        out[x] = sum;
    }
    for (long k = 0; k < RADIUS; k++) {
        out[-1 - k] = out[reflect(-1 - k, m->wide)];
        out[(long)m->wide + k] = out[reflect((long)m->wide + k, m->wide)];
    }
}

/* Along the row, and back to grey levels. */
static void smooth_across(size_t wide, const double *in, int32_t *restrict out)
{
    in += RADIUS;
    for (size_t x = 0; x < wide; x++) {
        const double *at = in + x;
        double sum = at[0] * gaussian[0];
        for (int k = RADIUS; k > 0; k--) sum += (at[-k] + at[k]) * gaussian[k];
        out[x] = (int32_t)(255 * sum);
    }
}

void cgm_morphology_magnify(cgm_morphology *m, const double *pixels)
{
    expand(m, pixels);
    for (size_t y = 0; y < m->tall; y++) {
        smooth_down(m, y, m->row);
        smooth_across(m->wide, m->row, m->levels + y * m->wide);
    }
}

void cgm_morphology_cut(cgm_morphology *m)
{
    size_t n = m->tall * m->wide;
    int32_t low = m->levels[0], high = low;
    for (size_t i = 0; i < n; i++) {
        low = m->levels[i] < low ? m->levels[i] : low;
        high = m->levels[i] > high ? m->levels[i] : high;
    }
    int32_t level = low + (high - low + 1) / 2; /* whole levels: half the range, rounded up */
    for (size_t y = 0; y < m->tall; y++)
        for (size_t x = 0; x < m->wide; x++)
            m->ink[(y + 1) * (m->wide + 2) + x + 1] = m->levels[y * m->wide + x] >= level;
}
