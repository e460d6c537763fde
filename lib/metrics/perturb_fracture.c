/* Strokes that are broken: cuts across the axis. */
#include <math.h>
#include <string.h>

#include "metrics/perturb_priv.h"

/* In pixels of the image. */
#define CUT 1.5      /* width of a cut */
#define KEPT 2       /* distance from ends and forks, along which no cut is made */
#define WINDOW 2     /* to each side, of what tells the axis's direction */
#define OVERHANG 0.5 /* of a cut, beyond the stroke's border */

static uint32_t axis_neighbours(const uint8_t *p, size_t framed)
{
    const uint8_t *above = p - framed, *below = p + framed;
    return (uint32_t)(above[-1] + above[0] + above[1] + p[-1] + p[1] + below[-1] + below[0] + below[1]);
}

/* Takes a disc around a place away from a framed figure. */
static void clear_disc(const cgm_morphology *m, uint8_t *from, size_t place, long radius)
{
    long framed = (long)m->wide + 2, tall = (long)m->tall + 2, row = (long)place / framed,
         column = (long)place % framed;
    for (long dy = -radius; dy <= radius; dy++)
        for (long dx = -radius; dx <= radius; dx++) {
            long y = row + dy, x = column + dx;
            if (dx * dx + dy * dy <= radius * radius && y >= 0 && y < tall && x >= 0 && x < framed)
                from[y * framed + x] = 0;
        }
}

/* m->other: the places on the axis where a cut may be; their number. m->spare is the axis without its ends and forks.
 */
static size_t find_places(cgm_morphology *m)
{
    size_t framed = m->wide + 2, kept = 0;
    memcpy(m->spare, m->skeleton, (m->tall + 2) * framed);
    for (size_t i = 0; i < m->n_ink; i++) {
        const uint8_t *p = m->skeleton + m->place[i];
        uint32_t around = *p ? axis_neighbours(p, framed) : 0;
        if (around == 1 || around == 3) clear_disc(m, m->spare, m->place[i], (long)(KEPT * m->scale));
    }
    for (int turn = 0; turn < 2 && kept == 0; turn++) {
        const uint8_t *axis = turn ? m->skeleton : m->spare;
        for (size_t i = 0; i < m->n_ink; i++)
            if (axis[m->place[i]]) m->other[kept++] = (uint32_t)i;
    }
    return kept;
}

/* Direction of the axis around a place, from the x axis towards y: of the longer axis of its moments there. */
static double axis_angle(const cgm_morphology *m, long row, long column)
{
    long reach = (long)(WINDOW * m->scale), framed = (long)m->wide + 2;
    double n = 0, sx = 0, sy = 0, xx = 0, xy = 0, yy = 0;
    for (long y = row - reach; y <= row + reach; y++)
        for (long x = column - reach; x <= column + reach; x++) {
            if (y < 1 || y > (long)m->tall || x < 1 || x > (long)m->wide || !m->skeleton[y * framed + x]) continue;
            double dx = (double)(x - column), dy = (double)(y - row);
            n++;
            sx += dx;
            sy += dy;
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }
    return 0.5 * atan2(2 * (xy - sx * sy / n), xx - sx * sx / n - (yy - sy * sy / n));
}

/* Takes away what is within the cut's half width of a segment of this half length through a place. */
static void cut(cgm_morphology *m, long row, long column, double angle, double half)
{
    double dx = cos(angle), dy = sin(angle), brush = ceil((CUT * (double)m->scale - 1) / 2);
    long framed = (long)m->wide + 2, reach = (long)ceil(half + brush);
    for (long y = row - reach; y <= row + reach; y++)
        for (long x = column - reach; x <= column + reach; x++) {
            if (y < 1 || y > (long)m->tall || x < 1 || x > (long)m->wide) continue;
            double along = (double)(x - column) * dx + (double)(y - row) * dy;
            along = along < -half ? -half : along > half ? half : along;
            double off_x = (double)(x - column) - along * dx, off_y = (double)(y - row) - along * dy;
            if (off_x * off_x + off_y * off_y <= brush * brush) m->ink[y * framed + x] = 0;
        }
}

static void fracture(cgm_morphology *m, double amount, cgm_rng *rng)
{
    long framed = (long)m->wide + 2;
    (void)cgm_figure_thickness(m); /* finds the axis */
    size_t places = find_places(m);
    for (long k = lround(amount); k > 0; k--) {
        uint32_t chosen = m->other[cgm_rng_below(rng, places)];
        long row = (long)m->place[chosen] / framed, column = (long)m->place[chosen] % framed;
        double half = sqrt((double)m->squared[chosen]) + OVERHANG * (double)m->scale;
        cut(m, row, column, axis_angle(m, row, column) + 0.5 * M_PI, half);
    }
}

const cgm_perturbation cgm_perturbation_fracture = {
    "fracture", "this many cuts across strokes, at random places", 3, 1, 100, fracture};
