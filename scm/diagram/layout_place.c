/* Coordinates: x after Brandes and Koepf (2001), "Fast and simple horizontal coordinate assignment". Points are aligned
 * in vertical blocks with a median neighbour, four times, from each corner; the answer is the mean of the two middle
 * ones of the four. Blocks are placed by longest paths, which is what their second algorithm means to do (Brandes,
 * Walter and Zink 2020 correct it). */
#include <math.h>
#include <string.h>

#include "scm/diagram/layout.h"

static const double node_gap = 26, bend_gap = 16;
/* Between layers, and of that height at least a share of the farthest that a link goes sideways. */
static const double layer_gap = 46, fine_gap = 26, slope = 0.16, largest_gap = 140;

typedef struct placing {
    cgm_layout *l;
    bool *crossed;           /* [links]: of link down[k], which crosses the inner part of a long edge */
    size_t *root, *align;    /* [n_points]: a block's first point, and the next one, in a ring */
    size_t *waiting, *order; /* [n_points]: of blocks, while they are placed */
    size_t *work;            /* [links] */
    double *x[4];
    bool to_left, upwards; /* which corner */
} placing;

static bool is_bend(const cgm_layout *l, size_t i)
{
    return i >= l->n;
}

double cgm_layout_distance(const cgm_layout *l, size_t left, size_t right)
{
    double gap = is_bend(l, left) || is_bend(l, right) ? bend_gap : node_gap;
    return l->point[left].right + gap + l->point[right].left;
}

/* The bend above a bend, or SIZE_MAX. */
static size_t inner_above(const cgm_layout *l, size_t i)
{
    if (!is_bend(l, i)) return SIZE_MAX;
    for (size_t k = l->up_begin[i]; k < l->up_begin[i + 1]; k++)
        if (is_bend(l, l->up[k])) return l->up[k];
    return SIZE_MAX;
}

/* Marks the links down[k] that cross a link between two bends: these are to be vertical. */
static void mark_conflicts(placing *p, size_t layer)
{
    const cgm_layout *l = p->l;
    const cgm_layout_layer *lower = &l->layer[layer];
    size_t low = 0, from = 0;
    for (size_t k = 0; k < lower->n; k++) {
        size_t inner = inner_above(l, lower->point[k]);
        if (inner == SIZE_MAX && k + 1 < lower->n) continue;
        size_t high = inner == SIZE_MAX ? l->layer[layer - 1].n : l->point[inner].position;
        for (; from <= k; from++) {
            size_t i = lower->point[from];
            for (size_t u = l->up_begin[i]; u < l->up_begin[i + 1]; u++) {
                size_t position = l->point[l->up[u]].position;
                if (position < low || position > high) p->crossed[u] = true;
            }
        }
        low = high;
    }
}

/* The k-th point of a layer, seen from the corner. */
static size_t at(const placing *p, size_t layer, size_t k)
{
    const cgm_layout_layer *of = &p->l->layer[layer];
    return of->point[p->to_left ? of->n - 1 - k : k];
}

/* A point's position seen from the corner. */
static size_t place_of(const placing *p, size_t i)
{
    const cgm_layout_point *point = &p->l->point[i];
    return p->to_left ? p->l->layer[point->layer].n - 1 - point->position : point->position;
}

/* Whether the link between i and its neighbour number k (of down, or of up) may be straightened. */
static bool is_free(const placing *p, size_t i, size_t k)
{
    const cgm_layout *l = p->l;
    if (!p->upwards) return !p->crossed[k];
    size_t below = l->down[k];
    for (size_t u = l->up_begin[below]; u < l->up_begin[below + 1]; u++)
        if (l->up[u] == i && p->crossed[u]) return false;
    return true;
}

