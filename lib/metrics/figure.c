/* Moments and extents of a magnified figure, of its grey levels or of its ink. */
#include <math.h>

#include "metrics/morphology.h"

/* A figure's row y as numbers, [wide]; in m->row. */
static const double *read_row(cgm_morphology *m, cgm_figure figure, size_t y)
{
    const int32_t *levels = m->levels + y * m->wide;
    const uint8_t *ink = m->ink + (y + 1) * (m->wide + 2) + 1;
    for (size_t x = 0; x < m->wide; x++) m->row[x] = figure == CGM_FIGURE_LEVELS ? levels[x] : ink[x];
    return m->row;
}

cgm_moments cgm_morphology_moments(cgm_morphology *m, cgm_figure figure)
{
    cgm_moments out = {0};
    for (size_t y = 0; y < m->tall; y++) {
        const double *row = read_row(m, figure, y);
        double mass = 0, x_mass = 0;
        for (size_t x = 0; x < m->wide; x++) {
            mass += row[x];
            x_mass += (double)x * row[x];
        }
        out.mass += mass;
        out.x += x_mass;
        out.y += (double)y * mass;
    }
    out.x /= out.mass;
    out.y /= out.mass;
    for (size_t y = 0; y < m->tall; y++) {
        const double *row = read_row(m, figure, y);
        double mass = 0, x_mass = 0, xx_mass = 0, dy = (double)y - out.y;
        for (size_t x = 0; x < m->wide; x++) {
            double dx = (double)x - out.x;
            mass += row[x];
            x_mass += dx * row[x];
            xx_mass += dx * dx * row[x];
        }
        out.xx += xx_mass / out.mass;
        out.xy += dy * x_mass / out.mass;
        out.yy += dy * dy * mass / out.mass;
    }
    return out;
}

/* Where a distribution function, [n], whose value at t is the sum of what lies before t, passes a share of its mass;
 * linear between its places, of equal values the last. */
static double quantile(size_t n, const double *before, double share)
{
    size_t at = n - 1;
    while (at > 0 && before[at] > share) at--;
    if (before[at] > share || at == n - 1) return (double)at;
    return (double)at + (share - before[at]) / (before[at + 1] - before[at]);
}

static double width_between(size_t n, double mass, double *counts)
{
    static const double left_out = 0.01; /* on each side */
    double sum = 0;
    for (size_t t = 0; t < n; t++) {
        sum += counts[t];
        counts[t] = sum / mass;
    }
    return quantile(n, counts, 1 - left_out) - quantile(n, counts, left_out);
}

void cgm_morphology_extent(cgm_morphology *m, cgm_figure figure, const cgm_moments *moments, double *width,
                           double *height)
{
    double shear = moments->xy / moments->yy;
    double *across = m->fine, *down = m->fine + m->wide; /* what comes in between t - 1 and t */
    *width = *height = NAN;
    if (!(moments->mass > 0) || !isfinite(shear)) return;
    for (size_t t = 0; t < m->wide; t++) across[t] = 0;
    for (size_t t = 0; t < m->tall; t++) down[t] = 0;
    for (size_t y = 0; y < m->tall; y++) {
        const double *row = read_row(m, figure, y);
        double shift = 0.5 - shear * ((double)y - moments->y), mass = 0;
        for (size_t x = 0; x < m->wide; x++) {
            double first = floor((double)x + shift) + 1; /* the least t that lies beyond the pixel's middle */
            if (first < (double)m->wide) across[first > 0 ? (size_t)first : 0] += row[x];
            mass += row[x];
        }
        if (y + 1 < m->tall) down[y + 1] += mass;
    }
    *width = width_between(m->wide, moments->mass, across);
    *height = width_between(m->tall, moments->mass, down);
}

double cgm_morphology_axis_length(const cgm_morphology *m)
{
    size_t framed = m->wide + 2, straight = 0, askew = 0;
    for (size_t i = 0; i < m->n_ink; i++) {
        const uint8_t *p = m->skeleton + m->place[i];
        if (!*p) continue;
        straight += (size_t)p[1] + p[framed];
        askew += (size_t)p[framed - 1] + p[framed + 1];
    }
    return (double)straight + M_SQRT2 * (double)askew;
}
