/* From an image to a figure of ink, magnified. The steps and their order of summation are those of scikit-image's
 * pyramid_expand with cubic splines, on top of SciPy's ndimage: where a plateau of the image ends up exactly at a whole
 * grey level, the last bit decides which level it is. */
#include <math.h>
#include <string.h>

#include "metrics/morphology.h"

/* The Gaussian at CGM_MORPHOLOGY_SCALE as NumPy computes it, to the last bit. */
static const double published[] = {0x1.32652c7a2a882p-2, 0x1.ce8ef852c1469p-3, 0x1.8de349b6f6eaep-4,
                                   0x1.8606c4a3f67cdp-6, 0x1.b3addc7f41785p-9, 0x1.154ca239cd0a5p-12};

/* Of standard deviation 2/6 of the magnification, cut at four of them and normalised. */
static void set_gaussian(cgm_morphology *m)
{
    double sigma = 2 * (double)m->scale / 6, sum = 1;
    m->reach = (size_t)(4 * sigma + 0.5);
    CGM_CHECK(m->reach <= CGM_MORPHOLOGY_REACH && m->scale % 2 == 0);
    if (m->scale == CGM_MORPHOLOGY_SCALE) {
        memcpy(m->gaussian, published, sizeof published);
        return;
    }
    m->gaussian[0] = 1;
    for (size_t k = 1; k <= m->reach; k++) {
        m->gaussian[k] = exp(-0.5 * (double)(k * k) / (sigma * sigma));
        sum += 2 * m->gaussian[k];
    }
    for (size_t k = 0; k <= m->reach; k++) m->gaussian[k] /= sum;
}

