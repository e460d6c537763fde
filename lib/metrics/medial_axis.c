/* The medial axis of a figure: pixels of ink are visited once, nearest to the background first, and taken away where
 * that neither changes how their neighbours hang together nor eats the end of a line. Order and rules are those of
 * scikit-image's medial_axis, so that the axis is the same. */
#include <math.h>
#include <string.h>

#include "metrics/morphology.h"

#define NONE CGM_MORPHOLOGY_NONE
#define DIGIT 11 /* bits sorted at a time */

/* The ink's places, row by row, and the part of the image that holds them. */
static void find_ink(cgm_morphology *m)
{
    size_t framed = m->wide + 2;
    m->n_ink = m->right = m->bottom = 0;
    m->left = m->wide;
    m->top = m->tall;
    for (size_t y = 0; y < m->tall; y++) {
        const uint8_t *row = m->ink + (y + 1) * framed + 1, *at = row, *last = row;
        size_t before = m->n_ink;
        while ((at = memchr(at, 1, (size_t)(row + m->wide - at)))) { /* strokes are thin: most of a row is background */
            size_t x = (size_t)(at - row);
            m->left = x < m->left ? x : m->left;
            for (; *at; at++) m->place[m->n_ink++] = (uint32_t)(at - m->ink);
            last = at;
        }
        if (m->n_ink == before) continue;
        m->right = (size_t)(last - row) > m->right ? (size_t)(last - row) : m->right;
        m->top = y < m->top ? y : m->top;
        m->bottom = y + 1;
    }
    m->left -= m->left > 0; /* with the background next to them */
    m->top -= m->top > 0;
    m->right += m->right < m->wide;
    m->bottom += m->bottom < m->tall;
}

/* What lies outside the image is neither. */
void cgm_morphology_measure_down(cgm_morphology *m, uint8_t value)
{
    size_t wide = m->wide, framed = wide + 2;
    for (size_t y = m->top; y < m->bottom; y++) {
        const uint8_t *ink = m->ink + (y + 1) * framed + 1;
        uint32_t *d = m->down + y * wide;
        const uint32_t *above = y > m->top ? d - wide : NULL;
        for (size_t x = m->left; x < m->right; x++)
            d[x] = ink[x] == value ? 0 : above && above[x] < NONE ? above[x] + 1 : NONE;
    }
    for (size_t y = m->bottom - 1; y-- > m->top;) {
        uint32_t *d = m->down + y * wide, *below = d + wide;
        for (size_t x = m->left; x < m->right; x++) d[x] = below[x] + 1 < d[x] ? below[x] + 1 : d[x];
    }
}

static uint32_t square(uint32_t distance)
{
    return distance < NONE ? distance * distance : NONE;
}

/* The least of across^2 + down^2 over the pixel's row, from the pixel outwards until nothing can be nearer. */
static uint32_t squared_distance(const cgm_morphology *m, size_t y, size_t x)
{
    const uint32_t *down = m->down + y * m->wide;
    uint32_t best = square(down[x]);
    for (size_t k = 1; k < m->wide && k * k < best; k++) {
        uint32_t across = (uint32_t)(k * k), left = NONE, right = NONE;
        if (x >= m->left + k) left = across + square(down[x - k]);
        if (x + k < m->right) right = across + square(down[x + k]);
        best = left < best ? left : best;
        best = right < best ? right : best;
    }
    return best;
}

/* The eight neighbours as bits, clockwise from the one above. */
static unsigned ring(const uint8_t *p, size_t framed)
{
    const uint8_t *above = p - framed, *below = p + framed;
    return (unsigned)(above[0] | above[1] << 1 | p[1] << 2 | below[1] << 3 | below[0] << 4 | below[-1] << 5 |
                      p[-1] << 6 | above[-1] << 7);
}

static uint32_t neighbours(const uint8_t *p, size_t framed)
{
    const uint8_t *above = p - framed, *below = p + framed;
    return (uint32_t)(above[-1] + above[0] + above[1] + p[-1] + p[1] + below[-1] + below[0] + below[1]);
}

/* Whether a pixel with these neighbours may go: they are two or more, and hang together without it, through sides or
 * corners. Their pieces are counted by Hilditch's crossing number (1969, "Linear skeletons from square cupboards"),
 * which is 0 where all four sides are ink and nothing can come apart. */
static bool removable(unsigned ring)
{
    int pieces = 0, count = 0;
    for (unsigned side = 0; side < 8; side += 2) {
        unsigned here = ring >> side & 1, next = ring >> (side + 1) & 1, after = ring >> ((side + 2) & 7) & 1;
        pieces += !here && (next || after);
        count += (int)(here + next);
    }
    bool all_sides = (ring & 0x55) == 0x55;
    return count >= 2 && (pieces == 1 || all_sides);
}

/* Sorts m->order by m->key, stably, eleven bits at a time. */
static void sort(cgm_morphology *m)
{
    uint32_t start[1 << DIGIT], most = 0, mask = (1 << DIGIT) - 1;
    for (size_t i = 0; i < m->n_ink; i++) most = m->key[i] > most ? m->key[i] : most;
    for (int shift = 0; shift < 32 && most >> shift; shift += DIGIT) {
        memset(start, 0, sizeof start);
        for (size_t i = 0; i < m->n_ink; i++) start[m->key[i] >> shift & mask]++;
        for (uint32_t digit = 0, before = 0; digit <= mask; digit++) {
            uint32_t count = start[digit];
            start[digit] = before;
            before += count;
        }
        for (size_t i = 0; i < m->n_ink; i++) m->other[start[m->key[m->order[i]] >> shift & mask]++] = m->order[i];
        uint32_t *sorted = m->other;
        m->other = m->order;
        m->order = sorted;
    }
}

/* Nearest to the background first; among those the ones that are least a corner, with the most neighbours; among those
 * as the tie breaks say. */
static void find_order(cgm_morphology *m)
{
    size_t framed = m->wide + 2;
    cgm_tie_breaks(m->n_ink, m->other);
    for (size_t i = 0; i < m->n_ink; i++) m->order[m->other[i]] = (uint32_t)i;
    for (int pass = 0; pass < 2; pass++) { /* the less important key first */
        for (size_t i = 0; i < m->n_ink; i++)
            m->key[i] = pass ? m->squared[i] : 8 - neighbours(m->ink + m->place[i], framed);
        sort(m);
    }
}

static void thin(cgm_morphology *m)
{
    bool goes[256];
    size_t framed = m->wide + 2;
    for (unsigned r = 0; r < 256; r++) goes[r] = removable(r);
    memcpy(m->skeleton, m->ink, (m->tall + 2) * framed);
    for (size_t i = 0; i < m->n_ink; i++) {
        uint8_t *p = m->skeleton + m->place[m->order[i]];
        if (goes[ring(p, framed)]) *p = 0;
    }
}

double cgm_morphology_mean_distance(cgm_morphology *m)
{
    size_t framed = m->wide + 2, n = 0;
    double sum = 0;
    find_ink(m);
    if (m->n_ink == 0 || m->n_ink == m->tall * m->wide) return NAN;
    cgm_morphology_measure_down(m, 0);
    for (size_t i = 0; i < m->n_ink; i++) {
        m->squared[i] = squared_distance(m, m->place[i] / framed - 1, m->place[i] % framed - 1);
    }
    find_order(m);
    thin(m);
    for (size_t i = 0; i < m->n_ink; i++)
        if (m->skeleton[m->place[i]]) {
            sum += sqrt((double)m->squared[i]);
            n++;
        }
    return sum / (double)n;
}
