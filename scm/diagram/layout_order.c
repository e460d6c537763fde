/* The order within layers: by barycentres of the neighbours above and below in turn, neighbours exchanged where that
 * removes crossings; the best order met is kept. */
#include <stdlib.h>
#include <string.h>

#include "scm/diagram/layout.h"

enum {
    SWEEPS = 24,
    PATIENCE = 6,      /* sweeps without a better order */
    EXCHANGES = 8,     /* rounds of exchanges, at most */
    MANY_POINTS = 4000 /* from here on no exchanges: they take time quadratic in the degrees */
};

typedef struct sorting {
    cgm_layout *l;
    size_t *work;  /* [n_points + 2] */
    double *value; /* [n_points] */
    size_t *best;  /* [n_points]: positions */
    size_t best_crossings;
} sorting;

static void set_positions(cgm_layout *l, size_t layer)
{
    for (size_t k = 0; k < l->layer[layer].n; k++) l->point[l->layer[layer].point[k]].position = k;
}

/* A walk along the edges, so that what belongs together begins together. */
static void walk(cgm_layout *l, size_t *stack, bool *seen, size_t *filled)
{
    for (size_t root = 0; root < l->n_points; root++) {
        size_t depth = 0;
        if (!seen[root]) stack[depth++] = root;
        seen[root] = true;
        while (depth > 0) {
            size_t i = stack[--depth], layer = l->point[i].layer;
            l->layer[layer].point[filled[layer]++] = i;
            for (size_t side = 0; side < 2; side++) {
                const size_t *begin = side ? l->up_begin : l->down_begin, *node = side ? l->up : l->down;
                for (size_t k = begin[i + 1]; k-- > begin[i];) {
                    if (seen[node[k]]) continue;
                    seen[node[k]] = true;
                    stack[depth++] = node[k];
                }
            }
        }
    }
    for (size_t layer = 0; layer < l->n_layers; layer++) set_positions(l, layer);
}

static int compare_sizes(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Pairs of links from one layer down that cross: inversions, counted with a binary indexed tree over the positions
 * below. */
static size_t crossings_below(const cgm_layout *l, size_t layer, size_t *tree, size_t *ends)
{
    const cgm_layout_layer *upper = &l->layer[layer];
    size_t below = l->layer[layer + 1].n, inserted = 0, crossings = 0;
    memset(tree, 0, (below + 1) * sizeof *tree);
    for (size_t k = 0; k < upper->n; k++) {
        size_t i = upper->point[k], n = 0;
        for (size_t d = l->down_begin[i]; d < l->down_begin[i + 1]; d++) ends[n++] = l->point[l->down[d]].position;
        if (n > 1) qsort(ends, n, sizeof *ends, compare_sizes);
        for (size_t e = 0; e < n; e++) {
            size_t at_most = 0;
            for (size_t t = ends[e] + 1; t > 0; t -= t & -t) at_most += tree[t];
            crossings += inserted - at_most;
        }
        for (size_t e = 0; e < n; e++)
            for (size_t t = ends[e] + 1; t <= below; t += t & -t) tree[t]++;
        inserted += n;
    }
    return crossings;
}

size_t cgm_layout_crossings(const cgm_layout *l, size_t *work)
{
    size_t crossings = 0, most = 0;
    for (size_t layer = 0; layer < l->n_layers; layer++)
        if (l->layer[layer].n > most) most = l->layer[layer].n;
    for (size_t layer = 0; layer + 1 < l->n_layers; layer++)
        crossings += crossings_below(l, layer, work, work + most + 1);
    return crossings;
}

static double barycentre(const cgm_layout *l, const size_t *begin, const size_t *node, size_t i)
{
    double sum = 0;
    size_t n = begin[i + 1] - begin[i];
    for (size_t k = begin[i]; k < begin[i + 1]; k++) sum += (double)l->point[node[k]].position;
    return n ? sum / (double)n : -1;
}

/* A stable sort by value of a layer's points, in which those without a value (-1) keep their places. */
static void sort_layer(sorting *s, size_t layer)
{
    cgm_layout_layer *at = &s->l->layer[layer];
    size_t n = 0, *moving = s->work;
    for (size_t k = 0; k < at->n; k++)
        if (s->value[at->point[k]] >= 0) moving[n++] = at->point[k];
    /* Insertion by bisection: layers are nearly in order after the first sweeps. */
    for (size_t k = 1; k < n; k++) {
        size_t point = moving[k], low = 0, high = k;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (s->value[moving[middle]] <= s->value[point])
                low = middle + 1;
            else
                high = middle;
        }
        memmove(moving + low + 1, moving + low, (k - low) * sizeof *moving);
        moving[low] = point;
    }
    n = 0;
    for (size_t k = 0; k < at->n; k++)
        if (s->value[at->point[k]] >= 0) at->point[k] = moving[n++];
    set_positions(s->l, layer);
}