/* Sorts the neighbours of i by place, as indices into up or down. Degrees are small but for hubs. */
static size_t sorted_neighbours(const placing *p, size_t i, size_t *out)
{
    const cgm_layout *l = p->l;
    const size_t *begin = p->upwards ? l->down_begin : l->up_begin, *node = p->upwards ? l->down : l->up;
    size_t n = 0;
    for (size_t k = begin[i]; k < begin[i + 1]; k++) {
        size_t j = n++;
        for (; j > 0 && place_of(p, node[out[j - 1]]) > place_of(p, node[k]); j--) out[j] = out[j - 1];
        out[j] = k;
    }
    return n;
}

/* Aligns the points of a layer with medians of their neighbours in the layer before, from left to right without
 * crossings. */
static void align_layer(placing *p, size_t layer)
{
    const size_t *node = p->upwards ? p->l->down : p->l->up;
    size_t taken = 0; /* places before this one are */
    for (size_t k = 0; k < p->l->layer[layer].n; k++) {
        size_t i = at(p, layer, k), n = sorted_neighbours(p, i, p->work);
        for (size_t m = n ? (n - 1) / 2 : 1; m <= n / 2 && m < n; m++) {
            size_t other = node[p->work[m]];
            if (p->align[i] != i || place_of(p, other) < taken || !is_free(p, i, p->work[m])) continue;
            p->align[other] = i;
            p->root[i] = p->root[other];
            p->align[i] = p->root[i];
            taken = place_of(p, other) + 1;
        }
    }
}

static void align(placing *p)
{
    cgm_layout *l = p->l;
    for (size_t i = 0; i < l->n_points; i++) p->root[i] = p->align[i] = i;
    for (size_t step = 1; step < l->n_layers; step++) align_layer(p, p->upwards ? l->n_layers - 1 - step : step);
}

static double distance(const placing *p, size_t left, size_t right)
{
    return p->to_left ? cgm_layout_distance(p->l, right, left) : cgm_layout_distance(p->l, left, right);
}

/* The neighbour of i on its right, as seen from the corner; SIZE_MAX at the end. */
static size_t right_of(const placing *p, size_t i)
{
    size_t k = place_of(p, i) + 1, layer = p->l->point[i].layer;
    return k < p->l->layer[layer].n ? at(p, layer, k) : SIZE_MAX;
}

/* Places blocks by longest paths from the left: each as far left as it may. Then each moves right as far as the blocks
 * on its right let it, which draws blocks together. The blocks are taken in the order of Kahn (1962). */
static void place_blocks(placing *p, double *x)
{
    cgm_layout *l = p->l;
    size_t n = l->n_points, filled = 0, *waiting = p->waiting, *order = p->order;
    memset(waiting, 0, n * sizeof *waiting);
    for (size_t i = 0; i < n; i++) x[i] = 0;
    for (size_t i = 0; i < n; i++) {
        size_t right = right_of(p, i);
        if (right != SIZE_MAX) waiting[p->root[right]]++;
    }
    for (size_t i = 0; i < n; i++)
        if (p->root[i] == i && waiting[i] == 0) order[filled++] = i;
    for (size_t k = 0; k < filled; k++) {
        size_t i = order[k];
        do { /* over the block */
            size_t right = right_of(p, i);
            if (right != SIZE_MAX) {
                size_t block = p->root[right];
                x[block] = fmax(x[block], x[order[k]] + distance(p, i, right));
                if (--waiting[block] == 0) order[filled++] = block;
            }
            i = p->align[i];
        } while (i != order[k]);
    }
    for (size_t k = filled; k-- > 0;) {
        double most = INFINITY;
        size_t i = order[k];
        do {
            size_t right = right_of(p, i);
            if (right != SIZE_MAX) most = fmin(most, x[p->root[right]] - distance(p, i, right));
            i = p->align[i];
        } while (i != order[k]);
        if (isfinite(most)) x[order[k]] = fmax(x[order[k]], most);
    }
    for (size_t i = 0; i < n; i++)
        if (p->root[i] != i) x[i] = x[p->root[i]];
    for (size_t i = 0; p->to_left && i < n; i++) x[i] = -x[i];
}

