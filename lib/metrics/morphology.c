/* Magnification, thinning and distances. Figures are small (a hundred pixels or two each way), so plain loops do. */
#include "metrics/morphology.h"

#include <math.h>
#include <string.h>

/* Where the magnified sample i lies among n samples: the four that its cubic needs (the edge repeated), and their
 * weights. */
typedef struct taps {
    size_t at[4];
    double weight[4];
} taps;

static taps taps_of(size_t i, size_t n, size_t scale)
{
    double place = ((double)i + 0.5) / (double)scale - 0.5, before = floor(place), t = place - before;
    taps out = {.weight = {0.5 * t * (-1 + t * (2 - t)), 1 + 0.5 * t * t * (3 * t - 5), 0.5 * t * (1 + t * (4 - 3 * t)),
                           0.5 * t * t * (t - 1)}};
    for (int k = 0; k < 4; k++) out.at[k] = (size_t)fmin(fmax(before - 1 + k, 0), (double)(n - 1));
    return out;
}

void cgm_morphology_cut(size_t height, size_t width, const double *pixels, size_t scale, double level, double *rows,
                        morphology_figure *figure)
{
    size_t wide = scale * width, tall = scale * height;
    figure->height = tall;
    figure->width = wide;
    for (size_t c = 0; c < wide; c++) {
        taps p = taps_of(c, width, scale);
        for (size_t r = 0; r < height; r++) {
            double sum = 0;
            for (int k = 0; k < 4; k++) sum += p.weight[k] * pixels[r * width + p.at[k]];
            rows[r * wide + c] = sum;
        }
    }
    for (size_t r = 0; r < tall; r++) {
        taps p = taps_of(r, height, scale);
        for (size_t c = 0; c < wide; c++) {
            double sum = 0;
            for (int k = 0; k < 4; k++) sum += p.weight[k] * rows[p.at[k] * wide + c];
            figure->ink[r * wide + c] = sum > level;
        }
    }
}

/* The eight neighbours of a pixel, clockwise from the one above; what lies outside the figure is background. */
static void neighbours(const morphology_figure *f, size_t r, size_t c, uint8_t p[8])
{
    static const int dr[8] = {-1, -1, 0, 1, 1, 1, 0, -1}, dc[8] = {0, 1, 1, 1, 0, -1, -1, -1};
    for (int k = 0; k < 8; k++) {
        size_t nr = r + (size_t)dr[k], nc = c + (size_t)dc[k]; /* wraps below 0, to beyond the size */
        p[k] = nr < f->height && nc < f->width ? f->ink[nr * f->width + nc] : 0;
    }
}

/* Whether this half-pass may take the pixel away: it is on the rim, not an end, and joins nothing that would come
 * apart. */
static bool removable(const uint8_t p[8], bool second)
{
    int count = 0, changes = 0;
    for (int k = 0; k < 8; k++) {
        count += p[k];
        changes += !p[k] && p[(k + 1) % 8];
    }
    if (count < 2 || count > 6 || changes != 1) return false;
    return second ? !(p[0] && p[2] && p[6]) && !(p[0] && p[4] && p[6])
                  : !(p[0] && p[2] && p[4]) && !(p[2] && p[4] && p[6]);
}

void cgm_morphology_thin(morphology_figure *figure, uint8_t *scratch)
{
    size_t n = figure->height * figure->width;
    size_t removed = 1;
    while (removed) {
        removed = 0;
        for (int second = 0; second < 2; second++) {
            memset(scratch, 0, n);
            for (size_t i = 0; i < n; i++) {
                if (!figure->ink[i]) continue;
                uint8_t p[8];
                neighbours(figure, i / figure->width, i % figure->width, p);
                scratch[i] = removable(p, second);
            }
            for (size_t i = 0; i < n; i++) {
                removed += scratch[i];
                figure->ink[i] &= !scratch[i];
            }
        }
    }
}

/* nearest[i] = distance from pixel i to the nearest background pixel of its own column; infinite when there is none. */
static void column_distances(const morphology_figure *f, double *nearest)
{
    for (size_t c = 0; c < f->width; c++) {
        double d = INFINITY;
        for (size_t r = 0; r < f->height; r++) nearest[r * f->width + c] = d = f->ink[r * f->width + c] ? d + 1 : 0;
        d = INFINITY;
        for (size_t r = f->height; r-- > 0;) {
            d = f->ink[r * f->width + c] ? d + 1 : 0;
            nearest[r * f->width + c] = fmin(nearest[r * f->width + c], d);
        }
    }
}

double cgm_morphology_mean_distance(const morphology_figure *figure, const uint8_t *skeleton, double *nearest)
{
    size_t wide = figure->width, n = 0;
    double sum = 0;
    column_distances(figure, nearest);
    for (size_t i = 0; i < figure->height * wide; i++) {
        if (!skeleton[i]) continue;
        double best = INFINITY;
        for (size_t c = 0; c < wide; c++) {
            double across = (double)c - (double)(i % wide), down = nearest[i - i % wide + c];
            best = fmin(best, across * across + down * down);
        }
        sum += sqrt(best);
        n++;
    }
    return n && isfinite(sum) ? sum / (double)n : NAN;
}
