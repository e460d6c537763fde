/* Superpixels: k-means of colour and place, each centre seeing twice its own width, then what is not connected taken
 * apart.
 */
#include <math.h>
#include <string.h>

#include "scm/explain/parts.h"

#define ROUNDS 10
#define COMPACTNESS 10.0

typedef struct centre {
    double colour[3], y, x;
} centre;

typedef struct slic {
    cgm_arena arena;
    size_t height, width, side, n; /* n: centres */
    double (*colour)[3];           /* [height width] */
    centre *centre;                /* [n] */
    double *nearest;               /* [height width] */
    int64_t *part;
} slic;

/* ---- Colours: CIE 15:2004, D65 ---- */

static double linear(double grey)
{
    double share = grey / 255;
    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4);
}

static double lightness(double share)
{
    return share > 216.0 / 24389 ? cbrt(share) : (share * 24389 / 27 + 16) / 116;
}

static void to_lab(const double rgb[3], double lab[3])
{
    static const double row[3][3] = {
        {0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}};
    static const double white[3] = {0.95047, 1, 1.08883};
    double f[3];
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int k = 0; k < 3; k++) sum += row[i][k] * linear(rgb[k]);
        f[i] = lightness(sum / white[i]);
    }
    lab[0] = 116 * f[1] - 16;
    lab[1] = 500 * (f[0] - f[1]);
    lab[2] = 200 * (f[1] - f[2]);
}

static void find_colours(slic *s, int channels, const double *pixels)
{
    size_t plane = s->height * s->width;
    for (size_t i = 0; i < plane; i++) {
        double rgb[3], mean = 0;
        for (int c = 0; c < channels; c++) mean += pixels[(size_t)c * plane + i] / channels;
        for (size_t c = 0; c < 3; c++) rgb[c] = fmin(fmax(channels == 3 ? pixels[c * plane + i] : mean, 0), 255);
        to_lab(rgb, s->colour[i]);
    }
}

/* ---- k-means ---- */

static void place(slic *s, size_t rows, size_t columns)
{
    for (size_t k = 0; k < s->n; k++) {
        double y = ((double)(k / columns) + 0.5) * (double)s->height / (double)rows;
        double x = ((double)(k % columns) + 0.5) * (double)s->width / (double)columns;
        s->centre[k] = (centre){.y = y, .x = x};
        memcpy(s->centre[k].colour, s->colour[(size_t)y * s->width + (size_t)x], sizeof s->centre[k].colour);
    }
    for (size_t y = 0; y < s->height; y++)
        for (size_t x = 0; x < s->width; x++)
            s->part[y * s->width + x] = (int64_t)(y * rows / s->height * columns + x * columns / s->width);
}

/* Squared, in colour and, of which a side counts as COMPACTNESS, in place. */
static double distance(const slic *s, const centre *c, size_t y, size_t x)
{
    const double *colour = s->colour[y * s->width + x];
    double dy = (double)y - c->y, dx = (double)x - c->x, weight = COMPACTNESS / (double)s->side, sum = 0;
    for (int k = 0; k < 3; k++) sum += (colour[k] - c->colour[k]) * (colour[k] - c->colour[k]);
    return sum + (dy * dy + dx * dx) * weight * weight;
}

static size_t low_end(double at, size_t side)
{
    double low = floor(at - (double)side);
    return low > 0 ? (size_t)low : 0;
}

static size_t high_end(double at, size_t side, size_t extent)
{
    double high = ceil(at + (double)side);
    return high < (double)extent ? (size_t)high : extent;
}

static void assign(slic *s)
{
    for (size_t i = 0; i < s->height * s->width; i++) s->nearest[i] = INFINITY;
    for (size_t k = 0; k < s->n; k++) {
        const centre *c = &s->centre[k];
        size_t bottom = high_end(c->y, s->side, s->height), right = high_end(c->x, s->side, s->width);
        for (size_t y = low_end(c->y, s->side); y < bottom; y++)
            for (size_t x = low_end(c->x, s->side); x < right; x++) {
                double d = distance(s, c, y, x);
                if (d >= s->nearest[y * s->width + x]) continue;
                s->nearest[y * s->width + x] = d;
                s->part[y * s->width + x] = (int64_t)k;
            }
    }
}