static void extent(const cgm_layout *l, const double *x, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < l->n_points; i++) {
        *low = fmin(*low, x[i] - l->point[i].left);
        *high = fmax(*high, x[i] + l->point[i].right);
    }
}

/* Moves the four onto the narrowest, each with the side that it was packed against, and takes the middle. */
static void balance(placing *p)
{
    cgm_layout *l = p->l;
    double low[4], high[4];
    size_t narrowest = 0;
    for (size_t k = 0; k < 4; k++) {
        extent(l, p->x[k], &low[k], &high[k]);
        if (high[k] - low[k] < high[narrowest] - low[narrowest]) narrowest = k;
    }
    for (size_t i = 0; i < l->n_points; i++) {
        double sum = 0, least = INFINITY, most = -INFINITY;
        for (size_t k = 0; k < 4; k++) {
            double x = p->x[k][i] + (k & 1 ? high[narrowest] - high[k] : low[narrowest] - low[k]);
            sum += x;
            least = fmin(least, x);
            most = fmax(most, x);
        }
        l->point[i].x = (sum - least - most) / 2;
    }
}

/* Layers are as high as their highest point; the gaps between grow with how far links go sideways. */
static void place_layers(cgm_layout *l)
{
    double y = 0;
    for (size_t layer = 0; layer < l->n_layers; layer++) {
        cgm_layout_layer *at = &l->layer[layer];
        double height = 0, sideways = 0;
        for (size_t k = 0; k < at->n; k++) {
            size_t i = at->point[k];
            height = fmax(height, l->point[i].height);
            for (size_t d = l->down_begin[i]; d < l->down_begin[i + 1]; d++)
                sideways = fmax(sideways, fabs(l->point[i].x - l->point[l->down[d]].x));
        }
        at->top = y;
        at->bottom = y + height;
        for (size_t k = 0; k < at->n; k++) l->point[at->point[k]].y = y + height / 2;
        if (at->n == 0) continue; /* of a fine layout without arcs above its first nodes */
        y = at->bottom + fmax(l->fine ? fine_gap : layer_gap, fmin(largest_gap, slope * sideways));
    }
    l->height = l->n_layers ? l->layer[l->n_layers - 1].bottom : 0;
}

static cgm_status allocate(placing *p, cgm_arena *arena)
{
    size_t n = p->l->n_points + 1, links = p->l->down_begin[p->l->n_points] + 1;
    size_t **arrays[] = {&p->root, &p->align, &p->waiting, &p->order};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) {
        *arrays[k] = cgm_arena_array(arena, n, sizeof **arrays[k]);
        if (!*arrays[k]) return CGM_E_MEMORY;
    }
    for (size_t k = 0; k < 4; k++) {
        p->x[k] = cgm_arena_array(arena, n, sizeof *p->x[k]);
        if (!p->x[k]) return CGM_E_MEMORY;
    }
    p->work = cgm_arena_array(arena, links, sizeof *p->work);
    p->crossed = cgm_arena_array(arena, links, sizeof *p->crossed);
    return p->work && p->crossed ? CGM_OK : CGM_E_MEMORY;
}

cgm_status cgm_layout_place(cgm_layout *l, cgm_arena *arena)
{
    placing p = {.l = l};
    CGM_TRY(allocate(&p, arena));
    for (size_t layer = 1; layer < l->n_layers; layer++) mark_conflicts(&p, layer);
    for (size_t k = 0; k < 4; k++) {
        p.to_left = k & 1;
        p.upwards = k & 2;
        align(&p);
        place_blocks(&p, p.x[k]);
    }
    balance(&p);
    double low = 0, high = 0;
    double *x = p.x[0];
    for (size_t i = 0; i < l->n_points; i++) x[i] = l->point[i].x;
    if (l->n_points) extent(l, x, &low, &high);
    for (size_t i = 0; i < l->n_points; i++) l->point[i].x -= low;
    l->width = high - low;
    place_layers(l);
    return CGM_OK;
}
