#include "data/resize.h"

#include <math.h>

/* Where a new sample comes from: `count` old ones from `first` on, and their weights, which add up to 1. */
typedef struct source {
    size_t first, count;
    const double *weight;
} source;

static void cover(size_t from, size_t to, size_t i, double *weight, source *s)
{
    double scale = (double)from / (double)to, begin = (double)i * scale, end = (double)(i + 1) * scale;
    s->first = (size_t)begin;
    s->count = 0;
    for (size_t j = s->first; j < from && (double)j < end; j++) {
        double overlap = fmin(end, (double)(j + 1)) - fmax(begin, (double)j);
        weight[s->count++] = overlap / scale;
    }
}

static void interpolate(size_t from, size_t to, size_t i, double *weight, source *s)
{
    double at = ((double)i + 0.5) * (double)from / (double)to - 0.5;
    at = fmin(fmax(at, 0), (double)(from - 1));
    s->first = (size_t)at;
    s->count = s->first + 1 < from ? 2 : 1;
    weight[0] = s->count == 2 ? 1 - (at - (double)s->first) : 1;
    weight[1] = at - (double)s->first;
}

/* One source a new sample of an axis. */
static cgm_status plan(cgm_arena *arena, size_t from, size_t to, source **out)
{
    size_t most = from > to ? from / to + 2 : 2;
    source *sources = cgm_arena_array(arena, to, sizeof *sources);
    double *weights = cgm_arena_array(arena, to * most, sizeof *weights);
    if (!sources || !weights) return CGM_E_MEMORY;
    for (size_t i = 0; i < to; i++) {
        sources[i].weight = weights + i * most;
        (from > to ? cover : interpolate)(from, to, i, weights + i * most, &sources[i]);
    }
    *out = sources;
    return CGM_OK;
}

cgm_status cgm_resize(cgm_arena *arena, size_t from_height, size_t from_width, const double *from, size_t to_height,
                      size_t to_width, double *to)
{
    source *rows, *columns;
    double *wide = cgm_arena_array(arena, to_height * from_width, sizeof *wide);
    if (!wide) return CGM_E_MEMORY;
    CGM_TRY(plan(arena, from_height, to_height, &rows));
    CGM_TRY(plan(arena, from_width, to_width, &columns));
    for (size_t y = 0; y < to_height; y++)
        for (size_t k = 0; k < rows[y].count; k++)
            for (size_t x = 0; x < from_width; x++)
                wide[y * from_width + x] += rows[y].weight[k] * from[(rows[y].first + k) * from_width + x];
    for (size_t y = 0; y < to_height; y++)
        for (size_t x = 0; x < to_width; x++) {
            double sum = 0;
            for (size_t k = 0; k < columns[x].count; k++)
                sum += columns[x].weight[k] * wide[y * from_width + columns[x].first + k];
            to[y * to_width + x] = sum;
        }
    return CGM_OK;
}