/* A centre without pixels stays where it is. */
static void move(slic *s, size_t *count, centre *sum)
{
    memset(count, 0, s->n * sizeof *count);
    memset(sum, 0, s->n * sizeof *sum);
    for (size_t i = 0; i < s->height * s->width; i++) {
        size_t k = (size_t)s->part[i];
        for (int c = 0; c < 3; c++) sum[k].colour[c] += s->colour[i][c];
        sum[k].y += (double)(i / s->width);
        sum[k].x += (double)(i % s->width);
        count[k]++;
    }
    for (size_t k = 0; k < s->n; k++) {
        if (!count[k]) continue;
        for (int c = 0; c < 3; c++) s->centre[k].colour[c] = sum[k].colour[c] / (double)count[k];
        s->centre[k].y = sum[k].y / (double)count[k];
        s->centre[k].x = sum[k].x / (double)count[k];
    }
}

/* ---- Connected pieces ---- */

/* The pixels of the piece of `part` around `start`, which become `number` in `piece`; pixel: room for them. */
static size_t flood(const slic *s, size_t start, int64_t number, int64_t *piece, size_t *pixel)
{
    size_t n = 0;
    pixel[n++] = start;
    piece[start] = number;
    for (size_t at = 0; at < n; at++) {
        size_t i = pixel[at], y = i / s->width, x = i % s->width, beside[4], m = 0;
        if (y > 0) beside[m++] = i - s->width;
        if (y + 1 < s->height) beside[m++] = i + s->width;
        if (x > 0) beside[m++] = i - 1;
        if (x + 1 < s->width) beside[m++] = i + 1;
        for (size_t k = 0; k < m; k++) {
            if (piece[beside[k]] >= 0 || s->part[beside[k]] != s->part[i]) continue;
            piece[beside[k]] = number;
            pixel[n++] = beside[k];
        }
    }
    return n;
}

/* Numbers pieces as they come; a small one joins the piece above or to the left of where it begins, as the authors'
 * code has it. */
static size_t connect(slic *s, int64_t *piece, size_t *pixel)
{
    int64_t next = 0;
    for (size_t i = 0; i < s->height * s->width; i++) piece[i] = -1;
    for (size_t i = 0; i < s->height * s->width; i++) {
        if (piece[i] >= 0) continue;
        size_t n = flood(s, i, next, piece, pixel);
        bool small = 4 * n < s->side * s->side;
        if (small && i > 0) {
            int64_t beside = i % s->width ? piece[i - 1] : piece[i - s->width];
            for (size_t k = 0; k < n; k++) piece[pixel[k]] = beside;
        } else
            next++;
    }
    memcpy(s->part, piece, s->height * s->width * sizeof *piece);
    return (size_t)next;
}

static size_t cells(size_t extent, size_t side)
{
    size_t n = (extent + side / 2) / side;
    return n ? n : 1;
}

static cgm_status run(slic *s, int channels, const double *pixels, size_t *n)
{
    size_t plane = s->height * s->width, rows = cells(s->height, s->side), columns = cells(s->width, s->side);
    s->n = rows * columns;
    s->colour = cgm_arena_array(&s->arena, plane, sizeof *s->colour);
    s->centre = cgm_arena_array(&s->arena, s->n, sizeof *s->centre);
    s->nearest = cgm_arena_array(&s->arena, plane, sizeof *s->nearest);
    centre *sum = cgm_arena_array(&s->arena, s->n, sizeof *sum);
    size_t *count = cgm_arena_array(&s->arena, s->n, sizeof *count);
    int64_t *piece = cgm_arena_array(&s->arena, plane, sizeof *piece);
    size_t *pixel = cgm_arena_array(&s->arena, plane, sizeof *pixel);
    if (!s->colour || !s->centre || !s->nearest || !sum || !count || !piece || !pixel) return CGM_E_MEMORY;
    find_colours(s, channels, pixels);
    place(s, rows, columns);
    for (int round = 0; round < ROUNDS; round++) {
        assign(s);
        move(s, count, sum);
    }
    *n = connect(s, piece, pixel);
    return CGM_OK;
}

cgm_status cgm_explain_slic(const cgm_variable *image, const double *pixels, size_t side, int64_t *part, size_t *n)
{
    slic s = {.height = (size_t)image->height, .width = (size_t)image->width, .side = side, .part = part};
    cgm_status status = run(&s, image->channels, pixels, n);
    cgm_arena_clear(&s.arena);
    return status;
}