static void sweep(sorting *s, bool down)
{
    const cgm_layout *l = s->l;
    const size_t *begin = down ? l->up_begin : l->down_begin, *node = down ? l->up : l->down;
    for (size_t step = 0; step < l->n_layers; step++) {
        size_t layer = down ? step : l->n_layers - 1 - step;
        for (size_t k = 0; k < l->layer[layer].n; k++) {
            size_t i = l->layer[layer].point[k];
            s->value[i] = barycentre(l, begin, node, i);
        }
        sort_layer(s, layer);
    }
}

/* How many of the links of two neighbours in a layer cross, the first being on the left. */
static long cross(const cgm_layout *l, const size_t *begin, const size_t *node, size_t left, size_t right)
{
    long n = 0;
    for (size_t a = begin[left]; a < begin[left + 1]; a++)
        for (size_t b = begin[right]; b < begin[right + 1]; b++)
            n += l->point[node[a]].position > l->point[node[b]].position;
    return n;
}

static bool exchange(sorting *s)
{
    cgm_layout *l = s->l;
    bool better = false;
    for (size_t layer = 0; layer < l->n_layers; layer++) {
        size_t *point = l->layer[layer].point;
        for (size_t k = 0; k + 1 < l->layer[layer].n; k++) {
            size_t a = point[k], b = point[k + 1];
            long now = cross(l, l->up_begin, l->up, a, b) + cross(l, l->down_begin, l->down, a, b);
            long then = cross(l, l->up_begin, l->up, b, a) + cross(l, l->down_begin, l->down, b, a);
            if (then >= now) continue;
            point[k] = b;
            point[k + 1] = a;
            l->point[a].position = k + 1;
            l->point[b].position = k;
            better = true;
        }
    }
    return better;
}

/* Whether the order is better than the best so far, which it then becomes. */
static bool keep(sorting *s)
{
    size_t crossings = cgm_layout_crossings(s->l, s->work);
    if (crossings >= s->best_crossings) return false;
    s->best_crossings = crossings;
    for (size_t i = 0; i < s->l->n_points; i++) s->best[i] = s->l->point[i].position;
    return true;
}

cgm_status cgm_layout_sort(cgm_layout *l, cgm_arena *arena)
{
    sorting s = {.l = l, .best_crossings = SIZE_MAX};
    size_t links = l->down_begin[l->n_points];
    s.work = cgm_arena_array(arena, 2 * l->n_points + links + 4, sizeof *s.work);
    s.value = cgm_arena_array(arena, l->n_points + 1, sizeof *s.value);
    s.best = cgm_arena_array(arena, l->n_points + 1, sizeof *s.best);
    bool *seen = cgm_arena_array(arena, l->n_points + 1, sizeof *seen);
    size_t *filled = cgm_arena_array(arena, l->n_layers + 1, sizeof *filled);
    if (!s.work || !s.value || !s.best || !seen || !filled) return CGM_E_MEMORY;
    walk(l, s.work, seen, filled);
    keep(&s);
    for (int k = 0, last = 0; k < SWEEPS && k - last <= PATIENCE && s.best_crossings > 0; k++) {
        sweep(&s, k % 2 == 0);
        for (int round = 0; round < EXCHANGES && l->n_points < MANY_POINTS; round++)
            if (!exchange(&s)) break;
        if (keep(&s)) last = k;
    }
    for (size_t i = 0; i < l->n_points; i++) {
        l->point[i].position = s.best[i];
        l->layer[l->point[i].layer].point[s.best[i]] = i;
    }
    return CGM_OK;
}
