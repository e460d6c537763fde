/* Dilation and erosion by a disc of any radius. */
#include <math.h>
#include <string.h>

#include "metrics/morphology.h"

/* Of a row whose columns' distances are known, the pixels within the radius: each column covers a range of them.
 * change: room for [wide + 1]. */
static void spread_row(const cgm_morphology *m, size_t y, uint8_t value, double squared_radius, int32_t *change)
{
    const uint32_t *down = m->down + y * m->wide;
    uint8_t *ink = m->ink + (y + 1) * (m->wide + 2) + 1;
    int32_t covering = 0;
    memset(change, 0, (m->wide + 1) * sizeof *change);
    for (size_t x = 0; x < m->wide; x++) {
        double left = squared_radius - (double)down[x] * (double)down[x];
        if (left < 0) continue;
        size_t reach = left < (double)(m->wide * m->wide) ? (size_t)sqrt(left) : m->wide;
        change[x > reach ? x - reach : 0]++;
        change[x + reach + 1 < m->wide ? x + reach + 1 : m->wide]--;
    }
    for (size_t x = 0; x < m->wide; x++) {
        covering += change[x];
        if (covering > 0) ink[x] = value;
    }
}

void cgm_morphology_spread(cgm_morphology *m, uint8_t value, double squared_radius)
{
    int32_t *change = (int32_t *)m->key; /* [tall, wide] */
    m->left = m->top = 0;
    m->right = m->wide;
    m->bottom = m->tall;
    cgm_morphology_measure_down(m, value);
    for (size_t y = 0; y < m->tall; y++) spread_row(m, y, value, squared_radius, change);
}
