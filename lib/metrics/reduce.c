/* From a figure of ink back to an image: what scikit-image's pyramid_reduce with cubic splines does, but that values
 * are not held within the range of what was smoothed. */
#include <string.h>

#include "metrics/morphology.h"

/* Solves the transposed equations of the cubic B-spline through n samples, (c[i-1] + 4 c[i] + c[i+1]) / 6 = sample i
 * with both ends mirrored: weights of coefficients become weights of samples. room: [n]. */
static void weigh_samples(size_t n, double *w, double *room)
{
    for (size_t i = 0; i < n; i++) {
        double below = i == 0 ? 0 : i == 1 ? 2 : 1, above = i == n - 1 ? 0 : i == n - 2 ? 2 : 1;
        double pivot = i == 0 ? 4 : 4 - below * room[i - 1];
        room[i] = above / pivot;
        w[i] = (6 * w[i] - (i == 0 ? 0 : below * w[i - 1])) / pivot;
    }
    for (size_t i = n - 1; i-- > 0;) w[i] -= room[i] * w[i + 1];
}

/* The weights, [n / scale, n], that make n pixels n / scale. room: [2 n]. */
static void fill_weights(const cgm_morphology *m, size_t n, double *room, double *out)
{
    static const double half_way[4] = {1 / 48.0, 23 / 48.0, 23 / 48.0, 1 / 48.0};
    double *samples = room + n;
    for (size_t i = 0; i < n / m->scale; i++) {
        double *w = out + i * n;
        size_t first = m->scale * i + m->scale / 2 - 2; /* of the four splines around the pixel's middle */
        memset(samples, 0, n * sizeof *samples);
        for (size_t k = 0; k < 4; k++) samples[first + k] = half_way[k];
        weigh_samples(n, samples, room);
        for (long j = 0; j < (long)n; j++)
            for (long k = -(long)m->reach; k <= (long)m->reach; k++)
                w[cgm_morphology_reflect(j + k, n)] += m->gaussian[k < 0 ? -k : k] * samples[j];
    }
}

cgm_status cgm_reduction_create(cgm_arena *arena, const cgm_morphology *m, cgm_reduction *out)
{
    size_t most = m->tall > m->wide ? m->tall : m->wide;
    double *room = cgm_arena_array(arena, 2 * most, sizeof *room);
    out->down = cgm_arena_array(arena, m->height * m->tall, sizeof *out->down);
    out->across = cgm_arena_array(arena, m->width * m->wide, sizeof *out->across);
    out->rows = cgm_arena_array(arena, m->tall * m->width, sizeof *out->rows);
    if (!room || !out->down || !out->across || !out->rows) return CGM_E_MEMORY;
    fill_weights(m, m->tall, room, out->down);
    fill_weights(m, m->wide, room, out->across);
    return CGM_OK;
}

void cgm_morphology_reduce(const cgm_morphology *m, const cgm_reduction *r, double *out)
{
    memset(r->rows, 0, m->tall * m->width * sizeof *r->rows);
    for (size_t y = 0; y < m->tall; y++) {
        const uint8_t *ink = m->ink + (y + 1) * (m->wide + 2) + 1, *at = ink;
        double *row = r->rows + y * m->width;
        for (; (at = memchr(at, 1, (size_t)(ink + m->wide - at))); at++)
            for (size_t i = 0; i < m->width; i++) row[i] += r->across[i * m->wide + (size_t)(at - ink)];
    }
    for (size_t j = 0; j < m->height; j++) {
        double *to = out + j * m->width;
        memset(to, 0, m->width * sizeof *to);
        for (size_t y = 0; y < m->tall; y++) {
            double weight = r->down[j * m->tall + y];
            for (size_t i = 0; i < m->width; i++) to[i] += weight * r->rows[y * m->width + i];
        }
        for (size_t i = 0; i < m->width; i++) to[i] = to[i] < 0 ? 0 : to[i] > 1 ? 1 : to[i];
    }
}