cgm_status cgm_morphology_create(cgm_arena *arena, size_t height, size_t width, size_t scale, cgm_morphology *out)
{
    size_t tall = scale * height, wide = scale * width, n = tall * wide;
    cgm_morphology m = {.scale = scale, .height = height, .width = width, .tall = tall, .wide = wide};
    set_gaussian(&m);
    m.coefficients = cgm_arena_array(arena, height * width, sizeof *m.coefficients);
    m.products = cgm_arena_array(arena, 4 * (width + 4), sizeof *m.products);
    m.phases = cgm_arena_array(arena, scale * width, sizeof *m.phases);
    m.fine = cgm_arena_array(arena, n, sizeof *m.fine);
    m.row = cgm_arena_array(arena, wide + 2 * m.reach, sizeof *m.row);
    m.levels = cgm_arena_array(arena, n, sizeof *m.levels);
    m.ink = cgm_arena_array(arena, (tall + 2) * (wide + 2), 1);
    m.skeleton = cgm_arena_array(arena, (tall + 2) * (wide + 2), 1);
    m.spare = cgm_arena_array(arena, (tall + 2) * (wide + 2), 1);
    uint32_t **const lists[] = {&m.down, &m.place, &m.squared, &m.key, &m.order, &m.other};
    bool have =
        m.coefficients && m.products && m.phases && m.fine && m.row && m.levels && m.ink && m.skeleton && m.spare;
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

/* Pixels are areas, so the magnified sample scale q + phase lies at q + (phase + 0.5) / scale - 0.5 of the samples: the
 * weights of the cubic B-splines of the four around it, the first of them q - 2 for the first half of the phases, q - 1
 * for the others. */
static void phase_weights(size_t scale, size_t phase, double weight[4])
{
    double at = ((double)phase + 0.5) / (double)scale - 0.5, y = at - floor(at), z = 1 - y;
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
    long width = (long)m->width, first = (long)(y / m->scale) - (y % m->scale < m->scale / 2 ? 2 : 1);
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

/* One in `scale` of a row's values, within the range of the pixels. */
static void expand_phase(const cgm_morphology *m, size_t phase, const double weight[4], double low, double high,
                         double *restrict out)
{
    size_t padded = m->width + 4;
    const double *products = m->products + (phase < m->scale / 2 ? 0 : 1);
    for (size_t q = 0; q < m->width; q++) {
        double sum = 0;
        for (size_t k = 0; k < 4; k++)
            for (size_t l = 0; l < 4; l++) sum += products[k * padded + q + l] * weight[l];
        sum = sum < low ? low : sum;
        out[q] = sum > high ? high : sum;
    }
}

static void interleave(const cgm_morphology *m, double *restrict out)
{
    for (size_t p = 0; p < m->scale; p++)
        for (size_t q = 0; q < m->width; q++) out[m->scale * q + p] = m->phases[p * m->width + q];
}

/* The spline's values. The first half of the first pixel lies before its middle, where the spline is mirrored. */
static void expand(cgm_morphology *m, const double *pixels)
{
    size_t n = m->height * m->width, half = m->scale / 2;
    double low = INFINITY, high = -INFINITY, weight[CGM_MORPHOLOGY_FINE][4];
    for (size_t i = 0; i < n; i++) {
        m->coefficients[i] = pixels[i] * (1.0 / 255);
        low = fmin(low, m->coefficients[i]);
        high = fmax(high, m->coefficients[i]);
    }
    for (size_t x = 0; x < m->width; x++) filter_line(m->height, m->width, m->coefficients + x);
    for (size_t y = 0; y < m->height; y++) filter_line(m->width, 1, m->coefficients + y * m->width);
    for (size_t p = 0; p < m->scale; p++) phase_weights(m->scale, p, weight[p]);
    for (size_t y = half; y < m->tall; y++) {
        double *out = m->fine + y * m->wide;
        weigh_row(m, y, weight[y % m->scale]);
        for (size_t p = 0; p < m->scale; p++) expand_phase(m, p, weight[p], low, high, m->phases + p * m->width);
        interleave(m, out);
        for (size_t x = 0; x < half; x++) out[x] = out[m->scale - 1 - x];
    }
    for (size_t y = 0; y < half; y++)
        memcpy(m->fine + y * m->wide, m->fine + (m->scale - 1 - y) * m->wide, m->wide * sizeof *m->fine);
}

size_t cgm_morphology_reflect(long i, size_t n)
{
    long period = 2 * (long)n;
    i %= period;
    if (i < 0) i += period;
    return (size_t)(i < (long)n ? i : period - 1 - i);
}

/* Row y smoothed downwards, with `reach` samples more on each side. */
static void smooth_down(const cgm_morphology *m, size_t y, double *restrict out)
{
    const double *row[2 * CGM_MORPHOLOGY_REACH + 1];
    long reach = (long)m->reach, wide = (long)m->wide;
    for (long k = -reach; k <= reach; k++)
        row[k + reach] = m->fine + cgm_morphology_reflect((long)y + k, m->tall) * m->wide;
    out += reach;
    for (long x = 0; x < wide; x++) out[x] = row[reach][x] * m->gaussian[0];
    for (long k = reach; k > 0; k--) {
        const double *above = row[reach - k], *below = row[reach + k];
        double weight = m->gaussian[k];
        for (long x = 0; x < wide; x++) out[x] += (above[x] + below[x]) * weight;
    }
    for (long k = 0; k < reach; k++) {
        out[-1 - k] = out[cgm_morphology_reflect(-1 - k, m->wide)];
        out[wide + k] = out[cgm_morphology_reflect(wide + k, m->wide)];
    }
}

/* Along the row, and back to grey levels. */
static void smooth_across(const cgm_morphology *m, const double *in, int32_t *restrict out)
{
    double *restrict sum = m->phases; /* [wide] */
    in += m->reach;
    for (size_t x = 0; x < m->wide; x++) sum[x] = in[x] * m->gaussian[0];
    for (size_t k = m->reach; k > 0; k--) {
        const double *left = in - k, *right = in + k;
        double weight = m->gaussian[k];
        for (size_t x = 0; x < m->wide; x++) sum[x] += (left[x] + right[x]) * weight;
    }
    for (size_t x = 0; x < m->wide; x++) out[x] = (int32_t)(255 * sum[x]);
}

void cgm_morphology_magnify(cgm_morphology *m, const double *pixels)
{
    expand(m, pixels);
    for (size_t y = 0; y < m->tall; y++) {
        smooth_down(m, y, m->row);
        smooth_across(m, m->row, m->levels + y * m->wide);
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
